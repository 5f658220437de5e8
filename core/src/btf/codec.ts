import type { BtfValue } from './value.js';
import type { Btf } from './decode.js';
import { BtfError } from './error.js';
import { compileNode } from './compileNode.js';
import { ValueError } from './node.js';
import { typeName } from './layout.js';

/** Reads and writes values of one type. Compiled once for a type; keep it for hot paths. */
export interface ValueCodec<T = BtfValue> {
  /** Bytes of a value. */
  readonly size: number;
  /** @throws BtfError `bounds` when fewer than `size` bytes are given; further bytes are ignored */
  decode(bytes: Uint8Array): T;
  /**
   * Missing fields are zero, and so is padding. Where a number is asked for, a
   * bigint or (64 bits) a safe integer will do; a `char[n]` takes bytes too, a
   * byte array takes an array of numbers, and both may be shorter than `n`.
   *
   * @throws BtfError `value` naming the field, for unknown fields, wrong types and numbers out of range
   */
  encode(value: T): Uint8Array;
  /** As `encode`, into `target` at `offset`. */
  encodeInto(value: T, target: Uint8Array, offset: number): void;
}

/**
 * The codec of a type.
 *
 * @throws BtfError when the type has no value (void, functions), contains itself, or lies about its layout
 */
export function codecOf(btf: Btf, typeId: number): ValueCodec {
  let codecs = cache.get(btf);
  if (codecs === undefined) cache.set(btf, (codecs = new Map()));
  let codec = codecs.get(typeId);
  if (codec === undefined) codecs.set(typeId, (codec = makeCodec(btf, typeId)));
  return codec;
}

/** One value; for many of a type, keep its `codecOf`. */
export function decodeValue(btf: Btf, typeId: number, bytes: Uint8Array): BtfValue {
  return codecOf(btf, typeId).decode(bytes);
}

/** One value; for many of a type, keep its `codecOf`. */
export function encodeValue(btf: Btf, typeId: number, value: BtfValue): Uint8Array {
  return codecOf(btf, typeId).encode(value);
}

const cache = new WeakMap<Btf, Map<number, ValueCodec>>();

function makeCodec(btf: Btf, typeId: number): ValueCodec {
  const node = compileNode(btf, typeId);
  const { size } = node;
  const name = typeName(btf, typeId);

  const encodeInto = (value: BtfValue, target: Uint8Array, offset: number): void => {
    if (offset < 0 || offset + size > target.length) {
      throw new BtfError('bounds', `${name} needs ${size} bytes at ${offset}, there are ${target.length}`);
    }
    target.fill(0, offset, offset + size);
    try {
      node.write(new DataView(target.buffer, target.byteOffset, target.byteLength), offset, value);
    } catch (error) {
      if (error instanceof ValueError) throw new BtfError('value', error.describe(name));
      throw error;
    }
  };
  return {
    size,
    decode(bytes) {
      if (bytes.length < size) {
        throw new BtfError('bounds', `${name} needs ${size} bytes, got ${bytes.length}`);
      }
      return node.read(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0);
    },
    encode(value) {
      const bytes = new Uint8Array(size);
      encodeInto(value, bytes, 0);
      return bytes;
    },
    encodeInto,
  };
}
