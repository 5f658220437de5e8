import assert from 'node:assert/strict';
import { encodeValue } from '../../src/btf/codec.js';
import type { BtfValue } from '../../src/btf/value.js';
import { decodeBtf } from '../../src/btf/decode.js';
import { diffEntries } from '../../src/maps/diff.js';
import { viewEntry } from '../../src/maps/entry.js';
import { Viewer, viewBytes, viewValue } from '../../src/maps/view.js';
import type { JsonValue } from '../../src/resources/model.js';
import { KIND, array, bool, buildBtf, int, struct, typedef, type RawType } from '../btf/buildBtf.js';

const types: RawType[] = [
  int('unsigned char', 1), // 1
  int('char', 1, true), // 2
  int('unsigned short', 2), // 3
  int('unsigned int', 4), // 4
  int('unsigned long long', 8), // 5
  bool, // 6
  array(1, 16), // 7
  struct('', 16, [['b', 7, 0]]), // 8
  typedef('oh_ip', 8), // 9
  typedef('oh_port', 3), // 10
  typedef('__be16', 3), // 11
  typedef('__be32', 4), // 12
  { kind: KIND.enum, name: 'color', size: 4, vlen: 3, extra: ['RED', 1, 'BLUE', 2, 'ALSO_RED', 1] }, // 13
  array(2, 8), // 14
  { kind: KIND.const, size: 9 }, // 15
  struct(
    '',
    4,
    [
      ['left', 4, 0],
      ['right', 13, 0],
    ],
    KIND.union,
  ), // 16
  struct('entry', 48, [
    ['ip', 15, 0],
    ['port', 10, 128],
    ['peer_port', 11, 144],
    ['peer', 12, 160],
    ['', 16, 192],
    ['name', 14, 224],
    ['path', 1, 288],
    ['on', 6, 296],
    ['cookie', 5, 320],
  ]), // 17
  array(9, 2), // 18
  { kind: KIND.pointer, size: 17 }, // 19
  { kind: KIND.float, name: 'double', size: 8 }, // 20
  { kind: KIND.enum64, name: 'wide', size: 8, vlen: 1, extra: ['WIDE', 0, 1] }, // 21
  { kind: KIND.variable, name: 'knob', size: 13, extra: [1] }, // 22
  { kind: KIND.dataSection, name: '.data', size: 4, vlen: 1, extra: [22, 0, 4] }, // 23
  array(1, 4), // 24
  struct('constructor', 4, [['toString', 4, 0]]), // 25
];
const btf = decodeBtf(buildBtf(types));
const four = (a: number, b: number, c: number, d: number): Uint8Array =>
  Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d);
const ulaOne = Uint8Array.of(0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);

describe('views of values', () => {
  const cases: [title: string, type: number, value: BtfValue, view: JsonValue][] = [
    ['an IPv4 address', 9, { b: four(198, 18, 1, 10) }, '198.18.1.10'],
    ['an IPv6 address', 9, { b: ulaOne }, 'fd00::1'],
    ['any address', 9, { b: new Uint8Array(16) }, '::'],
    ['an address behind const', 15, { b: four(10, 0, 0, 1) }, '10.0.0.1'],
    ['an array of addresses', 18, [{ b: four(1, 2, 3, 4) }, { b: ulaOne }], ['1.2.3.4', 'fd00::1']],
    ['a port in host order', 10, 9080, 9080],
    ['a port in network order', 11, 0x7823, 0x2378],
    ['an address of 32 bits in network order', 12, 0x0a0112c6, '198.18.1.10'],
    ['a number of 64 bits', 5, 2n ** 63n, '9223372036854775808'],
    ['a number of 32 bits', 4, 4294967295, 4294967295],
    ['an enum', 13, 2, 'BLUE'],
    ['an enum with two names', 13, 1, 'RED'],
    ['an enum without a name', 13, 9, 9],
    ['an enum of 64 bits', 21, 1n << 32n, 'WIDE'],
    ['an enum of 64 bits without a name', 21, 5n, '5'],
    ['text', 14, 'reviews', 'reviews'],
    ['bytes', 24, Uint8Array.of(0, 10, 255, 1), '00 0a ff 01'],
    ['a truth', 6, true, true],
    ['a pointer', 19, 0xffff8880n, '0xffff8880'],
    ['a fraction', 20, 0.5, 0.5],
    ['what JSON has no number for', 20, Infinity, 'Infinity'],
    ['a section', 23, { knob: 2 }, { knob: 'BLUE' }],
    ['names of Object.prototype', 25, { toString: 3 }, { toString: 3 }],
    [
      'a struct, in the order of its fields',
      17,
      {
        ip: { b: four(1, 1, 1, 1) },
        port: 80,
        peer_port: 0x5000,
        peer: 1,
        right: 2,
        name: 'n',
        path: 2,
        on: true,
        cookie: 7n,
      },
      {
        ip: '1.1.1.1',
        port: 80,
        peer_port: 80,
        peer: '1.0.0.0',
        left: 2,
        right: 'BLUE',
        name: 'n',
        path: 2,
        on: true,
        cookie: '7',
      },
    ],
  ];
  for (const [title, type, value, view] of cases) {
    it(`show ${title}`, () => {
      const shown = viewValue(btf, type, encodeValue(btf, type, value));
      assert.deepEqual(shown, view);
      assert.equal(JSON.stringify(shown), JSON.stringify(view));
    });
  }

  it('show fields and typedefs as the caller says', () => {
    const viewer = new Viewer(btf, {
      fields: {
        'entry.path': (value) => ['none', 'direct', 'kernel'][Number(value)] ?? null,
        cookie: (value) => `c${value}`,
      },
      typedefs: { oh_port: (value) => `port ${value}` },
    });
    const bytes = encodeValue(btf, 17, { path: 2, port: 80, cookie: 5n });
    const shown = viewer.view(17, bytes) as { [field: string]: JsonValue };
    assert.deepEqual(
      [shown['path'], shown['port'], shown['cookie'], shown['ip']],
      ['kernel', 'port 80', 'c5', '::'],
    );
  });
});

