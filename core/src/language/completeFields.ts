/** Fields of the message in which the author writes: what is required first, what OneHop refuses last. */
import { rulesOf } from '../envoy/rules.js';
import { type FieldDescriptor, FieldType, type MessageDescriptor } from '../envoy/schema.js';
import { wellKnownKind } from '../envoy/wellKnown.js';
import { shortName } from '../envoy/wording.js';
import { isRequired } from '../diagnostics/constraints.js';
import { type Completion, type CompletionContext, typeText } from './completionItem.js';
import type { LooseMapping } from './looseTree.js';
import { type MessageSlot, supportOf } from './slot.js';

export function fieldItems(context: CompletionContext): Completion[] {
  const { slot, writing } = context;
  if (slot.kind === 'start') return startItems(context);
  if (slot.kind !== 'message') return [];
  const node = writing.steps.at(-1)?.node;
  const written = node?.kind === 'mapping' ? otherKeys(node, writing.replace.start) : new Set<string>();
  const typed = slot.isAny && !written.has('@type') ? [typeKey(context)] : [];
  const { message } = slot;
  if (message === undefined) return typed;
  const chosen = new Set(
    message.fields.flatMap((field) =>
      field.oneof !== undefined && isWritten(field, written) ? [field.oneof] : [],
    ),
  );
  const open = message.fields.filter(
    (field) => !isWritten(field, written) && !(field.oneof !== undefined && chosen.has(field.oneof)),
  );
  return [...typed, ...open.map((field, index) => fieldItem(field, index, message, slot, context))];
}

/** PGV asks for the field, or for one of its oneof; or a control plane needs it to serve the resource. */
export function isRequiredField(message: MessageDescriptor, field: FieldDescriptor): boolean {
  return isRequiredByRules(message, field) || RESOURCE_NAMES.has(`${message.name} ${field.name}`);
}

/** PGV asks for the field, or for one of its oneof. */
export function isRequiredByRules(message: MessageDescriptor, field: FieldDescriptor): boolean {
  const rules = rulesOf(message.name);
  if (field.oneof !== undefined) return rules?.required.includes(field.oneof) === true;
  const own = rules?.fields.get(field.name);
  if (own === undefined) return false;
  if (isRequired(own)) return true;
  const least = own['string']?.['min_len'] ?? own['string']?.['min_bytes'] ?? own['repeated']?.['min_items'];
  return Number(least ?? 0) > 0;
}

/** What one value of a field is: "duration", "text", "enum LbPolicy", "Route". */
export function typeName(field: FieldDescriptor): string {
  if (field.type === FieldType.enum) return `enum ${shortName(field.typeName ?? '').replace(/^.*\./, '')}`;
  if (field.type === FieldType.message) {
    const kind = wellKnownKind(field.typeName ?? '');
    if (kind === undefined) return shortName(field.typeName ?? '');
    if (kind !== 'wrapper') return kind === 'any' ? 'Any' : kind;
    const inner = (field.typeName ?? '').replace(/^google\.protobuf\.(.*)Value$/, '$1').toLowerCase();
    return WORDS[inner] ?? 'number';
  }
  if (field.type === FieldType.string) return 'text';
  if (field.type === FieldType.bytes) return 'bytes';
  return field.type === FieldType.bool ? 'true or false' : 'number';
}

const WORDS: Readonly<Record<string, string>> = { bool: 'true or false', string: 'text', bytes: 'bytes' };

/** Names that no rule of the protos asks for, and every control plane does. */
const RESOURCE_NAMES: ReadonlySet<string> = new Set([
  'envoy.config.listener.v3.Listener name',
  'envoy.config.route.v3.RouteConfiguration name',
]);

/** Shown early among those of their message, in this order. */
const COMMON: readonly string[] = [
  ...['name', 'address', 'additional_addresses', 'filter_chains', 'filters', 'type', 'eds_cluster_config'],
  ...['load_assignment', 'lb_policy', 'connect_timeout', 'virtual_hosts', 'domains', 'routes', 'match'],
  ...['route', 'direct_response', 'redirect', 'prefix', 'path', 'headers', 'string_match', 'exact'],
  ...['cluster', 'weighted_clusters', 'clusters', 'weight', 'stat_prefix', 'rds', 'http_filters'],
  ...['endpoints', 'lb_endpoints', 'endpoint', 'socket_address', 'port_value', 'typed_config'],
];

