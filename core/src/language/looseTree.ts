/**
 * A tree of any text, however broken: what the author has so far while typing. Indentation decides; a key without a colon, a
 * value that is missing, brackets and quotes that are not closed are kept as they stand. It says where things are, not
 * whether they are right: that is `yaml/parse.ts`.
 */
import type { Span } from '../yaml/tree.js';

export type LooseNode = LooseMapping | LooseSequence | LooseScalar;

export interface LooseMapping {
  readonly kind: 'mapping';
  readonly span: Span;
  readonly isFlow: boolean;
  /** Column of the keys of a block, from 0. */
  readonly column: number;
  readonly entries: readonly LooseEntry[];
}

export interface LooseEntry {
  readonly key: string;
  readonly keySpan: Span;
  /** False while the author is still writing the key. */
  readonly hasColon: boolean;
  readonly value: LooseNode | undefined;
}

export interface LooseSequence {
  readonly kind: 'sequence';
  readonly span: Span;
  readonly isFlow: boolean;
  /** Column of the dashes of a block, from 0. */
  readonly column: number;
  /** undefined: nothing behind the dash yet. */
  readonly items: readonly (LooseNode | undefined)[];
}

export interface LooseScalar {
  readonly kind: 'scalar';
  /** With the quotes. */
  readonly span: Span;
  /** Without the quotes. */
  readonly text: string;
  readonly quote: '"' | "'" | '|' | undefined;
}

/** The roots of the documents of a text; undefined for an empty one. Never throws. */
export function looseTree(text: string): (LooseNode | undefined)[] {
  return new LooseReader(text).documents();
}

/** The entry of a key, in either of the two spellings of a field. */
export function looseEntry(node: LooseNode | undefined, ...keys: string[]): LooseEntry | undefined {
  return node?.kind === 'mapping' ? node.entries.find(({ key }) => keys.includes(key)) : undefined;
}

/** The text of a scalar at a key; undefined when there is none. */
export function looseText(node: LooseNode | undefined, ...keys: string[]): string | undefined {
  const value = looseEntry(node, ...keys)?.value;
  return value?.kind === 'scalar' ? value.text : undefined;
}

/** Deeper than any configuration; what is nested deeper is not looked at. */
const MAX_DEPTH = 200;

class LooseReader {
  private at = 0;
  private depth = 0;
  /** What `lineEnd` and `keyLength` found last, and from where. */
  private endFrom = 0;
  private endAt = -1;
  private keyFrom = -1;
  private keyFound: number | undefined;

  constructor(private readonly text: string) {}

  documents(): (LooseNode | undefined)[] {
    const roots: (LooseNode | undefined)[] = [];
    do {
      const root = this.block(-1);
      roots.push(root);
      // What no block took: a line that ends a document, or one that fits nowhere.
      while (this.nextLine() !== undefined && !this.isMarker()) this.endLine();
    } while (this.skipMarker());
    return roots;
  }

  /** The column of the next line that has content, where the reader then stands; undefined at the end of the text. */
  private nextLine(): number | undefined {
    const { text } = this;
    for (;;) {
      // The reader may stand behind the indentation already.
      const start = text.lastIndexOf('\n', this.at - 1) + 1;
      let at = this.at;
      while (text[at] === ' ' || text[at] === '\t') at++;
      const letter = text[at];
      if (letter === undefined) return undefined;
      this.at = at;
      if (letter === '\r' || letter === '\n') this.at = at + 1;
      else if (letter === '#') this.endLine();
      else return at - start;
    }
  }

  private isMarker(): boolean {
    const isFirst = this.at === 0 || this.text[this.at - 1] === '\n';
    return isFirst && /^(?:---|\.\.\.)(?:\s|$)/.test(this.text.slice(this.at, this.at + 4));
  }

  private skipMarker(): boolean {
    if (this.nextLine() === undefined) return false;
    this.at += 3;
    return true;
  }

