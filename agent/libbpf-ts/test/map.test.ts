import assert from 'node:assert/strict';
import type { BtfValue } from '@onehop/core/btf/codec.js';
import { BpfError } from '../src/errors.js';
import { BpfMap } from '../src/map.js';
import { BpfObject } from '../src/object.js';
import { unpin } from '../src/pin.js';
import { possibleCpus } from '../src/probe.js';
import { bpftool, compile, mountBpffs, scratch } from './fixture.js';

interface Key {
  readonly id: number;
  readonly port: number;
}
const cpus = possibleCpus();
const directory = scratch();
let object: BpfObject;

before(() => {
  object = BpfObject.open(compile('maps', directory.path)).load();
});
after(() => {
  object.close();
  directory.remove();
});

function code(expected: string, act: () => unknown): void {
  assert.throws(act, (error) => {
    assert.ok(error instanceof BpfError, String(error));
    assert.equal(error.code || error.reason, expected, error.message);
    return true;
  });
}

const value = {
  count: 5n,
  name: 'reviews',
  mac: Uint8Array.of(2, 0, 0, 0, 0, 1),
  on: true,
  pad: 0,
  color: 2,
  delta: -3,
  low: 15,
  high: 0xfffffff,
  word: 0x04030201,
  bytes: Uint8Array.of(1, 2, 3, 4),
  points: [
    { x: 1, y: 2 },
    { x: 3, y: 4 },
  ],
};

describe('a hash map', () => {
  let map: BpfMap<Key, typeof value>;
  before(() => (map = object.map('hash')));

  it('says what it is', () => {
    assert.deepEqual(
      [map.name, map.type, map.keySize, map.valueSize, map.rawValueSize, map.maxEntries, map.flags],
      ['hash', 'hash', 8, 56, 56, 1000, 0],
    );
    const { id, btfId, ...info } = map.info();
    assert.ok(id > 0 && btfId > 0);
    assert.deepEqual(info, {
      type: 'hash',
      name: 'hash',
      keySize: 8,
      valueSize: 56,
      maxEntries: 1000,
      flags: 0,
    });
  });

  it('keeps typed values, and forgets them', () => {
    const key = { id: 1, port: 80 };
    assert.equal(map.get(key), undefined);
    assert.equal(map.has(key), false);
    assert.equal(map.delete(key), false);
    map.set(key, value);
    assert.deepEqual(map.get(key), value);
    assert.equal(map.has(key), true);
    assert.deepEqual(map.take(key), value);
    assert.equal(map.take(key), undefined);
    map.set(key, value);
    assert.equal(map.delete(key), true);
    assert.equal(map.get(key), undefined);
  });

  it('minds the update mode', () => {
    const key = { id: 2, port: 0 };
    code('ENOENT', () => map.set(key, value, 'exist'));
    map.set(key, value, 'noexist');
    code('EEXIST', () => map.set(key, value, 'noexist'));
    map.set(key, { ...value, count: 6n }, 'exist');
    assert.equal(map.get(key)?.count, 6n);
    map.delete(key);
  });

  it('has the same bytes for bpftool', () => {
    map.set({ id: 3, port: 443 }, value);
    const [entry] = bpftool('map', 'dump', 'id', String(map.info().id)) as [
      { formatted: { key: unknown; value: unknown } },
    ];
    assert.deepEqual(entry.formatted.key, { id: 3, port: 443, pad: 0 });
    assert.deepEqual(entry.formatted.value, {
      count: 5,
      name: 'reviews',
      mac: [2, 0, 0, 0, 0, 1],
      on: true,
      pad: 0,
      color: 'GREEN',
      delta: -3,
      low: '0xf',
      high: '0xfffffff',
      '': { word: 0x04030201, bytes: [1, 2, 3, 4] },
      points: value.points,
    });
    map.delete({ id: 3, port: 443 });
  });

  it('refuses values that do not fit, before the kernel sees them', () => {
    assert.throws(() => map.set({ id: -1, port: 0 }, value), /struct key: field id: expected an integer/);
    assert.throws(
      () => map.set({ id: 1, port: 0 }, { colour: 1 } as never),
      /field colour: there is no such field/,
    );
    assert.deepEqual([...map.entries()], []);
  });

  it('takes raw bytes', () => {
    const key = Uint8Array.of(9, 0, 0, 0, 80, 0, 0, 0);
    const bytes = new Uint8Array(56).fill(7, 0, 8);
    map.setRaw(key, bytes);
    assert.deepEqual(map.getRaw(key), bytes);
    assert.equal(map.get({ id: 9, port: 80 })?.count, 0x0707070707070707n);
    assert.deepEqual([...map.keysRaw()], [key]);
    assert.deepEqual([...map.entriesRaw()], [[key, bytes]]);
    assert.equal(map.deleteRaw(key), true);
    assert.equal(map.deleteRaw(key), false);
  });

  it('never reads or writes beyond a buffer', () => {
    assert.throws(() => map.getRaw(new Uint8Array(7)), TypeError);
    assert.throws(() => map.setRaw(new Uint8Array(8), new Uint8Array(55)), TypeError);
    assert.throws(() => map.deleteRaw(new Uint8Array(0)), TypeError);
    assert.throws(
      () => map.setBatchRaw({ count: 2, keys: new Uint8Array(16), values: new Uint8Array(64) }),
      BpfError,
    );
  });

  it('is not a queue', () => {
    code('usage', () => map.push(value));
    code('usage', () => map.pop());
    code('usage', () => map.peek());
  });
});