describe('views of entries', () => {
  const viewer = new Viewer(btf);
  const shape = { type: 'hash', valueSize: 4, keyType: 10, valueType: 13 };
  const cases: [
    title: string,
    shape: typeof shape,
    key: number[] | undefined,
    value: number[] | undefined,
    view: [JsonValue, JsonValue],
  ][] = [
    ['by their types', shape, [80, 0], [2, 0, 0, 0], [80, 'BLUE']],
    [
      'with a value for each CPU',
      { ...shape, type: 'percpu_hash' },
      [80, 0],
      [1, 0, 0, 0, 0xee, 0xee, 0xee, 0xee, 2, 0, 0, 0, 0, 0, 0, 0],
      [80, ['RED', 'BLUE']],
    ],
    ['without a key', { ...shape, type: 'stack', keyType: 0 }, undefined, [1, 0, 0, 0], [null, 'RED']],
    ['with the id of an inner map', { ...shape, type: 'hash_of_maps' }, [80, 0], [7, 0, 0, 0], [80, 7]],
    [
      'with the cookie of a socket',
      { ...shape, type: 'sockhash' },
      [80, 0],
      [7, 0, 0, 0, 1, 0, 0, 0],
      [80, '4294967303'],
    ],
    ['whose value the kernel keeps', { ...shape, type: 'sockmap' }, [80, 0], undefined, [80, null]],
    ['without types', { ...shape, keyType: 0, valueType: 0 }, [1, 2, 3], [9, 0, 0, 0], ['01 02 03', 9]],
  ];
  for (const [title, given, key, value, view] of cases) {
    it(`are shown ${title}`, () => {
      const bytes = (list: number[] | undefined): Uint8Array | undefined => list && Uint8Array.from(list);
      assert.deepEqual(viewEntry(viewer, given, bytes(key), bytes(value)), { key: view[0], value: view[1] });
    });
  }

  it('bytes are hex pairs', () => assert.equal(viewBytes(Uint8Array.of(0, 171)), '00 ab'));
});

describe('the difference of two snapshots', () => {
  const entry = (key: JsonValue, value: JsonValue): { key: JsonValue; value: JsonValue } => ({ key, value });

  it('is by key', () => {
    const before = [entry({ id: 1 }, 'a'), entry({ id: 2 }, { n: '1' }), entry({ id: 3 }, [1, 2])];
    const after = [entry({ id: 4 }, 'new'), entry({ id: 3 }, [1, 2]), entry({ id: 2 }, { n: '2' })];
    assert.deepEqual(diffEntries(before, after), {
      added: [entry({ id: 4 }, 'new')],
      changed: [{ key: { id: 2 }, before: { n: '1' }, after: { n: '2' } }],
      removed: [entry({ id: 1 }, 'a')],
    });
  });

  it('is empty for equal ones', () => {
    const snapshot = [entry(1, 'a'), entry(2, 'b')];
    assert.deepEqual(diffEntries(snapshot, [...snapshot].reverse()), { added: [], changed: [], removed: [] });
  });
});