  private endLine(): void {
    const end = this.text.indexOf('\n', this.at);
    this.at = end < 0 ? this.text.length : end + 1;
  }

  /** The offset of the end of the line, without its line break. */
  private lineEnd(): number {
    // Asked many times of one line.
    if (this.at >= this.endFrom && this.at <= this.endAt) return this.endAt;
    const end = this.text.indexOf('\n', this.at);
    this.endFrom = this.at;
    this.endAt = end < 0 ? this.text.length : this.text[end - 1] === '\r' && end > this.at ? end - 1 : end;
    return this.endAt;
  }

  /** The block of the lines that are indented by more than `parent`; the reader stands anywhere before it. */
  private block(parent: number): LooseNode | undefined {
    const column = this.nextLine();
    if (column === undefined || column <= parent || this.isMarker()) return undefined;
    return this.blockAt(column, parent);
  }

  private blockAt(column: number, parent: number): LooseNode | undefined {
    if (this.depth >= MAX_DEPTH) {
      this.endLine();
      return undefined;
    }
    this.skipProperties();
    this.depth++;
    const node = this.isDash()
      ? this.sequence(column, parent)
      : this.keyLength() !== undefined
        ? this.mapping(column, parent)
        : this.value(parent);
    this.depth--;
    return node;
  }

  private isDash(): boolean {
    if (this.text[this.at] !== '-') return false;
    const next = this.text[this.at + 1];
    return next === undefined || /\s/.test(next);
  }

  private sequence(column: number, parent: number): LooseSequence {
    const start = this.at;
    const items: (LooseNode | undefined)[] = [];
    let end = start + 1;
    for (;;) {
      const here = this.nextLine();
      if (here === undefined || this.isMarker()) break;
      // A list may stand at the column of its field, which is `parent`.
      if (!this.isDash() || (here !== column && here <= parent)) break;
      const dash = this.at;
      this.at++;
      this.skipProperties();
      const isEmpty = this.at >= this.lineEnd() || this.text[this.at] === '#';
      if (isEmpty) this.endLine();
      const item = isEmpty ? this.block(here) : this.blockAt(here + this.at - dash, here);
      end = item?.span.end ?? dash + 1;
      items.push(item);
    }
    return { kind: 'sequence', span: { start, end }, isFlow: false, column, items };
  }

  private mapping(column: number, parent: number): LooseMapping {
    const start = this.at;
    const entries: LooseEntry[] = [];
    let end = start;
    for (;;) {
      const here = this.nextLine();
      if (here === undefined || here <= parent || this.isMarker()) break;
      if (this.isDash() && here <= column) break;
      const entry = this.entry(here);
      entries.push(entry);
      end = entry.value?.span.end ?? entry.keySpan.end;
    }
    return { kind: 'mapping', span: { start, end }, isFlow: false, column, entries };
  }

  private entry(column: number): LooseEntry {
    this.skipProperties();
    const start = this.at;
    const length = this.keyLength();
    if (length === undefined) {
      // A key that is being written, or a line that fits nowhere.
      const end = this.plainEnd(this.lineEnd(), false);
      this.endLine();
      const keySpan = { start, end };
      return { key: unquoted(this.text.slice(start, end)), keySpan, hasColon: false, value: undefined };
    }
    const keySpan = { start, end: start + length };
    this.at = this.text.indexOf(':', keySpan.end) + 1;
    const value = this.entryValue(column);
    return { key: unquoted(this.text.slice(start, keySpan.end)), keySpan, hasColon: true, value };
  }

  private entryValue(column: number): LooseNode | undefined {
    this.skipProperties();
    if (this.at < this.lineEnd() && this.text[this.at] !== '#') return this.value(column);
    this.endLine();
    const here = this.nextLine();
    if (here === undefined || this.isMarker()) return undefined;
    if (here > column || (here === column && this.isDash())) return this.blockAt(here, column);
    return undefined;
  }

