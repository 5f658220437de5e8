import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { headerNameHash } from '../../src/wire/hash.js';
import { reasonId, reasonName, reasonText } from '../../src/wire/reasons.js';
import { structCodec, type WireStructs } from '../../src/wire/structs.js';
import { readStruct, sizeOf } from '../compile/wireHeader.js';

const codec = structCodec();
const range = (n: number): { off: number; n: number; total: number } => ({ off: n, n: n + 1, total: n + 2 });
const bytes = (n: number, length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (n + i) & 0x7f);

/** A value of each struct in which every field differs, so that no two can be mixed up. */
const SAMPLES: WireStructs = {
  oh_active: { gen: 1 },
  oh_root: { gen: [1, 2], v: [{ addr_set: 3 }, { addr_set: 4 }] },
  oh_addr_key: { set: 1, port: 65535, ip: { b: bytes(1, 16) } },
  oh_addr: { listener: 1 },
  oh_listener: {
    gen: [1, 2],
    v: [
      { present: 1, path: 2, reason: 3, rconf: 4, split: range(5) },
      { present: 0, path: 12, reason: 13, rconf: 14, split: range(15) },
    ],
  },
  oh_rconf: {
    gen: [1, 2],
    v: [
      { present: 1, flags: 7, domain_set: 3, wild_off: 4, wild_n: 5, any_vhost: 6 },
      { present: 0, flags: 17, domain_set: 13, wild_off: 14, wild_n: 15, any_vhost: 16 },
    ],
  },
  oh_domain_key: { set: 1, len: 128, name: bytes(1, 128) },
  oh_domain: { vhost: 1 },
  oh_wild: { str: 1, vhost: 2, suffix: 1 },
  oh_vhost: {
    gen: [1, 2],
    v: [
      { present: 1, route_off: 3, route_n: 4 },
      { present: 0, route_off: 13, route_n: 14 },
    ],
  },
  oh_route: {
    gen: [1, 2],
    v: [3, 103].map((n) => ({
      present: 1 as const,
      path: n,
      reason: n + 1,
      conds_n: n + 2,
      match: n + 3,
      flags: n + 4,
      status: n + 500,
      str: n + 6,
      cond: Array.from({ length: 8 }, (_, i) => ({
        subject: i,
        match: i + 1,
        flags: i + 2,
        hash: 0xffffffff - i,
        name: i + 4,
        value: i + 5,
      })),
      split: range(n),
      hash_off: n + 7,
      hash_n: n + 8,
    })) as unknown as WireStructs['oh_route']['v'],
  },
  oh_split: { cluster: 1, upto: 0xffffffff },
  oh_cluster: {
    gen: [1, 2],
    v: [
      { present: 1, hashed: 1, drop: 3, tiers: { off: 4, n: 5, total: 100 } },
      { present: 0, hashed: 0, drop: 13, tiers: { off: 14, n: 15, total: 16 } },
    ],
  },
  oh_group: { kind: 3, choices: 4096, off: 5, n: 6, total: 0xffffffff, step: 7 },
  oh_share: { id: 1, upto: 0xffffffff },
  oh_ring: { hash: 0xfedcba9876543210n, endpoint: 9 },
  oh_hash: { by: 5, flags: 3, hash: 0xffffffff, header: 6, name: 7 },
  oh_endpoint: { ip: { b: bytes(3, 16) }, port: 80, cluster: 1 },
  oh_str: { len: 192, s: bytes(7, 192) },
  oh_regex: { off: 1, n: 2, classes: 256, start: 4, accept: 5, class: bytes(6, 256) },
  oh_dfa: { next: bytes(8, 64) },
};

/** `read` without the padding that `sample` does not have. */
function without(read: unknown, sample: unknown): unknown {
  if (sample instanceof Uint8Array || typeof sample !== 'object' || sample === null) return read;
  if (Array.isArray(sample)) return sample.map((item, i) => without((read as unknown[])[i], item));
  return Object.fromEntries(
    Object.entries(sample).map(([key, value]) => [
      key,
      without((read as Record<string, unknown>)[key], value),
    ]),
  );
}

describe('wire: structs', () => {
  for (const name of Object.keys(SAMPLES) as (keyof WireStructs)[]) {
    it(`${name} is laid out as wire.h says`, () => {
      const encoded = codec.encode(name, SAMPLES[name]);
      assert.equal(codec.size(name), sizeOf(name));
      assert.deepEqual(without(readStruct(name, encoded), SAMPLES[name]), SAMPLES[name]);
    });
  }
  it('ids are little-endian numbers', () =>
    assert.deepEqual([...codec.encodeIds([0x01020304, 5])], [4, 3, 2, 1, 5, 0, 0, 0]));
  it('too large numbers are refused', () =>
    assert.throws(
      () => codec.encode('oh_addr_key', { set: 1, port: 65536, ip: { b: bytes(0, 16) } }),
      /port/,
    ));
});

describe('wire: reasons and hashes', () => {
  it('know each other by name, number and sentence', () => {
    assert.equal(reasonId('direct-response'), 8);
    assert.equal(reasonName(8), 'direct-response');
    assert.match(reasonText(8), /the relay writes that answer/);
    assert.equal(reasonText(0), '');
    assert.equal(reasonName(999), 'reason-999');
    assert.match(reasonText(999), /999/);
    assert.throws(() => reasonId('no such reason'), /no reason "no such reason"/);
  });
  const header = readFileSync(new URL('../../../../bpf/lib/http.h', import.meta.url), 'utf8');
  const hashOf = (name: string): number =>
    Number(new RegExp(`#define OH_HASH_${name} (0x[0-9a-f]+)u`).exec(header)?.[1]);
  const cases: readonly (readonly [string, number])[] = [
    ['', 0],
    ['host', hashOf('HOST')],
    ['connection', hashOf('CONNECTION')],
    ['content-length', hashOf('CONTENT_LENGTH')],
    ['Transfer-Encoding', hashOf('TRANSFER_ENCODING')],
    ['EXPECT', hashOf('EXPECT')],
    ['upgrade', hashOf('UPGRADE')],
  ];
  for (const [text, hash] of cases)
    it(`the datapath's hash of "${text}"`, () =>
      assert.equal(headerNameHash(new TextEncoder().encode(text)), hash));
});
