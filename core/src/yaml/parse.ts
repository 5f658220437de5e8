/** Text → documents with source offsets. Nothing here throws: what is wrong with the text is told in `problems`. */
import type { YamlProblem } from './problem.js';
import { Composer, type CST, type Document, Parser, type YAMLError } from 'yaml';
import type { FieldPath } from '../resources/model.js';
import { buildTree } from './build.js';
import type { ScalarStyle } from './scalar.js';
import { readSimple } from './simple.js';
import { placeOf, type Span, type YamlNode } from './tree.js';

/** Both from 1; `column` counts UTF-16 units. */
export interface SourcePosition {
  readonly line: number;
  readonly column: number;
}

/** `end` is exclusive. */
export interface SourceRange {
  readonly start: SourcePosition;
  readonly end: SourcePosition;
}

export interface YamlDocument {
  /** undefined: empty, or not well-formed. */
  readonly root: YamlNode | undefined;
}

export interface YamlFile {
  readonly text: string;
  readonly documents: readonly YamlDocument[];
  readonly problems: readonly YamlProblem[];
  rangeOf(span: Span): SourceRange;
}

/** Levels of nesting that a document may have. */
export const MAX_NESTING = 200;

/** Positions of all documents are in the whole text. In a text of style `json` an unquoted word is an error. */
export function parseYaml(text: string, style: ScalarStyle = 'envoy'): YamlFile {
  const problems: YamlProblem[] = [];
  const root = readSimple(text, style, (start, end, indent) =>
    readElement(text.slice(start, end), { style, start, indent }, problems),
  );
  if (root === undefined) return parseWithPackage(text, style);
  const isSound = problems.every(({ rule }) => rule === 'duplicate-key');
  return { text, documents: [{ root: isSound ? root : undefined }], problems, rangeOf: rangesIn(text) };
}

/** An element of a list in a large text, by the package; with a mistake in it, what is there is told in `problems`. */
function readElement(
  text: string,
  { style, start, indent }: { style: ScalarStyle; start: number; indent: number },
  problems: YamlProblem[],
): YamlNode | undefined {
  // Anchors and merge keys reach beyond it.
  if (/(?:^|[\s[{,:-])(?:[&*]|<<)/.test(text) || problems.length >= MAX_ALONE) return undefined;
  const alone = parseWithPackage(' '.repeat(indent) + text, style);
  const by = start - indent;
  // Of an element inside of this one it was told already.
  const outside = problems.filter(({ span }) => span.start < start || span.start >= start + text.length);
  problems.splice(0, problems.length, ...outside);
  for (const { span, related, ...problem } of alone.problems)
    problems.push({
      ...problem,
      span: movedSpan(span, by),
      ...(related && { related: { ...related, span: movedSpan(related.span, by) } }),
    });
  const root = alone.documents.length === 1 ? alone.documents[0]?.root : undefined;
  if (root?.kind === 'sequence' && root.items[0] !== undefined && root.items.length === 1)
    return movedNode(root.items[0], by);
  // Something has to stand for it: the document is not used.
  return alone.problems.length > 0 ? { kind: 'scalar', span: { start, end: start }, value: null } : undefined;
}

/** Elements with a mistake that are read by themselves; with more of them the whole text is. */
const MAX_ALONE = 8;

function movedSpan({ start, end }: Span, by: number): Span {
  return { start: Math.max(0, start + by), end: Math.max(0, end + by) };
}

function movedNode(node: YamlNode, by: number): YamlNode {
  const span = movedSpan(node.span, by);
  if (node.kind === 'scalar') return { ...node, span };
  if (node.kind === 'sequence')
    return { ...node, span, items: node.items.map((item) => movedNode(item, by)) };
  const entries = node.entries.map(({ key, keySpan, value }) => ({
    key,
    keySpan: movedSpan(keySpan, by),
    value: movedNode(value, by),
  }));
  return { ...node, span, entries };
}

/** The same for any text, a good deal slower. */
export function parseWithPackage(text: string, style: ScalarStyle = 'envoy'): YamlFile {
  const problems: YamlProblem[] = [];
  const documents: YamlDocument[] = [];
  for (const source of compose(text, problems)) {
    // The first: one mistake in YAML makes many errors after it.
    const [error] = source.errors;
    if (error !== undefined) problems.push(syntaxProblem(error, text));
    documents.push({ root: error !== undefined ? undefined : buildTree(source, style, problems) });
  }
  return { text, documents, problems, rangeOf: rangesIn(text) };
}

/** Offsets of a text → lines and columns. The lines are counted when the first range is asked for. */
function rangesIn(text: string): YamlFile['rangeOf'] {
  let starts: number[] | undefined;
  const position = (offset: number): SourcePosition => {
    starts ??= lineStarts(text);
    const at = Math.min(offset, text.length);
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] as number) <= at) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: at - (starts[low] as number) + 1 };
  };
  return ({ start, end }) => ({ start: position(start), end: position(Math.max(start, end)) });
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** The ranges of the key and of the value that a path leads to; undefined when the document does not have the whole path. */
export function positionOf(
  file: YamlFile,
  root: YamlNode,
  path: FieldPath,
): { readonly key?: SourceRange; readonly value: SourceRange } | undefined {
  const place = placeOf(root, path);
  if (place.depth < path.length) return undefined;
  const value = file.rangeOf(place.node.span);
  return place.key === undefined ? { value } : { key: file.rangeOf(place.key), value };
}