  /** Blanks, anchors and tags before a value. */
  private skipProperties(): void {
    const end = this.lineEnd();
    for (;;) {
      while (this.at < end && /[ \t]/.test(this.text[this.at] ?? '')) this.at++;
      const letter = this.text[this.at];
      if (this.at >= end || (letter !== '&' && letter !== '!')) return;
      while (this.at < end && /\S/.test(this.text[this.at] ?? '')) this.at++;
    }
  }

  /** How long the key is at which the reader stands, without its colon; undefined when there is none. */
  private keyLength(): number | undefined {
    if (this.keyFrom === this.at) return this.keyFound;
    this.keyFrom = this.at;
    const line = this.text.slice(this.at, this.lineEnd());
    const found =
      /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s"'{}[\],#&*!|>%@`](?:[^:#]|:(?=\S)|#)*?)[ \t]*:(?=\s|$)/.exec(
        line,
      );
    const key = found?.[1];
    // A "#" behind a blank begins a comment, and what is behind that is no key.
    return (this.keyFound = key === undefined || /\s#/.test(key) ? undefined : key.length);
  }

  /** The value at which the reader stands, and then the rest of its line. */
  private value(column: number): LooseNode {
    const letter = this.text[this.at];
    if (letter === '{' || letter === '[') {
      const node = this.flow(column);
      this.endLine();
      return node;
    }
    if (letter === '|' || letter === '>') return this.blockScalar(column);
    const node =
      letter === '"' || letter === "'"
        ? this.quoted(letter)
        : this.plain(this.plainEnd(this.lineEnd(), false));
    this.endLine();
    return letter === '"' || letter === "'" ? node : this.continued(node, column);
  }

  /** A plain text may go on in deeper lines that are neither keys nor elements. */
  private continued(node: LooseScalar, column: number): LooseScalar {
    let { end } = node.span;
    for (;;) {
      const before = this.at;
      const here = this.nextLine();
      if (here === undefined || here <= column || this.isDash() || this.keyLength() !== undefined) {
        this.at = here === undefined ? this.at : before;
        break;
      }
      end = this.plainEnd(this.lineEnd(), false);
      this.endLine();
    }
    if (end === node.span.end) return node;
    return { ...node, span: { start: node.span.start, end }, text: this.text.slice(node.span.start, end) };
  }

  private blockScalar(column: number): LooseScalar {
    const start = this.at;
    let end = this.lineEnd();
    this.endLine();
    while (this.at < this.text.length) {
      const indent = /^[ ]*/.exec(this.text.slice(this.at, this.at + 200))?.[0].length ?? 0;
      const lineEnd = this.lineEnd();
      if (this.at + indent < lineEnd && indent <= column) break;
      if (this.at + indent < lineEnd) end = lineEnd;
      this.endLine();
    }
    return { kind: 'scalar', span: { start, end }, text: this.text.slice(start, end), quote: '|' };
  }

  private quoted(quote: '"' | "'"): LooseScalar {
    const start = this.at;
    const lineEnd = this.lineEnd();
    let at = start + 1;
    while (at < lineEnd && this.text[at] !== quote) at += quote === '"' && this.text[at] === '\\' ? 2 : 1;
    // '' is an apostrophe.
    while (quote === "'" && this.text[at + 1] === "'" && at < lineEnd) {
      at += 2;
      while (at < lineEnd && this.text[at] !== quote) at++;
    }
    const isClosed = at < lineEnd;
    this.at = isClosed ? at + 1 : lineEnd;
    const span = { start, end: this.at };
    const inner = this.text.slice(start + 1, isClosed ? at : lineEnd);
    return { kind: 'scalar', span, text: unescaped(inner, quote), quote };
  }

  private plain(end: number): LooseScalar {
    const span = { start: this.at, end };
    this.at = end;
    return { kind: 'scalar', span, text: this.text.slice(span.start, end), quote: undefined };
  }