describe('many entries', () => {
  const entries = (n: number): [Key, Partial<typeof value>][] =>
    Array.from({ length: n }, (_, i) => [
      { id: i, port: i % 100 },
      { count: BigInt(i), name: `n${i}` },
    ]);
  let map: BpfMap<Key, Partial<typeof value>>;
  beforeEach(() => (map = object.map('hash')));
  afterEach(() => map.deleteBatch([...map.keys()]));

  it('are written, read and deleted in batches', () => {
    const wanted = entries(1000);
    map.setBatch(wanted);
    const read = map.readBatch();
    assert.equal(read.length, 1000);
    assert.deepEqual(
      read.map(([key, { count, name }]) => [key.id, count, name]).sort((a, b) => Number(a[0]) - Number(b[0])),
      wanted.map(([key, { count, name }]) => [key.id, count, name]),
    );
    assert.equal([...map.keys()].length, 1000);
    const missing = { id: 5000, port: 0 };
    const doomed = [missing, ...wanted.slice(0, 600).map(([key]) => key), missing, missing];
    assert.equal(map.deleteBatch(doomed), 600);
    assert.equal(map.readBatch().length, 400);
  });

  it('stop at the first that does not fit into the map', () => {
    assert.throws(
      () => map.setBatch(entries(1001)),
      (error) =>
        error instanceof BpfError &&
        error.code === 'E2BIG' &&
        /entry 1000/.test(error.message) &&
        /max_entries/.test(error.message),
    );
    assert.equal(map.readBatch().length, 1000);
  });

  it('mind the update mode', () => {
    map.setBatch(entries(10));
    code('EEXIST', () => map.setBatch(entries(10), 'noexist'));
    code('ENOENT', () => map.setBatch(entries(11).reverse(), 'exist'));
  });

  it('are not touched when one cannot be encoded', () => {
    assert.throws(() => map.setBatch([...entries(5), [{ id: 1, port: 1 }, { low: 16 }]]), /field low/);
    assert.deepEqual(map.readBatch(), []);
  });

  it('can be deleted while keys are read', () => {
    map.setBatch(entries(500));
    for (const key of map.keys()) map.delete(key);
    assert.deepEqual(map.readBatch(), []);
  });

  it('are none in an empty map', () => {
    assert.deepEqual(map.readBatch(), []);
    assert.deepEqual([...map.keys()], []);
    assert.equal(map.deleteBatch([]), 0);
    map.setBatch([]);
  });
});

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

describe('maps without an object', () => {
  it('have plain values: 4 bytes a number, 8 a bigint, others bytes', () => {
    using map = BpfMap.create<number, bigint>({
      type: 'hash',
      keySize: 4,
      valueSize: 8,
      maxEntries: 4,
      name: 'plain',
    });
    map.set(0xffffffff, 2n ** 64n - 1n);
    assert.deepEqual(map.readBatch(), [[0xffffffff, 2n ** 64n - 1n]]);
    assert.throws(() => map.set(-1, 1n), /expected an integer/);
    assert.throws(() => map.set(1, 2n ** 64n), /bigint of 64 bits/);
    using odd = BpfMap.create<Uint8Array, Uint8Array>({
      type: 'hash',
      keySize: 3,
      valueSize: 5,
      maxEntries: 4,
    });
    odd.set(Uint8Array.of(1, 2, 3), Uint8Array.of(1, 2, 3, 4, 5));
    assert.deepEqual(odd.readBatch(), [[Uint8Array.of(1, 2, 3), Uint8Array.of(1, 2, 3, 4, 5)]]);
    assert.throws(() => odd.set(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 3, 4, 5)), /expected 3 bytes/);
  });

  it('can be typed', () => {
    const types = {
      btf: object.btf,
      key: object.btf.find('key')?.id ?? 0,
      value: object.btf.find('color')?.id ?? 0,
    };
    using map = BpfMap.create<Key, number>({ type: 'hash', keySize: 8, valueSize: 4, maxEntries: 4, types });
    map.set({ id: 1, port: 2 }, 1);
    assert.deepEqual(map.readBatch(), [[{ id: 1, port: 2, pad: 0 }, 1]]);
  });

  it('say why they cannot be made', () => {
    assert.throws(
      () => BpfMap.create({ type: 'hash', keySize: 0, valueSize: 8, maxEntries: 4, name: 'bad' }),
      (error) =>
        error instanceof BpfError && error.code === 'EINVAL' && /create hash map bad/.test(error.message),
    );
  });

  it('freeze against user space', () => {
    using map = BpfMap.create<number, number>({ type: 'array', keySize: 4, valueSize: 4, maxEntries: 1 });
    map.freeze();
    code('EPERM', () => map.set(0, 1));
    assert.equal(map.get(0), 0);
  });
});

