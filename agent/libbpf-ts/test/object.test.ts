import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { BtfValue } from '@onehop/core/btf/value.js';
import { BpfError, VerifierError } from '../src/errors.js';
import { BpfMap } from '../src/map.js';
import { BpfObject, type ObjectOptions } from '../src/object.js';
import { lastUsefulLine, verifierFailure } from '../src/verifierLog.js';
import { bpftool, compile, scratch } from './fixture.js';

const directory = scratch();
let programs: string;
let maps: string;
let refused: string;
before(() => {
  programs = compile('programs', directory.path);
  maps = compile('maps', directory.path);
  refused = compile('refused', directory.path);
});
after(() => directory.remove());

function usage(act: () => unknown, message: RegExp): void {
  assert.throws(act, (error) => {
    assert.ok(error instanceof BpfError, String(error));
    assert.equal(error.reason, 'usage');
    assert.match(error.message, message);
    return true;
  });
}

describe('an object', () => {
  it('is opened without touching the kernel', () => {
    using object = BpfObject.open(maps);
    assert.equal(object.maps.size, 0);
    assert.equal(object.programs.size, 0);
    const hash = object.mapSpecs.find((spec) => spec.name === 'hash');
    assert.deepEqual([hash?.type, hash?.keySize, hash?.valueSize, hash?.maxEntries], ['hash', 8, 56, 1000]);
    assert.equal(object.btf.find('key', 'struct')?.id, hash?.keyType);
    usage(() => object.map('hash'), /there is none before load\(\)/);
  });

  it('loads its maps and programs, and gives them back', () => {
    const object = BpfObject.open(maps).load();
    const { id } = object.map('hash').info();
    const map = object.map('hash');
    const program = object.program('push');
    object.close();
    assert.equal(object.closed, true);
    assert.throws(() => map.info(), /map hash: it is closed/);
    assert.throws(() => program.info(), /program push: it is closed/);
    assert.throws(() => object.map('hash'), /object .*maps\.bpf\.o: it is closed/);
    assert.throws(() => object.load(), /it is closed/);
    object.close();
    const ids = (bpftool('map', 'show') as { id: number }[]).map((entry) => entry.id);
    assert.ok(!ids.includes(id), 'the map is gone from the kernel');
  });

  it('is opened from bytes', () => {
    using object = BpfObject.open(readFileSync(maps), { name: 'mine' }).load();
    assert.ok(object.maps.has('hash'));
  });

  it('loads once', () => {
    using object = BpfObject.open(maps).load();
    usage(() => object.load(), /it is loaded already/);
  });

  it('names what there is when a name is wrong', () => {
    using object = BpfObject.open(refused, { autoload: ['good'] }).load();
    usage(() => object.map('count'), /find map count .*there are: counts/);
    usage(() => object.program('bad'), /there are: good/);
  });

  it('a map outlives it as a clone', () => {
    const object = BpfObject.open(maps).load();
    using array = object.map<number, bigint>('array').clone();
    object.close();
    array.set(1, 5n);
    assert.equal(array.get(1), 5n);
  });

  it('that is not there or no object is said so', () => {
    assert.throws(
      () => BpfObject.open(`${directory.path}/none.bpf.o`),
      (error) => error instanceof BpfError && error.code === 'ENOENT' && /none\.bpf\.o/.test(error.message),
    );
    assert.throws(
      () => BpfObject.open(new Uint8Array(100)),
      (error) => error instanceof BpfError && error.code === 'LIBBPF_FORMAT' && error.log !== '',
    );
  });
});

describe('const volatile globals', () => {
  const rodata = (values: Readonly<Record<string, BtfValue>>): unknown => {
    using object = BpfObject.open(programs, { rodata: values, autoload: ['ops'] }).load();
    return object.map('.rodata').get(0);
  };
  const defaults = {
    limit: 7,
    watched: 0,
    watched_call: 0,
    cookie_of_interest: 0n,
    enabled: false,
    greeting: 'hello',
    shape: { a: 0, b: [0, 0] },
  };

  it('keep what the source says', () => assert.deepEqual(rodata({}), defaults));

  it('are set before load, by name and type', () => {
    const values = {
      limit: 9,
      watched: 1,
      watched_call: 95,
      cookie_of_interest: 1n << 63n,
      enabled: true,
      greeting: 'hi',
      shape: { a: 1, b: [2, 3] },
    };
    assert.deepEqual(rodata(values), values);
  });

  it('are set one by one', () => assert.deepEqual(rodata({ enabled: true }), { ...defaults, enabled: true }));

  it('are named when one is not there', () => {
    usage(() => rodata({ limits: 1 }), /const volatile global limits .*there are: .*limit/);
    usage(() => rodata({ connects: 1n }), /const volatile global connects/);
  });

  it('must fit', () =>
    assert.throws(() => rodata({ limit: -1 }), /limit: expected an integer from 0 to 4294967295, got -1/));

  it('are what programs see', () => {
    using object = BpfObject.open(programs, { rodata: { enabled: true }, autoload: ['classify'] }).load();
    const packet = new Uint8Array(64);
    packet[0] = 0xaa;
    assert.equal(object.program('classify').testRun({ dataIn: packet }).returnValue, 2);
  });

  it('other globals are read and written while programs run', () => {
    using object = BpfObject.open(programs, { autoload: ['ops'] }).load();
    assert.deepEqual(object.map('.data').get(0), { level: 5 });
    const bss = object.map<number, { connects: bigint }>('.bss');
    bss.set(0, { connects: 3n });
    assert.equal(bss.get(0)?.connects, 3n);
  });
});

