import { constants } from 'node:os';
import type { ValueCodec } from '@onehop/core/btf/codec.js';
import type { BtfValue } from '@onehop/core/btf/value.js';
import { decodeBtf, type Btf } from '@onehop/core/btf/decode.js';
import { checked, failure, misuse } from './check.js';
import { OwnedHandle } from './handle.js';
import { MAP_TYPES, nameOf, type MapType } from './kernelTypes.js';
import { deleteKeys, readChunks, readKeys, writeEntries, type RawEntries, type RawMap } from './mapBatch.js';
import { isKeyless, keyCodec, rawValueSize, valueCodec, type FdOwner } from './mapCodec.js';
import { native, type MapHandle } from './native.js';

/** A map of whatever key and value. */
export type AnyMap = BpfMap<unknown, unknown>;

/** What `BPF_MAP_CREATE` asks for. Sizes in bytes; for maps of maps and sockets the value has 4 (sockets: or 8). */
export interface MapOptions {
  readonly type: MapType;
  /** 0 for queue, stack, bloom_filter and ringbuf. */
  readonly keySize: number;
  readonly valueSize: number;
  /** Bytes, for ringbuf. */
  readonly maxEntries: number;
  /** Up to 15 characters. */
  readonly name?: string;
  /** `BPF_F_*` of map creation, or'ed. */
  readonly flags?: number;
  /** For maps of maps: an example of the maps that it will hold. */
  readonly inner?: AnyMap;
  /** Types of key and value for typed access; they stay in user space. */
  readonly types?: MapTypes;
}

export interface MapTypes {
  readonly btf: Btf;
  /** BTF type ids; 0: none. */
  readonly key: number;
  readonly value: number;
}

export interface MapInfo {
  readonly id: number;
  readonly type: MapType | `type ${number}`;
  readonly name: string;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  /** 0: the map has no BTF. */
  readonly btfId: number;
}

/** `any`: create or replace; `noexist`: EEXIST if it is there; `exist`: ENOENT if it is not. */
export type UpdateMode = 'any' | 'noexist' | 'exist';

const MODES: Readonly<Record<UpdateMode, number>> = { any: 0, noexist: 1, exist: 2 };
const { ENOENT } = constants.errno;

/**
 * A BPF map.
 *
 * `K` and `V` are what keys and values are in JavaScript. They are taken from
 * BTF (see `BtfValue` in the BTF codec); without BTF 4 bytes are a `number`, 8 a
 * `bigint`, anything else a `Uint8Array`. Per-CPU values are arrays with one
 * item for each possible CPU. Where values are file descriptors (maps of maps,
 * sockets, program arrays) they are written as a number or as an object with
 * `fd`, and read as what the kernel gives back: the id of the inner map or
 * program, the cookie of the socket (value size 8 only).
 *
 * All calls are synchronous system calls. Failures are `BpfError`; a missing
 * key is `undefined`, not a failure. A key or value that does not fit its type
 * is a `BtfError` with reason `value`, naming the field; nothing is written.
 */
export class BpfMap<K = BtfValue, V = BtfValue> extends OwnedHandle<MapHandle> implements FdOwner {
  readonly name: string;
  readonly type: MapType | `type ${number}`;
  /** Bytes. */
  readonly keySize: number;
  /** Bytes of one value (for per-CPU maps: on one CPU). */
  readonly valueSize: number;
  /** Bytes of a value in the raw calls; for per-CPU maps the padded values of all possible CPUs. */
  readonly rawValueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  /** Where key and value types come from; undefined when the map has none. */
  readonly types: MapTypes | undefined;
  readonly #key: ValueCodec;
  readonly #value: ValueCodec;
  readonly #raw: RawMap;

