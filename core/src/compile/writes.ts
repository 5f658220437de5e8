import type { Source } from '../routing/model.js';
import { parseIp } from '../wire/ip.js';
import type { OhVersioned, StructCodec, WireStructs } from '../wire/structs.js';
import type { ResourceProblem } from '../resources/model.js';
import type { DomainRow } from './allocate.js';
import { fullProblem, type ConfigMap, type StateMap } from './limits.js';
import type { AddressRow } from './tables.js';

/** An entry to set: `key` is the index of an array map, or the bytes of a hash map's key. */
export interface MapWrite {
  readonly map: ConfigMap;
  readonly key: number | Uint8Array;
  readonly value: Uint8Array;
}

/** A key of a hash map to delete. */
export interface MapDelete {
  readonly map: ConfigMap;
  readonly key: Uint8Array;
}

/** An entry of a state map to set to zero, on every CPU: its id has a new owner. */
export interface StateReset {
  readonly map: Exclude<StateMap, 'oh_pools'>;
  readonly key: number;
}

/** The changes of a plan as they come up. */
export class Writes {
  readonly writes: MapWrite[] = [];
  readonly undo: (MapWrite | MapDelete)[] = [];
  readonly deletes: MapDelete[] = [];
  readonly resets: StateReset[] = [];
  /** Keys written to the hash maps so far. */
  readonly keys = { oh_addr: 0, oh_domain: 0 };
  readonly #problems = new Map<string, ResourceProblem>();
  readonly #codec: StructCodec;

  constructor(codec: StructCodec) {
    this.#codec = codec;
  }

  get problems(): readonly ResourceProblem[] {
    return [...this.#problems.values()];
  }

  /** The first that finds a map full says so for all. */
  full(source: Source, map: string, limit: number): void {
    if (!this.#problems.has(map)) this.#problems.set(map, fullProblem(source, map, limit));
  }

  /** An entry with versions; `before` is what the map holds now. */
  versioned<K extends VersionedStruct>(
    map: K,
    id: number,
    now: WireStructs[K],
    before: WireStructs[K] | undefined,
  ): void {
    this.writes.push({ map, key: id, value: this.#codec.encode(map, now) });
    const value =
      before === undefined ? new Uint8Array(this.#codec.size(map)) : this.#codec.encode(map, before);
    this.undo.push({ map, key: id, value });
  }

  /** An entry that nobody can reach yet: there is nothing to undo. */
  entry<K extends keyof WireStructs & ConfigMap>(map: K, id: number, value: WireStructs[K]): void {
    this.writes.push({ map, key: id, value: this.#codec.encode(map, value) });
  }

  ids(map: 'oh_list' | 'oh_maglev', off: number, ids: readonly number[]): void {
    const all = this.#codec.encodeIds(ids);
    for (let i = 0; i < ids.length; i++)
      this.writes.push({ map, key: off + i, value: all.subarray(4 * i, 4 * i + 4) });
  }

  address(set: number, row: AddressRow, listener: number): void {
    const key = this.#addressKey(set, row);
    this.writes.push({ map: 'oh_addr', key, value: this.#codec.encode('oh_addr', { listener }) });
    this.undo.push({ map: 'oh_addr', key });
    this.keys.oh_addr++;
  }

  domain(set: number, { domain, virtualHost }: DomainRow): void {
    const key = this.#domainKey(set, domain);
    this.writes.push({
      map: 'oh_domain',
      key,
      value: this.#codec.encode('oh_domain', { vhost: virtualHost }),
    });
    this.undo.push({ map: 'oh_domain', key });
    this.keys.oh_domain++;
  }

  deleteAddresses(set: number, rows: readonly AddressRow[]): void {
    for (const row of rows) this.deletes.push({ map: 'oh_addr', key: this.#addressKey(set, row) });
  }

  deleteDomains(set: number, rows: readonly DomainRow[]): void {
    for (const { domain } of rows) this.deletes.push({ map: 'oh_domain', key: this.#domainKey(set, domain) });
  }

  flip(gen: number): MapWrite {
    return { map: 'oh_active', key: 0, value: this.#codec.encode('oh_active', { gen }) };
  }

  #addressKey(set: number, { ip, port }: AddressRow): Uint8Array {
    return this.#codec.encode('oh_addr_key', { set, port, ip: { b: ipBytes(ip) } });
  }

  #domainKey(set: number, domain: string): Uint8Array {
    const name = encoder.encode(domain);
    return this.#codec.encode('oh_domain_key', { set, len: name.length, name });
  }
}

export type VersionedStruct = 'oh_root' | 'oh_listener' | 'oh_rconf' | 'oh_vhost' | 'oh_route' | 'oh_cluster';

/**
 * `value` as the version of generation `gen`, in the place that no reader of the generation before looks at; the other
 * version stays as it is. `absent` is what was there before the first version.
 */
export function withVersion<V>(
  entry: OhVersioned<V> | undefined,
  gen: number,
  value: V,
  absent: V,
): OhVersioned<V> {
  if (entry === undefined) return { gen: [gen, 0], v: [value, absent] };
  return entry.gen[1] > entry.gen[0]
    ? { gen: [gen, entry.gen[1]], v: [value, entry.v[1]] }
    : { gen: [entry.gen[0], gen], v: [entry.v[0], value] };
}

/** The model has canonical addresses only. */
export function ipBytes(ip: string): Uint8Array {
  const bytes = parseIp(ip);
  if (bytes === undefined) throw new Error(`${ip} is no IP address`);
  return bytes;
}

const encoder = new TextEncoder();
