/**
 * English texts of core, the agent and the command line in another language. They stay English where they are made, because
 * logs, NACKs and `onehop` print them too, and an older agent sends nothing else; here a text is read back into the template that
 * it was made from. Pure.
 *
 * A table has templates as the sources write them, `${…}` as {0}, {1}, …, and their translations. There a placeholder says what
 * may stand in it: `{0}` anything, as it is; `{0:w}` one word; `{0:n}` a number; `{0:t}` another text of the table, a list of
 * such, or something quoted; `{0:o}` anything, translated where it can be.
 */
export type Table = Readonly<Record<string, string>>;

type Kind = '' | 'w' | 'n' | 't' | 'o';

interface Template {
  /** What stands before, between and behind the placeholders. */
  readonly literals: readonly string[];
  /** The longest of these, to rule the template out quickly. */
  readonly mark: string;
  readonly kinds: readonly Kind[];
  readonly translation: string;
}

/** Between the items of a list, as the table has them. */
const separators = [', and ', '; ', ' → ', ', ', ' and ', ' or '];
const DOT = ' · ';
const remembered = 5_000;
/** Templates that are looked at for one text, parts of it included: within 0.1 s or so. Ours need far fewer. */
const mostLooks = 1_000_000;
/** What a placeholder costs, in such looks. */
const looksForValue = 20;

export class Translator {
  readonly #table: ReadonlyMap<string, string>;
  /** With words of their own; those that say most come first. */
  readonly #strong: readonly Template[];
  /** Of those, what goes on behind the end of a sentence. */
  readonly #ofSentences: readonly Template[];
  /** Little more than placeholders: "{0} {1} {2}". They fit nearly everywhere, so they come last. */
  readonly #weak: readonly Template[];
  readonly #known = new Map<string, string | undefined>();
  /** Looks that are left for the text at hand; undefined between texts. */
  #looks: number | undefined;

  constructor(table: Table) {
    this.#table = new Map(Object.entries(table));
    const all = Object.entries(table)
      .filter(([key]) => key.includes('{0}'))
      .map(([key, translation]) => ({ key, ...sizeOf(key), template: templateOf(key, translation) }))
      .sort((a, b) => b.letters - a.letters || b.own - a.own);
    const which = (is: (of: (typeof all)[number]) => boolean): readonly Template[] =>
      all.filter(is).map(({ template }) => template);
    this.#strong = which(({ letters }) => letters > 0);
    this.#weak = which(({ letters }) => letters === 0);
    this.#ofSentences = which(({ key, letters }) => letters > 0 && /[.?](?: |\{)/.test(key));
  }

  /** A text that is not of the table stays as it is. */
  translated(text: string): string {
    return this.find(text) ?? text;
  }

  /** Of a list, also when only some of its items are of the table; facts stand beside each other with dots between. */
  partly(text: string): string {
    const found = this.find(text);
    if (found !== undefined || !text.includes(DOT)) return found ?? this.#items(text) ?? text;
    const facts = text.split(DOT);
    return facts.map((fact) => this.partly(fact)).join(DOT);
  }

