import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseWithPackage, parseYaml } from '../../src/yaml/parse.js';
import { readSimple } from '../../src/yaml/simple.js';
import type { ScalarStyle } from '../../src/yaml/scalar.js';
import type { YamlNode } from '../../src/yaml/tree.js';
import { BOOKINFO, BOOTSTRAP } from '../samples.js';

/** Where the simple reader answers, the package has no complaint and says the same. True when it answered. */
function agrees(text: string, style: ScalarStyle = 'envoy'): boolean {
  const simple = readSimple(text, style);
  if (simple === undefined) return false;
  const file = parseWithPackage(text, style);
  assert.deepEqual(file.problems, [], JSON.stringify(text));
  const [document, ...more] = file.documents;
  assert.ok(document?.root !== undefined && more.length === 0, JSON.stringify(text));
  assert.deepEqual(comparable(simple, text), comparable(document.root, text), JSON.stringify(text));
  return true;
}

/** How far a block reaches over what follows its last value (blanks, comments) is not compared. */
function comparable(node: YamlNode, text: string): object {
  if (node.kind === 'scalar') return node;
  const isFlow = /[[{]/.test(text[node.span.start] ?? '');
  const span = isFlow ? node.span : { start: node.span.start };
  return node.kind === 'sequence'
    ? { ...node, span, items: node.items.map((item) => comparable(item, text)) }
    : { ...node, span, entries: node.entries.map((entry) => ({ ...entry, value: comparable(entry.value, text) })) }; // prettier-ignore
}

const SIMPLE = [
  BOOKINFO,
  'a: 1 # c\n# x\nb:\n  - 1\n  # y\n  - 2\n\nc:\nd: {a: b,\n  c: [1, 2,]}\n# end\n',
  'a:   \nb: # c\nc:',
  'a:\n\n  # c\n\nb: 1',
  "- a: 1\n  b:\n  - 1\n  - 2\n  c: x\n- \"q\": 'it''s'\n- - x\n  - - y\n",
  'k: "a\\nb\\u00e4" \n',
  '{"a": 1, "b":[true,null]}\n',
  'url: http://a:80/x#y\nr: ^/a[b].*$\nm: a, b\nx: -1\n',
];

const NOT_SIMPLE = [
  '',
  '# nothing\n',
  '---\na: 1\n',
  'a: &x 1\nb: *x\n',
  'a: |\n  text\n',
  'a: one\n  two\n',
  'a: "one\n  two"\n',
  'a: 1\na: 2\n',
  'a: b: c\n',
  'a: 1\n   b: 2\n',
  '<<: { a: 1 }\n',
  'a: !x 1\n',
  'a: [1\n',
  'a:\tb\n',
  '? a\n',
];

/** Words and signs that YAML has something to say about, and lines of configurations. */
const PIECES = [' ', '  ', '    ', '\n', '\n\n', '\n  ', '\n    ', '- ', '-', ':', ': ', ',', '[', ']', '{', '}', '#', ' # c', '"', "'", '&a', '*a', '!t', '|', '>', '%', '@', '?', '? ', '<<', '---', '\t', '\\', '\r', 'a', 'b', 'key: ', 'true', 'null', '~', '010', '1.5', 'name: x\n', '- name: y\n', "'@type': ", 'ä', '\u2028']; // prettier-ignore

describe('the reader of simple YAML', () => {
  it('reads configurations, as the package does', () => {
    for (const text of SIMPLE) assert.ok(agrees(text), text);
    assert.ok(agrees('{"a": [1, "x", {"b": -0.5}]}', 'json'));
    assert.ok(agrees('on: y\nb: 0o7\n', 'core'));
  });

  it('leaves the rest to the package', () => {
    for (const text of NOT_SIMPLE) assert.equal(readSimple(text, 'envoy'), undefined, text);
    assert.equal(readSimple('{"a": word}', 'json'), undefined);
  });

  it('agrees on random texts', () => {
    let answered = 0;
    const text = fc.array(fc.constantFrom(...PIECES), { maxLength: 14 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(text, (one) => void (answered += agrees(one) ? 1 : 0)),
      { numRuns: 20_000 },
    );
    assert.ok(answered > 1000, `${answered}`);
  }).timeout(60_000);

  it('agrees on configurations with a change somewhere', () => {
    let answered = 0;
    const change = fc.record({
      text: fc.constantFrom(BOOKINFO.slice(0, 3000), BOOTSTRAP, ...SIMPLE.slice(1)),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      remove: fc.integer({ min: 0, max: 6 }),
      insert: fc.array(fc.constantFrom(...PIECES), { maxLength: 2 }),
    });
    const changed = change.map(({ text, at, remove, insert }) => {
      const start = Math.floor(at * text.length);
      return text.slice(0, start) + insert.join('') + text.slice(start + remove);
    });
    fc.assert(
      fc.property(changed, (one) => void (answered += agrees(one) ? 1 : 0)),
      { numRuns: 3000 },
    );
    assert.ok(answered > 500, `${answered}`);
  }).timeout(60_000);

  it('leaves elements of large texts to the package one by one, and tells of the same mistakes', () => {
    const large = BOOKINFO + BOOKINFO.slice(BOOKINFO.indexOf('- ')).repeat(6);
    assert.ok(large.length > 20_000);
    let [sound, wrong] = [0, 0];
    const change = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      remove: fc.integer({ min: 0, max: 6 }),
      insert: fc.array(fc.constantFrom(...PIECES, ' |\n            text\n            # of it\n'), {
        maxLength: 2,
      }),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        let text = large;
        for (const { at, remove, insert } of changes) {
          const start = Math.floor(at * text.length);
          text = text.slice(0, start) + insert.join('') + text.slice(start + remove);
        }
        const [ours, other] = [parseYaml(text), parseWithPackage(text)];
        assert.equal(ours.problems.length > 0, other.problems.length > 0, JSON.stringify(changes));
        if (other.problems.length > 0) {
          wrong++;
          return;
        }
        sound++;
        assert.equal(ours.documents.length, other.documents.length);
        for (const [index, { root }] of other.documents.entries()) {
          const own = ours.documents[index]?.root;
          assert.ok((own === undefined) === (root === undefined));
          if (own && root) assert.deepEqual(comparable(own, text), comparable(root, text));
        }
      }),
      { numRuns: 300 },
    );
    assert.ok(sound > 50 && wrong > 30, `${sound} ${wrong}`);
  }).timeout(120_000);
});