function fieldItem(
  field: FieldDescriptor,
  index: number,
  message: MessageDescriptor,
  slot: MessageSlot,
  { writing }: CompletionContext,
): Completion {
  const support = supportOf(slot, field);
  const isNeeded = isRequiredField(message, field);
  const rank =
    support === 'refused' ? 6 : field.deprecated ? 5 : support === 'not-enforced' ? 4 : isNeeded ? 1 : 3;
  const common = COMMON.indexOf(field.name);
  const order = common < 0 ? 500 + index : common;
  const notes = [
    typeText(field, typeName(field)),
    ...(isNeeded ? [field.oneof === undefined ? 'required' : 'one is required'] : []),
    ...(support === 'refused' ? ['OneHop refuses it'] : support === 'not-enforced' ? ['not enforced'] : []),
  ];
  const name = writing.typed !== '' && /[a-z][A-Z]/.test(writing.typed) ? field.jsonName : field.name;
  return {
    label: name,
    kind: 'field',
    detail: notes.join(' · '),
    docs: { type: message.name, member: field.name },
    ...insertionOf(writing, name, field),
    replace: writing.replace,
    filter: `${writing.quote ?? ''}${name}`,
    sort: `${rank}${String(order).padStart(3, '0')}`,
    ...(field.deprecated ? { isDeprecated: true } : {}),
  };
}

function insertionOf(
  { hasColon, isFlow, column, quote }: CompletionContext['writing'],
  name: string,
  field: FieldDescriptor,
): Pick<Completion, 'insert' | 'asksOn'> {
  const key = quote === undefined ? name : `${quote}${name}${quote}`;
  if (hasColon) return { insert: key };
  const isAny = field.typeName === 'google.protobuf.Any';
  const isMessage = field.type === FieldType.message && wellKnownKind(field.typeName ?? '') === undefined;
  const isMap = field.presence === 'map';
  if (isFlow) {
    if (field.presence === 'repeated') return { insert: `${key}: [$0]`, asksOn: true };
    return { insert: isMessage || isAny || isMap ? `${key}: { $0 }` : `${key}: `, asksOn: true };
  }
  const inner = `\n${' '.repeat(column + 2)}`;
  if (field.presence === 'repeated') return { insert: `${key}:${inner}- `, asksOn: true };
  if (isAny && !isMap) return { insert: `${key}:${inner}'@type': `, asksOn: true };
  return { insert: isMessage || isMap ? `${key}:${inner}` : `${key}: `, asksOn: true };
}

function typeKey({ writing }: CompletionContext): Completion {
  const { quote } = writing;
  return {
    label: '@type',
    kind: 'field',
    detail: 'which message it is · required',
    insert: writing.hasColon ? "'@type'" : "'@type': ",
    replace: writing.replace,
    filter: `${quote ?? ''}@type`,
    sort: '0000',
    asksOn: true,
  };
}

function startItems({ writing }: CompletionContext): Completion[] {
  if (writing.column > 0 || writing.steps.length > 1) return [];
  const words: [string, string][] = [
    ['resources', 'a list of xDS resources'],
    ['static_resources', 'an Envoy bootstrap'],
  ];
  return words.map(([name, detail], index) => ({
    label: name,
    kind: 'field',
    detail,
    insert: writing.hasColon ? name : `${name}:\n  ${index === 0 ? '- ' : ''}`,
    replace: writing.replace,
    filter: name,
    sort: `1${index}`,
    asksOn: true,
  }));
}

function otherKeys(node: LooseMapping, at: number): ReadonlySet<string> {
  return new Set(node.entries.flatMap(({ key, keySpan }) => (keySpan.start === at ? [] : [key])));
}

function isWritten(field: FieldDescriptor, keys: ReadonlySet<string>): boolean {
  return keys.has(field.name) || keys.has(field.jsonName);
}
