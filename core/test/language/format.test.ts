import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format } from '../../src/language/format.js';
import { applyEdits } from '../../src/yaml/edits.js';
import { parseYaml } from '../../src/yaml/parse.js';
import { toJson } from '../../src/yaml/tree.js';
import { BOOKINFO, BOOTSTRAP } from '../samples.js';

const formatted = (text: string): string => applyEdits(text, format(text));
const folder = fileURLToPath(new URL('../../../../lab/samples/bookinfo/', import.meta.url));

describe('formatting', () => {
  // prettier-ignore
  const cases: [title: string, before: string, after: string][] = [
    ['indents by two, dashes below their field', 'a:\n- b: 1\n  c:\n      d: 2\n', 'a:\n  - b: 1\n    c:\n      d: 2\n'],
    ['one blank behind colons and dashes', 'a:   1\nb:\n  -   c:  2\n      d: 3\n', 'a: 1\nb:\n  - c: 2\n    d: 3\n'],
    ['blanks in braces and brackets', 'a: {b: 1,c:   [1,2 , 3]}\nd: {}\ne: [ ]\n', 'a: { b: 1, c: [1, 2, 3] }\nd: {}\ne: []\n'],
    ['blank lines', '\n\na: 1\n\n\n\nb: 2\n\n\n', 'a: 1\n\nb: 2\n'],
    ['blanks at the ends of lines', 'a: 1  \nb: 2\t\n', 'a: 1\nb: 2\n'],
    ['comments with what they are about', 'a:\n# one\n- b: 1 # two\n  # three\n  c: 2\n# four\nd: 1\n', 'a:\n  # one\n  - b: 1 # two\n    # three\n    c: 2\n# four\nd: 1\n'],
    ['a comment at the end', 'a:\n    b: 1\n    # end of b\n# end of all\n', 'a:\n  b: 1\n  # end of b\n# end of all\n'],
    ['texts over several lines are moved, not changed', 'a:\n    b: |\n        x\n          y\n\n        z\n    c: 1\n', 'a:\n  b: |\n      x\n        y\n\n      z\n  c: 1\n'],
    ['lists of lists', 'a:\n- - 1\n  - 2\n', 'a:\n  - - 1\n    - 2\n'],
    ['anchors and tags', 'a: &x\n    b: 1\nc: *x\n', 'a: &x\n  b: 1\nc: *x\n'],
    ['quotes stay', `a:\n- "x"\n- 'y'\n`, `a:\n  - "x"\n  - 'y'\n`],
    ['Windows line ends stay', 'a:\r\n- b\r\n', 'a:\r\n  - b\r\n'],
    ['a line end at the end', 'a: 1', 'a: 1\n'],
  ];
  for (const [title, before, after] of cases)
    it(title, () => {
      assert.equal(formatted(before), after);
      assert.equal(formatted(after), after, 'once more changes nothing');
    });

  it('leaves a broken text alone', () => {
    for (const text of ['a:\n   b: 1\n  c: 2\n', 'a: {b\n', '\ta: 1\n', 'a: 1\na: 2\n'])
      assert.deepEqual(format(text), []);
  });

  it('keeps the meaning and the comments of all samples', () => {
    const texts = readdirSync(folder)
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => readFileSync(`${folder}${name}`, 'utf8'));
    for (const text of [...texts, BOOKINFO, BOOTSTRAP]) {
      const after = formatted(text);
      const meaning = (of: string): unknown =>
        parseYaml(of).documents.map(({ root }) => root && toJson(root));
      assert.deepEqual(meaning(after), meaning(text));
      assert.deepEqual(after.match(/#.*/g), text.match(/#.*/g));
      assert.equal(formatted(after), after);
    }
    for (const text of texts) assert.equal(formatted(text), text, 'the samples are formatted');
  });
});
