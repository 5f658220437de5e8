import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeAny, encodeAny } from '../../src/envoy/codec.js';
import { type JsonObject, ROUTE_TYPE, type XdsResource } from '../../src/resources/model.js';
import { contentOf } from '../../src/routing/support.js';

const host = (n: number): JsonObject => ({
  name: `v${n}`,
  domains: [`v${n}`],
  routes: [{ name: 'r', match: { prefix: `/${n}` }, route: { cluster: 'c' } }],
});

function decoded(hosts: readonly JsonObject[], before?: JsonObject): JsonObject {
  const bytes = encodeAny(ROUTE_TYPE, { name: 'rc', virtualHosts: hosts });
  assert.ok(bytes.ok);
  const result = decodeAny(ROUTE_TYPE, bytes.bytes, before);
  assert.ok(result.ok);
  return result.value;
}

function hostsOf(value: JsonObject): readonly JsonObject[] {
  return value['virtualHosts'] as readonly JsonObject[];
}

describe('envoy: elements that were decoded before', () => {
  const numbers = (from: number, to: number): number[] =>
    Array.from({ length: to - from }, (_, i) => from + i);
  const first = numbers(1, 41);

  it('keep their objects when others are put in before them, or taken out', () => {
    const before = decoded(first.map(host));
    for (const list of [[99, ...first], first.slice(1), [...first.slice(0, 9), 99, ...first.slice(9)]]) {
      const after = hostsOf(decoded(list.map(host), before));
      const kept = after.filter((one) => hostsOf(before).includes(one));
      assert.equal(kept.length, list.filter((n) => n !== 99).length);
    }
  });

  it('are what they would be without', () => {
    const list = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 10, maxLength: 30 });
    fc.assert(
      fc.property(list, list, (one, other) => {
        const before = decoded(one.map(host));
        assert.deepEqual(decoded(other.map(host), before), decoded(other.map(host)));
      }),
      { numRuns: 200, seed: 7 },
    );
  });

  it('are looked at no more in the versions after one that moved them', () => {
    let last: XdsResource | undefined;
    const changes = [[99, ...first], [98, ...first], [97, 99, ...first.slice(1)], [...first, 96], first];
    for (const list of [first, ...changes]) {
      const value = decoded(list.map(host), last?.value);
      const resource = { typeUrl: ROUTE_TYPE, name: 'rc', value };
      const content = contentOf(resource, last);
      // The same objects: nothing is compared field by field, now or with the next version.
      assert.ok(hostsOf(content.value).every((one, i) => one === hostsOf(value)[i]));
      last = resource;
    }
  });
});
