import assert from 'node:assert/strict';
import { codecOf, decodeValue, encodeValue } from '../../src/btf/codec.js';
import type { BtfValue } from '../../src/btf/value.js';
import { decodeBtf } from '../../src/btf/decode.js';
import { BtfError, type BtfErrorReason } from '../../src/btf/error.js';
import { KIND, array, bool, buildBtf, int, struct, typedef, type RawType } from './buildBtf.js';

const types: RawType[] = [
  int('unsigned char', 1), // 1
  int('char', 1, true), // 2
  int('unsigned short', 2), // 3
  int('int', 4, true), // 4
  int('unsigned int', 4), // 5
  int('long long', 8, true), // 6
  int('unsigned long long', 8), // 7
  bool, // 8
  { kind: KIND.enum, name: 'color', size: 4, vlen: 1, extra: ['RED', 1] }, // 9
  { kind: KIND.enum64, name: 'big', size: 8, vlen: 1, extra: ['HUGE', 0, 1] }, // 10
  { kind: KIND.pointer, size: 0 }, // 11
  array(2, 8), // 12: char[8]
  array(1, 4), // 13: __u8[4]
  array(3, 3), // 14: __u16[3]
  struct('point', 4, [
    ['x', 3, 0],
    ['y', 3, 16],
  ]), // 15
  struct(
    '',
    4,
    [
      ['word', 5, 0],
      ['bytes', 13, 0],
    ],
    KIND.union,
  ), // 16: anonymous
  struct('entry', 40, [
    ['id', 5, 0],
    ['', 16, 32],
    ['name', 12, 64],
    ['points', 18, 128],
    ['big', 7, 192],
    ['on', 8, 256],
  ]), // 17
  array(15, 2), // 18
  {
    kind: KIND.struct,
    name: 'bits',
    size: 8,
    flag: true,
    vlen: 4,
    extra: ['a', 5, (3 << 24) | 0, 'b', 4, (7 << 24) | 3, 'c', 7, (40 << 24) | 10, 'd', 8, (1 << 24) | 50],
  }, // 19
  int('__int128', 16, true), // 20
  { kind: KIND.float, name: 'double', size: 8 }, // 21
  { kind: KIND.float, name: 'float', size: 4 }, // 22
  { kind: KIND.variable, name: 'counter', size: 7, extra: [1] }, // 23
  { kind: KIND.dataSection, name: '.bss', size: 16, vlen: 1, extra: [23, 8, 8] }, // 24
  array(12, 2), // 25: char[2][8]
  struct('empty', 0, []), // 26
  array(5, 0), // 27: flexible
  typedef('entry_t', 17), // 28
  int('signed char', 1, true), // 29
  array(29, 2), // 30
  { kind: KIND.enum, name: 'sign', size: 1, vlen: 1, flag: true, extra: ['NEG', -1] }, // 31
];
const btf = decodeBtf(buildBtf(types));
const bytesOf = (...values: number[]): Uint8Array => Uint8Array.from(values);

function fails(reason: BtfErrorReason, act: () => unknown, text?: RegExp): void {
  assert.throws(act, (error) => {
    assert.ok(error instanceof BtfError);
    assert.equal(error.reason, reason);
    if (text !== undefined) assert.match(error.message, text);
    return true;
  });
}

