/** What the schema wants at a place of a text: which message, field or value, and what OneHop makes of it. */
import {
  type FieldDescriptor,
  FieldType,
  findMessage,
  type MessageDescriptor,
  messageOf,
} from '../envoy/schema.js';
import { wellKnownKind } from '../envoy/wellKnown.js';
import { messageNameOf, ROUTE_TYPE } from '../resources/model.js';
import { supportTable } from '../routing/support.js';
import type { FieldSpec, MessageSpec } from '../routing/support/spec.js';
import { looseEntry, type LooseNode, looseText } from './looseTree.js';

export type Slot =
  /** A document that does not say yet what it is. */
  | { readonly kind: 'start' }
  /** The list `resources:`. */
  | { readonly kind: 'resources' }
  | MessageSlot
  /** A list or map: its elements are of `field`. */
  | ValuesSlot
  /** One value of a field: text, number, boolean, enum, duration. */
  | { readonly kind: 'scalar'; readonly field: FieldDescriptor; readonly holder: MessageDescriptor }
  | /** The value of "@type". */
    { readonly kind: 'type'; readonly of: MessageSlot }
    /** Anything goes, or nothing is known of it. */
  | { readonly kind: 'free' };

/** A mapping with the fields of a message. */
export interface MessageSlot {
  readonly kind: 'message';
  /** undefined: an Any that does not say yet, or not rightly, what it holds. */
  readonly message: MessageDescriptor | undefined;
  /** Says what it is in "@type". */
  readonly isAny: boolean;
  /** An element of `resources:`, or a document. */
  readonly isResource: boolean;
  /** The field that it is the value of, and the message of that field. */
  readonly field?: FieldDescriptor;
  readonly holder?: MessageDescriptor;
  /** What OneHop does with its fields; undefined: not known. */
  readonly support?: MessageSpec;
  /** Type URLs that OneHop takes here. */
  readonly types?: readonly string[];
}

export interface ValuesSlot {
  readonly kind: 'list' | 'map';
  readonly field: FieldDescriptor;
  readonly holder: MessageDescriptor;
  readonly support?: FieldSpec;
}

export const BOOTSTRAP = 'envoy.config.bootstrap.v3.Bootstrap';

/** Of the root of a document. */
export function rootSlot(root: LooseNode | undefined): Slot {
  if (root?.kind !== 'mapping') return { kind: 'start' };
  if (looseEntry(root, '@type') !== undefined) return resourceSlot(root);
  if (looseEntry(root, 'resources') !== undefined) return { kind: 'start' };
  const bootstrap = findMessage(BOOTSTRAP);
  const isBootstrap = root.entries.some(({ key, hasColon }) => hasColon && bootstrap?.byName.has(key));
  return isBootstrap && bootstrap !== undefined
    ? { kind: 'message', message: bootstrap, isAny: false, isResource: false }
    : { kind: 'start' };
}

/** Of the value of a key. `node` is the value: an Any says there what it is. */
export function slotOfKey(slot: Slot, key: string, node: LooseNode | undefined): Slot {
  if (slot.kind === 'start') return key === 'resources' ? { kind: 'resources' } : { kind: 'free' };
  if (slot.kind === 'map') return valueSlot(slot.field, slot.holder, node, inMap(slot.support, key));
  if (slot.kind !== 'message') return { kind: 'free' };
  if (key === '@type' && slot.isAny) return { kind: 'type', of: slot };
  const field = slot.message?.byName.get(key);
  if (field === undefined || slot.message === undefined) return { kind: 'free' };
  const support = slot.support === undefined ? undefined : slot.support[field.jsonName];
  const supported = support === undefined ? {} : { support };
  if (field.presence === 'repeated') return { kind: 'list', field, holder: slot.message, ...supported };
  if (field.presence === 'map') return { kind: 'map', field, holder: slot.message, ...supported };
  return valueSlot(field, slot.message, node, support);
}

/** Of an element of a list. */
export function slotOfItem(slot: Slot, node: LooseNode | undefined): Slot {
  if (slot.kind === 'resources') return resourceSlot(node);
  return slot.kind === 'list' ? valueSlot(slot.field, slot.holder, node, slot.support) : { kind: 'free' };
}

/** Refused fields are errors; of those that are not enforced OneHop says so. undefined: it is honoured, or not known. */
export function supportOf(slot: Slot, field: FieldDescriptor): 'refused' | 'not-enforced' | undefined {
  if (slot.kind !== 'message' || slot.support === undefined) return undefined;
  const spec = Object.hasOwn(slot.support, field.jsonName) ? slot.support[field.jsonName] : undefined;
  if (spec === undefined || spec.kind === 'refused') return 'refused';
  return spec.kind === 'noted' || spec.kind === 'harmless' ? 'not-enforced' : undefined;
}

function resourceSlot(node: LooseNode | undefined): MessageSlot {
  const typeUrl = looseText(node, '@type') ?? '';
  const message = findMessage(messageNameOf(typeUrl) ?? '');
  const support = supportTable(typeUrl);
  return {
    kind: 'message',
    message,
    isAny: true,
    isResource: true,
    ...(support === undefined ? {} : { support }),
  };
}

function valueSlot(
  field: FieldDescriptor,
  holder: MessageDescriptor,
  node: LooseNode | undefined,
  spec: FieldSpec | undefined,
): Slot {
  if (field.type !== FieldType.message) return { kind: 'scalar', field, holder };
  switch (wellKnownKind(field.typeName ?? '')) {
    case undefined:
      break;
    case 'any': {
      const typeUrl = looseText(node, '@type') ?? '';
      const support = spec?.kind === 'any' ? spec.types[typeUrl] : undefined;
      const message = findMessage(messageNameOf(typeUrl) ?? '');
      return {
        ...{ kind: 'message', message, isAny: true, isResource: false, field, holder },
        ...(support === undefined ? {} : { support }),
        ...(spec?.kind === 'any' ? { types: Object.keys(spec.types) } : {}),
      };
    }
    case 'struct':
    case 'value':
    case 'list':
      return { kind: 'free' };
    default:
      return { kind: 'scalar', field, holder };
  }
  const support = spec?.kind === 'message' || spec?.kind === 'list' ? spec.spec : inlineSupport(field);
  return {
    ...{ kind: 'message', message: messageOf(field), isAny: false, isResource: false, field, holder },
    ...(support === undefined ? {} : { support }),
  };
}

/** A resource inside of another, which the table of the outer one only says is read. */
function inlineSupport(field: FieldDescriptor): MessageSpec | undefined {
  const url = `type.googleapis.com/${field.typeName ?? ''}`;
  return url === ROUTE_TYPE || field.name === 'load_assignment' || BOOTSTRAP_LISTS.has(field.name)
    ? supportTable(url)
    : undefined;
}

const BOOTSTRAP_LISTS: ReadonlySet<string> = new Set(['listeners', 'clusters']);

function inMap(spec: FieldSpec | undefined, key: string): FieldSpec | undefined {
  return spec?.kind === 'map' ? spec.spec[key] : undefined;
}