/** Scalars stay text (schema failsafe): what they mean is ours to say. Keys are compared by us, in linear time. */
const OPTIONS = {
  schema: 'failsafe',
  uniqueKeys: false,
  prettyErrors: false,
  strict: true,
  stringKeys: false,
} as const;

function compose(text: string, problems: YamlProblem[]): Document.Parsed[] {
  const composer = new Composer(OPTIONS);
  const documents: Document.Parsed[] = [];
  const parser = new Parser();
  for (const token of parser.parse(text)) {
    // The composer walks tokens by recursion.
    const deep = tooDeep(token);
    if (deep !== undefined) {
      problems.push({
        rule: 'too-deep',
        span: { start: deep, end: deep + 1 },
        message: `The document is nested more than ${MAX_NESTING} levels deep.`,
        hint: 'Flatten it.',
      });
      return documents;
    }
    documents.push(...(composer.next(token) as Iterable<Document.Parsed>));
  }
  documents.push(...(composer.end(false, text.length) as Iterable<Document.Parsed>));
  return documents;
}

/** The offset at which a token is nested too deep. */
function tooDeep(token: CST.Token): number | undefined {
  const stack: { token: CST.Token | null | undefined; depth: number }[] = [{ token, depth: 0 }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { token: at, depth } = next;
    if (at === null || at === undefined) continue;
    if (depth > MAX_NESTING) return 'offset' in at ? at.offset : 0;
    if (at.type === 'document') stack.push({ token: at.value, depth });
    else if ('items' in at)
      for (const item of at.items)
        stack.push({ token: item.key, depth: depth + 1 }, { token: item.value, depth: depth + 1 });
  }
  return undefined;
}

function syntaxProblem(error: YAMLError, text: string): YamlProblem {
  const [start, end] = error.pos;
  const at = Math.min(start, text.length);
  const hint = HINTS[error.code];
  return {
    rule: 'syntax',
    span: { start: at, end: Math.max(Math.min(end, text.length), Math.min(at + 1, text.length)) },
    message: wordingOf(error.message),
    ...(hint === undefined ? {} : { hint }),
  };
}

/** The package's messages as sentences of bounded length. */
function wordingOf(message: string): string {
  const text = message.length > 200 ? `${message.slice(0, 200)}…` : message;
  const quote = /^Missing closing (["'])quote$/.exec(text)?.[1];
  return quote === undefined ? `${text.replace(/[.:]$/, '')}.` : `The closing ${quote} is missing.`;
}

const HINTS: Readonly<Partial<Record<YAMLError['code'], string>>> = {
  BAD_INDENT: 'Align the line with its siblings.',
  BAD_SCALAR_START: 'Put the value in quotes.',
  BLOCK_AS_IMPLICIT_KEY: 'Put a value that contains ": " in quotes, or begin a new line.',
  BAD_ALIAS: 'Put a value that begins with * in quotes, or define the anchor first.',
  MISSING_CHAR: 'Add the missing character, or put the value in quotes.',
  MULTILINE_IMPLICIT_KEY: 'Check that every line of the mapping has a ":" and the right indentation.',
  TAB_AS_INDENT: 'Indent with spaces: YAML forbids tabs there.',
  UNEXPECTED_TOKEN: 'Check the indentation and the quotes around this place.',
};
