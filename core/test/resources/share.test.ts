import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../src/resources/model.js';
import { shareJson } from '../../src/resources/share.js';

const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<JsonValue>;

describe('routing: shareJson', () => {
  it('gives the earlier object back when nothing changed', () => {
    const before: JsonObject = { a: [{ b: 1 }, { c: [] }], d: null };
    assert.equal(shareJson(structuredClone(before), before), before);
  });

  it('keeps the parts that did not change', () => {
    const before = { a: [{ b: 1 }, { b: 2 }], c: { d: 1 } };
    const shared = shareJson({ a: [{ b: 1 }, { b: 3 }], c: { d: 1 } }, before) as typeof before;
    assert.deepEqual(shared, { a: [{ b: 1 }, { b: 3 }], c: { d: 1 } });
    assert.equal(shared.a[0], before.a[0]);
    assert.equal(shared.c, before.c);
    assert.notEqual(shared, before);
  });

  it('leaves items of long lists alone that have moved', () => {
    const before = Array.from({ length: 20 }, (_, i) => ({ i, same: { for: 'all' } }));
    const next = [{ i: -1, same: { for: 'all' } }, ...before];
    const shared = shareJson(next, before) as typeof before;
    assert.deepEqual(shared, next);
    assert.ok(before.every((item, i) => shared[i + 1] === item));
  });

  it('sees keys and items that are gone', () => {
    assert.deepEqual(shareJson({ a: 1 }, { a: 1, b: 2 }), { a: 1 });
    assert.deepEqual(shareJson([1], [1, 2]), [1]);
    assert.deepEqual(shareJson({ a: 1, c: 2 }, { a: 1, b: 2 }), { a: 1, c: 2 });
  });

  it('is not fooled by names that objects have anyway', () => {
    const next = JSON.parse('{"__proto__": {"a": 1}, "constructor": {"b": 1}}') as JsonObject;
    const before = JSON.parse('{"constructor": {"b": 1}}') as JsonObject;
    const shared = shareJson(next, before) as JsonObject;
    assert.deepEqual(Object.keys(shared).sort(), ['__proto__', 'constructor']);
    assert.equal(Object.getPrototypeOf(shared), Object.prototype);
    assert.deepEqual(shareJson({}, before), {});
  });

  it('never changes what a value is', () => {
    fc.assert(
      fc.property(json, json, (next, before) => {
        const [a, b] = [structuredClone(next), structuredClone(before)];
        assert.deepEqual(shareJson(next, before), a);
        assert.deepEqual(before, b);
        assert.deepEqual(next, a);
      }),
      { numRuns: 300, seed: 3 },
    );
  });
});
