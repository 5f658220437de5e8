/** Offsets of fields, from BTF. */
import type { AnyMap } from 'libbpf-ts/map.js';

export interface StructLayout {
  /** Byte offset of a field. Throws when there is none of that name. */
  offset(field: string): number;
}

export function findStruct(map: AnyMap, name: string): StructLayout {
  const type = map.types?.btf.find(name, 'struct');
  return {
    offset(field) {
      const member = type?.kind === 'struct' ? type.members.find((m) => m.name === field) : undefined;
      if (member === undefined)
        throw new Error(`struct ${name} of ${map.name} has no field ${field}: rebuild with npm run build`);
      return member.bitOffset / 8;
    },
  };
}
