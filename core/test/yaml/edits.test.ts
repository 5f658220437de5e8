import assert from 'node:assert/strict';
import type { FieldPath } from '../../src/resources/model.js';
import {
  appendItem,
  applyEdits,
  type EditedDocument,
  insertField,
  removeAt,
  renameField,
  replaceField,
  replaceValue,
  type TextEdit,
} from '../../src/yaml/edits.js';
import { parseYaml } from '../../src/yaml/parse.js';

type Edit = (document: EditedDocument) => readonly TextEdit[] | undefined;

function documentOf(text: string, isJson = false): EditedDocument {
  const { documents, problems } = parseYaml(text, isJson ? 'json' : 'envoy');
  assert.deepEqual(problems, []);
  const root = documents[0]?.root;
  assert.ok(root !== undefined);
  return { text, root, isJson };
}

/** The text after an edit; undefined: it cannot be made. */
function check(text: string, edit: Edit, expected: string | undefined, isJson = false): void {
  const edits = edit(documentOf(text, isJson));
  const after = edits && applyEdits(text, edits);
  assert.equal(after, expected);
  if (after !== undefined) documentOf(after, isJson);
}

const rename =
  (path: FieldPath, to: string): Edit =>
  (document) =>
    renameField(document, path, to);
const replace =
  (path: FieldPath, by: string | number): Edit =>
  (document) =>
    replaceValue(document, path, by);
const insert =
  (path: FieldPath, name: string, value: string | number): Edit =>
  (document) =>
    insertField(document, path, name, value);
const remove =
  (...path: FieldPath): Edit =>
  (document) =>
    removeAt(document, path);
const append =
  (...path: FieldPath): Edit =>
  (document) =>
    appendItem(document, path, { a: 1, b: 'x' });

// prettier-ignore
const CASES: [title: string, before: string, edit: Edit, after: string | undefined][] = [
  ['rename a field', 'a: 1 # x\n', rename(['a'], 'b'), 'b: 1 # x\n'],
  ['rename a field in quotes', '"a": 1\n', rename(['a'], 'b'), '"b": 1\n'],
  ['rename what is not there', 'a: 1\n', rename(['c'], 'b'), undefined],
  ['replace a scalar', 'a: 1 # x\n', replace(['a'], 2), 'a: 2 # x\n'],
  ['replace text in single quotes', "a: 'x'\n", replace(['a'], "it's"), "a: 'it''s'\n"],
  ['replace text in double quotes', 'a: "x"\n', replace(['a'], 'a"b'), 'a: "a\\"b"\n'],
  ['plain text that reads as something else gets quotes', 'a: x\n', replace(['a'], 'on'), "a: 'on'\n"],
  ['replace a block of text', 'a: |\n  x\n', replace(['a'], 'y'), undefined],
  ['replace what is behind an alias', 'a: &x [1]\nb: *x\n', replace(['b', 0], 2), undefined],
  ['replace what is behind a merge key', 'a: &x { c: 1 }\nb: { <<: *x }\n', replace(['b', 'c'], 2), undefined],
  ['insert into a block', 'a: # x\n  b: 1 # y\n\n# z\nc: 2\n', insert(['a'], 'd', 'v'), 'a: # x\n  b: 1 # y\n  d: v\n\n# z\nc: 2\n'],
  ['insert after a nested block', 'a:\n  b:\n  - c: 1 # y\nd: 1\n', insert(['a'], 'e', 1), 'a:\n  b:\n  - c: 1 # y\n  e: 1\nd: 1\n'],
  ['insert at the end without a line feed', 'a: 1', insert([], 'b', 2), 'a: 1\nb: 2'],
  ['insert with CRLF', 'a: 1 # x\r\n', insert([], 'b', 2), 'a: 1 # x\r\nb: 2\r\n'],
  ['insert into an element', '- a: 1\n- b: 1\n', insert([0], 'c', 2), '- a: 1\n  c: 2\n- b: 1\n'],
  ['insert into braces', 'a: { b: 1 } # x\n', insert(['a'], 'c', 2), 'a: { b: 1, c: 2 } # x\n'],
  ['insert into empty braces', 'a: {} # x\n', insert(['a'], 'c', 2), 'a: { c: 2 } # x\n'],
  ['insert into braces of many lines', 'a: {\n  b: 1 # x\n}\n', insert(['a'], 'c', 2), 'a: {\n  b: 1, c: 2 # x\n}\n'],
  ['remove an element', '# a\n- x: 1 # b\n# c\n- y: 2 # d\n# e\n- z: 3\n', remove(1), '# a\n- x: 1 # b\n# c\n# e\n- z: 3\n'],
  ['remove the last element', '- x\n- y:\n    z: 1\n# e\n', remove(1), '- x\n# e\n'],
  ['remove the only element', 'a:\n- x\n', remove('a', 0), undefined],
  ['remove the first of a list in a list', '- - x\n  - y\n', remove(0, 0), undefined],
  ['remove an element with an anchor', '- &x 1\n- *x\n', remove(0), undefined],
  ['remove from a flow list', 'a: [x, y, z] # c\n', remove('a', 1), 'a: [x, z] # c\n'],
  ['remove the last of a flow list', 'a: [x, y] # c\n', remove('a', 1), 'a: [x] # c\n'],
  ['remove the only one of a flow list', 'a: [x] # c\n', remove('a', 0), 'a: [] # c\n'],
  ['remove a field of a block', 'a: 1\nb:\n  c: 1\n# x\nd: 2\n', remove('b'), 'a: 1\n# x\nd: 2\n'],
  ['remove the first field of an element', '- a: 1\n  b: 2\n', remove(0, 'a'), undefined],
  ['remove a field in braces', 'x: { a: 1, b: 2 }\n', remove('x', 'a'), 'x: { b: 2 }\n'],
  ['append to a block', 'l:\n  - a: 1 # x\n\n# y\nm: 1\n', append('l'), 'l:\n  - a: 1 # x\n  - a: 1\n    b: x\n\n# y\nm: 1\n'],
  ['append to a list that is not indented', 'l:\n- a: 1\n# y\n', append('l'), 'l:\n- a: 1\n- a: 1\n  b: x\n# y\n'],
  ['append to a flow list', 'l: [1] # x\n', append('l'), 'l: [1, { a: 1, b: x }] # x\n'],
  ['append to an empty flow list', 'l: [] # x\n', append('l'), 'l: [{ a: 1, b: x }] # x\n'],
  ['another field in place of one', 'a: 1 # x\nb: 2\n', (document) => replaceField(document, ['a'], 'c', { d: ['e', 1] }), 'c: { d: [e, 1] } # x\nb: 2\n'],
];

describe('edits', () => {
  for (const [title, before, edit, after] of CASES) it(title, () => check(before, edit, after));

  it('write JSON into JSON', () => {
    check('{ "a": {} }', insert(['a'], 'b', 'on'), '{ "a": { "b": "on" } }', true);
    check('{ "a": [1] }', append('a'), '{ "a": [1, { "a": 1, "b": "x" }] }', true);
    check('{ "a": "x" }', rename(['a'], 'b'), '{ "b": "x" }', true);
  });

  it('must not overlap', () => {
    const span = { start: 0, end: 2 };
    assert.throws(
      () =>
        applyEdits('abc', [
          { span, newText: '' },
          { span: { start: 1, end: 3 }, newText: '' },
        ]),
      RangeError,
    );
  });
});
