import assert from 'node:assert/strict';
import type { BtfValue } from '@onehop/core/btf/value.js';
import { BpfError } from '../src/errors.js';
import { BpfMap } from '../src/map.js';
import type { BpfObject } from '../src/object.js';
import { possibleCpus } from '../src/probe.js';
import { bpftool } from './fixture.js';
import { code, loadMaps, type Key } from './mapFixture.js';

const cpus = possibleCpus();
let object: BpfObject;
loadMaps((loaded) => (object = loaded));

describe('an array', () => {
  it('has all of its entries from the start', () => {
    const map = object.map<number, bigint>('array');
    assert.deepEqual(
      map.readBatch(),
      Array.from({ length: 8 }, (_, i) => [i, 0n]),
    );
    map.setBatch([
      [2, 22n],
      [5, 55n],
    ]);
    assert.deepEqual([map.get(2), map.get(5), map.get(8)], [22n, 55n, undefined]);
    code('E2BIG', () => map.set(8, 1n));
    code('EINVAL', () => map.delete(2));
  });
});

describe('per-CPU maps', () => {
  const values = Array.from({ length: cpus }, (_, cpu) => cpu + 1);

  it('have an item for each possible CPU, though 4 bytes are padded to 8', () => {
    const map = object.map<number, number[]>('percpu_array');
    assert.equal(map.valueSize, 4);
    assert.equal(map.rawValueSize, 8 * cpus);
    map.set(1, values);
    assert.deepEqual(map.get(1), values);
    assert.deepEqual(map.readBatch().length, 4);
    assert.deepEqual(map.readBatch()[1], [1, values]);
    assert.equal(map.getRaw(Uint8Array.of(1, 0, 0, 0))?.length, 8 * cpus);
  });

  it('refuse values for fewer or more CPUs', () => {
    const map = object.map<number, number[] | number>('percpu_array');
    for (const wrong of [[], [...values, 9], 7])
      assert.throws(() => map.set(1, wrong), /one for each possible CPU/);
    assert.throws(() => map.setRaw(Uint8Array.of(1, 0, 0, 0), new Uint8Array(4)), TypeError);
  });

  it('come in batches, too', () => {
    const map = object.map<bigint, Key[]>('percpu_hash');
    const each = (n: number): Key[] => values.map((cpu) => ({ id: n, port: cpu, pad: 0 }));
    map.setBatch(Array.from({ length: 50 }, (_, i) => [BigInt(i), each(i)]));
    const read = new Map(map.readBatch());
    assert.equal(read.size, 50);
    assert.deepEqual(read.get(49n), each(49));
    assert.equal(map.deleteBatch(read.keys()), 50);
  });

  it('are as bpftool reads them', () => {
    const map = object.map<number, number[]>('percpu_array');
    map.set(2, values);
    const dump = bpftool('map', 'dump', 'id', String(map.info().id)) as {
      formatted: { key: number; values: { cpu: number; value: number }[] };
    }[];
    const entry = dump.find(({ formatted }) => formatted.key === 2);
    assert.deepEqual(
      entry?.formatted.values,
      values.map((n, cpu) => ({ cpu, value: n })),
    );
  });
});

