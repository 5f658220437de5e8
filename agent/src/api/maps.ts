import type { MapDump, MapEntry, MapInfo } from '@onehop/core/api/agent.generated.js';
import type { Btf } from '@onehop/core/btf/decode.js';
import { typeName } from '@onehop/core/btf/layout.js';
import type { Note } from '@onehop/core/decision/entryNotes.js';
import { nearestName } from '@onehop/core/envoy/nearest.js';
import { viewEntry, type MapShape } from '@onehop/core/maps/entry.js';
import { Viewer } from '@onehop/core/maps/view.js';
import { BpfError } from 'libbpf-ts/errors.js';
import type { BpfMap } from 'libbpf-ts/map.js';
import { notFound, unsupported } from './errors.js';

/** Entries that are turned into text before other work gets its turn: about 2 ms. */
const sliceEntries = 256;

/** All entries are always there. */
const arrays: ReadonlySet<string> = new Set(['array', 'percpu_array']);
const countable: ReadonlySet<string> = new Set([
  'hash',
  'lru_hash',
  'percpu_hash',
  'lru_percpu_hash',
  'lpm_trie',
  'array_of_maps',
  'hash_of_maps',
]);

/** Reads the datapath's maps, typed from their BTF. */
export class MapReader {
  readonly #viewer: Viewer;

  /** @param btf of the object that declares the maps */
  constructor(
    private readonly maps: ReadonlyMap<string, BpfMap>,
    btf: Btf,
    private readonly note: Note,
  ) {
    this.#viewer = new Viewer(btf);
  }

  /** Throws ApiError NOT_FOUND, which names the maps that there are. */
  mustHave(name: string): void {
    if (!this.maps.has(name)) throw notFound(this.#missing(name));
  }

  list(): MapInfo[] {
    return [...this.maps.values()].map((map) => describe(map, count(map)));
  }

  /** Every entry. Throws ApiError NOT_FOUND, UNIMPLEMENTED. Other work of the process goes on in between, so entries that change meanwhile may be old or new. */
  async dump(name: string): Promise<MapDump> {
    const map = this.maps.get(name);
    if (map === undefined) throw notFound(this.#missing(name));
    const entries: MapEntry[] = [];
    try {
      const shape = shapeOf(map);
      for (const [keyBytes, valueBytes] of map.entriesRaw()) {
        const { key, value } = viewEntry(this.#viewer, shape, keyBytes, valueBytes);
        entries.push({
          key: JSON.stringify(key),
          value: JSON.stringify(value),
          note: this.note(name, key, value),
        });
        if (entries.length % sliceEntries === 0) await new Promise(setImmediate);
      }
    } catch (error) {
      throw unreadable(map, error);
    }
    return { info: describe(map, entries.length), entries };
  }

  #missing(name: string): string {
    const names = [...this.maps.keys()];
    const near = nearestName(name, names);
    return `There is no map "${name}". ${near === undefined ? '' : `Did you mean "${near}"? `}Maps: ${names.join(', ')}.`;
  }
}

function describe(map: BpfMap, entries: number): MapInfo {
  const { types } = map;
  const typed = (id: number | undefined): string =>
    types === undefined || !id ? '' : typeName(types.btf, id);
  return {
    name: map.name,
    id: map.info().id,
    type: map.type,
    keySize: map.keySize,
    valueSize: map.valueSize,
    maxEntries: map.maxEntries,
    entries,
    keyType: typed(types?.key),
    valueType: typed(types?.value),
  };
}

export function shapeOf({ type, valueSize, types }: BpfMap): MapShape {
  return { type, valueSize, keyType: types?.key ?? 0, valueType: types?.value ?? 0 };
}

function count(map: BpfMap): number {
  if (arrays.has(map.type)) return map.maxEntries;
  if (!countable.has(map.type)) return -1;
  let n = 0;
  for (const _key of map.keysRaw()) n += 1;
  return n;
}

/** Rings, stacks, socket storage: the kernel does not list what is in them. */
function unreadable(map: BpfMap, error: unknown): unknown {
  if (!(error instanceof BpfError)) return error;
  const instead = map.type === 'ringbuf' ? ' Watch the events instead.' : '';
  return unsupported(`The kernel does not list what is in ${map.name}, a map of type ${map.type}.${instead}`);
}
