import type {
  OhClusterV,
  OhListenerV,
  OhRconfV,
  OhRootV,
  OhRouteV,
  OhVersioned,
  OhVhostV,
} from '../wire/structs.js';
import { groupsOf } from './clusterRows.js';
import { EntityTable, type Entity, type InternedTable } from './entities.js';
import { Interned } from './interned.js';
import { STATE_MAPS, type ConfigMap, type MapLimits, type StateMap } from './limits.js';
import type { AddressRow, EntityKind, GroupRow, RowOf, Tables } from './tables.js';

/** Which map, and which maps of state, an id of a kind is an index of. */
export const MAPS_OF_KIND: Readonly<
  Record<EntityKind, { readonly map: ConfigMap; readonly state: readonly StateMap[] }>
> = {
  listener: { map: 'oh_listener', state: [] },
  routeConfiguration: { map: 'oh_rconf', state: [] },
  virtualHost: { map: 'oh_vhost', state: [] },
  route: { map: 'oh_route', state: ['oh_route_n'] },
  cluster: { map: 'oh_cluster', state: ['oh_cluster_n'] },
  endpoint: { map: 'oh_endpoint', state: ['oh_load', 'oh_relay_load', 'oh_pool_stat', 'oh_pools'] },
};

/** What the versions of an entry of each kind are; endpoints have none. */
export interface ValueOf {
  readonly listener: OhListenerV;
  readonly routeConfiguration: OhRconfV;
  readonly virtualHost: OhVhostV;
  readonly route: OhRouteV;
  readonly cluster: OhClusterV;
  readonly endpoint: never;
}

type EntityOf = { readonly [K in EntityKind]: Entity<RowOf[K], ValueOf[K]> };

export type EntityTables = { readonly [K in EntityKind]: EntityTable<RowOf[K], ValueOf[K]> };

/** Hash keys that are written as a whole under a number of their own: see oh_root_v.addr_set and oh_rconf_v.domain_set. */
export interface KeySet<T> {
  /** 0: the empty set. */
  readonly set: number;
  readonly shape: string;
  readonly rows: readonly T[];
}

export interface DomainRow {
  readonly domain: string;
  /** Id. */
  readonly virtualHost: number;
}

/** Keys of a hash map that are there but no longer reachable since generation `gen`. */
interface Leaving {
  readonly map: 'oh_addr' | 'oh_domain';
  readonly gen: number;
  readonly count: number;
}

/** Ids that something outside of the maps still holds, by kind: open connections, pools that drain. */
export type BusyIds = Partial<Readonly<Record<EntityKind, ReadonlySet<number>>>>;

/**
 * Where everything of a generation is in the maps: ids, ranges, strings. It stays as it is; `planGeneration` and
 * `retire` give a new one.
 */
export class Allocation {
  readonly generation: number;
  readonly limits: MapLimits;
  readonly entities: EntityTables;
  readonly contents: Readonly<Record<InternedTable, Interned>>;
  readonly root: OhVersioned<OhRootV> | undefined;
  readonly addresses: KeySet<AddressRow>;
  /** By key of the route configuration. */
  readonly domains: ReadonlyMap<string, KeySet<DomainRow>>;
  /** The last number given to a key set. */
  readonly lastSet: number;
  readonly leaving: readonly Leaving[];
  /** What the generation was made from. */
  readonly tables: Tables;

  /** Use `emptyAllocation`, `planGeneration` and `retire`. */
  constructor(state: AllocationState) {
    this.generation = state.generation;
    this.limits = state.limits;
    this.entities = state.entities;
    this.contents = state.contents;
    this.root = state.root;
    this.addresses = state.addresses;
    this.domains = state.domains;
    this.lastSet = state.lastSet;
    this.leaving = state.leaving;
    this.tables = state.tables;
  }

  /** The group of endpoints that has an id, of those that the newest version of a cluster's entry leads to. */
  groupOf(cluster: EntityOf['cluster'], id: number): GroupRow | undefined {
    const written = cluster.uses.filter(({ table }) => table === 'groups');
    const at = written.findIndex(({ content }) => this.contents.groups.offsetOf(content) === id);
    return groupsOf(cluster.row)[at];
  }