  /** undefined: the table does not have it, nor all of its sentences or items. */
  find(text: string): string | undefined {
    if (this.#known.has(text)) return this.#known.get(text);
    const isWhole = this.#looks === undefined;
    this.#looks ??= mostLooks;
    const found = this.#found(text);
    const isKnown = isWhole || this.#looks > 0;
    if (isWhole) this.#looks = undefined;
    // Of a part that was given up nothing is known.
    if (!isKnown) return undefined;
    if (this.#known.size >= remembered) this.#known.clear();
    this.#known.set(text, found);
    return found;
  }

  #found(text: string): string | undefined {
    if (!this.#mayLook(looksForValue)) return this.#table.get(text);
    return (
      this.#table.get(text) ??
      this.#byTemplate(text, this.#ofSentences) ??
      this.#sentences(text) ??
      this.#byTemplate(text, this.#strong) ??
      this.#list(text) ??
      this.#byTemplate(text, this.#weak)
    );
  }

  #sentences(text: string): string | undefined {
    for (const { index } of text.matchAll(/(?<=[.?]) (?=["A-Z0-9`])/g)) {
      const first = text.slice(0, index);
      const one = this.find(first);
      const rest = one === undefined ? undefined : this.find(text.slice(index + 1));
      if (rest !== undefined) return `${one}${rest}`;
    }
    return undefined;
  }

  #byTemplate(text: string, templates: readonly Template[]): string | undefined {
    if (!this.#mayLook(templates.length)) return undefined;
    for (const template of templates) {
      if (!text.includes(template.mark)) continue;
      const values: string[] = [];
      if (this.#fits(text, 0, template, values))
        return closed(
          template.translation.replace(/\{(\d+)(?::\w)?\}/g, (_, index) => values[Number(index)] ?? ''),
        );
    }
    return undefined;
  }

  #mayLook(often: number): boolean {
    this.#looks = (this.#looks ?? mostLooks) - often;
    return this.#looks > 0;
  }

  /** From `at` on the text is the literal behind `values`, the placeholder behind that, and so on to its end. */
  #fits(text: string, at: number, template: Template, values: string[]): boolean {
    const { literals, kinds } = template;
    const index = values.length;
    const literal = literals[index] ?? '';
    if (!text.startsWith(literal, at)) return false;
    const start = at + literal.length;
    const next = literals[index + 1];
    if (next === undefined) return start === text.length;
    const isLast = index + 2 === literals.length;
    const first = isLast ? text.length - next.length : text.indexOf(next, start);
    for (let end = first; end >= start; end = isLast ? -1 : text.indexOf(next, end + 1)) {
      const value = this.#taken(kinds[index] ?? '', text.slice(start, end), text);
      if (value !== undefined) {
        values.push(value);
        if (this.#fits(text, end, template, values)) return true;
        values.pop();
      }
      if (end >= text.length) break;
    }
    return false;
  }

  /** What a placeholder makes of a part of a text; undefined: it does not take it. */
  #taken(kind: Kind, value: string, of: string): string | undefined {
    if (value.includes(DOT) || !this.#mayLook(looksForValue)) return undefined;
    const inner = (): string | undefined => (value.length < of.length ? this.find(value) : undefined);
    switch (kind) {
      case '':
        return value;
      case 'w':
        return /^\S+$/.test(value) ? value : undefined;
      case 'n':
        return /^-?[\d.,]+$/.test(value) ? value : undefined;
      case 't':
        return isVerbatim(value) ? value : inner();
      case 'o':
        return isVerbatim(value) ? value : value.length < of.length ? this.partly(value) : undefined;
    }
  }

  /** All items are of the table, or quoted. */
  #list(text: string): string | undefined {
    if (/[.?]$/.test(text)) return undefined;
    for (const separator of separators) {
      for (let at = text.indexOf(separator); at > 0; at = text.indexOf(separator, at + 1)) {
        const first = text.slice(0, at);
        const one = isVerbatim(first) ? first : this.find(first);
        if (one === undefined) continue;
        const second = text.slice(at + separator.length);
        const rest = isVerbatim(second) ? second : this.find(second);
        if (rest !== undefined) return closed(`${one}${this.#table.get(separator) ?? separator}${rest}`);
      }
    }
    return undefined;
  }

  #items(text: string): string | undefined {
    const separator = separators.find((one) => text.includes(one));
    if (separator === undefined) return undefined;
    const items = text.split(separator);
    const shown = items.map((item) => this.translated(item));
    return shown.every((one, index) => one === items[index])
      ? undefined
      : shown.join(this.#table.get(separator) ?? separator);
  }
}

/** Chinese words stand beside each other; a space is for what is filled in from another script. */
function closed(text: string): string {
  return text.replace(/(?<=[\p{Script=Han}，。：；、]) (?=[\p{Script=Han}])/gu, '');
}

/** Nothing, a number or sign, or something in quotes: the same in every language. */
function isVerbatim(value: string): boolean {
  return /^(?:[^\p{L}]*|"(?:[^"\\]|\\.)*"|`[^`]*`)$/u.test(value);
}

function templateOf(key: string, translation: string): Template {
  const literals = key.split(/\{\d+\}/);
  const kinds = literals.slice(1).map((_, index): Kind => {
    const found = new RegExp(`\\{${index}:(\\w)\\}`).exec(translation)?.[1];
    return (found ?? '') as Kind;
  });
  const mark = literals.reduce((longest, one) => (one.length > longest.length ? one : longest), '');
  return { literals, mark, kinds, translation };
}

/** What a template has of its own, in characters, and the letters of that. */
function sizeOf(key: string): { readonly own: number; readonly letters: number } {
  const own = key.replace(/\{\d+\}/g, '');
  return { own: own.length, letters: own.replace(/[^\p{L}]/gu, '').length };
}
