/**
 * A reader for YAML as configurations are mostly written: block mappings and lists, flow collections, texts on one line. About
 * ten times as fast as the `yaml` package, which reads everything else: anchors, tags, block scalars, texts over several
 * lines, several documents, and whatever has a mistake. Where this reader answers, it answers as `parse.ts` does with the package.
 */
import type { ScalarStyle } from './scalar.js';
import {
  NEWLINE,
  SPACE,
  QUOTE,
  HASH,
  APOSTROPHE,
  COMMA,
  COLON,
  OPEN_LIST,
  CLOSE_LIST,
  OPEN_MAP,
  CLOSE_MAP,
  isBlank,
  LineReader,
  NOT_SIMPLE,
} from './simpleLine.js';
import type { YamlEntry, YamlMapping, YamlNode, YamlScalar, YamlSequence } from './tree.js';

/**
 * Reads an element of a list, from its dash at `start` in column `indent` up to `end`, in another way; undefined when that
 * cannot be done without the rest of the text.
 */
export type ReadElement = (start: number, end: number, indent: number) => YamlNode | undefined;

/**
 * The root of the one document in a text; undefined for a text that is not simple. An empty document is not. In a large text,
 * elements of lists that are not simple are left to `readElement`, each by itself.
 */
export function readSimple(
  text: string,
  style: ScalarStyle,
  readElement: ReadElement = () => undefined,
): YamlNode | undefined {
  if (/[\0-\x09\x0b-\x1f\x7f-\x9f\ufeff\ufffe\uffff]/.test(text)) return undefined;
  const reader = new Reader(text, style, readElement);
  try {
    return reader.document();
  } catch (error) {
    if (error === NOT_SIMPLE) return undefined;
    throw error;
  }
}

/** Of a text so large, elements are read one by one where that helps. */
const LARGE = 20_000;
const MAX_DEPTH = 60;

class Reader extends LineReader {
  private depth = 0;
  /** Where the block that was just read ends: behind the line break of its last line. */
  private blockEnd = 0;

  constructor(
    text: string,
    style: ScalarStyle,
    private readonly readElement: ReadElement,
  ) {
    super(text, style);
  }

  document(): YamlNode {
    const indent = this.nextLine();
    if (indent < 0) throw NOT_SIMPLE;
    const root = this.block(indent, -1);
    if (this.nextLine() >= 0) throw NOT_SIMPLE;
    return root;
  }

  /** From the beginning of a line to the first character of the next line that has content; its column, or -1 at the end. */
  private nextLine(): number {
    const { text } = this;
    for (;;) {
      const start = this.at;
      let at = start;
      while (text.charCodeAt(at) === SPACE) at++;
      const code = text.charCodeAt(at);
      if (code === NEWLINE) this.at = at + 1;
      else if (code === HASH) {
        this.at = at;
        this.endLine();
      } else if (Number.isNaN(code)) {
        this.at = at;
        return -1;
      } else {
        // A line that begins or ends a document, or a directive.
        if (at === start && /^(?:---|\.\.\.|%)/.test(text.slice(at, at + 3))) throw NOT_SIMPLE;
        this.at = at;
        return at - start;
      }
    }
  }

  /** The block at the column `indent`, where the reader stands, inside of one at the column `parent`. */
  private block(indent: number, parent: number): YamlNode {
    if (++this.depth > MAX_DEPTH) throw NOT_SIMPLE;
    let node: YamlNode;
    if (this.isDash()) node = this.sequence(indent);
    else if (this.isKey()) node = this.mapping(indent);
    else {
      node = this.inline(parent);
      this.endOfInline();
    }
    this.depth--;
    return node;
  }

  private sequence(indent: number): YamlSequence {
    const start = this.at;
    const items: YamlNode[] = [];
    for (;;) {
      const dash = this.at++;
      this.skipSpaces();
      if (this.isEndOfLine()) throw NOT_SIMPLE;
      items.push(this.element(dash, indent));
      if (!this.continues(indent)) break;
      if (!this.isDash()) {
        // The list of a field may stand at the column of the field: then the next field ends it.
        this.at -= indent;
        break;
      }
    }
    return { kind: 'sequence', span: { start, end: this.blockEnd }, items };
  }

  /** An element of a list. Of a large text, one that is not simple is read by the package alone. */
  private element(dash: number, indent: number): YamlNode {
    const { depth } = this;
    try {
      return this.block(indent + this.at - dash, indent);
    } catch (error) {
      if (error !== NOT_SIMPLE || this.text.length < LARGE) throw error;
      const end = this.endOfElement(dash, indent);
      const node = this.readElement(dash, end, indent);
      if (node === undefined) throw error;
      this.depth = depth;
      this.at = this.blockEnd = end;
      return node;
    }
  }

  /** Where the next line begins that is not further in than the dash. */
  private endOfElement(dash: number, indent: number): number {
    this.at = dash;
    for (;;) {
      this.endLine();
      const column = this.nextLine();
      if (column < 0) return this.text.length;
      if (column <= indent) return this.at - column;
    }
  }

  private mapping(indent: number): YamlMapping {
    const start = this.at;
    const entries: YamlEntry[] = [];
    do {
      const { value: key, span: keySpan } = this.blockKey();
      if (entries.some((entry) => entry.key === key)) throw NOT_SIMPLE;
      this.skipSpaces();
      let value: YamlNode;
      if (this.isEndOfLine()) value = this.below(indent);
      else {
        value = this.inline(indent);
        this.endOfInline();
      }
      entries.push({ key, keySpan, value });
    } while (this.continues(indent));
    return { kind: 'mapping', span: { start, end: this.blockEnd }, entries };
  }

