import assert from 'node:assert/strict';
import { decodeBtf } from '../../src/btf/decode.js';
import { BtfError, type BtfErrorReason } from '../../src/btf/error.js';
import { resolveType, sizeOf, typeName } from '../../src/btf/layout.js';
import { KIND, array, buildBtf, int, struct, typedef, type RawType } from './buildBtf.js';

function fails(reason: BtfErrorReason, act: () => unknown): void {
  assert.throws(act, (error) => error instanceof BtfError && error.reason === reason);
}

function patched(bytes: Uint8Array, at: number, ...values: number[]): Uint8Array {
  const copy = bytes.slice();
  copy.set(values, at);
  return copy;
}

describe('BTF headers', () => {
  const good = buildBtf([int('int', 4, true)]);

  const refused: [title: string, reason: BtfErrorReason, bytes: Uint8Array][] = [
    ['nothing', 'bounds', new Uint8Array()],
    ['a cut header', 'bounds', good.subarray(0, 23)],
    ['another magic', 'format', patched(good, 0, 0x7f)],
    ['another version', 'format', patched(good, 2, 2)],
    ['a short header length', 'format', patched(good, 4, 8)],
    ['types behind the end', 'bounds', patched(good, 12, 0xff, 0xff)],
    ['strings behind the end', 'bounds', patched(good, 20, 0xff)],
    ['offsets that overflow 32 bits', 'bounds', patched(good, 8, 0xff, 0xff, 0xff, 0xff)],
    ['strings without an end', 'format', patched(good, good.length - 1, 0x41)],
    ['an unknown kind', 'format', patched(good, 24 + 7, 31)],
    ['kind 0', 'format', patched(good, 24 + 7, 0)],
    ['a type that is cut off', 'bounds', patched(good, 12, 12)],
  ];
  for (const [title, reason, bytes] of refused) {
    it(`refuses ${title}`, () => fails(reason, () => decodeBtf(bytes)));
  }

  it('takes a longer header, as newer formats have', () => {
    const longer = new Uint8Array(good.length + 8);
    longer.set(good.subarray(0, 24));
    longer.set(good.subarray(24), 32);
    longer[4] = 32;
    assert.equal(decodeBtf(longer).type(1).name, 'int');
  });
});

