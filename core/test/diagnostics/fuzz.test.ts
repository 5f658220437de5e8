import assert from 'node:assert/strict';
import fc from 'fast-check';
import { RULES } from '../../src/diagnostics/rules.js';
import { validateFiles, validateResource } from '../../src/diagnostics/validate.js';
import { canonicalJson } from '../../src/envoy/canonical.js';
import { decodeAny, encodeAny } from '../../src/envoy/codec.js';
import { loadFile } from '../../src/resources/load.js';
import { type JsonValue, messageNameOf, RESOURCE_TYPES } from '../../src/resources/model.js';
import { nameOfResource } from '../../src/resources/names.js';
import { parseTopology } from '../../src/topology/parse.js';
import { BOOKINFO, BOOTSTRAP } from '../samples.js';

/** More of it: FUZZ_RUNS=100000 FUZZ_SEED=7 npx mocha core/dist/test/diagnostics/fuzz.test.js */
const numRuns = Number(process.env['FUZZ_RUNS'] ?? 150);
const seed = Number(process.env['FUZZ_SEED'] ?? 1);

/** What one input may take; far above what it does, so that a busy machine is no failure. */
const LIMIT_MS = 5000;

function bounded<T>(work: () => T): T {
  const begin = performance.now();
  const result = work();
  const took = performance.now() - begin;
  assert.ok(took < LIMIT_MS, `took ${took} ms`);
  return result;
}

/** Whatever the text, the answer is a list of problems at places of the text. */
function checkText(text: string, path: string): void {
  const { problems } = bounded(() => validateFiles([{ path, text }]));
  const lines = text.split('\n').length;
  for (const { rule, message, range } of problems) {
    assert.ok(Object.hasOwn(RULES, rule), rule);
    assert.match(message, /[.?]$/);
    assert.ok(
      range.start.line >= 1 && range.start.column >= 1 && range.end.line <= lines,
      JSON.stringify(range),
    );
    assert.ok(
      range.end.line > range.start.line ||
        (range.end.line === range.start.line && range.end.column >= range.start.column),
    );
  }
}

/** Whatever the bytes, the answer is a value that can be written again, or problems. */
function checkBytes(typeUrl: string, bytes: Uint8Array): void {
  const result = bounded(() => decodeAny(typeUrl, bytes));
  if (!result.ok) {
    assert.ok(result.problems.length > 0);
    for (const { rule } of result.problems) assert.ok(Object.hasOwn(RULES, rule), rule);
    return;
  }
  const { value } = result;
  const again = encodeAny(typeUrl, value);
  assert.ok(again.ok, JSON.stringify(again));
  assert.deepEqual(decodeAny(typeUrl, again.bytes), result);
  for (const { rule } of bounded(() =>
    validateResource({ typeUrl, name: nameOfResource(typeUrl, value), value }),
  ))
    assert.ok(Object.hasOwn(RULES, rule), rule);
}

const TOPOLOGY =
  'name: demo\nnodes:\n- name: node-1\nservices:\n- { name: web, addresses: [198.18.100.1] }\nworkloads:\n- { name: web-v1, node: node-1, addresses: [198.18.1.10], service: { app: web, version: v1, port: 80 } }\n';

const PIECES = ['\n', ' ', '  ', '\t', '- ', ': ', ':', '"', "'", '{', '}', '[', ']', ',', '&a ', '*a', '<<: *a', '|', '>', '#', '!x ', '!!int ', '---\n', '?', '%', '@type', '~', '5', '-1', '1e999', 'NaN', 'true', '0x', '\u0000', '\uD800', '😀', '__proto__', 'constructor', 'name: x\n']; // prettier-ignore

interface Edit {
  readonly at: number;
  readonly cut: number;
  readonly piece: string;
}

const edits = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.oneof(fc.nat(3), fc.nat(80)),
    piece: fc.constantFrom('', ...PIECES),
  }),
  { minLength: 1, maxLength: 4 },
);

function edited(text: string, list: readonly Edit[]): string {
  return list.reduce((now, { at, cut, piece }) => {
    const offset = Math.floor(at * now.length);
    return now.slice(0, offset) + piece + now.slice(offset + cut);
  }, text);
}

