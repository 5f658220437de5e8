import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { codecOf } from '../../src/btf/codec.js';
import { decodeBtf, type Btf } from '../../src/btf/decode.js';
import { BtfError } from '../../src/btf/error.js';
import { sizeOf } from '../../src/btf/layout.js';
import type { BtfType } from '../../src/btf/model.js';

const VMLINUX = '/sys/kernel/btf/vmlinux';

/** The kernel's own types, all of them, against what bpftool says. */
describe('BTF of the running kernel', function () {
  this.timeout(60_000);
  let bytes: Uint8Array;
  let btf: Btf;
  let oracle: { readonly id: number }[];
  /** bpftool up to 7.1 prints unsigned 32-bit values from 2^31 as if they were signed ones of 64 bits. */
  let signExtends: boolean;

  before(function () {
    if (!existsSync(VMLINUX)) {
      console.log(`      skipped: this kernel has no ${VMLINUX}`);
      this.skip();
    }
    bytes = readFileSync(VMLINUX);
    btf = decodeBtf(bytes);
    const dump = execFileSync('bpftool', ['-j', 'btf', 'dump', 'file', VMLINUX], {
      encoding: 'utf8',
      maxBuffer: 1 << 30,
    });
    signExtends = /"kind":"ENUM","name":"[^"]*","encoding":"UNSIGNED"[^\]]*"val":18446744/.test(dump);
    oracle = (JSON.parse(dump) as { types: { id: number }[] }).types;
  });

  it('has as many types as bpftool finds', () => {
    assert.ok(oracle.length > 10_000);
    assert.equal(btf.length - 1, oracle.length);
  });

  it('has the same names, sizes, members, offsets, values and references', () => {
    for (const expected of oracle) assert.deepEqual(asBpftool(btf.type(expected.id), signExtends), expected);
  });

  it('is opened in less than 200 ms', () => {
    const start = process.hrtime.bigint();
    decodeBtf(bytes);
    assert.ok(process.hrtime.bigint() - start < 200_000_000n);
  });

  it('finds a type by name', () => {
    const task = btf.find('task_struct', 'struct');
    assert.ok(task?.kind === 'struct' && task.members.some((member) => member.name === 'pid'));
    assert.equal(sizeOf(btf, task.id), task.size);
  });

  it('every struct and union has a codec, or a reason why not', () => {
    let compiled = 0;
    const refused = new Map<string, number>();
    for (const type of btf.types()) {
      if (type.kind !== 'struct' && type.kind !== 'union') continue;
      try {
        const codec = codecOf(btf, type.id);
        assert.equal(codec.size, type.size, type.name);
        const zero = new Uint8Array(codec.size);
        assert.deepEqual(codec.encode(codec.decode(zero)), zero, type.name);
        compiled++;
      } catch (error) {
        if (!(error instanceof BtfError)) throw error;
        refused.set(error.reason, (refused.get(error.reason) ?? 0) + 1);
      }
    }
    assert.ok(compiled > 10_000, `${compiled} compiled, refused: ${JSON.stringify([...refused])}`);
    // Nothing in a kernel's BTF lies outside of its struct, cycles or is malformed.
    assert.deepEqual(
      [...refused.keys()].filter((reason) => reason !== 'limit'),
      [],
    );
  });
});

/** A type as `bpftool -j btf dump` prints it. */
function asBpftool(type: BtfType, signExtends: boolean): Record<string, unknown> {
  const named = { id: type.id, kind: KINDS[type.kind], name: type.name || '(anon)' };
  const anon = (name: string): string => name || '(anon)';
  switch (type.kind) {
    case 'int': {
      const encoding = type.signed ? 'SIGNED' : type.char ? 'CHAR' : type.bool ? 'BOOL' : '(none)';
      return { ...named, size: type.size, bits_offset: type.bitOffset, nr_bits: type.bits, encoding };
    }
    case 'array':
      return { ...named, type_id: type.element, index_type_id: type.index, nr_elems: type.length };
    case 'struct':
    case 'union': {
      const members = type.members.map((member) => ({
        name: anon(member.name),
        type_id: member.type,
        bits_offset: member.bitOffset,
        ...(member.bitSize === 0 ? {} : { bitfield_size: member.bitSize }),
      }));
      return { ...named, size: type.size, vlen: members.length, members };
    }
    case 'enum':
    case 'enum64': {
      const encoding = type.signed ? 'SIGNED' : 'UNSIGNED';
      const extend = signExtends && type.kind === 'enum' && !type.signed;
      const values = type.values.map(({ name, value }) => ({
        name,
        // JSON.parse has made numbers of 64-bit values, too.
        val: Number(extend ? BigInt.asUintN(64, BigInt.asIntN(32, BigInt(value))) : value),
      }));
      return { ...named, encoding, size: type.size, vlen: values.length, values };
    }
    case 'forward':
      return { ...named, fwd_kind: type.union ? 'union' : 'struct' };
    case 'function':
      return { ...named, type_id: type.proto, linkage: type.linkage };
    case 'functionProto': {
      const params = type.parameters.map(({ name, type: id }) => ({ name: anon(name), type_id: id }));
      return { ...named, ret_type_id: type.returns, vlen: params.length, params };
    }
    case 'variable':
      return { ...named, type_id: type.type, linkage: type.linkage };
    case 'dataSection': {
      const vars = type.variables.map(({ type: id, offset, size }) => ({ type_id: id, offset, size }));
      return { ...named, size: type.size, vlen: vars.length, vars };
    }
    case 'float':
      return { ...named, size: type.size };
    case 'declTag':
      return { ...named, type_id: type.target, component_idx: type.component };
    default:
      return { ...named, ...('target' in type ? { type_id: type.target } : {}) };
  }
}

const KINDS: Readonly<Record<BtfType['kind'], string>> = {
  void: 'UNKN',
  int: 'INT',
  pointer: 'PTR',
  array: 'ARRAY',
  struct: 'STRUCT',
  union: 'UNION',
  enum: 'ENUM',
  forward: 'FWD',
  typedef: 'TYPEDEF',
  volatile: 'VOLATILE',
  const: 'CONST',
  restrict: 'RESTRICT',
  function: 'FUNC',
  functionProto: 'FUNC_PROTO',
  variable: 'VAR',
  dataSection: 'DATASEC',
  float: 'FLOAT',
  declTag: 'DECL_TAG',
  typeTag: 'TYPE_TAG',
  enum64: 'ENUM64',
};
