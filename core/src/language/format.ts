/** Indentation and blanks as in the samples; comments, quotes and the order of everything stay. */
import { applyEdits, type TextEdit } from '../yaml/edits.js';
import { parseYaml } from '../yaml/parse.js';
import type { ScalarStyle } from '../yaml/scalar.js';
import { toJson } from '../yaml/tree.js';
import { LineIndex } from './lineIndex.js';
import { type LooseNode, looseTree } from './looseTree.js';

/**
 * The edits that format a text: none when it has an error, or when it would not mean the same afterwards. Two columns a level, the
 * dashes of a list indented below its field.
 */
export function format(text: string, style: ScalarStyle = 'envoy'): TextEdit[] {
  const meaning = meaningOf(text, style);
  if (meaning === undefined) return [];
  const newLine = text.includes('\r\n') ? '\r\n' : '\n';
  const formatted = new Formatter(text).lines().join(newLine).replace(/\s*$/, '') + newLine;
  if (formatted === text || meaningOf(formatted, style) !== meaning || comments(formatted) !== comments(text))
    return [];
  return lineEdits(text, formatted);
}

class Formatter {
  private readonly index: LineIndex;
  private readonly source: readonly string[];
  /** New columns by line. */
  private readonly columns = new Map<number, number>();
  /** Lines inside of texts: moved with their first line, otherwise as they are. */
  private readonly inside = new Map<number, number>();
  /** Lines that a flow collection is on, all of it. */
  private readonly flowEdits: TextEdit[] = [];

  constructor(private readonly text: string) {
    this.index = new LineIndex(text);
    this.source = text.split('\n');
  }

  lines(): string[] {
    for (const root of looseTree(this.text)) if (root !== undefined) this.block(root, 0);
    const lines = applyEdits(this.text, this.flowEdits).split(/\r?\n/);
    const out: string[] = [];
    for (const [number, line] of lines.entries()) {
      const shift = this.inside.get(number);
      if (shift !== undefined) {
        out.push(line.trim() === '' ? '' : shifted(line, shift));
        continue;
      }
      const content = line.trim();
      if (content === '') {
        if (out.length > 0 && out.at(-1) !== '') out.push('');
        continue;
      }
      const column = content.startsWith('#') ? this.commentColumn(lines, number) : this.columns.get(number);
      out.push(column === undefined ? line.trimEnd() : `${' '.repeat(column)}${content}`);
    }
    return out;
  }

  private block(node: LooseNode, column: number): void {
    if (node.kind === 'scalar' || node.isFlow) {
      this.place(node.span.start, column);
      this.inline(node, column);
    } else if (node.kind === 'sequence') {
      for (const item of node.items) {
        if (item === undefined) continue;
        this.place(this.dashBefore(item.span.start), column);
        this.single(item.span.start);
        this.block(item, column + 2);
      }
    } else {
      for (const { keySpan, value } of node.entries) {
        this.place(keySpan.start, column);
        if (value === undefined) continue;
        if (this.index.lineOf(value.span.start) !== this.index.lineOf(keySpan.end))
          this.block(value, column + 2);
        else {
          this.single(value.span.start);
          this.inline(value, column);
        }
      }
    }
  }

  /** A value that begins on the line of its key: what it has on later lines moves with that line. */
  private inline(node: LooseNode, column: number): void {
    const first = this.index.lineOf(node.span.start);
    const last = this.index.lineOf(node.span.end);
    const from = indentOf(this.lineAt(first));
    for (let line = first + 1; line <= last; line++) this.inside.set(line, column - from);
    if (node.kind !== 'scalar' && first === last) this.flow(node);
  }

  /** `{ a: b }`, `[a, b]` */
  private flow(node: LooseNode): void {
    if (node.kind === 'scalar') return;
    const parts =
      node.kind === 'sequence'
        ? node.items.flatMap((item) => (item === undefined ? [] : [item.span]))
        : node.entries.map(({ keySpan, value }) => ({
            start: keySpan.start,
            end: value?.span.end ?? keySpan.end,
          }));
    const [open, close] = [node.span.start + 1, node.span.end - 1];
    const pad = node.kind === 'mapping' && parts.length > 0 ? ' ' : '';
    let at = open;
    for (const [place, part] of parts.entries()) {
      this.between(at, part.start, place === 0 ? pad : ', ');
      at = part.end;
    }
    this.between(at, close, pad);
    if (node.kind === 'sequence') {
      for (const item of node.items) if (item !== undefined) this.flow(item);
    } else {
      for (const { keySpan, value } of node.entries) {
        if (value === undefined) continue;
        this.between(keySpan.end, value.span.start, ': ');
        this.flow(value);
      }
    }
  }