describe('BTF types', () => {
  const types: RawType[] = [
    int('int', 4, true), // 1
    struct('pair', 8, [
      ['a', 1, 0],
      ['b', 1, 32],
    ]), // 2
    typedef('pair_t', 2), // 3
    { kind: KIND.const, size: 3 }, // 4
    { kind: KIND.pointer, size: 4 }, // 5
    array(3, 5), // 6
    { kind: KIND.enum, name: 'color', size: 4, vlen: 2, flag: true, extra: ['RED', -1, 'BLUE', 7] }, // 7
    { kind: KIND.enum64, name: 'big', size: 8, vlen: 1, extra: ['HUGE', 0, 0x80000000] }, // 8
    { kind: KIND.functionProto, size: 1, vlen: 1, extra: ['x', 5] }, // 9
    { kind: KIND.function, name: 'f', size: 9, vlen: 1 }, // 10
    { kind: KIND.variable, name: 'v', size: 2, extra: [1] }, // 11
    { kind: KIND.dataSection, name: '.data', size: 8, vlen: 1, extra: [11, 0, 8] }, // 12
    { kind: KIND.declTag, name: 'tag', size: 2, extra: [-1] }, // 13
    { kind: KIND.forward, name: 'later', flag: true }, // 14
    { kind: KIND.float, name: 'double', size: 8 }, // 15
    { kind: KIND.typeTag, name: 'user', size: 1 }, // 16
    { kind: KIND.struct, name: 'bits', size: 4, flag: true, vlen: 1, extra: ['low', 1, (5 << 24) | 3] }, // 17
    { kind: KIND.int, name: 'char', size: 1, extra: [(3 << 24) | 8] }, // 18
  ];

  for (const bigEndian of [false, true]) {
    it(`are read as they are, ${bigEndian ? 'big' : 'little'}-endian`, () => {
      const btf = decodeBtf(buildBtf(types, { bigEndian }));
      assert.equal(btf.littleEndian, !bigEndian);
      assert.equal(btf.length, types.length + 1);
      const none = { signed: false, char: false, bool: false };
      assert.deepEqual(
        [...btf.types()],
        [
          { kind: 'int', id: 1, name: 'int', size: 4, bits: 32, bitOffset: 0, ...none, signed: true },
          {
            kind: 'struct',
            id: 2,
            name: 'pair',
            size: 8,
            members: [
              { name: 'a', type: 1, bitOffset: 0, bitSize: 0 },
              { name: 'b', type: 1, bitOffset: 32, bitSize: 0 },
            ],
          },
          { kind: 'typedef', id: 3, name: 'pair_t', target: 2 },
          { kind: 'const', id: 4, name: '', target: 3 },
          { kind: 'pointer', id: 5, name: '', target: 4 },
          { kind: 'array', id: 6, name: '', element: 3, index: 3, length: 5 },
          {
            kind: 'enum',
            id: 7,
            name: 'color',
            size: 4,
            signed: true,
            values: [
              { name: 'RED', value: -1 },
              { name: 'BLUE', value: 7 },
            ],
          },
          {
            kind: 'enum64',
            id: 8,
            name: 'big',
            size: 8,
            signed: false,
            values: [{ name: 'HUGE', value: 1n << 63n }],
          },
          { kind: 'functionProto', id: 9, name: '', returns: 1, parameters: [{ name: 'x', type: 5 }] },
          { kind: 'function', id: 10, name: 'f', proto: 9, linkage: 'global' },
          { kind: 'variable', id: 11, name: 'v', type: 2, linkage: 'global' },
          {
            kind: 'dataSection',
            id: 12,
            name: '.data',
            size: 8,
            variables: [{ type: 11, offset: 0, size: 8 }],
          },
          { kind: 'declTag', id: 13, name: 'tag', target: 2, component: -1 },
          { kind: 'forward', id: 14, name: 'later', union: true },
          { kind: 'float', id: 15, name: 'double', size: 8 },
          { kind: 'typeTag', id: 16, name: 'user', target: 1 },
          {
            kind: 'struct',
            id: 17,
            name: 'bits',
            size: 4,
            members: [{ name: 'low', type: 1, bitOffset: 3, bitSize: 5 }],
          },
          {
            kind: 'int',
            id: 18,
            name: 'char',
            size: 1,
            bits: 8,
            bitOffset: 0,
            ...none,
            signed: true,
            char: true,
          },
        ],
      );
    });
  }

  const btf = decodeBtf(buildBtf(types));

  it('are found by name and kind', () => {
    assert.equal(btf.find('pair')?.id, 2);
    assert.equal(btf.find('pair', 'union'), undefined);
    assert.equal(btf.find('nothing'), undefined);
    assert.equal(btf.find(''), undefined);
  });

  it('resolve to what is behind typedefs, qualifiers and variables', () => {
    assert.equal(resolveType(btf, 4).id, 2);
    assert.equal(resolveType(btf, 11).id, 2);
    assert.equal(resolveType(btf, 16).id, 1);
  });

  const sizes: [id: number, size: number][] = [
    [1, 4],
    [2, 8],
    [4, 8],
    [5, 8],
    [6, 40],
    [8, 8],
    [12, 8],
    [15, 8],
  ];
  for (const [id, size] of sizes) {
    it(`type ${id} has ${size} bytes`, () => assert.equal(sizeOf(btf, id), size));
  }
  for (const id of [0, 9, 10, 13, 14]) {
    it(`type ${id} has no size`, () => fails('no-value', () => sizeOf(btf, id)));
  }

  const names: [id: number, name: string][] = [
    [1, 'int'],
    [3, 'pair_t'],
    [4, 'pair_t'],
    [5, 'pair_t *'],
    [6, 'pair_t[5]'],
    [2, 'struct pair'],
    [7, 'enum color'],
    [0, 'void'],
  ];
  for (const [id, name] of names)
    it(`type ${id} is called ${name}`, () => assert.equal(typeName(btf, id), name));

  for (const id of [-1, 19, 1.5, NaN, Infinity]) {
    it(`there is no type ${id}`, () => fails('no-type', () => btf.type(id)));
  }
});

