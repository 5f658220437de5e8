import assert from 'node:assert/strict';
import { BpfError, errnoName } from '../src/errors.js';
import { ATTACH_TYPES, LINK_TYPES, MAP_TYPES, PROGRAM_TYPES, nameOf } from '../src/kernelTypes.js';
import { native } from '../src/native.js';
import {
  kernelBtf,
  libbpfVersion,
  listIds,
  possibleCpus,
  probeHelper,
  probeMapType,
  probeProgramType,
} from '../src/probe.js';
import { bpftool } from './fixture.js';

describe('names of kernel enums', () => {
  const enums: [name: string, prefix: string, names: readonly string[]][] = [
    ['bpf_map_type', 'BPF_MAP_TYPE_', MAP_TYPES],
    ['bpf_prog_type', 'BPF_PROG_TYPE_', PROGRAM_TYPES],
    ['bpf_attach_type', 'BPF_', ATTACH_TYPES],
    ['bpf_link_type', 'BPF_LINK_TYPE_', LINK_TYPES],
  ];
  for (const [name, prefix, names] of enums) {
    it(`${name}: each number is the running kernel's`, () => {
      const type = kernelBtf().find(name, 'enum');
      assert.ok(type?.kind === 'enum');
      const numbers = new Map(type.values.map((value) => [value.name, value.value]));
      const known = names.filter((entry) => numbers.has(`${prefix}${entry.toUpperCase()}`));
      assert.ok(known.length > 10);
      for (const entry of known)
        assert.equal(numbers.get(`${prefix}${entry.toUpperCase()}`), names.indexOf(entry), entry);
      const unknown = [...numbers].filter(
        ([entry]) => !entry.startsWith('__') && !entry.endsWith('_DEPRECATED'),
      );
      const newest = Math.max(...unknown.map(([, number]) => number));
      assert.ok(
        newest < names.length,
        `this kernel has number ${newest}, the list ends at ${names.length - 1}`,
      );
    });
  }

  it('say the number of what they do not know', () => assert.equal(nameOf(MAP_TYPES, 99), 'type 99'));
});

describe('probes', () => {
  it('program types', () => {
    assert.equal(probeProgramType('sk_msg'), true);
    assert.equal(probeProgramType('cgroup_sock_addr'), true);
  });
  it('map types', () => {
    assert.equal(probeMapType('sockhash'), true);
    assert.equal(probeMapType('ringbuf'), true);
  });
  it('helpers, by name and number', () => {
    assert.equal(probeHelper('sk_msg', 'bpf_msg_redirect_hash'), true);
    assert.equal(probeHelper('sk_msg', 71), true);
    assert.equal(probeHelper('sk_msg', 'bpf_xdp_adjust_head'), false);
    assert.equal(probeHelper('sk_msg', 'bpf_no_such_helper'), false);
    assert.equal(probeHelper('cgroup_sock_addr', 'bpf_bind'), true);
    assert.equal(probeHelper('cgroup_sock_addr', 'bpf_msg_redirect_hash'), false);
  });
  it('version and CPUs', () => {
    assert.match(libbpfVersion(), /^1\.\d+$/);
    assert.ok(possibleCpus() >= 1);
  });
  it('ids are those that bpftool shows', () => {
    const shown = (kind: string): number[] => (bpftool(kind, 'show') as { id: number }[]).map(({ id }) => id);
    // Others may load something in between: what is there before and after must be listed.
    const before = shown('prog');
    const listed = [...listIds('program')];
    const after = new Set(shown('prog'));
    for (const id of before.filter((entry) => after.has(entry))) assert.ok(listed.includes(id));
    assert.deepEqual(
      listed,
      [...listed].sort((a, b) => a - b),
    );
  });
});

