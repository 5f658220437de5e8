/** Where a cursor stands in a text: the nodes around it, what the schema wants there, and what is written so far. */
import type { FieldPath } from '../resources/model.js';
import type { Span } from '../yaml/tree.js';
import {
  type LooseEntry,
  type LooseMapping,
  type LooseNode,
  type LooseScalar,
  looseText,
  looseTree,
} from './looseTree.js';
import { rootSlot, type Slot, slotOfItem, slotOfKey } from './slot.js';

/** A node on the way to a place, from the root of its document. */
export interface Step {
  readonly node: LooseNode | undefined;
  readonly slot: Slot;
  /** The entry whose value it is; undefined for a root and for elements of lists. */
  readonly entry?: LooseEntry;
  readonly index?: number;
}

export interface Place {
  /** At least the root. */
  readonly steps: readonly Step[];
  /** The key that the place is in; undefined when it is in a value. */
  readonly key?: LooseEntry;
}

/** Letters that no text has: where the author is about to write. */
const MARK = '\uE0C5';

/** What is being written at an offset. */
export interface Writing {
  /** The mapping that the key belongs to, or the place of the value, is the last of `steps`. */
  readonly steps: readonly Step[];
  /** `key`: a field, here or further down; `value`: a value; `either`: the first of a block, which can become both. */
  readonly what: 'key' | 'value' | 'either';
  /** Of the word that is written so far, in the text itself. */
  readonly replace: Span;
  readonly typed: string;
  readonly isFlow: boolean;
  /** In quotes already. */
  readonly quote: LooseScalar['quote'];
  /** The key has its colon already. */
  readonly hasColon: boolean;
  /** Column at which a key, or an element, begins here. */
  readonly column: number;
}

/** The place of an offset of a text that is not about to change; undefined outside of every word. */
export function placeAt(roots: readonly (LooseNode | undefined)[], offset: number): Place | undefined {
  for (const root of roots) {
    if (root === undefined || !covers(root.span, offset)) continue;
    const found = descend([{ node: root, slot: rootSlot(root) }], offset);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What the author is about to write at an offset; undefined in a comment. */
export function writingAt(text: string, offset: number): Writing | undefined {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  if (/(?:^|\s)#/.test(withoutQuotes(text.slice(lineStart, offset)))) return undefined;
  const marked = text.slice(0, offset) + MARK + text.slice(offset);
  const place = placeAt(looseTree(marked), offset);
  if (place === undefined) return undefined;
  const last = place.steps.at(-1);
  const span = place.key?.keySpan ?? (last?.node?.kind === 'scalar' ? last.node.span : undefined);
  if (last === undefined || span === undefined) return undefined;
  const written = marked.slice(span.start, span.end);
  const quote = /^["']/.exec(written)?.[0] as '"' | "'" | undefined;
  const replace = { start: span.start, end: span.end - MARK.length };
  const base = {
    replace,
    typed: marked.slice(span.start + (quote === undefined ? 0 : 1), offset),
    quote: last.node?.kind === 'scalar' && place.key === undefined ? last.node.quote : quote,
    steps: place.steps,
    column: columnOf(marked, span.start),
  };
  if (place.key !== undefined) {
    const isFlow = last.node?.kind === 'mapping' && last.node.isFlow;
    return { ...base, what: 'key', isFlow, hasColon: place.key.hasColon };
  }
  if (base.quote === '|') return undefined;
  const holder = place.steps.at(-2)?.node;
  const isFlow = (holder?.kind === 'mapping' || holder?.kind === 'sequence') && holder.isFlow;
  const isAlone = marked.slice(marked.lastIndexOf('\n', span.start - 1) + 1, span.start).trim() === '';
  const isItem = last.index !== undefined;
  const what = quote === undefined && !isFlow && (isAlone || isItem) ? 'either' : 'value';
  return { ...base, what, isFlow, hasColon: false };
}

/** The path of a place in its resource, in the names of canonical JSON, and the node of that resource. */
export function resourceOf(
  steps: readonly Step[],
): { readonly typeUrl: string; readonly node: LooseMapping; readonly path: FieldPath } | undefined {
  const at = steps.findLastIndex(
    ({ slot }) =>
      slot.kind === 'message' && (slot.isResource || isListed(slot.field?.name, slot.holder?.name)),
  );
  const { node, slot } = steps[at] ?? {};
  if (node?.kind !== 'mapping' || slot?.kind !== 'message' || slot.message === undefined) return undefined;
  const path = steps.slice(at + 1).map(({ entry, index }, place): string | number => {
    if (index !== undefined) return index;
    const holder = steps[at + place]?.slot;
    const key = entry?.key ?? '';
    return holder?.kind === 'message' ? (holder.message?.byName.get(key)?.jsonName ?? key) : key;
  });
  return { typeUrl: `type.googleapis.com/${slot.message.name}`, node, path };
}

/** The name that a resource has in the text. */
export function nameOfNode(node: LooseMapping): string | undefined {
  return looseText(node, 'cluster_name', 'clusterName') ?? looseText(node, 'name');
}

/** A listener or cluster of a bootstrap. */
function isListed(field: string | undefined, holder: string | undefined): boolean {
  return (
    holder?.endsWith('.Bootstrap.StaticResources') === true && (field === 'listeners' || field === 'clusters')
  );
}

function descend(steps: readonly Step[], offset: number): Place | undefined {
  const last = steps.at(-1);
  const node = last?.node;
  if (last === undefined || node === undefined) return undefined;
  if (node.kind === 'scalar') return { steps };
  if (node.kind === 'sequence') {
    for (const [index, item] of node.items.entries()) {
      if (item === undefined || !covers(item.span, offset)) continue;
      return descend([...steps, { node: item, slot: slotOfItem(last.slot, item), index }], offset);
    }
    return undefined;
  }
  for (const entry of node.entries) {
    if (covers(entry.keySpan, offset)) return { steps, key: entry };
    const { value } = entry;
    if (value === undefined || !covers(value.span, offset)) continue;
    const slot = slotOfKey(last.slot, entry.key, value);
    const found = descend([...steps, { node: value, slot, entry }], offset);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Also just behind it. */
function covers({ start, end }: Span, offset: number): boolean {
  return start <= offset && offset <= end;
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1);
}

function withoutQuotes(line: string): string {
  return line.replace(/"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'/g, (text) => 'x'.repeat(text.length));
}
