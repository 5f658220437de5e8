/** Regular expressions of RE2 with texts that they are likely to match, or to miss by a little. */
import fc from 'fast-check';

export interface RegexAndTexts {
  readonly regex: string;
  /** Octets, one character each. */
  readonly texts: readonly string[];
}

/** An expression, and a text that it matches unless an assertion in it says otherwise. */
interface Part {
  readonly regex: string;
  readonly text: string;
}

/** Few octets, so that texts meet expressions: of words, of none, line ends, NUL, and beyond ASCII. */
const OCTETS = ['a', 'b', 'B', 'Z', '0', '7', '_', '/', '.', '-', ' ', '\n', '\0', '\x7f', '\x80', '\xb5', '\xc3', '\xa9', '\xff'] as const; // prettier-ignore
const octet = fc.constantFrom(...OCTETS);

const escaped = (text: string): string =>
  Array.from(text, (c) =>
    /[a-zA-Z0-9_/]/.test(c) ? c : `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`,
  ).join('');

const literal = fc
  .string({ unit: octet, minLength: 1, maxLength: 4 })
  .map((text) => ({ regex: escaped(text), text }));
const one = (regex: string, ...texts: readonly string[]): fc.Arbitrary<Part> =>
  fc.constantFrom(...texts).map((text) => ({ regex, text }));

const atom: fc.Arbitrary<Part> = fc.oneof(
  { weight: 6, arbitrary: literal },
  { weight: 2, arbitrary: one('.', 'a', '\xff', '\n') },
  one('(?s:.)', '\n', 'b'),
  one('[^/]', 'a', '\n', '\x80', '/'),
  one('[a-y0-8]', 'b', '7', 'z'),
  one('[^a-b\\n]', 'Z', '\xc3', 'a'),
  one('[\\x7f-\\xc3]', '\x80', '\xc3', 'a'),
  one('(?i:ab)', 'aB', 'AB', 'ab'),
  one('(?i:\\xb5\\xe3)', '\xb5\xc3', '\xb5\xe3'),
  one('\\d', '0', 'a'),
  one('\\D', 'a', '0'),
  one('\\w', '_', 'b', '\xb5'),
  one('\\W', '\xb5', '-', '_'),
  one('\\s', ' ', '\n'),
  one('[[:alpha:]]', 'Z', '7'),
  one('\\pL', 'b', '\xc3', '7'),
  // The octets of its UTF-8 are two characters.
  one('é', '\xc3\xa9', '\xe9'),
  one('\\Qa.b\\E', 'a.b'),
);

const assertion = fc.constantFrom('^', '$', '\\A', '\\z', '\\b', '\\B', '(?m:^)', '(?m:$)');

const { part } = fc.letrec<{ part: Part }>((tie) => ({
  part: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'regex' },
    { weight: 4, arbitrary: atom },
    { weight: 1, arbitrary: assertion.map((regex) => ({ regex, text: '' })) },
    {
      weight: 4,
      arbitrary: fc.array(tie('part') as fc.Arbitrary<Part>, { minLength: 2, maxLength: 4 }).map((all) => ({
        regex: all.map(({ regex }) => regex).join(''),
        text: all.map(({ text }) => text).join(''),
      })),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.array(tie('part') as fc.Arbitrary<Part>, { minLength: 2, maxLength: 4 }), fc.nat(3))
        .map(([all, n]) => ({
          regex: `(${all.map(({ regex }) => regex).join('|')})`,
          text: all[n % all.length]?.text ?? '',
        })),
    },
    {
      weight: 3,
      arbitrary: fc
        .tuple(
          tie('part') as fc.Arbitrary<Part>,
          fc.constantFrom('*', '+', '?', '*?', '+?', '??', '{2}', '{1,3}', '{0,2}?', '{2,}', '{0}'),
          fc.nat(3),
        )
        .map(([{ regex, text }, count, n]) => ({ regex: `(?:${regex})${count}`, text: text.repeat(n) })),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom('(?i:', '(?s:', '(?m:', '(?P<n>', '(?U:'), tie('part') as fc.Arbitrary<Part>)
        .map(([open, { regex, text }]) => ({ regex: `${open}${regex})`, text })),
    },
  ),
}));

/** One character more, less, or another one. */
const nearly = (text: string): fc.Arbitrary<string> =>
  fc.tuple(fc.nat(text.length), octet, fc.nat(4)).map(([at, c, how]) => {
    const [before, after] = [text.slice(0, at), text.slice(at)];
    if (how < 2) return text;
    return how === 2 ? before + c + after : how === 3 ? before + after.slice(1) : before + c + after.slice(1);
  });

export const regexAndTexts: fc.Arbitrary<RegexAndTexts> = part.chain(({ regex, text }) =>
  fc
    .tuple(
      fc.array(nearly(text), { minLength: 6, maxLength: 6 }),
      fc.array(fc.string({ unit: octet, maxLength: 8 }), { minLength: 4, maxLength: 4 }),
    )
    .map(([near, any]) => ({ regex, texts: [text, '', ...near, ...any] })),
);
