/**
 * The protobuf wire format (protobuf.dev/programming-guides/encoding): a reader that never reads past its end and a
 * writer. 64-bit integers are bigint.
 */

/** The bytes are not the wire format. */
export class WireError extends Error {
  override readonly name = 'WireError';
  constructor(
    readonly reason: 'truncated' | 'varint' | 'tag' | 'utf8' | 'group' | 'deep' | 'value',
    message: string,
  ) {
    super(message);
  }
}

export const WireType = { varint: 0, fixed64: 1, bytes: 2, groupStart: 3, groupEnd: 4, fixed32: 5 } as const;
export type WireType = (typeof WireType)[keyof typeof WireType];

export interface Tag {
  readonly number: number;
  readonly wireType: WireType;
}

/** protobuf's own default limit of nested messages. */
export const MAX_DEPTH = 100;

// Fatal: proto3 strings are valid UTF-8. A leading BOM is part of the string.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

export class WireReader {
  private position = 0;
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.position >= this.bytes.length;
  }

  tag(): Tag {
    const value = this.smallVarint();
    const number = Math.floor(value / 8);
    const wireType = value % 8;
    if (number < 1 || number > 0x1fff_ffff)
      throw new WireError('tag', `field number ${number} is out of range`);
    if (wireType > 5) throw new WireError('tag', `wire type ${wireType} does not exist`);
    return { number, wireType: wireType as WireType };
  }

  /** 0 ≤ value < 2^64. */
  varint(): bigint {
    let low = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.byte();
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt(low);
    }
    let value = BigInt(low);
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new WireError('varint', 'a varint is longer than 10 bytes');
  }

  fixed32(): number {
    const at = this.take(4);
    return this.view.getUint32(at, true);
  }

  fixed64(): bigint {
    const at = this.take(8);
    return this.view.getBigUint64(at, true);
  }

  float(): number {
    const at = this.take(4);
    return this.view.getFloat32(at, true);
  }

  double(): number {
    const at = this.take(8);
    return this.view.getFloat64(at, true);
  }

  /** A view of the length-delimited bytes, not a copy. */
  delimited(): Uint8Array {
    const length = this.smallVarint();
    const left = this.bytes.length - this.position;
    if (length > left) throw new WireError('truncated', `${length} bytes announced, ${left} left`);
    const at = this.take(length);
    return this.bytes.subarray(at, this.position);
  }

  /** Passes over a field whose tag was read. */
  skip(tag: Tag, depth = 0): void {
    switch (tag.wireType) {
      case WireType.varint:
        this.varint();
        return;
      case WireType.fixed64:
        this.take(8);
        return;
      case WireType.bytes:
        this.delimited();
        return;
      case WireType.fixed32:
        this.take(4);
        return;
      case WireType.groupStart:
        if (depth >= MAX_DEPTH) throw new WireError('deep', `groups are nested more than ${MAX_DEPTH} deep`);
        for (;;) {
          const inner = this.tag();
          if (inner.wireType === WireType.groupEnd) {
            if (inner.number !== tag.number)
              throw new WireError('group', `group ${tag.number} ends as group ${inner.number}`);
            return;
          }
          this.skip(inner, depth + 1);
        }
      case WireType.groupEnd:
        throw new WireError('group', `group ${tag.number} ends but did not begin`);
    }
  }

  /** A varint as a number: exact below 2^53, and far above every limit beyond it. */
  private smallVarint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 10; count++) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
    throw new WireError('varint', 'a varint is longer than 10 bytes');
  }

  private byte(): number {
    const byte = this.bytes[this.position];
    if (byte === undefined) throw new WireError('truncated', 'the bytes end inside a value');
    this.position += 1;
    return byte;
  }

  private take(length: number): number {
    const at = this.position;
    if (length > this.bytes.length - at) throw new WireError('truncated', 'the bytes end inside a value');
    this.position += length;
    return at;
  }
}

export class WireWriter {
  private buffer = new Uint8Array(256);
  private length = 0;

  finish(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }

  tag(number: number, wireType: WireType): this {
    return this.varint(number * 8 + wireType);
  }

  /** Negative values as their 64-bit two's complement, as int32, int64 and enums are written. */
  varint(value: bigint | number): this {
    if (typeof value === 'number' && value >= 0 && value <= 0xffff_ffff) {
      let rest = value;
      while (rest > 0x7f) {
        this.byte((rest & 0x7f) | 0x80);
        rest >>>= 7;
      }
      return this.byte(rest);
    }
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest > 0x7fn) {
      this.byte(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    return this.byte(Number(rest));
  }

  fixed32(value: number): this {
    const at = this.reserve(4);
    new DataView(this.buffer.buffer).setUint32(at, value, true);
    return this;
  }

  fixed64(value: bigint): this {
    const at = this.reserve(8);
    new DataView(this.buffer.buffer).setBigUint64(at, BigInt.asUintN(64, value), true);
    return this;
  }

  float(value: number): this {
    const at = this.reserve(4);
    new DataView(this.buffer.buffer).setFloat32(at, value, true);
    return this;
  }

  double(value: number): this {
    const at = this.reserve(8);
    new DataView(this.buffer.buffer).setFloat64(at, value, true);
    return this;
  }

  delimited(bytes: Uint8Array): this {
    this.varint(bytes.length);
    const at = this.reserve(bytes.length);
    this.buffer.set(bytes, at);
    return this;
  }

  string(text: string): this {
    return this.delimited(encoder.encode(text));
  }

  private byte(value: number): this {
    const at = this.reserve(1);
    this.buffer[at] = value;
    return this;
  }

  private reserve(length: number): number {
    const at = this.length;
    this.length += length;
    if (this.length > this.buffer.length) {
      const grown = new Uint8Array(Math.max(this.length, this.buffer.length * 2));
      grown.set(this.buffer.subarray(0, at));
      this.buffer = grown;
    }
    return at;
  }
}

/** Text of UTF-8 bytes; WireError when they are not UTF-8. */
export function utf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new WireError('utf8', 'a string is not valid UTF-8');
  }
}

/** sint32 and sint64: 0, -1, 1, -2, … as 0, 1, 2, 3, … */
export function zigzag(value: bigint): bigint {
  return BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
}

export function unzigzag(value: bigint): bigint {
  return (value >> 1n) ^ -(value & 1n);
}
