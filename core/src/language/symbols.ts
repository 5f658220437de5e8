/** The outline of a text: resources, and what in them has a name. */
import type { Span } from '../yaml/tree.js';
import { looseEntry, type LooseMapping, type LooseNode, looseText } from './looseTree.js';
import { kindOfType } from './names.js';
import { rootSlot, type Slot, slotOfItem, slotOfKey } from './slot.js';

export interface OutlineSymbol {
  readonly name: string;
  /** What it is: "listener", "route". */
  readonly detail: string;
  /** Of the resource or part. */
  readonly span: Span;
  /** What is shown of it. */
  readonly selection: Span;
  readonly children: readonly OutlineSymbol[];
}

export function outline(roots: readonly (LooseNode | undefined)[]): OutlineSymbol[] {
  return roots.flatMap((root) => {
    if (root === undefined) return [];
    const slot = rootSlot(root);
    const own =
      root.kind === 'mapping' && slot.kind === 'message' && slot.isResource
        ? symbolOf(root, slot)
        : undefined;
    return own === undefined ? symbolsIn(root, slot) : [own];
  });
}

function symbolsIn(node: LooseNode, slot: Slot): OutlineSymbol[] {
  if (node.kind === 'scalar') return [];
  if (node.kind === 'mapping')
    return node.entries.flatMap(({ key, value }) =>
      value === undefined ? [] : symbolsIn(value, slotOfKey(slot, key, value)),
    );
  return node.items.flatMap((item) => {
    if (item === undefined) return [];
    const inner = slotOfItem(slot, item);
    const own = item.kind === 'mapping' ? symbolOf(item, inner) : undefined;
    return own === undefined ? symbolsIn(item, inner) : [own];
  });
}

/** undefined for a part that has no name to be known by. */
function symbolOf(node: LooseMapping, slot: Slot): OutlineSymbol | undefined {
  if (slot.kind !== 'message' || slot.message === undefined) return undefined;
  const { message } = slot;
  const detail = kindOfType(`type.googleapis.com/${message.name}`).replace(/^.*\. ?/, '');
  const named = nameOf(node) ?? WORDS[message.name]?.(node);
  if (named === undefined && !slot.isResource) return undefined;
  const children = symbolsIn(node, slot);
  const selection = named?.span ?? node.entries[0]?.keySpan ?? node.span;
  return { name: named?.text ?? detail, detail, span: node.span, selection, children };
}

interface Named {
  readonly text: string;
  readonly span: Span;
}

function nameOf(node: LooseMapping): Named | undefined {
  const value = looseEntry(node, 'name', 'cluster_name', 'clusterName')?.value;
  return value?.kind === 'scalar' && value.text !== '' ? { text: value.text, span: value.span } : undefined;
}

/** What parts without a name are known by. */
const WORDS: Readonly<Record<string, (node: LooseMapping) => Named | undefined>> = {
  'envoy.config.route.v3.Route': (node) => {
    const match = looseEntry(node, 'match');
    const found = looseEntry(match?.value, 'prefix', 'path', 'path_separated_prefix', 'pathSeparatedPrefix');
    const value = found?.value;
    if (match === undefined || found === undefined || value?.kind !== 'scalar') return undefined;
    return { text: `${found.key.replaceAll('_', ' ')} ${value.text}`, span: match.keySpan };
  },
  'envoy.config.endpoint.v3.LbEndpoint': (node) => {
    const endpoint = looseEntry(node, 'endpoint');
    const address = looseEntry(endpoint?.value, 'address')?.value;
    const socket = looseEntry(address, 'socket_address', 'socketAddress')?.value;
    const host = looseText(socket, 'address');
    if (endpoint === undefined || host === undefined) return undefined;
    const port = looseText(socket, 'port_value', 'portValue') ?? '';
    return { text: `${host.includes(':') ? `[${host}]` : host}:${port}`, span: endpoint.keySpan };
  },
};
