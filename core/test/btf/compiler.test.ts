import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codecOf } from '../../src/btf/codec.js';
import { decodeBtf } from '../../src/btf/decode.js';
import { extractSection } from '../../src/btf/elf.js';

/** The compiler lays the same value out: it knows padding, bitfields and byte order. */
const SOURCE = `
enum color { RED = 1, GREEN = 2 };
enum huge { HUGE = 0x123456789abcdefULL };
struct inner { unsigned short x; signed char y; };
struct value {
	unsigned char tiny;
	long long wide;
	char name[10];
	unsigned char mac[6];
	_Bool on;
	enum color color;
	enum huge huge;
	unsigned int a : 3, b : 11;
	int c : 5;
	unsigned long long d : 41;
	signed long long e : 20;
	_Bool f : 1;
	struct inner pair[2];
	union { unsigned int word; unsigned short half[2]; };
	struct { short deep; union { int left; struct { char l, r; }; }; };
	int (*call)(void);
	unsigned __int128 vast;
} value = {
	.tiny = 200, .wide = -5, .name = "on\\303\\251hop", .mac = { 2, 0, 0, 0, 0, 9 }, .on = 1, .color = GREEN,
	.huge = HUGE, .a = 5, .b = 1025, .c = -16, .d = 0x1abcdef0123ULL, .e = -77, .f = 1,
	.pair = { { 1, -1 }, { 65535, -128 } }, .word = 0x01020304, .deep = -2, .l = 3, .r = 4,
	.vast = ((unsigned __int128)1 << 100) + 3,
};
`;

describe('values that clang laid out', () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'core-btf-'));
    writeFileSync(join(directory, 'value.c'), SOURCE);
  });
  after(() => rmSync(directory, { recursive: true }));

  for (const target of ['bpfel', 'bpfeb']) {
    it(`are read and written the same, ${target}`, () => {
      const object = join(directory, `${target}.o`);
      execFileSync('clang', ['-O2', '-g', '-target', target, '-c', join(directory, 'value.c'), '-o', object]);
      const elf = readFileSync(object);
      const btfBytes = extractSection(elf, '.BTF');
      const data = extractSection(elf, '.data');
      assert.ok(btfBytes !== undefined && data !== undefined);
      const btf = decodeBtf(btfBytes);
      const type = btf.find('value', 'struct');
      assert.ok(type?.kind === 'struct');
      const codec = codecOf(btf, type.id);
      const little = target === 'bpfel';
      const value = codec.decode(data);
      const leftBytes = little ? 0x0403 : 0x03040000;
      assert.deepEqual(value, {
        tiny: 200,
        wide: -5n,
        name: 'onéhop',
        mac: Uint8Array.of(2, 0, 0, 0, 0, 9),
        on: true,
        color: 2,
        huge: 0x123456789abcdefn,
        a: 5,
        b: 1025,
        c: -16,
        d: 0x1abcdef0123n,
        e: -77n,
        f: true,
        pair: [
          { x: 1, y: -1 },
          { x: 65535, y: -128 },
        ],
        word: 0x01020304,
        half: little ? [0x0304, 0x0102] : [0x0102, 0x0304],
        deep: -2,
        left: leftBytes,
        l: 3,
        r: 4,
        call: 0n,
        vast: (1n << 100n) + 3n,
      });
      assert.deepEqual(codec.encode(value), new Uint8Array(data.subarray(0, codec.size)));
    });
  }
});
