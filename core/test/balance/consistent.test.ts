import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostParts, maglevTable, ringOf, ringSize, type RingOptions } from '../../src/balance/consistent.js';
import { hostSets, type Host } from '../../src/balance/hostSet.js';
import { xxHash64 } from '../../src/balance/xxHash.js';

/** Rings and tables that Envoy 1.40 logged (upstream:trace); hosts are the digits of `order`. */
interface Observed {
  readonly name: string;
  readonly hosts: readonly {
    readonly hashKey: string;
    readonly weight?: number;
    readonly zone?: string;
    readonly localityWeight?: number;
  }[];
  readonly localityWeighted: boolean;
  readonly ring?: RingOptions;
  readonly tableSize?: number;
  readonly size: number;
  /** Of a ring: all points, or the first and last eight. */
  readonly hashes?: readonly string[];
  readonly order?: string;
  readonly orderSha256?: string;
}

const observed = JSON.parse(
  readFileSync(new URL('../../../test/balance/consistent.observed.json', import.meta.url), 'utf8'),
) as readonly Observed[];

describe('balance: consistent hashing', () => {
  for (const one of observed) {
    it(`${one.name}: as Envoy 1.40 logged it, ${one.size} places`, () => {
      const hosts = one.hosts.map(({ hashKey, weight = 1, zone, localityWeight }): Host => ({
        hashKey,
        weight,
        priority: 0,
        health: 'UNKNOWN',
        ...(zone === undefined ? {} : { locality: { region: '', zone, subZone: '' } }),
        ...(localityWeight === undefined ? {} : { localityWeight }),
      }));
      const [set] = hostSets(hosts);
      assert.ok(set);
      const parts = hostParts(set, false, one.localityWeighted);
      const number = (host: Host): number => hosts.indexOf(host);
      let order: string;
      if (one.ring === undefined) {
        order = maglevTable(parts, one.tableSize ?? 0)
          .map(number)
          .join('');
      } else {
        const points = ringOf(parts, one.ring);
        assert.ok(points.length <= ringSize(parts, one.ring));
        order = points.map(({ host }) => number(host)).join('');
        const hashes = points.map(({ hash }) => hash.toString());
        assert.deepEqual(
          hashes.length === one.hashes?.length ? hashes : [...hashes.slice(0, 8), ...hashes.slice(-8)],
          one.hashes,
        );
      }
      assert.equal(order.length, one.size);
      if (one.order === undefined)
        assert.equal(createHash('sha256').update(order).digest('hex'), one.orderSha256);
      else assert.equal(order, one.order);
    });
  }

  it('knows the test vectors of xxHash64', () => {
    const text = (value: string): Uint8Array => new TextEncoder().encode(value);
    assert.equal(xxHash64(text('')), 0xef46db3751d8e999n);
    assert.equal(xxHash64(text('a')), 0xd24ec4f1a98c6e5bn);
    assert.equal(xxHash64(text('Nobody inspects the spammish repetition')), 0xfbcea83c8a378bf1n);
  });
});
