import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeValue, encodeValue } from '../../src/btf/codec.js';
import type { BtfValue } from '../../src/btf/value.js';
import { decodeBtf } from '../../src/btf/decode.js';
import { KIND, array, bool, buildBtf, int, struct, type RawType } from './buildBtf.js';

/** Random structs with random values: what is encoded comes back. */
describe('BTF values of random types', () => {
  interface Made {
    readonly types: RawType[];
    readonly id: number;
    readonly size: number;
    readonly value: fc.Arbitrary<BtfValue>;
  }
  type Maker = (first: number) => Made;

  const integer = (size: 1 | 2 | 4, signed: boolean): Maker => {
    const top = 2 ** (size * 8);
    const [min, max] = signed ? [-top / 2, top / 2 - 1] : [0, top - 1];
    return (id) => ({ types: [int('i', size, signed)], id, size, value: fc.integer({ min, max }) });
  };
  const leaf = fc.oneof(
    fc.constantFrom(
      integer(1, false),
      integer(1, true),
      integer(2, false),
      integer(2, true),
      integer(4, false),
      integer(4, true),
    ),
    fc.constant<Maker>((id) => ({
      types: [int('l', 8)],
      id,
      size: 8,
      value: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    })),
    fc.constant<Maker>((id) => ({ types: [bool], id, size: 1, value: fc.boolean() })),
    fc.integer({ min: 1, max: 12 }).map<Maker>((n) => (id) => ({
      types: [int('char', 1, true), array(id, n)],
      id: id + 1,
      size: n,
      value: fc.string({ unit: fc.constantFrom('a', 'Z', '.', '~'), maxLength: n }),
    })),
    fc.integer({ min: 1, max: 12 }).map<Maker>((n) => (id) => ({
      types: [int('unsigned char', 1), array(id, n)],
      id: id + 1,
      size: n,
      value: fc.uint8Array({ minLength: n, maxLength: n }),
    })),
  );
  const maker: fc.Arbitrary<Maker> = fc.letrec<{ any: Maker; leaf: Maker; struct: Maker; array: Maker }>(
    (tie) => ({
      leaf,
      any: fc.oneof({ depthSize: 'small' }, tie('leaf'), tie('struct'), tie('array')),
      struct: fc.array(tie('any'), { minLength: 1, maxLength: 5 }).map((makers) => (first) => {
        const types: RawType[] = [];
        const members: [string, number, number][] = [];
        const values: Record<string, fc.Arbitrary<BtfValue>> = {};
        let size = 0;
        makers.forEach((make, i) => {
          const made = make(first + types.length);
          types.push(...made.types);
          // Unaligned places are allowed (packed structs), so none is rounded.
          members.push([`f${i}`, made.id, size * 8]);
          values[`f${i}`] = made.value;
          size += made.size;
        });
        types.push(struct('s', size, members));
        return {
          types,
          id: first + types.length - 1,
          size,
          value: fc.record(values, { noNullPrototype: true }),
        };
      }),
      array: fc.tuple(tie('any'), fc.integer({ min: 1, max: 3 })).map(([make, n]) => (first) => {
        const made = make(first);
        const types = [
          ...made.types,
          { kind: KIND.typedef, name: 't', size: made.id },
          array(first + made.types.length, n),
        ];
        return {
          types,
          id: first + types.length - 1,
          size: made.size * n,
          value: arrayIsBytes(made)
            ? fc.uint8Array({ minLength: n, maxLength: n })
            : fc.array(made.value, { minLength: n, maxLength: n }),
        };
      }),
    }),
  ).any;
  const arrayIsBytes = (made: Made): boolean => {
    const last = made.types.at(-1);
    return last?.kind === KIND.int && last.size === 1 && last.extra?.[0] === 8;
  };

  for (const bigEndian of [false, true]) {
    it(`survive, ${bigEndian ? 'big' : 'little'}-endian`, () => {
      const sample = maker.chain((make) => {
        const made = make(1);
        return fc.tuple(fc.constant(made), made.value);
      });
      fc.assert(
        fc.property(sample, ([made, value]) => {
          const random = decodeBtf(buildBtf(made.types, { bigEndian }));
          const bytes = encodeValue(random, made.id, value);
          assert.equal(bytes.length, made.size);
          assert.deepEqual(decodeValue(random, made.id, bytes), value);
        }),
        { numRuns: 300 },
      );
    });
  }
});