describe('BTF that lies', () => {
  const broken: [title: string, reason: BtfErrorReason, types: RawType[], id: number][] = [
    ['a reference to a type that is not there', 'bounds', [typedef('t', 9)], 1],
    ['an int of 3 bytes', 'format', [int('odd', 3)], 1],
    ['an int with more bits than bytes', 'format', [{ kind: KIND.int, name: 'x', size: 1, extra: [9] }], 1],
    ['an enum of 3 bytes', 'format', [{ kind: KIND.enum, name: 'e', size: 3 }], 1],
    ['a float of 7 bytes', 'format', [{ kind: KIND.float, name: 'f', size: 7 }], 1],
  ];
  for (const [title, reason, types, id] of broken) {
    it(`refuses ${title} when it is read`, () => fails(reason, () => decodeBtf(buildBtf(types)).type(id)));
  }

  it('refuses a name outside of the strings', () => {
    const bytes = buildBtf([int('int', 4)]);
    new DataView(bytes.buffer).setUint32(24, 9999, true);
    fails('bounds', () => decodeBtf(bytes).type(1));
  });

  it('refuses a name without an end', () => {
    fails('limit', () => decodeBtf(buildBtf([int('x'.repeat(2000), 4)])).type(1));
    assert.equal(decodeBtf(buildBtf([int('x'.repeat(500), 4)])).type(1).name.length, 500);
  });

  const endless: [title: string, types: RawType[]][] = [
    ['a typedef of itself', [typedef('t', 1)]],
    ['a ring of typedefs', [typedef('a', 2), { kind: KIND.const, size: 1 }]],
  ];
  for (const [title, types] of endless) {
    it(`does not follow ${title} for ever`, () => {
      const btf = decodeBtf(buildBtf(types));
      fails('cycle', () => resolveType(btf, 1));
      fails('cycle', () => sizeOf(btf, 1));
      assert.equal(typeof typeName(btf, 1), 'string');
    });
  }

  it('does not follow an array of itself for ever', () => {
    fails('cycle', () => sizeOf(decodeBtf(buildBtf([array(1, 2)])), 1));
  });

  it('refuses arrays larger than memory', () => {
    const btf = decodeBtf(buildBtf([int('int', 4), array(1, 0xffffffff), array(2, 0xffffffff)]));
    fails('limit', () => sizeOf(btf, 2));
    fails('limit', () => sizeOf(btf, 3));
  });
});

describe('split BTF', () => {
  const baseBytes = buildBtf([int('int', 4, true)]);
  const base = decodeBtf(baseBytes);
  // The strings of a split blob go on where those of the base end.
  const split = decodeBtf(buildBtf([typedef('mine', 1)], { firstString: '\0int\0'.length }), base);

  it('goes on with the ids of its base', () => {
    assert.equal(split.firstId, 2);
    assert.equal(split.length, 3);
    assert.deepEqual(split.type(2), { kind: 'typedef', id: 2, name: 'mine', target: 1 });
    assert.equal(split.type(1), base.type(1));
  });

  it('finds names of both', () => {
    assert.equal(split.find('mine')?.id, 2);
    assert.equal(split.find('int')?.id, 1);
  });

  it('refuses a base of another byte order', () => {
    fails('format', () => decodeBtf(buildBtf([], { bigEndian: true }), base));
  });
});
