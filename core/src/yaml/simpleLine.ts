import type { JsonPrimitive } from '../resources/model.js';
import { coreScalar, envoyScalar, jsonScalar, type ScalarStyle } from './scalar.js';
import type { YamlScalar } from './tree.js';

/** Thrown where a text is left to the `yaml` package. */
export const NOT_SIMPLE = Symbol('not simple');

export const NEWLINE = 0x0a;
export const SPACE = 0x20;
export const QUOTE = 0x22;
export const HASH = 0x23;
export const APOSTROPHE = 0x27;
export const COMMA = 0x2c;
const DASH = 0x2d;
const SLASH = 0x2f;
export const COLON = 0x3a;
const QUESTION = 0x3f;
export const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
export const CLOSE_LIST = 0x5d;
export const OPEN_MAP = 0x7b;
export const CLOSE_MAP = 0x7d;
/** Characters that an unquoted text cannot begin with. */
const INDICATORS: ReadonlySet<number> = new Set([...'-?:,[]{}#&*!|>\'"%@`'].map((c) => c.charCodeAt(0)));

/** Reads what stands on one line: texts and numbers, quoted or not. `at` is where it stands in the text. */
export class LineReader {
  protected at = 0;

  constructor(
    protected readonly text: string,
    protected readonly style: ScalarStyle,
  ) {}

  /** Where a ":" with a blank behind it stands in the line; -1 when there is none. */
  protected colonOfLine(): number {
    const { text } = this;
    for (let at = this.at; ; at++) {
      const code = text.charCodeAt(at);
      if (code === COLON && isBlank(text.charCodeAt(at + 1))) return at;
      if (code === NEWLINE || Number.isNaN(code)) return -1;
      if (code === HASH && text.charCodeAt(at - 1) === SPACE) return -1;
    }
  }

  /** An unquoted text, to the end of its line or to a comment. */
  protected blockText(): YamlScalar {
    const { text } = this;
    if (!this.canBeginText()) throw NOT_SIMPLE;
    const start = this.at;
    let end = start;
    for (let at = start; ; at++) {
      const code = text.charCodeAt(at);
      if (code === SPACE) continue;
      if (code === NEWLINE || Number.isNaN(code)) break;
      if (code === HASH && at > end) break;
      if (code === COLON && isBlank(text.charCodeAt(at + 1))) throw NOT_SIMPLE;
      end = at + 1;
    }
    this.at = end;
    return this.plain(start, end);
  }

  protected plain(start: number, end: number): YamlScalar {
    const written = this.text.slice(start, end);
    let value: JsonPrimitive | undefined = written;
    if (this.style === 'json') value = jsonScalar(written);
    else if (!isSurelyText(written))
      value = this.style === 'core' ? coreScalar(written) : envoyScalar(written);
    if (value === undefined) throw NOT_SIMPLE;
    return { kind: 'scalar', span: { start, end }, value };
  }

  /** A quoted text on one line. */
  protected quoted(): YamlScalar {
    const { text } = this;
    const start = this.at;
    const quote = text.charCodeAt(start);
    let at = start + 1;
    let escaped = false;
    for (; ; at++) {
      const code = text.charCodeAt(at);
      if (code === NEWLINE || Number.isNaN(code)) throw NOT_SIMPLE;
      if (code === BACKSLASH && quote === QUOTE) {
        escaped = true;
        at++;
      } else if (code === quote) {
        if (quote === QUOTE || text.charCodeAt(at + 1) !== APOSTROPHE) break;
        escaped = true;
        at++;
      }
    }
    const inside = text.slice(start + 1, at);
    this.at = at + 1;
    const value = !escaped ? inside : quote === QUOTE ? unescaped(inside) : inside.replaceAll("''", "'");
    return { kind: 'scalar', span: { start, end: at + 1 }, value };
  }

  /** An unquoted text in a flow collection; a key ends before its ":". */
  protected flowText(isKey: boolean): YamlScalar {
    const { text } = this;
    if (!this.canBeginText()) throw NOT_SIMPLE;
    const start = this.at;
    let end = start;
    for (let at = start; ; at++) {
      const code = text.charCodeAt(at);
      if (code === SPACE) continue;
      if (code === COMMA || code === CLOSE_LIST || code === CLOSE_MAP || code === NEWLINE) break;
      if (code === OPEN_LIST || code === OPEN_MAP || code === HASH || Number.isNaN(code)) throw NOT_SIMPLE;
      if (code === COLON) {
        const next = text.charCodeAt(at + 1);
        if (isKey && isBlank(next) && at === end) break;
        if (isBlank(next) || isFlowIndicator(next)) throw NOT_SIMPLE;
      }
      end = at + 1;
    }
    this.at = end;
    return isKey ? { kind: 'scalar', span: { start, end }, value: '' } : this.plain(start, end);
  }

  protected endLine(): void {
    const end = this.text.indexOf('\n', this.at);
    this.at = end < 0 ? this.text.length : end + 1;
  }

  protected skipSpaces(): void {
    while (this.text.charCodeAt(this.at) === SPACE) this.at++;
  }

  protected isEndOfLine(): boolean {
    const code = this.text.charCodeAt(this.at);
    return code === NEWLINE || code === HASH || Number.isNaN(code);
  }

  protected isDash(): boolean {
    return this.text.charCodeAt(this.at) === DASH && isBlank(this.text.charCodeAt(this.at + 1));
  }

  protected canBeginText(): boolean {
    const code = this.text.charCodeAt(this.at);
    if (!INDICATORS.has(code)) return true;
    const next = this.text.charCodeAt(this.at + 1);
    return (code === DASH || code === COLON || code === QUESTION) && !isBlank(next) && !isFlowIndicator(next);
  }
}

/** A blank, the end of the line or of the text. */
export function isBlank(code: number): boolean {
  return code === SPACE || code === NEWLINE || Number.isNaN(code);
}

function isFlowIndicator(code: number): boolean {
  return (
    code === COMMA || code === OPEN_LIST || code === CLOSE_LIST || code === OPEN_MAP || code === CLOSE_MAP
  );
}

/** No number, boolean or null in any style. */
function isSurelyText(text: string): boolean {
  const code = text.charCodeAt(0);
  const isLetter = (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a);
  return code === SLASH || (isLetter && text.length > 5);
}

/** The inside of a text in double quotes. Escapes that JSON does not have are left to the package. */
function unescaped(text: string): string {
  try {
    return String(JSON.parse(`"${text}"`));
  } catch {
    throw NOT_SIMPLE;
  }
}
