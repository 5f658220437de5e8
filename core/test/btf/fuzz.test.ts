import assert from 'node:assert/strict';
import fc from 'fast-check';
import { codecOf } from '../../src/btf/codec.js';
import { decodeBtf, type Btf } from '../../src/btf/decode.js';
import { extractSection } from '../../src/btf/elf.js';
import { BtfError } from '../../src/btf/error.js';
import { resolveType, sizeOf, typeName } from '../../src/btf/layout.js';
import { viewValue } from '../../src/maps/view.js';
import { KIND, array, bool, buildBtf, int, struct, typedef } from './buildBtf.js';
import { wireBtf } from '../../src/wire/wire.generated.js';

/** One of everything, small: a mutation is likely to hit something that matters. */
const small = buildBtf([
  int('int', 4, true),
  int('unsigned char', 1),
  int('char', 1, true),
  bool,
  array(2, 16),
  array(3, 8),
  struct('inner', 8, [
    ['a', 1, 0],
    ['b', 1, 32],
  ]),
  struct(
    '',
    4,
    [
      ['x', 1, 0],
      ['y', 1, 0],
    ],
    KIND.union,
  ),
  struct('outer', 48, [
    ['i', 7, 0],
    ['', 8, 64],
    ['name', 6, 96],
    ['bytes', 5, 160],
    ['on', 4, 288],
  ]),
  typedef('outer_t', 9),
  array(10, 4),
  {
    kind: KIND.struct,
    name: 'bits',
    size: 4,
    flag: true,
    vlen: 2,
    extra: ['p', 1, 3 << 24, 'q', 1, (9 << 24) | 3],
  },
  { kind: KIND.enum, name: 'e', size: 4, vlen: 2, extra: ['A', 1, 'B', 2] },
  { kind: KIND.enum64, name: 'f', size: 8, vlen: 1, extra: ['C', 1, 2] },
  { kind: KIND.pointer, size: 9 },
  { kind: KIND.variable, name: 'v', size: 9, extra: [1] },
  { kind: KIND.dataSection, name: '.data', size: 48, vlen: 1, extra: [16, 0, 48] },
  { kind: KIND.functionProto, size: 1, vlen: 1, extra: ['arg', 15] },
  { kind: KIND.function, name: 'fn', size: 18, vlen: 1 },
]);
/** The project's own: large and real. */
const real = Uint8Array.from(Buffer.from(wireBtf, 'base64'));

/** Uses everything there is; a BtfError anywhere is fine, anything else is not. */
function exercise(bytes: Uint8Array): void {
  const btf = attempt(() => decodeBtf(bytes));
  if (btf === undefined) return;
  attempt(() => btf.find('outer'));
  for (let id = 0; id < btf.length; id++) useType(btf, id);
}

function useType(btf: Btf, id: number): void {
  attempt(() => btf.type(id));
  attempt(() => resolveType(btf, id));
  attempt(() => sizeOf(btf, id));
  attempt(() => typeName(btf, id));
  const codec = attempt(() => codecOf(btf, id));
  if (codec === undefined || codec.size > 1 << 16) return;
  const bytes = new Uint8Array(codec.size).map((_, i) => i * 37);
  const value = attempt(() => codec.decode(bytes));
  if (value !== undefined) attempt(() => codec.encode(value));
  attempt(() => JSON.stringify(viewValue(btf, id, bytes)));
}

function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (error instanceof BtfError) return undefined;
    throw error;
  }
}

const mutations = fc.array(
  fc.record({
    at: fc.nat(),
    value: fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.integer({ min: 0, max: 255 })),
    length: fc.integer({ min: 1, max: 4 }),
  }),
  { minLength: 1, maxLength: 12 },
);

function mutate(
  bytes: Uint8Array,
  changes: readonly { at: number; value: number; length: number }[],
): Uint8Array {
  const copy = bytes.slice();
  for (const { at, value, length } of changes) {
    const start = at % copy.length;
    copy.fill(value, start, start + length);
  }
  return copy;
}

function bounded(act: () => void, milliseconds: number): void {
  const start = process.hrtime.bigint();
  act();
  const took = Number(process.hrtime.bigint() - start) / 1e6;
  assert.ok(took < milliseconds, `took ${took} ms`);
}

describe('BTF from anywhere', function () {
  this.timeout(120_000);

  it('is harmless when some bytes of a small one are changed', () => {
    fc.assert(
      fc.property(mutations, (changes) => bounded(() => exercise(mutate(small, changes)), 2000)),
      { numRuns: 3000 },
    );
  });

  it('is harmless when some bytes of the datapath’s are changed', () => {
    fc.assert(
      fc.property(mutations, (changes) => bounded(() => exercise(mutate(real, changes)), 2000)),
      { numRuns: 40 },
    );
  });

  it('is harmless when it is cut anywhere', () => {
    for (let length = 0; length <= small.length; length++) exercise(small.subarray(0, length));
  });

  it('is harmless when it is noise behind a good header', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 600 }), (noise) => {
        const bytes = new Uint8Array(24 + noise.length + 1);
        bytes.set(small.subarray(0, 8));
        bytes.set(noise, 24);
        new DataView(bytes.buffer).setUint32(12, noise.length, true);
        new DataView(bytes.buffer).setUint32(16, 0, true);
        new DataView(bytes.buffer).setUint32(20, noise.length + 1, true);
        bounded(() => exercise(bytes), 2000);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('ELF from anywhere', () => {
  const elf = ((): Uint8Array => {
    const bytes = new Uint8Array(64 + 3 * 64 + 32);
    const view = new DataView(bytes.buffer);
    bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
    view.setBigUint64(0x28, 64n, true);
    view.setUint16(0x3a, 64, true);
    view.setUint16(0x3c, 3, true);
    view.setUint16(0x3e, 2, true);
    // Section 1: .BTF, 4 bytes behind the names; section 2: the names.
    const names = '\0.BTF\0.names\0';
    const at = 64 + 3 * 64;
    bytes.set(new TextEncoder().encode(names), at);
    bytes.set([1, 2, 3, 4], at + 16);
    const section = (i: number, name: number, offset: number, size: number): void => {
      view.setUint32(64 + 64 * i, name, true);
      view.setUint32(64 + 64 * i + 4, 1, true);
      view.setBigUint64(64 + 64 * i + 0x18, BigInt(offset), true);
      view.setBigUint64(64 + 64 * i + 0x20, BigInt(size), true);
    };
    section(1, 1, at + 16, 4);
    section(2, 6, at, names.length);
    return bytes;
  })();

  it('gives the section', () => {
    assert.deepEqual(extractSection(elf, '.BTF'), Uint8Array.of(1, 2, 3, 4));
    assert.equal(extractSection(elf, '.BT'), undefined);
    assert.equal(extractSection(elf, '.nothing'), undefined);
  });

  it('is harmless when changed or cut', () => {
    for (let length = 0; length <= elf.length; length++)
      attempt(() => extractSection(elf.subarray(0, length), '.BTF'));
    fc.assert(
      fc.property(mutations, (changes) => {
        attempt(() => extractSection(mutate(elf, changes), '.BTF'));
      }),
      { numRuns: 5000 },
    );
  });

  it('refuses what is no ELF64', () => {
    assert.throws(() => extractSection(new Uint8Array(64), '.BTF'), BtfError);
    const narrow = elf.slice();
    narrow[4] = 1;
    assert.throws(() => extractSection(narrow, '.BTF'), /not a 64-bit ELF/);
  });
});
