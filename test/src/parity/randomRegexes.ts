/** Regular expressions made at random, each with texts that it matches and texts that it nearly does. One seed gives the same ones. */
import { programOf } from '@onehop/core/regex/program.js';
import { Random } from '../router/random.js';

export interface RegexWords {
  readonly regex: string;
  readonly hits: readonly string[];
  readonly misses: readonly string[];
}

/** Of a path: what a request can have in it as it is. */
export function randomPathRegexes(seed: number, count: number): RegexWords[] {
  const random = new Random(seed);
  return random.list(count, () => {
    const rest = wholePart(random, pathAtoms);
    return wordsOf(random, { regex: `/${rest.regex}`, text: () => `/${rest.text()}` }, 'ab/.-_7Z');
  });
}

/** Of a header's value. */
export function randomValueRegexes(seed: number, count: number): RegexWords[] {
  const random = new Random(seed);
  return random.list(count, () => wordsOf(random, wholePart(random, valueAtoms), 'ab,.-_7Zé '));
}

/** An expression, and some text that it matches, unless an assertion says otherwise. */
interface Part {
  readonly regex: string;
  readonly text: () => string;
}

type Atom = readonly [regex: string, ...texts: string[]];

const pathAtoms: readonly Atom[] = [
  ...(['a', 'ab', 'api', 'v1', 'reviews', '42', 'x-y', '_', '/', '/'] as const).map((one): Atom => [
    one,
    one,
  ]),
  ['\\.', '.'],
  ['.', 'a', '/', '~'],
  ['[a-y]', 'b', 'y', 'z'],
  ['[^/]', 'q', '.', '/'],
  ['[^a-m]', 'n', '9', 'b'],
  ['\\d', '0', '7'],
  ['\\w', '_', 'Z', '-'],
  ['\\W', '/', '-', 'a'],
  ['[0-9a-f]', '9', 'e', 'g'],
  ['[[:upper:]]', 'Q', 'q'],
  ['(?i:api)', 'API', 'aPi'],
  ['%[0-9A-F]{2}', '%7E', '%C3'],
];

const valueAtoms: readonly Atom[] = [
  ...(['a', 'ab', 'jason', 'v1', '42', '-', '_', ',', '; '] as const).map((one): Atom => [one, one]),
  ['.', 'a', ' ', 'é'],
  ['[a-y]', 'b', 'y', 'z'],
  ['[^,]', 'q', ' ', ','],
  ['\\d', '0', '7'],
  ['\\w', '_', 'Z', 'é'],
  ['\\s', ' ', '_'],
  ['[^\\x00-\\x7f]{2}', 'é', 'ü', 'ab'],
  ['é', 'é', 'è'],
  ['\\xc3[\\x80-\\xbf]', 'é', 'ñ'],
  ['(?i:jason)', 'JASON', 'jAsOn'],
  ['\\Qa.b\\E', 'a.b', 'axb'],
];

const assertions = ['^', '$', '\\b', '\\B', '(?m:^)', '\\z'] as const;
const counts = ['*', '+', '?', '*?', '+?', '??', '{2}', '{1,3}', '{0,2}', '{2,}'] as const;

/** Envoy refuses expressions of more than 100 instructions of RE2, which has more than one for some classes. */
const PROGRAM_MOST = 40;

function wholePart(random: Random, atoms: readonly Atom[]): Part {
  for (;;) {
    const made = part(random, atoms, 3);
    const program = programOf(made.regex);
    if (program !== undefined && program.nodes.length <= PROGRAM_MOST) return made;
  }
}

function part(random: Random, atoms: readonly Atom[], depth: number): Part {
  const kind = depth === 0 ? 0 : random.next();
  if (kind < 0.3) return atom(random, atoms);
  if (kind < 0.36) return { regex: random.pick(assertions), text: () => '' };
  const inner = random.list(random.between(2, 3), () => part(random, atoms, depth - 1));
  if (kind < 0.65)
    return {
      regex: inner.map(({ regex }) => regex).join(''),
      text: () => inner.map(({ text }) => text()).join(''),
    };
  if (kind < 0.8)
    return {
      regex: `(${inner.map(({ regex }) => regex).join('|')})`,
      text: () => random.pick(inner).text(),
    };
  const one = part(random, atoms, depth - 1);
  const count = random.pick(counts);
  return {
    regex: `(?:${one.regex})${count}`,
    text: () => random.list(random.below(4), () => one.text()).join(''),
  };
}

function atom(random: Random, atoms: readonly Atom[]): Part {
  const [regex, ...texts] = random.pick(atoms);
  return { regex, text: () => random.pick(texts) };
}

function wordsOf(random: Random, { regex, text }: Part, characters: string): RegexWords {
  const nearly = (word: string): string => {
    const at = random.below(word.length + 1);
    return word.slice(0, at) + random.pick(['', ...characters]) + word.slice(at + random.below(2));
  };
  return { regex, hits: random.list(6, text), misses: random.list(4, () => nearly(text())) };
}