describe('errors', () => {
  const names: [errno: number, name: string][] = [
    [1, 'EPERM'],
    [2, 'ENOENT'],
    [7, 'E2BIG'],
    [11, 'EAGAIN'],
    [95, 'EOPNOTSUPP'],
    [524, 'ENOTSUPP'],
    [4000, 'LIBBPF_LIBELF'],
    [4001, 'LIBBPF_FORMAT'],
    [4007, 'LIBBPF_VERIFY'],
    [4013, 'LIBBPF_NLPARSE'],
    [9999, 'E9999'],
  ];
  for (const [errno, name] of names) it(`${errno} is ${name}`, () => assert.equal(errnoName(errno), name));

  it('say what was tried, why it failed and what to do', () => {
    const error = new BpfError({
      reason: 'kernel',
      operation: 'pin map x',
      errno: 17,
      message: 'told so',
      hint: 'unpin it',
    });
    assert.equal(error.message, 'cannot pin map x: EEXIST: told so (unpin it)');
    assert.deepEqual(
      [error.name, error.code, error.errno, error.reason, error.log],
      ['BpfError', 'EEXIST', 17, 'kernel', ''],
    );
  });
});

/** The addon is called with what TypeScript would never let through. */
describe('the addon, given nonsense', () => {
  const api = native() as unknown as Readonly<Record<string, (...args: unknown[]) => unknown>>;
  const map = native().mapCreate(1, 'm', 4, 8, 4, 0, null);
  const call = (name: string, ...args: unknown[]): unknown => api[name]?.(...args);
  after(() => call('close', map));

  const nonsense: [name: string, args: unknown[]][] = [
    ['fd', []],
    ['fd', [null]],
    ['fd', [{}]],
    ['fd', [7]],
    ['programInfo', [map]],
    ['linkUpdate', [map, map]],
    ['ringDrain', [map]],
    ['objectLoad', [map]],
    ['mapById', ['1']],
    ['mapById', [-1]],
    ['mapById', [2 ** 32]],
    ['mapById', [NaN]],
    ['mapByPin', [1]],
    ['mapByPin', ['x'.repeat(5000)]],
    ['mapLookup', [map, new Uint8Array(3), new Uint8Array(8), 0]],
    ['mapLookup', [map, new Uint8Array(4), new Uint8Array(7), 0]],
    ['mapLookup', [map, null, new Uint8Array(8), 0]],
    ['mapLookup', [map, new Float64Array(1), new Uint8Array(8), 0]],
    ['mapNextKey', [map, new Uint8Array(1), new Uint8Array(4)]],
    ['mapNextKey', [map, null, null]],
    [
      'mapLookupBatch',
      [map, new Uint32Array([3]), null, new Uint8Array(4), new Uint8Array(8), new Uint8Array(24)],
    ],
    [
      'mapLookupBatch',
      [map, new Uint32Array([2]), null, new Uint8Array(4), new Uint8Array(8), new Uint8Array(8)],
    ],
    ['mapUpdateBatch', [map, new Uint32Array([1 << 30]), new Uint8Array(4), new Uint8Array(8), 0]],
    ['mapDeleteBatch', [map, new Uint32Array([2]), new Uint8Array(4)]],
    ['mapDeleteBatch', [map, new Uint32Array(0), new Uint8Array(4)]],
    ['objectOpen', [null, null, null, 0]],
    ['objectOpenBytes', ['text', null, null, 0]],
    ['nextId', [0, 0]],
  ];
  for (const [name, args] of nonsense) {
    const shown = args.map((arg) =>
      ArrayBuffer.isView(arg) ? `${arg.byteLength} bytes` : arg === map ? 'map' : typeof arg,
    );
    it(`${name}(${shown}) throws a TypeError`, () => assert.throws(() => call(name, ...args), TypeError));
  }

  it('a batch token that is too small is refused', () => {
    const args = [map, new Uint32Array([2]), null, new Uint8Array(3), new Uint8Array(8), new Uint8Array(16)];
    assert.equal(call('mapLookupBatch', ...args), -22);
  });

  it('an unknown kind of id is refused', () => assert.equal(call('nextId', 'x', 0), -22));

  it('a closed handle answers EBADF, whatever is asked', () => {
    const closed = native().mapCreate(1, 'm', 4, 8, 4, 0, null);
    assert.equal(call('close', closed), 0);
    assert.equal(call('close', closed), 0);
    assert.equal(call('fd', closed), -1);
    assert.equal(call('mapLookup', closed, new Uint8Array(4), new Uint8Array(8), 0), -9);
    assert.equal(call('mapInfo', closed), -9);
    assert.equal(call('dup', closed), -9);
  });
});