  /** Where a plain text ends that begins where the reader stands. */
  private plainEnd(limit: number, inFlow: boolean): number {
    let at = this.at;
    for (; at < limit; at++) {
      const letter = this.text[at] ?? '';
      if (letter === '#' && /\s/.test(this.text[at - 1] ?? ' ')) break;
      if (!inFlow) continue;
      if (/[,{}[\]]/.test(letter)) break;
      if (letter === ':' && /[\s,{}[\]]|^$/.test(this.text[at + 1] ?? '')) break;
    }
    while (at > this.at && /\s/.test(this.text[at - 1] ?? '')) at--;
    return at;
  }

  /** A flow collection, up to its bracket or to the first line that does not belong to it. */
  private flow(column: number): LooseMapping | LooseSequence {
    const start = this.at;
    const isMapping = this.text[this.at++] === '{';
    const entries: LooseEntry[] = [];
    const items: LooseNode[] = [];
    this.depth++;
    while (this.inFlow(column)) {
      const letter = this.text[this.at] ?? '';
      if (letter === ',') this.at++;
      else if (letter === '}' || letter === ']') {
        this.at++;
        break;
      } else if (isMapping) entries.push(this.flowEntry(column));
      else items.push(this.flowValue(column));
    }
    this.depth--;
    const span = { start, end: this.at };
    return isMapping
      ? { kind: 'mapping', span, isFlow: true, column: -1, entries }
      : { kind: 'sequence', span, isFlow: true, column: -1, items };
  }

  /** Goes to the next letter of a flow collection; false when it is over without its bracket. */
  private inFlow(column: number): boolean {
    for (;;) {
      while (/[ \t]/.test(this.text[this.at] ?? '')) this.at++;
      const letter = this.text[this.at];
      if (letter === undefined || this.depth >= MAX_DEPTH) return false;
      if (letter !== '\n' && letter !== '\r' && letter !== '#') return true;
      const before = this.at;
      this.endLine();
      const here = this.nextLine();
      const isClosing = /[}\],]/.test(this.text[this.at] ?? '');
      if (here === undefined || (here <= column && !isClosing)) {
        this.at = before;
        return false;
      }
    }
  }

  private flowEntry(column: number): LooseEntry {
    const start = this.at;
    const letter = this.text[start];
    const key =
      letter === '"' || letter === "'"
        ? this.quoted(letter)
        : this.plain(Math.max(this.plainEnd(this.lineEnd(), true), start));
    // A bracket where a key belongs.
    if (key.span.end === start) {
      const value = letter === '{' || letter === '[' ? this.flow(column) : undefined;
      if (value === undefined) this.at++;
      return { key: '', keySpan: key.span, hasColon: false, value };
    }
    while (/[ \t]/.test(this.text[this.at] ?? '')) this.at++;
    const hasColon = this.text[this.at] === ':';
    if (hasColon) this.at++;
    const isNext = hasColon && this.inFlow(column) && !/[,}\]]/.test(this.text[this.at] ?? '');
    return { key: key.text, keySpan: key.span, hasColon, value: isNext ? this.flowValue(column) : undefined };
  }

  private flowValue(column: number): LooseNode {
    this.skipProperties();
    const letter = this.text[this.at];
    if (letter === '{' || letter === '[') return this.flow(column);
    if (letter === '"' || letter === "'") return this.quoted(letter);
    const value = this.plain(this.plainEnd(this.lineEnd(), true));
    // A colon where a value belongs.
    if (value.span.end === value.span.start && this.at < this.text.length) this.at++;
    return value;
  }
}

function unquoted(text: string): string {
  const quote = text[0];
  if (quote !== '"' && quote !== "'") return text;
  return unescaped(text.slice(1, text.endsWith(quote) && text.length > 1 ? -1 : undefined), quote);
}

function unescaped(inner: string, quote: '"' | "'"): string {
  if (quote === "'") return inner.replaceAll("''", "'");
  return inner.replace(/\\(["\\/])/g, '$1');
}
