import { codecOf, type ValueCodec } from '@onehop/core/btf/codec.js';
import type { BtfValue } from '@onehop/core/btf/value.js';
import type { Btf } from '@onehop/core/btf/decode.js';
import { BtfError } from '@onehop/core/btf/error.js';
import type { MapType } from './kernelTypes.js';

/** Anything with a file descriptor: a map, a program, a `net.Socket`'s handle. */
export interface FdOwner {
  readonly fd: number;
}

const PER_CPU: ReadonlySet<string> = new Set<MapType>([
  'percpu_hash',
  'percpu_array',
  'lru_percpu_hash',
  'percpu_cgroup_storage',
]);

/** Maps whose values are written as file descriptors. */
const FD_VALUED: ReadonlySet<string> = new Set<MapType>([
  'prog_array',
  'perf_event_array',
  'cgroup_array',
  'array_of_maps',
  'hash_of_maps',
  'sockmap',
  'sockhash',
  'xskmap',
  'reuseport_sockarray',
]);

const KEYLESS: ReadonlySet<string> = new Set<MapType>(['queue', 'stack', 'bloom_filter']);

export function isPerCpu(type: string): boolean {
  return PER_CPU.has(type);
}

export function isKeyless(type: string): boolean {
  return KEYLESS.has(type);
}

/** Bytes that one value takes in system calls: the kernel pads the value of each CPU to 8 (bpf_percpu_hash_copy). */
export function rawValueSize(type: string, valueSize: number, cpus: number): number {
  return isPerCpu(type) ? slotSize(valueSize) * cpus : valueSize;
}

/** The codec of keys: by type where BTF says one, else by size. */
export function keyCodec(size: number, btf: Btf | undefined, typeId: number): ValueCodec {
  return (btf && typedCodec(btf, typeId, size)) ?? plainCodec(size);
}

/** The codec of whole values as system calls take them: an array, one item a possible CPU, for per-CPU maps. */
export function valueCodec(
  type: string,
  size: number,
  cpus: number,
  btf: Btf | undefined,
  typeId: number,
): ValueCodec {
  if (FD_VALUED.has(type)) return fdCodec(plainCodec(size));
  const one = (btf && typedCodec(btf, typeId, size)) ?? plainCodec(size);
  return isPerCpu(type) ? perCpuCodec(one, slotSize(size), cpus) : one;
}

function slotSize(valueSize: number): number {
  return Math.ceil(valueSize / 8) * 8;
}

function typedCodec(btf: Btf, typeId: number, size: number): ValueCodec | undefined {
  if (typeId === 0) return undefined;
  const codec = codecOf(btf, typeId);
  // A type that does not fill the value would leave bytes that nobody sees.
  return codec.size === size ? codec : undefined;
}

/** Without a type: 4 bytes are a u32, 8 a u64, everything else stays bytes. Host byte order. */
function plainCodec(size: number): ValueCodec {
  if (size === 4) {
    return makeCodec(
      4,
      (view, at) => view.getUint32(at, HOST_LITTLE),
      (view, at, value) => {
        if (typeof value !== 'number' || value >>> 0 !== value)
          throw wrong('an integer from 0 to 4294967295', value);
        view.setUint32(at, value, HOST_LITTLE);
      },
    );
  }
  if (size === 8) {
    return makeCodec(
      8,
      (view, at) => view.getBigUint64(at, HOST_LITTLE),
      (view, at, value) => {
        const big = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
        if (typeof big !== 'bigint' || BigInt.asUintN(64, big) !== big)
          throw wrong('a bigint of 64 bits', value);
        view.setBigUint64(at, big, HOST_LITTLE);
      },
    );
  }
  return makeCodec(
    size,
    (view, at) => new Uint8Array(view.buffer, view.byteOffset + at, size).slice(),
    (view, at, value) => {
      if (!(value instanceof Uint8Array) || value.length !== size)
        throw wrong(`${size} bytes (Uint8Array)`, value);
      new Uint8Array(view.buffer, view.byteOffset + at, size).set(value);
    },
  );
}

function fdCodec(plain: ValueCodec): ValueCodec {
  const fdOf = (value: unknown): BtfValue =>
    typeof value === 'object' && value !== null && 'fd' in value
      ? (value.fd as BtfValue)
      : (value as BtfValue);
  return {
    size: plain.size,
    decode: (bytes) => plain.decode(bytes),
    encode: (value) => plain.encode(fdOf(value)),
    encodeInto: (value, target, offset) => plain.encodeInto(fdOf(value), target, offset),
  };
}

function perCpuCodec(one: ValueCodec, slot: number, cpus: number): ValueCodec {
  const size = slot * cpus;
  const encodeInto = (value: BtfValue, target: Uint8Array, offset: number): void => {
    if (!Array.isArray(value) || value.length !== cpus) {
      throw wrong(`an array of ${cpus} values, one for each possible CPU`, value);
    }
    const values: readonly BtfValue[] = value;
    target.fill(0, offset, offset + size);
    values.forEach((item, cpu) => one.encodeInto(item, target, offset + cpu * slot));
  };
  return {
    size,
    decode: (bytes) => Array.from({ length: cpus }, (_, cpu) => one.decode(bytes.subarray(cpu * slot))),
    encode(value) {
      const bytes = new Uint8Array(size);
      encodeInto(value, bytes, 0);
      return bytes;
    },
    encodeInto,
  };
}

const HOST_LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function makeCodec(
  size: number,
  read: (view: DataView, at: number) => BtfValue,
  write: (view: DataView, at: number, value: BtfValue) => void,
): ValueCodec {
  const encodeInto = (value: BtfValue, target: Uint8Array, offset: number): void =>
    write(new DataView(target.buffer, target.byteOffset, target.byteLength), offset, value);
  return {
    size,
    decode: (bytes) => read(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0),
    encode(value) {
      const bytes = new Uint8Array(size);
      encodeInto(value, bytes, 0);
      return bytes;
    },
    encodeInto,
  };
}

function wrong(expected: string, value: unknown): BtfError {
  const got =
    value instanceof Uint8Array
      ? `${value.length} bytes`
      : Array.isArray(value)
        ? `an array of ${value.length}`
        : `${String(value)} (${typeof value})`;
  return new BtfError('value', `expected ${expected}, got ${got}`);
}