describe('fuzz', function () {
  this.timeout(600_000);

  it('text of any kind', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 200 }),
        fc.constantFrom('x.yaml', 'x.json'),
        (text, path) => checkText(text, path),
      ),
      { numRuns, seed },
    );
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }), (pieces) =>
        checkText(pieces.join(''), 'x.yaml'),
      ),
      { numRuns, seed },
    );
  });

  it('files with edits', () => {
    fc.assert(
      fc.property(fc.constantFrom(BOOKINFO, BOOTSTRAP), edits, (text, list) =>
        checkText(edited(text, list), 'x.yaml'),
      ),
      { numRuns, seed },
    );
    const json = JSON.stringify(
      {
        resources: loadFile('x', BOOKINFO).resources.map(({ resource }) => ({
          '@type': resource.typeUrl,
          ...resource.value,
        })),
      },
      null,
      1,
    );
    checkText(json, 'x.json');
    fc.assert(
      fc.property(edits, (list) => checkText(edited(json, list), 'x.json')),
      { numRuns, seed },
    );
  });

  it('topologies with edits', () => {
    fc.assert(
      fc.property(edits, (list) => {
        const { topology, problems } = bounded(() => parseTopology(edited(TOPOLOGY, list)));
        assert.equal(topology === undefined, problems.length > 0);
      }),
      { numRuns, seed },
    );
  });

  it('JSON of any kind as any message', () => {
    fc.assert(
      fc.property(fc.constantFrom(...RESOURCE_TYPES), fc.jsonValue(), (typeUrl, json) => {
        const { value, problems } = bounded(() =>
          canonicalJson(messageNameOf(typeUrl) ?? '', json as JsonValue),
        );
        if (problems.length === 0) assert.ok(encodeAny(typeUrl, value).ok);
      }),
      { numRuns, seed },
    );
  });

  it('bytes of any kind', () => {
    fc.assert(
      fc.property(fc.constantFrom(...RESOURCE_TYPES), fc.uint8Array({ maxLength: 200 }), (typeUrl, bytes) =>
        checkBytes(typeUrl, bytes),
      ),
      { numRuns, seed },
    );
  });

  it('bytes of resources with edits', () => {
    const samples = [BOOKINFO, BOOTSTRAP]
      .flatMap((text) => loadFile('x', text).resources)
      .map(({ resource: { typeUrl, value } }) => {
        const encoded = encodeAny(typeUrl, value);
        assert.ok(encoded.ok);
        return { typeUrl, bytes: encoded.bytes };
      });
    const change = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      cut: fc.nat(4),
      put: fc.uint8Array({ maxLength: 4 }),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...samples),
        fc.array(change, { minLength: 1, maxLength: 4 }),
        ({ typeUrl, bytes }, list) => {
          const changed = list.reduce((now, { at, cut, put }) => {
            const offset = Math.floor(at * now.length);
            return Uint8Array.from([...now.subarray(0, offset), ...put, ...now.subarray(offset + cut)]);
          }, bytes);
          checkBytes(typeUrl, changed);
        },
      ),
      { numRuns: numRuns * 4, seed },
    );
  });

  it('bytes made to be slow', () => {
    const nested = (tag: number, levels: number): Uint8Array => {
      let bytes: number[] = [];
      for (let level = 0; level < levels; level++) {
        const length: number[] = [];
        for (let rest = bytes.length; ; rest >>>= 7) {
          length.push(rest > 127 ? (rest & 127) | 128 : rest);
          if (rest <= 127) break;
        }
        bytes = [tag, ...length, ...bytes];
      }
      return Uint8Array.from(bytes);
    };
    const hostile: Uint8Array[] = [
      nested(0x1a, 2000),
      nested(0x0a, 2000),
      // 100,000 times the same message, to be merged; unknown fields; elements without content.
      Uint8Array.from({ length: 200_000 }, (_, index) => (index % 2 === 0 ? 0x12 : 0)),
      Uint8Array.from({ length: 200_000 }, (_, index) => (index % 2 === 0 ? 0x78 : 1)),
      Uint8Array.from({ length: 200_000 }, (_, index) => (index % 2 === 0 ? 0x1a : 0)),
      new Uint8Array(200_000).fill(0x0b),
    ];
    for (const bytes of hostile) for (const typeUrl of RESOURCE_TYPES) checkBytes(typeUrl, bytes);
  });
});