describe('maps found again', () => {
  it('by id, typed by the kernel’s BTF', () => {
    const mine = object.map<Key, Partial<typeof value>>('hash');
    mine.set({ id: 77, port: 1 }, { count: 1n, name: 'x' });
    using other = BpfMap.fromId<Key, typeof value>(mine.info().id);
    assert.deepEqual([other.name, other.type, other.maxEntries], ['hash', 'hash', 1000]);
    assert.equal(other.get({ id: 77, port: 1 })?.name, 'x');
    mine.delete({ id: 77, port: 1 });
  });

  it('by pin', () => {
    const bpffs = mountBpffs();
    try {
      const path = `${bpffs.path}/array`;
      const map = object.map<number, bigint>('array');
      map.pin(path);
      map.set(7, 70n);
      using pinned = BpfMap.fromPin<number, bigint>(path);
      assert.equal(pinned.get(7), 70n);
      assert.throws(
        () => map.pin(path),
        (error) =>
          error instanceof BpfError && error.code === 'EEXIST' && /unpin it first/.test(error.message),
      );
      assert.throws(
        () => BpfMap.fromPin(`${bpffs.path}/nothing`),
        (error) =>
          error instanceof BpfError &&
          error.code === 'ENOENT' &&
          /nothing is pinned there/.test(error.message),
      );
      assert.equal(unpin(path), true);
      assert.equal(unpin(path), false);
      code('ENOENT', () => BpfMap.fromPin(path));
    } finally {
      bpffs.remove();
    }
  });

  it('not by an id that is not there', () => code('ENOENT', () => BpfMap.fromId(0xfffffff)));

  it('by clone, which lives on when the first is closed', () => {
    const map = BpfMap.create<number, number>({ type: 'array', keySize: 4, valueSize: 4, maxEntries: 1 });
    using copy = map.clone();
    map.close();
    copy.set(0, 5);
    assert.equal(copy.get(0), 5);
  });
});

describe('a closed map', () => {
  const open = (): BpfMap<number, number> =>
    BpfMap.create<number, number>({ type: 'hash', keySize: 4, valueSize: 4, maxEntries: 1, name: 'gone' });

  const operations: [name: string, act: (map: BpfMap<number, number>) => unknown][] = [
    ['get', (map) => map.get(1)],
    ['set', (map) => map.set(1, 1)],
    ['delete', (map) => map.delete(1)],
    ['take', (map) => map.take(1)],
    ['keys', (map) => [...map.keys()]],
    ['entries', (map) => [...map.entries()]],
    ['setBatch', (map) => map.setBatch([[1, 1]])],
    ['deleteBatch', (map) => map.deleteBatch([1])],
    ['getRaw', (map) => map.getRaw(new Uint8Array(4))],
    ['info', (map) => map.info()],
    ['fd', (map) => map.fd],
    ['pin', (map) => map.pin('/nowhere')],
    ['clone', (map) => map.clone()],
    ['freeze', (map) => map.freeze()],
  ];
  for (const [name, act] of operations) {
    it(`${name} says that it is closed`, () => {
      const map = open();
      map.close();
      assert.equal(map.closed, true);
      assert.throws(
        () => act(map),
        (error) =>
          error instanceof BpfError &&
          error.reason === 'closed' &&
          /map gone: it is closed/.test(error.message),
      );
    });
  }

  it('may be closed twice, and its descriptor then belongs to somebody else', () => {
    const map = open();
    const { fd } = map;
    map.close();
    // The next open takes the lowest number, which is the one just given back.
    const other = open();
    assert.equal(other.fd, fd);
    map.close();
    other.set(1, 2);
    assert.equal(other.get(1), 2);
    other.close();
  });

  it('closes while its entries are read', () => {
    const map = open();
    map.set(1, 1);
    const keys = map.keys();
    keys.next();
    map.close();
    code('closed', () => keys.next());
  });
});