  /** The value of a field with nothing behind its ":". */
  private below(indent: number): YamlNode {
    const span = { start: this.at, end: this.at };
    this.endLine();
    const lineStart = this.at;
    const next = this.nextLine();
    if (next > indent || (next === indent && this.isDash())) return this.block(next, indent);
    this.at = lineStart;
    this.blockEnd = span.end;
    return { kind: 'scalar', span, value: null };
  }

  /** True when the next line belongs to the block at column `indent`; then the reader stands at its first character. */
  private continues(indent: number): boolean {
    const lineStart = this.at;
    const next = this.nextLine();
    if (next === indent) return true;
    // Further in: the text before goes on, or the line is wrong.
    if (next > indent) throw NOT_SIMPLE;
    this.at = lineStart;
    return false;
  }

  /** A scalar or flow collection in a block at column `parent`. */
  private inline(parent: number): YamlNode {
    switch (this.text.charCodeAt(this.at)) {
      case OPEN_MAP:
        return this.flowMapping(parent);
      case OPEN_LIST:
        return this.flowSequence(parent);
      case QUOTE:
      case APOSTROPHE:
        return this.quoted();
      default:
        return this.blockText();
    }
  }

  private isKey(): boolean {
    const { text, at } = this;
    const code = text.charCodeAt(at);
    if (code === QUOTE || code === APOSTROPHE) {
      const { span } = this.quoted();
      this.skipSpaces();
      const found = text.charCodeAt(this.at) === COLON && isBlank(text.charCodeAt(this.at + 1));
      if (found && this.at !== span.end) throw NOT_SIMPLE;
      this.at = at;
      return found;
    }
    return this.canBeginText() && this.colonOfLine() >= 0;
  }

  /** The key at which the reader stands, and its ":". */
  private blockKey(): { readonly value: string; readonly span: YamlScalar['span'] } {
    const { text } = this;
    if (!this.isKey()) throw NOT_SIMPLE;
    const code = text.charCodeAt(this.at);
    if (code === QUOTE || code === APOSTROPHE) {
      const { value, span } = this.quoted();
      this.at++;
      return { value: String(value), span };
    }
    const start = this.at;
    const colon = this.colonOfLine();
    const value = text.slice(start, colon);
    if (value === '<<' || value.endsWith(' ') || value.includes(' #')) throw NOT_SIMPLE;
    this.at = colon + 1;
    return { value, span: { start, end: colon } };
  }

  private flowSequence(parent: number): YamlSequence {
    const start = this.at;
    const items: YamlNode[] = [];
    this.open();
    while (this.flowToken(parent) !== CLOSE_LIST) {
      items.push(this.flowValue(parent));
      this.separator(parent, CLOSE_LIST);
    }
    this.close();
    return { kind: 'sequence', span: { start, end: this.at }, items };
  }

  private flowMapping(parent: number): YamlMapping {
    const { text } = this;
    const start = this.at;
    const entries: YamlEntry[] = [];
    this.open();
    while (this.flowToken(parent) !== CLOSE_MAP) {
      const quote = text.charCodeAt(this.at);
      const isQuoted = quote === QUOTE || quote === APOSTROPHE;
      const { span: keySpan, value } = isQuoted ? this.quoted() : this.flowText(true);
      const key = isQuoted ? String(value) : text.slice(keySpan.start, keySpan.end);
      if (text.charCodeAt(this.at) !== COLON) throw NOT_SIMPLE;
      if ((key === '<<' && !isQuoted) || entries.some((entry) => entry.key === key)) throw NOT_SIMPLE;
      this.at++;
      entries.push({ key, keySpan, value: this.flowValue(parent) });
      this.separator(parent, CLOSE_MAP);
    }
    this.close();
    return { kind: 'mapping', span: { start, end: this.at }, entries };
  }

  private flowValue(parent: number): YamlNode {
    switch (this.flowToken(parent)) {
      case OPEN_MAP:
        return this.flowMapping(parent);
      case OPEN_LIST:
        return this.flowSequence(parent);
      case QUOTE:
      case APOSTROPHE:
        return this.quoted();
      default:
        return this.flowText(false);
    }
  }

  /** The next character in a flow collection that is no blank. */
  private flowToken(parent: number): number {
    const { text } = this;
    for (;;) {
      this.skipSpaces();
      const code = text.charCodeAt(this.at);
      if (code !== NEWLINE) {
        if (code === HASH || Number.isNaN(code)) throw NOT_SIMPLE;
        return code;
      }
      const start = ++this.at;
      this.skipSpaces();
      const next = text.charCodeAt(this.at);
      if (next !== NEWLINE && this.at - start <= parent) throw NOT_SIMPLE;
    }
  }

  private separator(parent: number, close: number): void {
    const code = this.flowToken(parent);
    if (code === COMMA) this.at++;
    else if (code !== close) throw NOT_SIMPLE;
  }

  private open(): void {
    if (++this.depth > MAX_DEPTH) throw NOT_SIMPLE;
    this.at++;
  }

  private close(): void {
    this.depth--;
    this.at++;
  }

  /** Behind an inline value only a comment may stand. */
  private endOfInline(): void {
    const end = this.at;
    this.skipSpaces();
    const isComment = this.text.charCodeAt(this.at) === HASH;
    if (!this.isEndOfLine() || (isComment && this.at === end)) throw NOT_SIMPLE;
    this.endLine();
    this.blockEnd = this.at;
  }
}