describe('other maps', () => {
  it('LRU hash: forgets the oldest instead of being full', () => {
    const map = object.map<number, number>('lru');
    for (let i = 0; i < 500; i++) map.set(i, i);
    assert.ok(map.readBatch().length <= 64);
    assert.equal(map.get(499), 499);
  });

  it('LPM trie: the longest prefix wins', () => {
    const map = object.map<BtfValue, number>('lpm');
    const prefix = (prefix_len: number, ...address: number[]): BtfValue => ({ prefix_len, address });
    map.set(prefix(8, 10), 8);
    map.set(prefix(24, 10, 1, 2), 24);
    assert.equal(map.get(prefix(32, 10, 1, 2, 3)), 24);
    assert.equal(map.get(prefix(32, 10, 9, 9, 9)), 8);
    assert.equal(map.get(prefix(32, 11)), undefined);
    assert.equal(map.readBatch().length, 2);
    assert.equal(map.delete(prefix(24, 10, 1, 2)), true);
    assert.equal(map.get(prefix(32, 10, 1, 2, 3)), 8);
  });

  it('queue: first in, first out', () => {
    const map = object.map<never, number>('queue');
    assert.equal(map.pop(), undefined);
    assert.equal(map.peek(), undefined);
    for (const n of [1, 2, 3]) map.push(n);
    code('E2BIG', () => map.push(4));
    map.push(4, 'exist');
    assert.deepEqual([map.peek(), map.pop(), map.pop(), map.pop(), map.pop()], [2, 2, 3, 4, undefined]);
  });

  it('stack: last in, first out', () => {
    const map = object.map<never, bigint>('stack');
    for (const n of [1n, 2n, 3n]) map.push(n);
    assert.deepEqual([map.peek(), map.pop(), map.pop(), map.pop(), map.pop()], [3n, 3n, 2n, 1n, undefined]);
    code('usage', () => map.get(undefined as never));
    code('usage', () => [...map.keys()]);
    code('usage', () => map.readBatch());
  });

  it('bloom filter: knows what was pushed', () => {
    const map = object.map<never, number>('bloom');
    map.push(7);
    assert.equal(map.mayContain(7), true);
    assert.equal(map.mayContain(8), false);
  });

  it('program array: holds programs, gives their ids', () => {
    const map = object.map<number, number>('tail');
    const program = object.program('push');
    map.set(0, program);
    assert.equal(map.get(0), program.info().id);
    assert.equal(map.delete(0), true);
    assert.equal(map.get(0), undefined);
  });
});

describe('sock maps', () => {
  it('can be read only when their values have 8 bytes, and say so', () => {
    assert.throws(
      () => object.map<number, number>('sockmap').get(0),
      (error) =>
        error instanceof BpfError &&
        error.code === 'ENOSPC' &&
        /must have 8 bytes to be read/.test(error.message),
    );
    assert.equal(object.map<Key, bigint>('sockhash').get({ id: 1, port: 1 }), undefined);
    assert.deepEqual(object.map<Key, bigint>('sockhash').readBatch(), []);
  });
});

describe('maps of maps', () => {
  it('array: inner maps are set by map, read as ids, and used by programs', () => {
    const pools = object.map<number, number>('pools');
    using inner = BpfMap.create<never, bigint>({
      type: 'stack',
      keySize: 0,
      valueSize: 8,
      maxEntries: 4,
      name: 'pool_0',
    });
    assert.equal(pools.get(0), undefined);
    pools.set(0, inner);
    assert.equal(pools.get(0), inner.info().id);
    assert.equal(object.program('push').testRun().returnValue, 0);
    assert.equal(inner.pop(), 42n);
    inner.push(7n);
    assert.equal(object.program('pop').testRun().returnValue, 7);
    using byId = BpfMap.fromId<never, bigint>(pools.get(0) ?? 0);
    byId.push(9n);
    assert.equal(inner.pop(), 9n);
    assert.deepEqual(pools.readBatch(), [[0, inner.info().id]]);
    assert.equal(pools.delete(0), true);
  });

  it('refuse inner maps of another shape', () => {
    using wrong = BpfMap.create({ type: 'hash', keySize: 4, valueSize: 4, maxEntries: 4 });
    code('EINVAL', () => object.map<number, number>('pools').set(1, wrong));
  });

  it('hash: keys are typed', () => {
    const tables = object.map<Key, number>('tables');
    using inner = BpfMap.create<number, bigint>({ type: 'hash', keySize: 4, valueSize: 8, maxEntries: 4 });
    tables.set({ id: 1, port: 2 }, inner);
    assert.deepEqual([...tables.entries()], [[{ id: 1, port: 2, pad: 0 }, inner.info().id]]);
    tables.delete({ id: 1, port: 2 });
  });

  it('can be made from user space', () => {
    using template = BpfMap.create({ type: 'array', keySize: 4, valueSize: 4, maxEntries: 1 });
    using outer = BpfMap.create<number, number>({
      type: 'array_of_maps',
      keySize: 4,
      valueSize: 4,
      maxEntries: 2,
      name: 'outer',
      inner: template,
    });
    outer.set(1, template.fd);
    assert.equal(outer.get(1), template.info().id);
  });
});
