/**
 * Changes of a YAML or JSON text that touch nothing else: comments, quotes and blank lines stay as they are. Each function
 * gives the edits for one change; undefined when the text has no such place, or when the place is shared through an alias, so
 * that the change would be one of other places too.
 */
import type { FieldPath, JsonValue } from '../resources/model.js';
import { placeOf, type Span, type YamlMapping, type YamlNode, type YamlSequence } from './tree.js';

/** Offsets of UTF-16 units. */
export interface TextEdit {
  readonly span: Span;
  readonly newText: string;
}

export interface EditedDocument {
  readonly text: string;
  readonly root: YamlNode;
  /** A JSON text: keys and values are quoted. */
  readonly isJson: boolean;
}

/** Edits must not overlap; of two at one offset the first comes first. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const sorted = edits.map((edit, index) => ({ ...edit, index }));
  sorted.sort((a, b) => a.span.start - b.span.start || a.index - b.index);
  let result = '';
  let at = 0;
  for (const { span, newText } of sorted) {
    if (span.start < at) throw new RangeError(`Edits overlap at offset ${span.start}`);
    result += text.slice(at, span.start) + newText;
    at = span.end;
  }
  return result + text.slice(at);
}

/** Another name for the field at `path`, in the quotes that the old one has. */
export function renameField(
  document: EditedDocument,
  path: FieldPath,
  name: string,
): readonly TextEdit[] | undefined {
  const place = ownPlace(document, path);
  if (place?.key === undefined) return undefined;
  return [{ span: place.key, newText: inQuotesOf(document, place.key, name) }];
}

/** Another value for the scalar, or flow collection, at `path`; text keeps the quotes that it has. */
export function replaceValue(
  document: EditedDocument,
  path: FieldPath,
  value: JsonValue,
): readonly TextEdit[] | undefined {
  const node = ownPlace(document, path)?.node;
  if (node === undefined || (node.kind !== 'scalar' && !isFlow(document, node))) return undefined;
  const { span } = node;
  if (span.start === span.end) return undefined;
  if (/^[|>]/.test(document.text.slice(span.start, span.end))) return undefined;
  const isText = typeof value === 'string' && node.kind === 'scalar';
  return [{ span, newText: isText ? inQuotesOf(document, span, value) : flowText(value, document.isJson) }];
}

/** Another field, with another value, in the place of the one at `path`; undefined when its value is a block. */
export function replaceField(
  document: EditedDocument,
  path: FieldPath,
  field: string,
  value: JsonValue,
): readonly TextEdit[] | undefined {
  const name = renameField(document, path, field);
  const node = ownPlace(document, path)?.node;
  if (name === undefined || node === undefined || node.span.start === node.span.end) return undefined;
  const isBlock = /^[|>]/.test(document.text.slice(node.span.start, node.span.end));
  if (isBlock || (node.kind !== 'scalar' && !isFlow(document, node))) return undefined;
  return [...name, { span: node.span, newText: flowText(value, document.isJson) }];
}

/** A field after the last one of the mapping at `path`. */
export function insertField(
  document: EditedDocument,
  path: FieldPath,
  field: string,
  value: JsonValue,
): readonly TextEdit[] | undefined {
  const node = ownPlace(document, path)?.node;
  if (node?.kind !== 'mapping') return undefined;
  const { text, isJson } = document;
  const entry = `${flowText(field, isJson)}: ${flowText(value, isJson)}`;
  if (isFlow(document, node)) return [intoFlow(node, entry)];
  const first = node.entries[0];
  if (first === undefined || !isWithin(first.keySpan, node.span)) return undefined;
  const indent = ' '.repeat(first.keySpan.start - lineStart(text, first.keySpan.start));
  return [afterLine(text, lastOffset(document, node), `${indent}${entry}`)];
}

/** An element after the last one of the list at `path`: a block of lines in a block, one line in a flow list. */
export function appendItem(
  document: EditedDocument,
  path: FieldPath,
  value: JsonValue,
): readonly TextEdit[] | undefined {
  const node = ownPlace(document, path)?.node;
  if (node?.kind !== 'sequence') return undefined;
  if (isFlow(document, node)) return [intoFlow(node, flowText(value, document.isJson))];
  const { text } = document;
  const dash = text.indexOf('-', node.span.start);
  if (dash !== node.span.start) return undefined;
  const indent = ' '.repeat(dash - lineStart(text, dash));
  const lines =
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries(value).map(([key, inner]) => `${flowText(key, false)}: ${flowText(inner, false)}`)
      : [flowText(value, false)];
  const block = lines.map((line, index) => `${indent}${index === 0 ? '- ' : '  '}${line}`).join('\n');
  return [afterLine(text, lastOffset(document, node), block)];
}

