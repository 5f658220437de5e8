import assert from 'node:assert/strict';
import { BpfError } from '../src/errors.js';
import { BpfMap } from '../src/map.js';
import type { BpfObject } from '../src/object.js';
import { unpin } from '../src/pin.js';
import { mountBpffs } from './fixture.js';
import { code, loadMaps, type Key, value } from './mapFixture.js';

let object: BpfObject;
loadMaps((loaded) => (object = loaded));

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
