/** A YAML or JSON document as plain data with source offsets: aliases, merge keys and tags are resolved. */
import { jsonNameOf } from '../envoy/schema.js';
import type { FieldPath, JsonPrimitive, JsonValue } from '../resources/model.js';

/** Offsets into the text, in UTF-16 units; `end` is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export type YamlNode = YamlMapping | YamlSequence | YamlScalar;

export interface YamlMapping {
  readonly kind: 'mapping';
  readonly span: Span;
  /** Keys are unique. */
  readonly entries: readonly YamlEntry[];
}

export interface YamlEntry {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: YamlNode;
}

export interface YamlSequence {
  readonly kind: 'sequence';
  readonly span: Span;
  readonly items: readonly YamlNode[];
}

export interface YamlScalar {
  readonly kind: 'scalar';
  readonly span: Span;
  readonly value: JsonPrimitive;
}

/** What a path leads to. `key` is absent for the root and for elements of a sequence. */
export interface Place {
  readonly key?: Span;
  readonly node: YamlNode;
  /** How many steps of the path exist; less than its length when the document ends before. */
  readonly depth: number;
}

/** Plain JSON. Nodes that an alias repeats become one shared value. */
export function toJson(node: YamlNode, made = new Map<YamlNode, JsonValue>()): JsonValue {
  if (node.kind === 'scalar') return node.value;
  const before = made.get(node);
  if (before !== undefined) return before;
  const value: JsonValue =
    node.kind === 'sequence'
      ? node.items.map((item) => toJson(item, made))
      : Object.fromEntries(node.entries.map(({ key, value: inner }) => [key, toJson(inner, made)]));
  made.set(node, value);
  return value;
}

/** The entry of a field, whichever of its two spellings the author used: `virtualHosts` finds `virtual_hosts` too. */
export function entryOf(node: YamlMapping, name: string): YamlEntry | undefined {
  return (
    node.entries.find(({ key }) => key === name) ?? node.entries.find(({ key }) => jsonNameOf(key) === name)
  );
}

/** The value of a field of a mapping; undefined when there is none. */
export function child(node: YamlNode | undefined, name: string): YamlNode | undefined {
  return node?.kind === 'mapping' ? entryOf(node, name)?.value : undefined;
}

/** Follows a path of canonical names as far as the document has it. */
export function placeOf(root: YamlNode, path: FieldPath): Place {
  let place: Place = { node: root, depth: 0 };
  for (const step of path) {
    const { node, depth } = place;
    if (node.kind === 'sequence' && typeof step === 'number') {
      const item = node.items[step];
      if (item === undefined) return place;
      place = { node: item, depth: depth + 1 };
    } else if (node.kind === 'mapping') {
      const entry = entryOf(node, String(step));
      if (entry === undefined) return place;
      place = { key: entry.keySpan, node: entry.value, depth: depth + 1 };
    } else return place;
  }
  return place;
}

/**
 * The span that a message about a place should mark: the value when it is a scalar, else the key, so that a block of many
 * lines is not underlined; of a mapping in a sequence its first key. `part: 'key'` asks for the key in any case.
 */
export function markOf(place: Place, part: 'key' | 'value' = 'value'): Span {
  const { key, node } = place;
  if (key !== undefined && (part === 'key' || node.kind !== 'scalar' || node.span.end === node.span.start))
    return key;
  if (node.kind === 'mapping') return node.entries[0]?.keySpan ?? node.span;
  if (node.kind === 'sequence' && node.items[0] !== undefined && key === undefined)
    return markOf({ node: node.items[0], depth: 0 });
  return node.span;
}