/** The element of a list, or the field of a mapping, at `path` goes away, with the comments inside of it and behind it. */
export function removeAt(document: EditedDocument, path: FieldPath): readonly TextEdit[] | undefined {
  const step = path.at(-1);
  const holder = ownPlace(document, path.slice(0, -1))?.node;
  const place = ownPlace(document, path);
  if (step === undefined || holder === undefined || place === undefined) return undefined;
  const { node, key } = place;
  if (isFlow(document, holder)) return outOfFlow(document, key?.start ?? node.span.start, node);
  const count =
    holder.kind === 'sequence' ? holder.items.length : holder.kind === 'mapping' ? holder.entries.length : 0;
  if (count < 2) return undefined;
  const { text } = document;
  const begin = key?.start ?? node.span.start;
  const start = lineStart(text, begin);
  const before = text.slice(start, begin);
  // "- - x", "- key: - x" and a dash on a line of its own need more than lines taken out.
  if (!(key === undefined ? /^ *- +(?:[&!]\S* +)?$/ : /^ *(?:["'])?$/).test(before)) return undefined;
  if (key === undefined && /&/.test(before)) return undefined;
  const last = lineEnd(text, lastOffset(document, node));
  const end = last < text.length ? last + 1 : last;
  return [{ span: { start, end }, newText: '' }];
}

/** A comment on a line of its own before the line that holds `offset`, with the indentation of that line. */
export function insertComment(text: string, offset: number, comment: string): TextEdit {
  const start = lineStart(text, offset);
  const indent = /^ */.exec(text.slice(start))?.[0] ?? '';
  return { span: { start, end: start }, newText: `${indent}# ${comment}${newLine(text)}` };
}

/** A value on one line, as a flow collection. */
export function flowText(value: JsonValue, isJson: boolean): string {
  if (typeof value === 'string') return isJson ? JSON.stringify(value) : yamlText(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value))
    return `[${(value as readonly JsonValue[]).map((item) => flowText(item, isJson)).join(', ')}]`;
  const entries = Object.entries(value).map(
    ([key, inner]) => `${flowText(key, isJson)}: ${flowText(inner, isJson)}`,
  );
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}

/** Plain where that means the same to every reader of YAML, else in single quotes; in double ones what needs escapes. */
function yamlText(text: string): string {
  const isPlain =
    /^[A-Za-z_/][A-Za-z0-9_./-]*$/.test(text) && !/^(?:true|false|yes|no|on|off|y|n|null)$/i.test(text);
  if (isPlain) return text;
  return /[\0-\x1f\x7f-\x9f\u2028\u2029\ufeff]/.test(text)
    ? JSON.stringify(text)
    : `'${text.replaceAll("'", "''")}'`;
}

function inQuotesOf({ text, isJson }: EditedDocument, span: Span, value: string): string {
  const quote = text[span.start];
  if (isJson || quote === '"') return JSON.stringify(value);
  return quote === "'" ? `'${value.replaceAll("'", "''")}'` : yamlText(value);
}

/** The place of a path whose every step stands inside of the one before: not reached through an alias or a merge key. */
function ownPlace({ root }: EditedDocument, path: FieldPath): ReturnType<typeof placeOf> | undefined {
  let outer = root.span;
  for (let depth = 1; depth <= path.length; depth++) {
    const place = placeOf(root, path.slice(0, depth));
    if (place.depth < depth) return undefined;
    const { key, node } = place;
    if (!isWithin(node.span, outer) || (key !== undefined && !isWithin(key, outer))) return undefined;
    if (key !== undefined && node.span.start < key.end) return undefined;
    outer = node.span;
  }
  return placeOf(root, path);
}

function isFlow({ text }: EditedDocument, node: YamlNode): boolean {
  if (node.kind === 'scalar') return false;
  return text[node.span.start] === (node.kind === 'mapping' ? '{' : '[');
}

function intoFlow(node: YamlMapping | YamlSequence, item: string): TextEdit {
  const last = node.kind === 'mapping' ? node.entries.at(-1)?.value : node.items.at(-1);
  if (last === undefined) {
    const [open, close] = node.kind === 'mapping' ? ['{ ', ' }'] : ['[', ']'];
    return { span: node.span, newText: `${open}${item}${close}` };
  }
  const at = Math.max(last.span.end, node.span.start + 1);
  return { span: { start: at, end: at }, newText: `, ${item}` };
}

/** With the comma behind it, or for the last one the comma before it. */
function outOfFlow({ text }: EditedDocument, begin: number, node: YamlNode): TextEdit[] {
  const { end } = node.span;
  const behind = /^\s*,[ \t]*/.exec(text.slice(end));
  if (behind !== null) return [{ span: { start: begin, end: end + behind[0].length }, newText: '' }];
  const before = /,\s*$/.exec(text.slice(Math.max(0, begin - 1000), begin));
  return [{ span: { start: begin - (before?.[0].length ?? 0), end }, newText: '' }];
}

/** Where the last character of a node stands that is no blank. The span of a block reaches over comments that follow it. */
function lastOffset(document: EditedDocument, node: YamlNode): number {
  const { text } = document;
  if (node.kind === 'scalar' || isFlow(document, node)) {
    let { end } = node.span;
    while (end > node.span.start + 1 && /\s/.test(text[end - 1] ?? '')) end--;
    return Math.max(end - 1, 0);
  }
  let last = node.span.start;
  if (node.kind === 'sequence') {
    for (const item of node.items)
      if (isWithin(item.span, node.span)) last = Math.max(last, lastOffset(document, item));
  } else {
    for (const { keySpan, value } of node.entries) {
      if (!isWithin(keySpan, node.span)) continue;
      last = Math.max(last, keySpan.end);
      if (isWithin(value.span, node.span)) last = Math.max(last, lastOffset(document, value));
    }
  }
  return last;
}

function afterLine(text: string, offset: number, lines: string): TextEdit {
  const at = lineEnd(text, offset);
  const end = text[at - 1] === '\r' ? at - 1 : at;
  return { span: { start: end, end }, newText: `${newLine(text)}${lines}` };
}

function newLine(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

function lineStart(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
}

function lineEnd(text: string, offset: number): number {
  const at = text.indexOf('\n', offset);
  return at < 0 ? text.length : at;
}

function isWithin(inner: Span, outer: Span): boolean {
  return inner.start >= outer.start && inner.end <= outer.end;
}