describe('BTF values', () => {
  // What each type is in JavaScript; decoded from and encoded to the same bytes.
  const cases: [title: string, type: number, value: BtfValue, bytes: Uint8Array][] = [
    ['u8', 1, 200, bytesOf(200)],
    ['s8', 29, -56, bytesOf(200)],
    ['u16', 3, 0x1234, bytesOf(0x34, 0x12)],
    ['s32', 4, -2, bytesOf(0xfe, 0xff, 0xff, 0xff)],
    ['u32', 5, 0xfffffffe, bytesOf(0xfe, 0xff, 0xff, 0xff)],
    ['s64', 6, -2n, bytesOf(0xfe, 255, 255, 255, 255, 255, 255, 255)],
    ['u64', 7, 0xfffffffffffffffen, bytesOf(0xfe, 255, 255, 255, 255, 255, 255, 255)],
    ['s128', 20, -1n << 64n, bytesOf(0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255)],
    ['bool', 8, true, bytesOf(1)],
    ['enum', 9, 1, bytesOf(1, 0, 0, 0)],
    ['signed enum of a byte', 31, -1, bytesOf(255)],
    ['enum64', 10, 1n << 32n, bytesOf(0, 0, 0, 0, 1, 0, 0, 0)],
    ['pointer', 11, 0xffff888000000000n, bytesOf(0, 0, 0, 0, 0x80, 0x88, 0xff, 0xff)],
    ['double', 21, 1.5, bytesOf(0, 0, 0, 0, 0, 0, 0xf8, 0x3f)],
    ['float', 22, -2, bytesOf(0, 0, 0, 0xc0)],
    ['char[8]', 12, 'hi', bytesOf(0x68, 0x69, 0, 0, 0, 0, 0, 0)],
    ['char[8] without NUL', 12, '12345678', new TextEncoder().encode('12345678')],
    ['char[8] with UTF-8', 12, 'é→', bytesOf(0xc3, 0xa9, 0xe2, 0x86, 0x92, 0, 0, 0)],
    ['u8[4]', 13, bytesOf(1, 2, 3, 4), bytesOf(1, 2, 3, 4)],
    ['s8[2]', 30, [-1, 1], bytesOf(255, 1)],
    ['u16[3]', 14, [1, 2, 3], bytesOf(1, 0, 2, 0, 3, 0)],
    ['char[2][8]', 25, ['a', 'b'], bytesOf(0x61, 0, 0, 0, 0, 0, 0, 0, 0x62, 0, 0, 0, 0, 0, 0, 0)],
    ['an empty struct', 26, {}, bytesOf()],
    ['a flexible array', 27, [], bytesOf()],
    ['a data section', 24, { counter: 7n }, bytesOf(0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0)],
    [
      'bitfields',
      19,
      { a: 5, b: -2, c: 0xabcdef0123n, d: true },
      bytesOf(0xf5, 0x8f, 0x04, 0xbc, 0x37, 0xaf, 0x06, 0),
    ],
    [
      'a struct with an anonymous union',
      17,
      {
        id: 1,
        word: 0x04030201,
        bytes: bytesOf(1, 2, 3, 4),
        name: 'n',
        points: [
          { x: 1, y: 2 },
          { x: 3, y: 4 },
        ],
        big: 9n,
        on: true,
      },
      bytesOf(
        1,
        0,
        0,
        0,
        1,
        2,
        3,
        4,
        0x6e,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        1,
        0,
        2,
        0,
        3,
        0,
        4,
        0,
        9,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        1,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
      ),
    ],
  ];
  for (const [title, type, value, bytes] of cases) {
    it(`${title} is decoded`, () => assert.deepEqual(decodeValue(btf, type, bytes), value));
    it(`${title} is encoded`, () => assert.deepEqual(encodeValue(btf, type, value), bytes));
  }

  // Other values that mean the same on encoding.
  const lenient: [title: string, type: number, value: BtfValue, bytes: Uint8Array][] = [
    ['a number for a u64', 7, 5, bytesOf(5, 0, 0, 0, 0, 0, 0, 0)],
    ['a bigint for a u16', 3, 5n, bytesOf(5, 0)],
    ['1 for a bool', 8, 1, bytesOf(1)],
    ['bytes for char[]', 12, bytesOf(0xff), bytesOf(0xff, 0, 0, 0, 0, 0, 0, 0)],
    ['numbers for u8[]', 13, [1, 2], bytesOf(1, 2, 0, 0)],
    ['fewer items', 14, [7], bytesOf(7, 0, 0, 0, 0, 0)],
    ['missing fields', 15, { y: 1 }, bytesOf(0, 0, 1, 0)],
  ];
  for (const [title, type, value, bytes] of lenient) {
    it(`takes ${title}`, () => assert.deepEqual(encodeValue(btf, type, value), bytes));
  }

  const refused: [title: string, type: number, value: unknown, message: RegExp][] = [
    ['256 for a u8', 1, 256, /unsigned char: expected an integer from 0 to 255, got 256/],
    ['-1 for a u32', 5, -1, /got -1/],
    ['a fraction', 4, 1.5, /got 1\.5/],
    ['NaN', 4, NaN, /got NaN/],
    ['text for a number', 4, '1', /got "1"/],
    ['an unsafe number for a u64', 7, 2 ** 60, /64 bits/],
    ['2^64 for a u64', 7, 1n << 64n, /18446744073709551616n/],
    ['2 for a bool', 8, 2, /true or false/],
    ['nine characters for char[8]', 12, '123456789', /up to 8 bytes, got 9/],
    ['nine bytes of UTF-8 for char[8]', 12, 'éééé→', /up to 8 bytes, got 11/],
    ['five bytes for u8[4]', 13, bytesOf(1, 2, 3, 4, 5), /up to 4 bytes/],
    ['256 in u8[4]', 13, [1, 256], /\[1\]: expected an integer from 0 to 255/],
    ['four items for u16[3]', 14, [1, 2, 3, 4], /up to 3 items, got 4/],
    ['no array', 14, 7, /expected an array/],
    ['no object', 15, [1, 2], /expected an object, got an array/],
    ['null', 15, null, /expected an object, got null/],
    ['an unknown field', 15, { z: 1 }, /struct point: field z: there is no such field; the type has x, y/],
    [
      'a field deep inside',
      17,
      { points: [{}, { y: 70000 }] },
      /struct entry: field points\[1\]\.y: .*70000/,
    ],
    ['a name of Object.prototype', 15, { constructor: 1 }, /field constructor: there is no such field/],
    ['a bitfield that overflows', 19, { a: 8 }, /field a: .*3 bits, got 8/],
  ];
  for (const [title, type, value, message] of refused) {
    it(`refuses ${title}`, () => fails('value', () => encodeValue(btf, type, value as BtfValue), message));
  }

  it('decodes from the middle of a buffer, and gives copies', () => {
    const buffer = bytesOf(9, 9, 1, 2, 3, 4, 9);
    const value = decodeValue(btf, 13, buffer.subarray(2)) as Uint8Array;
    assert.deepEqual(value, bytesOf(1, 2, 3, 4));
    buffer.fill(0);
    assert.deepEqual(value, bytesOf(1, 2, 3, 4));
  });

  it('needs as many bytes as the type has', () => {
    fails('bounds', () => decodeValue(btf, 17, new Uint8Array(39)), /struct entry needs 40 bytes, got 39/);
  });

  it('encodes into a larger buffer, clears what was there and nothing else', () => {
    const target = new Uint8Array(8).fill(0xee);
    codecOf(btf, 15).encodeInto({ x: 1 }, target, 2);
    assert.deepEqual(target, bytesOf(0xee, 0xee, 1, 0, 0, 0, 0xee, 0xee));
    fails('bounds', () => codecOf(btf, 15).encodeInto({}, target, 5));
    fails('bounds', () => codecOf(btf, 15).encodeInto({}, target, -1));
  });

  it('follows typedefs and variables', () => {
    assert.equal(codecOf(btf, 28).size, 40);
    assert.deepEqual(decodeValue(btf, 23, bytesOf(1, 0, 0, 0, 0, 0, 0, 0)), 1n);
  });

  it('reads the other byte order', () => {
    const big = decodeBtf(buildBtf(types, { bigEndian: true }));
    assert.deepEqual(decodeValue(big, 3, bytesOf(0x12, 0x34)), 0x1234);
    assert.deepEqual(
      decodeValue(
        big,
        20,
        Uint8Array.from({ length: 16 }, (_, i) => (i === 15 ? 1 : 0)),
      ),
      1n,
    );
    const value = { a: 5, b: -2, c: 0xabcdef0123n, d: true };
    assert.deepEqual(decodeValue(big, 19, encodeValue(big, 19, value)), value);
  });
});

