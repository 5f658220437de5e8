import { BtfError } from './error.js';
import type { BtfMember, BtfType } from './model.js';

/** Where one type lies. The caller has checked that its bytes are inside of the view. */
export interface TypeSource {
  readonly view: DataView;
  readonly littleEndian: boolean;
  readonly offset: number;
  readonly id: number;
  /** References must be below this. */
  readonly idCount: number;
  string(offset: number): string;
}

/** Reads one `struct btf_type` and what follows it (include/uapi/linux/btf.h). */
export function readType(source: TypeSource): BtfType {
  const { id } = source;
  const u32 = (at: number): number => source.view.getUint32(source.offset + at, source.littleEndian);
  const info = u32(4);
  const vlen = info & 0xffff;
  const kindFlag = info >>> 31 === 1;
  const name = source.string(u32(0));
  const size = u32(8);
  const ref = (type: number): number => {
    if (type >= source.idCount) {
      throw new BtfError('bounds', `BTF type ${id} refers to type ${type}, there are ${source.idCount}`);
    }
    return type;
  };
  const each = <T>(bytes: number, read: (at: number) => T): T[] => {
    const items: T[] = [];
    for (let i = 0; i < vlen; i++) items.push(read(12 + i * bytes));
    return items;
  };

  switch ((info >>> 24) & 0x1f) {
    case 1: {
      const data = u32(12);
      const bits = data & 0xff;
      const bitOffset = (data >>> 16) & 0xff;
      const encoding = (data >>> 24) & 0xf;
      if (size === 0 || size > 16 || (size & (size - 1)) !== 0) {
        throw new BtfError('format', `BTF int ${id} has ${size} bytes: 1, 2, 4, 8 or 16 are possible`);
      }
      if (bits === 0 || bits + bitOffset > size * 8) {
        throw new BtfError('format', `BTF int ${id} has ${bits} bits at bit ${bitOffset} of ${size} bytes`);
      }
      const flags = { signed: (encoding & 1) !== 0, char: (encoding & 2) !== 0, bool: (encoding & 4) !== 0 };
      return { kind: 'int', id, name, size, bits, bitOffset, ...flags };
    }
    case 2:
      return { kind: 'pointer', id, name, target: ref(size) };
    case 3:
      return { kind: 'array', id, name, element: ref(u32(12)), index: ref(u32(16)), length: u32(20) };
    case 4:
    case 5: {
      const kind = ((info >>> 24) & 0x1f) === 4 ? 'struct' : 'union';
      const members = each(12, (at): BtfMember => {
        const offset = u32(at + 8);
        return {
          name: source.string(u32(at)),
          type: ref(u32(at + 4)),
          bitOffset: kindFlag ? offset & 0xffffff : offset,
          bitSize: kindFlag ? offset >>> 24 : 0,
        };
      });
      return { kind, id, name, size, members };
    }
    case 6: {
      checkEnumSize(id, size);
      const value = (at: number): number => (kindFlag ? u32(at + 4) | 0 : u32(at + 4));
      const values = each(8, (at) => ({ name: source.string(u32(at)), value: value(at) }));
      return { kind: 'enum', id, name, size, signed: kindFlag, values };
    }
    case 7:
      return { kind: 'forward', id, name, union: kindFlag };
    case 8:
      return { kind: 'typedef', id, name, target: ref(size) };
    case 9:
      return { kind: 'volatile', id, name, target: ref(size) };
    case 10:
      return { kind: 'const', id, name, target: ref(size) };
    case 11:
      return { kind: 'restrict', id, name, target: ref(size) };
    case 12:
      return { kind: 'function', id, name, proto: ref(size), linkage: linkage(vlen) };
    case 13: {
      const parameters = each(8, (at) => ({ name: source.string(u32(at)), type: ref(u32(at + 4)) }));
      return { kind: 'functionProto', id, name, returns: ref(size), parameters };
    }
    case 14:
      return { kind: 'variable', id, name, type: ref(size), linkage: linkage(u32(12)) };
    case 15: {
      const variables = each(12, (at) => ({ type: ref(u32(at)), offset: u32(at + 4), size: u32(at + 8) }));
      return { kind: 'dataSection', id, name, size, variables };
    }
    case 16:
      if (![2, 4, 8, 12, 16].includes(size))
        throw new BtfError('format', `BTF float ${id} has ${size} bytes`);
      return { kind: 'float', id, name, size };
    case 17:
      return { kind: 'declTag', id, name, target: ref(size), component: u32(12) | 0 };
    case 18:
      return { kind: 'typeTag', id, name, target: ref(size) };
    default: {
      checkEnumSize(id, size);
      const value = (at: number): bigint => {
        const bits = (BigInt(u32(at + 8)) << 32n) | BigInt(u32(at + 4));
        return kindFlag ? BigInt.asIntN(64, bits) : bits;
      };
      const values = each(12, (at) => ({ name: source.string(u32(at)), value: value(at) }));
      return { kind: 'enum64', id, name, size, signed: kindFlag, values };
    }
  }
}

function linkage(value: number): 'static' | 'global' | 'extern' {
  return value === 0 ? 'static' : value === 1 ? 'global' : 'extern';
}

function checkEnumSize(id: number, size: number): void {
  if (size !== 1 && size !== 2 && size !== 4 && size !== 8) {
    throw new BtfError('format', `BTF enum ${id} has ${size} bytes: 1, 2, 4 or 8 are possible`);
  }
}