  private between(start: number, end: number, wanted: string): void {
    const now = this.text.slice(start, end);
    if (now !== wanted && /^[\s,:]*$/.test(now))
      this.flowEdits.push({ span: { start, end }, newText: wanted });
  }

  /** One blank before a value that follows a colon or dash on its line. */
  private single(offset: number): void {
    const before = /[ \t]+$/.exec(this.text.slice(Math.max(0, offset - 200), offset))?.[0] ?? '';
    const letter = this.text[offset - before.length - 1];
    if (before.length > 1 && (letter === ':' || letter === '-'))
      this.flowEdits.push({ span: { start: offset - before.length, end: offset }, newText: ' ' });
  }

  private dashBefore(offset: number): number {
    return this.text.lastIndexOf('-', offset - 1);
  }

  /** Only what is the first of its line says where the line begins. */
  private place(offset: number, column: number): void {
    const line = this.index.lineOf(offset);
    if (!this.columns.has(line)) this.columns.set(line, column);
  }

  /** That of the line it speaks of: the next one, or the one before when it stands at that one's column. */
  private commentColumn(lines: readonly string[], number: number): number | undefined {
    const column = indentOf(lines[number] ?? '');
    const isContent = (line: number): boolean => this.columns.has(line);
    let next = number + 1;
    while (next < lines.length && !isContent(next)) next++;
    let before = number - 1;
    while (before >= 0 && !isContent(before)) before--;
    const [old, oldBefore] = [indentOf(lines[next] ?? ''), indentOf(lines[before] ?? '')];
    if (next >= lines.length || (column !== old && column === oldBefore)) {
      const of = this.columns.get(before);
      return of === undefined || column === 0 ? 0 : of;
    }
    return this.columns.get(next);
  }

  private lineAt(line: number): string {
    return this.source[line] ?? '';
  }
}

/** The meaning of a text as JSON; undefined for one with an error. */
function meaningOf(text: string, style: ScalarStyle): string | undefined {
  const { documents, problems } = parseYaml(text, style);
  if (problems.length > 0) return undefined;
  return JSON.stringify(documents.map(({ root }) => (root === undefined ? null : toJson(root))));
}

function comments(text: string): string {
  return [...text.matchAll(/(?:^|\s)(#[^\r\n]*)/g)].map(([, comment]) => comment?.trimEnd()).join('\n');
}

/** One edit for each run of lines that differ, when the number of lines is the same; else one for all between the ends. */
function lineEdits(text: string, formatted: string): TextEdit[] {
  const old = text.split('\n');
  const now = formatted.split('\n');
  const starts: number[] = [];
  let at = 0;
  for (const line of old) {
    starts.push(at);
    at += line.length + 1;
  }
  if (old.length === now.length)
    return old.flatMap((line, number): TextEdit[] => {
      const start = starts[number] ?? 0;
      return line === now[number]
        ? []
        : [{ span: { start, end: start + line.length }, newText: now[number] ?? '' }];
    });
  let head = 0;
  while (head < text.length && text[head] === formatted[head]) head++;
  let tail = 0;
  while (
    tail < Math.min(text.length, formatted.length) - head &&
    text[text.length - 1 - tail] === formatted[formatted.length - 1 - tail]
  )
    tail++;
  return [
    {
      span: { start: head, end: text.length - tail },
      newText: formatted.slice(head, formatted.length - tail),
    },
  ];
}

function shifted(line: string, by: number): string {
  const indent = indentOf(line);
  return `${' '.repeat(Math.max(0, indent + by))}${line.slice(indent)}`;
}

function indentOf(line: string): number {
  return /^[ ]*/.exec(line)?.[0].length ?? 0;
}
