import assert from 'node:assert/strict';
import { parseYaml, positionOf, type SourceRange } from '../../src/yaml/parse.js';
import { coreScalar, envoyScalar } from '../../src/yaml/scalar.js';
import { placeOf, toJson } from '../../src/yaml/tree.js';
import type { FieldPath, JsonPrimitive, JsonValue } from '../../src/resources/model.js';

function show(range: SourceRange | undefined): string {
  return range === undefined
    ? '-'
    : `${range.start.line}:${range.start.column}-${range.end.line}:${range.end.column}`;
}

describe('YAML', () => {
  // As yaml-cpp reads them for Envoy; tried with `envoy --mode validate`.
  const plain: [string, JsonPrimitive][] = [
    ['true', true],
    ['Yes', true],
    ['ON', true],
    ['y', true],
    ['off', false],
    ['N', false],
    ['tRUE', 'tRUE'],
    ['0', 0],
    ['-5', -5],
    ['+80', 80],
    ['010', 8],
    ['0x50', 80],
    ['089', '089'],
    ['2147483647', 2147483647],
    ['2147483648', '2147483648'],
    ['-2147483649', '-2147483649'],
    ['9223372036854775808', '9223372036854775808'],
    ['1.5', '1.5'],
    ['1e3', '1e3'],
    ['1_000', '1_000'],
    ['~', null],
    ['Null', null],
    ['', null],
    ['nullable', 'nullable'],
  ];
  for (const [text, value] of plain)
    it(`reads ${JSON.stringify(text)} as ${JSON.stringify(value)}`, () =>
      assert.equal(envoyScalar(text), value));

  const core: [string, JsonPrimitive][] = [
    ['True', true],
    ['on', 'on'],
    ['n', 'n'],
    ['010', 10],
    ['0o10', 8],
    ['0x10', 16],
    ['1.5', 1.5],
    ['.5e1', 5],
    ['1e999', '1e999'],
    ['198.18.1.1', '198.18.1.1'],
    ['~', null],
    ['', null],
    ['.', '.'],
    ['-', '-'],
  ];
  for (const [text, value] of core)
    it(`reads ${JSON.stringify(text)} as ${JSON.stringify(value)} in our own files`, () =>
      assert.equal(coreScalar(text), value));

  const documents: [string, string, ...JsonValue[]][] = [
    [
      'keeps quoted and block scalars as text',
      'a: "yes"\nb: \'5\'\nc: |\n  on\nd: >-\n  1\n  2\n',
      { a: 'yes', b: '5', c: 'on\n', d: '1 2' },
    ],
    ['resolves aliases', 'a: &x { b: 1 }\nc: *x\nd: [*x]\n', { a: { b: 1 }, c: { b: 1 }, d: [{ b: 1 }] }],
    [
      'takes the nearest anchor before an alias',
      'a: &x 1\nb: *x\nc: &x 2\nd: *x\n',
      { a: 1, b: 1, c: 2, d: 2 },
    ],
    [
      'merges, own keys first',
      'a: &x { b: 1, c: 2 }\nd: { c: 3, <<: *x }\n',
      { a: { b: 1, c: 2 }, d: { c: 3, b: 1 } },
    ],
    [
      'merges a list, earlier first',
      'a: &x { b: 1 }\nc: &y { b: 2, d: 3 }\ne:\n  <<: [*x, *y]\n',
      { a: { b: 1 }, c: { b: 2, d: 3 }, e: { b: 1, d: 3 } },
    ],
    ['keeps a quoted "<<"', '"<<": { a: 1 }\n', { '<<': { a: 1 } }],
    ['passes over what is tagged !ignore', '!ignore a: &x { b: 1 }\nc: *x\n', { c: { b: 1 } }],
    ['keeps several documents apart', 'a: 1\n---\nb: 2\n...\n---\n- 3\n', { a: 1 }, { b: 2 }, [3]],
    ['takes JSON', '{"a": [1, true, null, "x\\u0041"],\n\t"b": {}}', { a: [1, true, null, 'xA'], b: {} }],
    ['takes keys that are numbers or empty', '1: a\ntrue: b\n? \n: c\n', { 1: 'a', true: 'b', '': 'c' }],
    [
      'is not led astray by names of Object',
      '__proto__: { a: 1 }\nconstructor: 2\n',
      JSON.parse('{"__proto__": {"a": 1}, "constructor": 2}') as JsonValue,
    ],
    ['takes CRLF and a BOM', '\uFEFFa: 1\r\nb:\r\n- c\r\n', { a: 1, b: ['c'] }],
  ];
  for (const [title, text, ...expected] of documents) {
    it(title, () => {
      const { documents: found, problems } = parseYaml(text);
      assert.deepEqual(problems, []);
      assert.deepEqual(
        found.map(({ root }) => root && toJson(root)),
        expected,
      );
    });
  }

  it('reads fractions of a .json file as numbers', () => {
    const { documents: [first] } = parseYaml('{"a": 1.5, "b": 1e3, "c": "1"}', 'json'); // prettier-ignore
    assert.deepEqual(first?.root && toJson(first.root), { a: 1.5, b: 1000, c: '1' });
  });

  it('has no document in an empty text', () => {
    for (const text of ['', '\n\n', '# only this\n'])
      assert.deepEqual(
        [parseYaml(text).problems, parseYaml(text).documents.filter(({ root }) => root !== undefined)],
        [[], []],
      );
  });

  const TEXT =
    'virtual_hosts:\n- name: "a"   # comment\n  domains: [x, yy]\nrouteConfig:\n  name: |\n    text\n  empty:\n---\nb: { "c d": 5 }\n';
  const places: [number, FieldPath, key: string, value: string][] = [
    [0, ['virtualHosts'], '1:1-1:14', '2:1-4:1'],
    [0, ['virtualHosts', 0], '-', '2:3-4:1'],
    [0, ['virtualHosts', 0, 'name'], '2:3-2:7', '2:9-2:12'],
    [0, ['virtualHosts', 0, 'domains', 1], '-', '3:16-3:18'],
    [0, ['routeConfig', 'name'], '5:3-5:7', '5:9-7:1'],
    [0, ['routeConfig', 'empty'], '7:3-7:8', '7:9-7:9'],
    [1, ['b', 'c d'], '9:6-9:11', '9:13-9:14'],
  ];
  for (const [document, path, key, value] of places) {
    it(`finds ${JSON.stringify(path)} of document ${document}`, () => {
      const file = parseYaml(TEXT);
      const root = file.documents[document]?.root;
      assert.ok(root);
      const found = positionOf(file, root, path);
      assert.deepEqual([show(found?.key), show(found?.value)], [key, value]);
    });
  }

  it('does not find what is not there', () => {
    const file = parseYaml(TEXT);
    const root = file.documents[0]?.root;
    assert.ok(root);
    for (const path of [
      ['nope'],
      ['virtualHosts', 1],
      ['virtualHosts', 0, 'name', 'x'],
      ['virtualHosts', 'name'],
    ]) {
      assert.equal(positionOf(file, root, path), undefined);
      assert.ok(placeOf(root, path).depth < path.length);
    }
  });

  it('refuses nesting and aliases without end in little time', () => {
    let bomb = 'a0: &a0 [x, x, x, x, x, x, x, x]\n';
    for (let level = 1; level < 20; level++)
      bomb += `a${level}: &a${level} [${Array(8)
        .fill(`*a${level - 1}`)
        .join(', ')}]\n`;
    const hostile: [string, RegExp][] = [
      [bomb, /larger than 2000000 nodes/],
      ['['.repeat(20_000), /nested more than 200 levels/],
      ['{a: '.repeat(10_000), /nested more than 200 levels/],
      ['- '.repeat(10_000), /nested more than 200 levels/],
      ['? '.repeat(10_000), /nested more than 200 levels/],
    ];
    for (const [text, expected] of hostile) {
      const begin = performance.now();
      const { problems, documents: found } = parseYaml(text);
      assert.ok(performance.now() - begin < 2000);
      assert.match(problems[0]?.message ?? '', expected);
      assert.ok(found.every(({ root }) => root === undefined));
    }
  });
});