describe('options of an object', () => {
  const open = (path: string, options: ObjectOptions): BpfObject => BpfObject.open(path, options).load();

  it('mapSizes', () => {
    using object = open(maps, { mapSizes: { hash: 5, ring: 1 << 17 } });
    assert.equal(object.map('hash').maxEntries, 5);
    assert.equal(object.map('ring').maxEntries, 1 << 17);
    usage(() => open(maps, { mapSizes: { hsah: 5 } }), /find map hsah .*there are: .*hash/);
  });

  it('mapReplace', () => {
    using first = open(maps, {});
    const array = first.map<number, bigint>('array');
    using second = open(maps, { mapReplace: { array } });
    array.set(3, 33n);
    assert.equal(second.map<number, bigint>('array').get(3), 33n);
    assert.equal(second.map('array').info().id, array.info().id);
    using wrong = BpfMap.create({ type: 'array', keySize: 4, valueSize: 4, maxEntries: 8 });
    usage(() => open(maps, { mapReplace: { array: wrong } }), /its valueSize is 4, not 8/);
  });

  it('autoload', () => {
    using object = open(refused, { autoload: ['good'] });
    assert.deepEqual([...object.programs.keys()], ['good']);
    usage(
      () => open(refused, { autoload: ['goood'] }),
      /find program goood .*there are: good, missing_null_check, wild_pointer/,
    );
  });

  it('logLevel', () => {
    using object = open(refused, { autoload: ['good'], logLevel: 1 });
    assert.match(object.log, /prog 'good': -- BEGIN PROG LOAD LOG --[^]*processed \d+ insns/);
    using quiet = open(refused, { autoload: ['good'] });
    assert.equal(quiet.log, '');
  });
});

describe('a program that the verifier refuses', () => {
  const load = (program: string): VerifierError => {
    try {
      BpfObject.open(refused, { autoload: [program] }).load();
    } catch (error) {
      assert.ok(error instanceof VerifierError, String(error));
      return error;
    }
    return assert.fail('it was loaded');
  };

  it('is named, with the line that matters and the whole log', () => {
    const error = load('missing_null_check');
    assert.equal(error.program, 'missing_null_check');
    assert.match(error.lastLine, /invalid mem access 'map_value_or_null'/);
    assert.match(error.log, /bpf_map_lookup_elem/);
    assert.match(error.log, /processed \d+ insns/);
    assert.equal(error.code, 'EACCES');
    assert.equal(error.reason, 'verifier');
    assert.match(
      error.message,
      /cannot load object .*refused\.bpf\.o: EACCES: program missing_null_check: R\d invalid mem access/,
    );
  });

  it('has a log of its own', () => {
    assert.match(load('wild_pointer').lastLine, /invalid mem access 'scalar'/);
    assert.doesNotMatch(load('wild_pointer').log, /map_value_or_null/);
  });

  it('leaves nothing of its object behind', () => {
    const ours = (): number =>
      (bpftool('map', 'show') as { name?: string }[]).filter((map) => map.name === 'counts').length;
    const before = ours();
    load('wild_pointer');
    assert.equal(ours(), before);
  });

  it('does not print megabytes when the error is printed', () => {
    assert.ok(!Object.keys(load('wild_pointer')).includes('log'));
  });
});

describe('the last useful line of a verifier log', () => {
  const cases: [log: string, line: string][] = [
    ['0: (b7) r0 = 0\nR0 !read_ok\nprocessed 1 insns (limit 1000000)\n', 'R0 !read_ok'],
    ['invalid access\nverification time 12 usec\nstack depth 0\nprocessed 9 insns\n\n', 'invalid access'],
    [
      'BPF program is too large. Processed 1000001 insn\nprocessed 1000001 insns',
      'BPF program is too large. Processed 1000001 insn',
    ],
    ['', 'the verifier said nothing'],
  ];
  for (const [log, line] of cases) it(line, () => assert.equal(lastUsefulLine(log), line));

  it('is not looked for in other failures', () => {
    assert.equal(verifierFailure('load', 1, "libbpf: map 'x': failed to create: EPERM\n"), undefined);
  });
});
