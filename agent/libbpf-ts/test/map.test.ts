import assert from 'node:assert/strict';
import { BpfError } from '../src/errors.js';
import type { BpfMap } from '../src/map.js';
import type { BpfObject } from '../src/object.js';
import { bpftool } from './fixture.js';
import { code, loadMaps, type Key, value } from './mapFixture.js';

let object: BpfObject;
loadMaps((loaded) => (object = loaded));

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