describe('BTF types without a codec', () => {
  const cases: [title: string, reason: BtfErrorReason, types: RawType[]][] = [
    ['void', 'no-value', [typedef('nothing', 0)]],
    ['a function', 'no-value', [{ kind: KIND.function, name: 'f', size: 0 }]],
    ['a forward declaration', 'no-value', [{ kind: KIND.forward, name: 'f' }]],
    ['a struct that contains itself', 'cycle', [struct('s', 8, [['s', 1, 0]])]],
    [
      'structs that contain each other',
      'cycle',
      [struct('a', 8, [['b', 2, 0]]), struct('b', 8, [['a', 1, 0]])],
    ],
    ['a member outside of its struct', 'bounds', [struct('s', 2, [['i', 2, 0]]), int('int', 4)]],
    ['a member inside a byte', 'format', [struct('s', 8, [['i', 2, 4]]), int('int', 4)]],
    [
      'a bitfield of a struct',
      'format',
      [
        { kind: KIND.struct, name: 's', size: 8, flag: true, vlen: 1, extra: ['x', 2, 3 << 24] },
        struct('t', 4, []),
      ],
    ],
    [
      'a bitfield wider than its type',
      'format',
      [
        { kind: KIND.struct, name: 's', size: 8, flag: true, vlen: 1, extra: ['x', 2, 9 << 24] },
        int('unsigned char', 1),
      ],
    ],
    [
      'a variable outside of its section',
      'bounds',
      [
        { kind: KIND.dataSection, name: '.data', size: 4, vlen: 1, extra: [2, 2, 4] },
        { kind: KIND.variable, name: 'v', size: 3, extra: [0] },
        int('int', 4),
      ],
    ],
    ['gigabytes', 'limit', [array(2, 1 << 28), int('int', 4)]],
    ['endless items of no size', 'limit', [array(2, 0xffffffff), struct('e', 0, [])]],
    [
      // 300 types, each holding the next 300 times at the same place: 300^300 leaves.
      'members that overlap without end',
      'limit',
      [
        ...Array.from({ length: 30 }, (_, i) =>
          struct(
            's',
            4,
            Array.from({ length: 300 }, (_unused, n) => [`m${n}`, i + 2, 0] as const),
          ),
        ),
        int('int', 4),
      ],
    ],
    [
      'anonymous members without end',
      'limit',
      [
        ...Array.from({ length: 30 }, (_, i) =>
          struct(
            's',
            4,
            Array.from({ length: 300 }, () => ['', i + 2, 0] as const),
          ),
        ),
        struct('t', 4, [['x', 32, 0]]),
        int('int', 4),
      ],
    ],
    [
      'nesting without end',
      'limit',
      [...Array.from({ length: 200 }, (_, i) => struct('s', 4, [['m', i + 2, 0]])), int('int', 4)],
    ],
  ];
  for (const [title, reason, raw] of cases) {
    it(`${title}: ${reason}`, () => {
      const btf = decodeBtf(buildBtf(raw));
      fails(reason, () => codecOf(btf, 1));
      // Asking again gives the same answer, not a half-compiled codec.
      fails(reason, () => codecOf(btf, 1));
    });
  }

  it('a field called __proto__ is a field', () => {
    const btf = decodeBtf(buildBtf([struct('s', 4, [['__proto__', 2, 0]]), int('int', 4)]));
    const value = decodeValue(btf, 1, bytesOf(1, 0, 0, 0)) as object;
    assert.deepEqual(Object.entries(value), [['__proto__', 1]]);
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
    assert.deepEqual(encodeValue(btf, 1, value as BtfValue), bytesOf(1, 0, 0, 0));
  });
});
