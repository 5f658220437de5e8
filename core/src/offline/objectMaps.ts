/** What the datapath object says of its maps, read from its BTF: no kernel is asked. */
import { type Btf, decodeBtf } from '../btf/decode.js';
import { extractSection } from '../btf/elf.js';
import { resolveType } from '../btf/layout.js';
import { CONFIG_MAPS, type MapLimits, STATE_MAPS } from '../compile/limits.js';

export interface ObjectMap {
  readonly maxEntries: number;
  /** BTF type ids; 0: none. */
  readonly keyType: number;
  readonly valueType: number;
}

/** The BTF of a datapath object (an ELF file). Throws when it has none. */
export function btfOfObject(elf: Uint8Array): Btf {
  const section = extractSection(elf, '.BTF');
  if (section === undefined) throw new Error('the datapath object has no BTF: build it anew');
  return decodeBtf(section);
}

/** The maps that section .maps declares, as libbpf reads it: a number is the length of an array behind a pointer. */
export function mapsOfObject(btf: Btf): ReadonlyMap<string, ObjectMap> {
  const section = btf.find('.maps', 'dataSection');
  if (section?.kind !== 'dataSection') throw new Error('the datapath object has no maps: build it anew');
  const maps = new Map<string, ObjectMap>();
  for (const { type } of section.variables) {
    const variable = btf.type(type);
    const struct = variable.kind === 'variable' ? resolveType(btf, variable.type) : undefined;
    if (struct?.kind !== 'struct') continue;
    const target = (name: string): number => {
      const member = struct.members.find((one) => one.name === name);
      const pointer = member === undefined ? undefined : resolveType(btf, member.type);
      return pointer?.kind === 'pointer' ? pointer.target : 0;
    };
    const entries = target('max_entries');
    const array = entries === 0 ? undefined : resolveType(btf, entries);
    maps.set(variable.name, {
      maxEntries: array?.kind === 'array' ? array.length : 0,
      keyType: target('key'),
      valueType: target('value'),
    });
  }
  return maps;
}

/** The limits that the maps of an object set, as they are built. An agent may load them larger or smaller. */
export function limitsOfObject(maps: ReadonlyMap<string, ObjectMap>): MapLimits {
  const entries = [...CONFIG_MAPS, ...STATE_MAPS].flatMap((name): [string, number][] => {
    const max = maps.get(name)?.maxEntries ?? 0;
    return max === 0 ? [] : [[name, max]];
  });
  return Object.fromEntries(entries) as unknown as MapLimits;
}
