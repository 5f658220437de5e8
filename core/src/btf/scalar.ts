import { ValueError, show, type Node } from './node.js';

/** Integers, enums and pointers of 1 to 16 bytes that start at a byte and use all of their bits. */
export function integerNode(size: number, signed: boolean, littleEndian: boolean): Node {
  const le = littleEndian;
  switch (size) {
    case 1:
      return signed
        ? small(
            1,
            -0x80,
            0x7f,
            (v, at) => v.getInt8(at),
            (v, at, n) => v.setInt8(at, n),
          )
        : small(
            1,
            0,
            0xff,
            (v, at) => v.getUint8(at),
            (v, at, n) => v.setUint8(at, n),
          );
    case 2:
      return signed
        ? small(
            2,
            -0x8000,
            0x7fff,
            (v, at) => v.getInt16(at, le),
            (v, at, n) => v.setInt16(at, n, le),
          )
        : small(
            2,
            0,
            0xffff,
            (v, at) => v.getUint16(at, le),
            (v, at, n) => v.setUint16(at, n, le),
          );
    case 4:
      return signed
        ? small(
            4,
            -0x80000000,
            0x7fffffff,
            (v, at) => v.getInt32(at, le),
            (v, at, n) => v.setInt32(at, n, le),
          )
        : small(
            4,
            0,
            0xffffffff,
            (v, at) => v.getUint32(at, le),
            (v, at, n) => v.setUint32(at, n, le),
          );
    case 8:
      return {
        size,
        weight: 1,
        read: signed ? (view, at) => view.getBigInt64(at, le) : (view, at) => view.getBigUint64(at, le),
        write: (view, at, value) =>
          view.setBigUint64(at, BigInt.asUintN(64, checkBig(value, 64, signed)), le),
      };
    default: {
      const high = le ? 8 : 0;
      const low = 8 - high;
      return {
        size: 16,
        weight: 1,
        read(view, at) {
          const bits = (view.getBigUint64(at + high, le) << 64n) | view.getBigUint64(at + low, le);
          return signed ? BigInt.asIntN(128, bits) : bits;
        },
        write(view, at, value) {
          const bits = BigInt.asUintN(128, checkBig(value, 128, signed));
          view.setBigUint64(at + high, bits >> 64n, le);
          view.setBigUint64(at + low, bits & 0xffffffffffffffffn, le);
        },
      };
    }
  }
}

export function boolNode(size: number, littleEndian: boolean): Node {
  const integer = integerNode(size, false, littleEndian);
  return {
    size,
    weight: 1,
    read: (view, at) => Boolean(integer.read(view, at)),
    write: (view, at, value) => integer.write(view, at, checkBool(value)),
  };
}

/** Values of 4 and 8 bytes; others (x87's 10 in 16) have no JavaScript number and are given as bytes by the caller. */
export function floatNode(size: 4 | 8, littleEndian: boolean): Node {
  const le = littleEndian;
  const number = (value: unknown): number => {
    if (typeof value !== 'number') throw new ValueError(`expected a number, got ${show(value)}`);
    return value;
  };
  return size === 4
    ? {
        size,
        weight: 1,
        read: (view, at) => view.getFloat32(at, le),
        write: (view, at, value) => view.setFloat32(at, number(value), le),
      }
    : {
        size,
        weight: 1,
        read: (view, at) => view.getFloat64(at, le),
        write: (view, at, value) => view.setFloat64(at, number(value), le),
      };
}

/**
 * `bitSize` bits of a struct, `bitOffset` bits from the start of the byte at
 * `at`. In big-endian layouts bits count from the most significant one
 * (btf_dump_get_bitfield_value in tools/lib/bpf/btf_dump.c).
 */
export function bitfieldNode(layout: {
  readonly bitOffset: number;
  readonly bitSize: number;
  readonly signed: boolean;
  readonly bool: boolean;
  readonly big: boolean;
  readonly littleEndian: boolean;
}): Node {
  const { bitOffset, bitSize, signed, bool, big, littleEndian } = layout;
  const size = (bitOffset + bitSize + 7) >> 3;
  const shift = BigInt(littleEndian ? bitOffset : size * 8 - bitOffset - bitSize);
  const mask = (1n << BigInt(bitSize)) - 1n;
  const byteAt = littleEndian
    ? (at: number, i: number) => at + i
    : (at: number, i: number) => at + size - 1 - i;
  const load = (view: DataView, at: number): bigint => {
    let bits = 0n;
    for (let i = size - 1; i >= 0; i--) bits = (bits << 8n) | BigInt(view.getUint8(byteAt(at, i)));
    return bits;
  };
  return {
    size,
    weight: 1,
    read(view, at) {
      const bits = (load(view, at) >> shift) & mask;
      if (bool) return bits !== 0n;
      const value = signed ? BigInt.asIntN(bitSize, bits) : bits;
      return big ? value : Number(value);
    },
    write(view, at, value) {
      const field = BigInt.asUintN(
        bitSize,
        bool ? BigInt(checkBool(value)) : checkBig(value, bitSize, signed),
      );
      let bits = (load(view, at) & ~(mask << shift)) | (field << shift);
      for (let i = 0; i < size; i++, bits >>= 8n) view.setUint8(byteAt(at, i), Number(bits & 0xffn));
    },
  };
}

function small(
  size: number,
  min: number,
  max: number,
  read: (view: DataView, at: number) => number,
  set: (view: DataView, at: number, value: number) => void,
): Node {
  return {
    size,
    weight: 1,
    read,
    write(view, at, value) {
      if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) {
        set(view, at, value);
        return;
      }
      if (typeof value === 'bigint' && value >= min && value <= max) {
        set(view, at, Number(value));
        return;
      }
      throw new ValueError(`expected an integer from ${min} to ${max}, got ${show(value)}`);
    },
  };
}

function checkBig(value: unknown, bits: number, signed: boolean): bigint {
  const number = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof number === 'bigint') {
    if ((signed ? BigInt.asIntN(bits, number) : BigInt.asUintN(bits, number)) === number) return number;
  }
  throw new ValueError(
    `expected ${signed ? 'a signed' : 'an unsigned'} integer of ${bits} bits, got ${show(value)}`,
  );
}

function checkBool(value: unknown): 0 | 1 {
  if (value === true || value === 1 || value === 1n) return 1;
  if (value === false || value === 0 || value === 0n) return 0;
  throw new ValueError(`expected true or false, got ${show(value)}`);
}