  /** The id of an entity that there is now: listeners and clusters by name, others by the `key` of their node. */
  idOf(kind: EntityKind, key: string): number | undefined {
    return this.entities[kind].get(key)?.id;
  }
}

export type AllocationState = Pick<
  Allocation,
  | 'generation'
  | 'limits'
  | 'entities'
  | 'contents'
  | 'root'
  | 'addresses'
  | 'domains'
  | 'lastSet'
  | 'leaving'
  | 'tables'
>;

const NOTHING: Tables = {
  addresses: [],
  listeners: new Map(),
  routeConfigurations: new Map(),
  clusters: new Map(),
  pooled: new Map(),
};

/** Before the first generation: all the maps are zero. */
export function emptyAllocation(limits: MapLimits): Allocation {
  return new Allocation({
    generation: 0,
    limits,
    entities: {
      listener: new EntityTable(limitOf(limits, 'listener')),
      routeConfiguration: new EntityTable(limitOf(limits, 'routeConfiguration')),
      virtualHost: new EntityTable(limitOf(limits, 'virtualHost')),
      route: new EntityTable(limitOf(limits, 'route')),
      cluster: new EntityTable(limitOf(limits, 'cluster')),
      endpoint: new EntityTable(limitOf(limits, 'endpoint')),
    },
    contents: {
      strings: new Interned(limits.oh_str),
      regexes: new Interned(limits.oh_regex),
      automata: new Interned(limits.oh_dfa),
      lists: new Interned(limits.oh_list),
      splits: new Interned(limits.oh_split),
      wilds: new Interned(limits.oh_wild),
      // Each group has its turn.
      groups: new Interned(Math.min(limits.oh_group, limits.oh_turn ?? limits.oh_group)),
      shares: new Interned(limits.oh_share),
      rings: new Interned(limits.oh_ring),
      maglevTables: new Interned(limits.oh_maglev),
      hashes: new Interned(limits.oh_hash),
    },
    root: undefined,
    addresses: { set: 0, shape: '', rows: [] },
    domains: new Map(),
    lastSet: 0,
    leaving: [],
    tables: NOTHING,
  });
}

/**
 * After no program reads a generation before `through` any more (an RCU grace period after the flip to it) and the
 * deletes of the plans up to `through` are done: what those generations dropped may be used again, but for `busy` ids, which
 * are asked for only when ids were dropped.
 */
export function retire(
  allocation: Allocation,
  through: number,
  busy: () => BusyIds = () => ({}),
): Allocation {
  const { entities, contents } = forkTables(allocation);
  const kinds = (Object.keys(entities) as EntityKind[]).filter((kind) => entities[kind].hasDropped);
  const held = kinds.length === 0 ? {} : busy();
  for (const kind of kinds) entities[kind].retire(through, held[kind] ?? NONE);
  for (const table of Object.values(contents)) table.retire(through);
  const leaving = allocation.leaving.filter(({ gen }) => gen > through);
  return new Allocation({ ...allocation, entities, contents, leaving });
}

const NONE: ReadonlySet<number> = new Set();

/** Copies that may be changed while the originals stay. */
export function forkTables({ entities, contents }: Allocation): Pick<Allocation, 'entities' | 'contents'> {
  return {
    entities: {
      listener: entities.listener.fork(),
      routeConfiguration: entities.routeConfiguration.fork(),
      virtualHost: entities.virtualHost.fork(),
      route: entities.route.fork(),
      cluster: entities.cluster.fork(),
      endpoint: entities.endpoint.fork(),
    },
    contents: {
      strings: contents.strings.fork(),
      regexes: contents.regexes.fork(),
      automata: contents.automata.fork(),
      lists: contents.lists.fork(),
      splits: contents.splits.fork(),
      wilds: contents.wilds.fork(),
      groups: contents.groups.fork(),
      shares: contents.shares.fork(),
      rings: contents.rings.fork(),
      maglevTables: contents.maglevTables.fork(),
      hashes: contents.hashes.fork(),
    },
  };
}

/** How many ids a kind may have: as many as the smallest of its maps has entries. */
export function limitOf(limits: MapLimits, kind: EntityKind): number {
  const { map, state } = MAPS_OF_KIND[kind];
  const known = STATE_MAPS.filter((name) => state.includes(name)).flatMap((name) => limits[name] ?? []);
  return Math.min(limits[map], ...known);
}
