import type { Btf } from './decode.js';
import { BtfError } from './error.js';
import type { BtfType } from './model.js';

/** Bytes of a pointer in BPF objects and in the 64-bit kernels that run them. */
export const POINTER_BYTES = 8;

/** The kernel gives up at 32 (MAX_RESOLVE_DEPTH in kernel/bpf/btf.c). */
const CHAIN_MAX = 64;
const SIZE_MAX = 0x7fffffff;

/** The type behind typedefs, qualifiers, type tags and variables. */
export function resolveType(btf: Btf, id: number): Exclude<BtfType, { kind: ModifierKind }> {
  let type = btf.type(id);
  for (let i = 0; i < CHAIN_MAX; i++) {
    switch (type.kind) {
      case 'typedef':
      case 'volatile':
      case 'const':
      case 'restrict':
      case 'typeTag':
        type = btf.type(type.target);
        break;
      case 'variable':
        type = btf.type(type.type);
        break;
      default:
        return type;
    }
  }
  throw new BtfError('cycle', `BTF type ${id}: the chain of typedefs and qualifiers does not end`);
}

type ModifierKind = 'typedef' | 'volatile' | 'const' | 'restrict' | 'typeTag' | 'variable';

/** Size in bytes, as `sizeof`. Throws `no-value` for void, functions and forward declarations. */
export function sizeOf(btf: Btf, id: number): number {
  let count = 1;
  let type = resolveType(btf, id);
  for (let i = 0; i < CHAIN_MAX; i++) {
    if (type.kind !== 'array') {
      const size = count * elementSize(type);
      if (size > SIZE_MAX) throw new BtfError('limit', `BTF type ${id} has ${size} bytes`);
      return size;
    }
    count = Math.min(count * type.length, Number.MAX_SAFE_INTEGER);
    type = resolveType(btf, type.element);
  }
  throw new BtfError('cycle', `BTF type ${id}: the array has too many dimensions`);
}

/** The name as C writes it: `struct oh_addr`, `char[16]`, `const char *`. */
export function typeName(btf: Btf, id: number): string {
  let suffix = '';
  let type = btf.type(id);
  for (let i = 0; i < CHAIN_MAX; i++) {
    switch (type.kind) {
      case 'pointer':
        suffix = ` *${suffix}`;
        type = btf.type(type.target);
        break;
      case 'array':
        suffix = `${suffix}[${type.length}]`;
        type = btf.type(type.element);
        break;
      case 'volatile':
      case 'const':
      case 'restrict':
      case 'typeTag':
        type = btf.type(type.target);
        break;
      case 'struct':
      case 'union':
      case 'enum':
        return `${type.kind} ${type.name || '(anonymous)'}${suffix}`;
      case 'enum64':
        return `enum ${type.name || '(anonymous)'}${suffix}`;
      case 'void':
        return `void${suffix}`;
      default:
        return `${type.name || `(${type.kind})`}${suffix}`;
    }
  }
  return `(type ${id})`;
}

function elementSize(type: BtfType): number {
  switch (type.kind) {
    case 'int':
    case 'struct':
    case 'union':
    case 'enum':
    case 'enum64':
    case 'float':
    case 'dataSection':
      return type.size;
    case 'pointer':
      return POINTER_BYTES;
    default:
      throw new BtfError('no-value', `BTF type ${type.id} (${type.kind} ${type.name}) has no size`);
  }
}