  /** @internal Use `create`, `fromId`, `fromPin` or `BpfObject.map`. */
  constructor(handle: MapHandle, name: string, types: MapTypes | undefined, info: MapInfo) {
    super(`map ${name}`, handle, (h) => void native().close(h));
    const cpus = native().possibleCpus;
    this.name = name;
    this.type = info.type;
    this.keySize = info.keySize;
    this.valueSize = info.valueSize;
    this.rawValueSize = rawValueSize(info.type, info.valueSize, cpus);
    this.maxEntries = info.maxEntries;
    this.flags = info.flags;
    this.types = types;
    this.#key = keyCodec(info.keySize, types?.btf, types?.key ?? 0);
    this.#value = valueCodec(info.type, info.valueSize, cpus, types?.btf, types?.value ?? 0);
    this.#raw = {
      label: `map ${name}`,
      keySize: this.keySize,
      valueSize: this.rawValueSize,
      maxEntries: this.maxEntries,
      handle: (verb) => this.use(verb),
    };
  }

  /** Creates a map that no object declares, such as the inner maps of a map of maps. */
  static create<K = BtfValue, V = BtfValue>(options: MapOptions): BpfMap<K, V> {
    const name = options.name ?? '';
    const operation = `create ${options.type} map ${name}`;
    const handle = checked(
      operation,
      native().mapCreate(
        MAP_TYPES.indexOf(options.type),
        name,
        options.keySize,
        options.valueSize,
        options.maxEntries,
        options.flags ?? 0,
        options.inner?.use('use as template') ?? null,
      ),
    );
    return new BpfMap<K, V>(handle, name, options.types, readInfo(handle, operation));
  }

  /** Opens a map of this machine by its id; typed when the kernel has BTF for it. */
  static fromId<K = BtfValue, V = BtfValue>(id: number): BpfMap<K, V> {
    const operation = `open map with id ${id}`;
    return adopt(checked(operation, native().mapById(id)), operation);
  }

  /** Opens a pinned map; typed when the kernel has BTF for it. */
  static fromPin<K = BtfValue, V = BtfValue>(path: string): BpfMap<K, V> {
    const operation = `open map pinned at ${path}`;
    return adopt(checked(operation, native().mapByPin(path)), operation);
  }

  /** Owned by this object: do not close it. */
  get fd(): number {
    return native().fd(this.use('take fd of'));
  }

  /** What the kernel says now. */
  info(): MapInfo {
    return readInfo(this.use('ask about'), `ask about ${this}`);
  }

  get(key: K): V | undefined {
    const bytes = this.getRaw(this.#encodeKey(key));
    return bytes === undefined ? undefined : this.#decodeValue(bytes);
  }

  has(key: K): boolean {
    return this.getRaw(this.#encodeKey(key)) !== undefined;
  }

  set(key: K, value: V | FdOwner, mode: UpdateMode = 'any'): void {
    this.setRaw(this.#encodeKey(key), this.#encodeValue(value), mode);
  }

  /** False when there was no such key. Entries of arrays cannot be deleted (EINVAL). */
  delete(key: K): boolean {
    return this.deleteRaw(this.#encodeKey(key));
  }

  /** Reads and deletes at once (hash maps, Linux 5.14). */
  take(key: K): V | undefined {
    const bytes = this.#takeRaw(this.#encodeKey(key));
    return bytes === undefined ? undefined : this.#decodeValue(bytes);
  }

  /** Keys, one system call each. Deleting the key just given is fine. */
  *keys(): IterableIterator<K> {
    for (const key of this.keysRaw()) yield this.#decodeKey(key);
  }

  /** Entries, by batches where the kernel has them for this type of map. */
  *entries(): IterableIterator<[key: K, value: V]> {
    for (const chunk of this.#chunks()) {
      for (let i = 0; i < chunk.count; i++)
        yield [this.#decodeKey(this.#keyAt(chunk, i)), this.#decodeValue(this.#valueAt(chunk, i))];
    }
  }

  [Symbol.iterator](): IterableIterator<[key: K, value: V]> {
    return this.entries();
  }

  /** All entries at once. */
  readBatch(): [key: K, value: V][] {
    return [...this.entries()];
  }

  /**
   * Writes many entries with few system calls (one by one where the kernel has no batches for
   * the type of map, or for a mode other than `any`).
   * Values are encoded before the first is written, so a value that does not fit changes nothing.
   */
  setBatch(entries: Iterable<readonly [key: K, value: V | FdOwner]>, mode: UpdateMode = 'any'): void {
    const list = [...entries];
    const keys = new Uint8Array(list.length * this.keySize);
    const values = new Uint8Array(list.length * this.rawValueSize);
    list.forEach(([key, value], i) => {
      this.#key.encodeInto(key as BtfValue, keys, i * this.keySize);
      this.#value.encodeInto(value as BtfValue, values, i * this.rawValueSize);
    });
    this.setBatchRaw({ count: list.length, keys, values }, mode);
  }

  /** Deletes the keys that exist; gives their number. */
  deleteBatch(keys: Iterable<K>): number {
    const list = [...keys];
    const bytes = new Uint8Array(list.length * this.keySize);
    list.forEach((key, i) => this.#key.encodeInto(key as BtfValue, bytes, i * this.keySize));
    return deleteKeys(this.#raw, bytes, list.length);
  }

  /** Adds to a queue, stack or bloom filter. `exist` drops the oldest when a queue or stack is full (else E2BIG). */
  push(value: V, mode: 'any' | 'exist' = 'any'): void {
    this.#mustBeKeyless('push to', true);
    checked(
      `push to ${this}`,
      native().mapUpdate(this.use('push to'), null, this.#encodeValue(value), MODES[mode]),
    );
  }

  /** Removes the next value of a queue or stack; undefined when it is empty. */
  pop(): V | undefined {
    this.#mustBeKeyless('pop from', true);
    const bytes = this.#takeRaw(null);
    return bytes === undefined ? undefined : this.#decodeValue(bytes);
  }

  /** The next value of a queue or stack, which stays; undefined when it is empty. */
  peek(): V | undefined {
    this.#mustBeKeyless('peek into', true);
    const bytes = new Uint8Array(this.rawValueSize);
    return this.#lookup(null, bytes) ? this.#decodeValue(bytes) : undefined;
  }

  /** Bloom filter: false means certainly not in it. */
  mayContain(value: V): boolean {
    this.#mustBeKeyless('ask', true);
    return this.#lookup(null, this.#encodeValue(value));
  }

  getRaw(key: Uint8Array): Uint8Array | undefined {
    this.#mustBeKeyless('read', false);
    const bytes = new Uint8Array(this.rawValueSize);
    return this.#lookup(key, bytes) ? bytes : undefined;
  }

  setRaw(key: Uint8Array, value: Uint8Array, mode: UpdateMode = 'any'): void {
    this.#mustBeKeyless('update', false);
    checked(`update ${this}`, native().mapUpdate(this.use('update'), key, value, MODES[mode]));
  }

  deleteRaw(key: Uint8Array): boolean {
    this.#mustBeKeyless('delete from', false);
    const errno = -native().mapDelete(this.use('delete from'), key);
    if (errno !== 0 && errno !== ENOENT) throw failure(`delete from ${this}`, errno);
    return errno === 0;
  }

  *keysRaw(): IterableIterator<Uint8Array> {
    this.#mustBeKeyless('read keys of', false);
    yield* readKeys(this.#raw);
  }

  *entriesRaw(): IterableIterator<[key: Uint8Array, value: Uint8Array]> {
    for (const chunk of this.#chunks()) {
      for (let i = 0; i < chunk.count; i++) yield [this.#keyAt(chunk, i), this.#valueAt(chunk, i)];
    }
  }

  /** `entries.keys` and `entries.values` hold `count` items of `keySize` and `rawValueSize` bytes. */
  setBatchRaw(entries: RawEntries, mode: UpdateMode = 'any'): void {
    this.#mustBeKeyless('update', false);
    const { count, keys, values } = entries;
    if (keys.length < count * this.keySize || values.length < count * this.rawValueSize) {
      throw misuse(`update ${this}`, `${count} entries need more bytes than were given`);
    }
    writeEntries(this.#raw, entries, MODES[mode]);
  }

  /** No more writes from user space. */
  freeze(): void {
    checked(`freeze ${this}`, native().mapFreeze(this.use('freeze')));
  }

  /** Keeps the map alive at a path of a bpffs; removed with `unpin(path)`. */
  pin(path: string): void {
    checked(`pin ${this} at ${path}`, native().pin(this.use('pin'), path));
  }

  /** A second handle on the same map, which lives when this one (or its object) is closed. */
  clone(): BpfMap<K, V> {
    const handle = checked(`clone ${this}`, native().dup(this.use('clone')));
    return new BpfMap<K, V>(handle, this.name, this.types, readInfo(handle, `clone ${this}`));
  }

  #chunks(): IterableIterator<RawEntries> {
    this.#mustBeKeyless('read', false);
    return readChunks(this.#raw);
  }

  #keyAt(chunk: RawEntries, i: number): Uint8Array {
    return chunk.keys.subarray(i * this.keySize, (i + 1) * this.keySize);
  }

  #valueAt(chunk: RawEntries, i: number): Uint8Array {
    return chunk.values.subarray(i * this.rawValueSize, (i + 1) * this.rawValueSize);
  }

  #lookup(key: Uint8Array | null, value: Uint8Array): boolean {
    const errno = -native().mapLookup(this.use('read'), key, value, 0);
    if (errno !== 0 && errno !== ENOENT) throw failure(`read ${this}`, errno);
    return errno === 0;
  }

  #takeRaw(key: Uint8Array | null): Uint8Array | undefined {
    const bytes = new Uint8Array(this.rawValueSize);
    const errno = -native().mapLookupDelete(this.use('take from'), key, bytes);
    if (errno !== 0 && errno !== ENOENT) throw failure(`take from ${this}`, errno);
    return errno === 0 ? bytes : undefined;
  }

  #mustBeKeyless(verb: string, keyless: boolean): void {
    if (isKeyless(this.type) === keyless) return;
    const what = keyless ? 'it has keys: use get and set' : 'it has no keys: use push, pop and peek';
    throw misuse(`${verb} ${this}`, `${what} (type ${this.type})`);
  }

  // What K and V stand for is the caller's word: BTF is not known to the compiler.
  #encodeKey(key: K): Uint8Array {
    this.#mustBeKeyless('use a key of', false);
    return this.#key.encode(key as BtfValue);
  }

  #decodeKey(bytes: Uint8Array): K {
    return this.#key.decode(bytes) as K;
  }

  #encodeValue(value: V | FdOwner): Uint8Array {
    return this.#value.encode(value as BtfValue);
  }

  #decodeValue(bytes: Uint8Array): V {
    return this.#value.decode(bytes) as V;
  }
}

function adopt<K, V>(handle: MapHandle, operation: string): BpfMap<K, V> {
  const raw = checked(operation, native().mapInfo(handle));
  let types: MapTypes | undefined;
  if (raw.btfId !== 0) {
    const btf = decodeBtf(checked(operation, native().btfById(raw.btfId)));
    types = { btf, key: raw.keyType, value: raw.valueType };
  }
  return new BpfMap<K, V>(handle, raw.name, types, readInfo(handle, operation));
}

function readInfo(handle: MapHandle, operation: string): MapInfo {
  const { keyType: _key, valueType: _value, ...info } = checked(operation, native().mapInfo(handle));
  return { ...info, type: nameOf(MAP_TYPES, info.type) };
}
