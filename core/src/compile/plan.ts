import type { ResourceProblem } from '../resources/model.js';
import type { RoutingModel, Source } from '../routing/model.js';
import type { OhVersioned, StructCodec } from '../wire/structs.js';
import {
  Allocation,
  emptyAllocation,
  forkTables,
  limitOf,
  MAPS_OF_KIND,
  type DomainRow,
  type EntityTables,
  type KeySet,
} from './allocate.js';
import type { Entity, EntityKind, EntityTable, InternedTable, Use } from './entities.js';
import type { Interned } from './interned.js';
import { type MapLimits, type StateMap } from './limits.js';
import { compileTables, type AddressRow, type RouteConfigurationRow, type Tables } from './tables.js';
import { ABSENT, ValueMaker } from './values.js';
import {
  ipBytes,
  withVersion,
  Writes,
  type MapDelete,
  type MapWrite,
  type StateReset,
  type VersionedStruct,
} from './writes.js';

export interface PlanInput {
  /** What is in force. Undefined: nothing yet, and all the maps are zero. */
  readonly previous: Allocation | undefined;
  readonly model: RoutingModel;
  /** Of the loaded maps; the same for every plan. */
  readonly limits: MapLimits;
  readonly codec: StructCodec;
}

export type PlanResult =
  | { readonly ok: true; readonly plan: GenerationPlan }
  /** Nothing is to be done; `previous` stays in force. */
  | { readonly ok: false; readonly problems: readonly ResourceProblem[] };

/**
 * How to put a model in force. In this order: `resets` and `writes`, in any order among themselves, which no program sees;
 * `flip`, which makes them all seen at once; an RCU grace period; `deletes`; then `retire(allocation, generation)`. The
 * grace period must be over before the next plan is carried out. When a write fails, `undo` gives the maps back as
 * `previous` knows them.
 */
export interface GenerationPlan {
  readonly generation: number;
  /** False: the maps hold the model already; there is nothing to do, not even to flip. */
  readonly changed: boolean;
  readonly resets: readonly StateReset[];
  readonly writes: readonly MapWrite[];
  readonly flip: MapWrite;
  readonly deletes: readonly MapDelete[];
  readonly undo: readonly (MapWrite | MapDelete)[];
  readonly pools: { readonly added: readonly PoolEndpoint[]; readonly removed: readonly PoolEndpoint[] };
  /** What is in force after the flip. */
  readonly allocation: Allocation;
}

/** An endpoint that HTTP requests can go to, and so needs warm connections. Of its cluster the model knows more. */
export interface PoolEndpoint {
  readonly id: number;
  readonly cluster: string;
  readonly ip: string;
  readonly port: number;
}

/**
 * The changes from what is in force to `model`, as the next generation. What did not change is not written; an entity
 * keeps its id as long as it is there. Problems, each at the resource that needs too much, when a limit is in the way.
 */
export function planGeneration({ previous, model, limits, codec }: PlanInput): PlanResult {
  const before = previous ?? emptyAllocation(limits);
  const { tables, problems } = compileTables(model);
  if (problems.length > 0) return { ok: false, problems };
  const planner = new Planner(before, tables, codec);
  const plan = planner.run(previous === undefined);
  return planner.problems.length > 0 ? { ok: false, problems: planner.problems } : { ok: true, plan };
}

class Planner {
  readonly #before: Allocation;
  readonly #tables: Tables;
  readonly #gen: number;
  readonly #entities: EntityTables;
  readonly #contents: Readonly<Record<InternedTable, Interned>>;
  readonly #writes: Writes;
  readonly #values: ValueMaker;
  readonly #domains: Map<string, KeySet<DomainRow>>;
  readonly #gone: Use[] = [];
  #lastSet: number;

  constructor(before: Allocation, tables: Tables, codec: StructCodec) {
    this.#before = before;
    this.#tables = tables;
    this.#gen = before.generation + 1;
    ({ entities: this.#entities, contents: this.#contents } = forkTables(before));
    this.#writes = new Writes(codec);
    this.#values = new ValueMaker(this.#entities, this.#contents, this.#writes);
    this.#domains = new Map(before.domains);
    this.#lastSet = before.lastSet;
  }

  get problems(): readonly ResourceProblem[] {
    return this.#writes.problems;
  }

  run(first: boolean): GenerationPlan {
    const tables = this.#tables;
    // Ids for all before values: entries name each other.
    this.#takeIds('endpoint', tables.endpoints);
    this.#takeIds('cluster', tables.clusters);
    this.#takeIds('route', tables.routes);
    this.#takeIds('virtualHost', tables.virtualHosts);
    this.#takeIds('routeConfiguration', tables.routeConfigurations);
    this.#takeIds('listener', tables.listeners);
    const values = this.#values;
    this.#writeEndpoints();
    this.#writeKind('cluster', 'oh_cluster', tables.clusters, ABSENT.cluster, (row) => values.cluster(row));
    this.#writeKind('route', 'oh_route', tables.routes, ABSENT.route, (row) => values.route(row));
    this.#writeKind('virtualHost', 'oh_vhost', tables.virtualHosts, ABSENT.virtualHost, (row) =>
      values.virtualHost(row),
    );
    this.#writeKind(
      'routeConfiguration',
      'oh_rconf',
      tables.routeConfigurations,
      ABSENT.routeConfiguration,
      (row) => values.routeConfiguration(row, this.#domainSet(row)),
    );
    this.#writeKind('listener', 'oh_listener', tables.listeners, ABSENT.listener, (row) =>
      values.listener(row),
    );
    this.#dropDomainSets();
    const addresses = this.#addressSet();
    const root = this.#writeRoot(addresses.set);
    // Last, so that what is still wanted was never without a user.
    for (const { table, content } of this.#gone) this.#contents[table].release(content, this.#gen);
    return this.#finish(first, { addresses, root });
  }

  #finish(first: boolean, state: Pick<Allocation, 'addresses' | 'root'>): GenerationPlan {
    const { writes, deletes, undo, resets } = this.#writes;
    const pools = this.#pools();
    const changed = first || writes.length > 0;
    const generation = changed ? this.#gen : this.#before.generation;
    const leaving = (['oh_addr', 'oh_domain'] as const)
      .map((map) => ({ map, gen: this.#gen, count: deletes.filter((one) => one.map === map).length }))
      .filter(({ count }) => count > 0);
    const allocation = new Allocation({
      ...state,
      generation,
      limits: this.#before.limits,
      entities: this.#entities,
      contents: this.#contents,
      domains: this.#domains,
      lastSet: this.#lastSet,
      leaving: [...this.#before.leaving, ...leaving],
      pooled: this.#tables.pooled,
    });
    return {
      generation,
      changed,
      resets,
      writes,
      flip: this.#writes.flip(generation),
      deletes,
      undo,
      pools,
      allocation,
    };
  }

  /** Gives ids to entities that are new and takes them from those that are gone, which get a version that says so. */
  #takeIds<K extends EntityKind>(kind: K, rows: ReadonlyMap<string, TableRow>): void {
    const table = this.#entities[kind] as unknown as EntityTable<TableRow, object>;
    const { map, state } = MAPS_OF_KIND[kind];
    const gone = [...table.values()].filter(({ key }) => !rows.has(key));
    table.drop(
      gone.map((entity) => this.#writeGone(kind, entity)),
      this.#gen,
    );
    for (const row of rows.values()) {
      if (table.get(row.key) !== undefined) continue;
      const added = table.add(row.key, row, this.#gen);
      if (added === undefined) this.#writes.full(row.source, map, limitOf(this.#before.limits, kind));
      else if (added.reused) this.#reset(state, added.entity.id);
    }
  }

  #reset(maps: readonly StateMap[], key: number): void {
    for (const map of maps) if (map !== 'oh_pools') this.#writes.resets.push({ map, key });
  }

  #writeGone(kind: EntityKind, entity: Entity<TableRow, object>): Entity<TableRow, object> {
    this.#gone.push(...entity.uses);
    if (kind === 'endpoint') return entity;
    const absent = ABSENT[kind];
    const entry = withVersion<object>(entity.entry, this.#gen, absent, absent);
    this.#writeVersion(MAPS_OF_KIND[kind].map as VersionedStruct, entity.id, entry, entity.entry);
    return { ...entity, entry };
  }

  #writeVersion(
    map: VersionedStruct,
    id: number,
    now: OhVersioned<object>,
    before: OhVersioned<object> | undefined,
  ): void {
    // The kinds and their structs belong together by MAPS_OF_KIND.
    this.#writes.versioned(map, id, now as never, before as never);
  }

  #writeEndpoints(): void {
    const table = this.#entities.endpoint;
    for (const row of this.#tables.endpoints.values()) {
      const entity = table.get(row.key);
      if (entity?.from !== this.#gen) continue;
      const cluster = this.#entities.cluster.get(row.cluster)?.id ?? 0;
      this.#writes.entry('oh_endpoint', entity.id, { ip: { b: ipBytes(row.ip) }, port: row.port, cluster });
    }
  }

  #writeKind<R extends TableRow, V extends object>(
    kind: Exclude<EntityKind, 'endpoint'>,
    map: VersionedStruct,
    rows: ReadonlyMap<string, R>,
    absent: V,
    make: (row: R) => V,
  ): void {
    const table = this.#entities[kind] as unknown as EntityTable<R, V>;
    for (const row of rows.values()) {
      const entity = table.get(row.key);
      if (entity === undefined) continue;
      const fresh = entity.from === this.#gen;
      if (!fresh && (entity.row === row || entity.row.shape === row.shape)) continue;
      const { value, uses } = this.#values.make(row.source, () => make(row));
      this.#gone.push(...entity.uses);
      const entry = withVersion(entity.entry, this.#gen, value, absent);
      this.#writeVersion(map, entity.id, entry, entity.entry);
      table.update({ ...entity, row, entry, uses });
    }
  }

  /** The number of the domain set of a route configuration; a new one, written as a whole, when a domain changed. */
  #domainSet(row: RouteConfigurationRow): number {
    const old = this.#domains.get(row.key);
    if (old?.shape === row.exactShape) return old.set;
    if (old !== undefined) this.#writes.deleteDomains(old.set, old.rows);
    const rows = [...row.exact].map(([domain, key]) => ({
      domain,
      virtualHost: this.#entities.virtualHost.get(key)?.id ?? 0,
    }));
    const set = this.#newSet('oh_domain', rows.length, row.source);
    for (const one of rows) this.#writes.domain(set, one);
    this.#domains.set(row.key, { set, shape: row.exactShape, rows });
    return set;
  }

  #dropDomainSets(): void {
    for (const [key, { set, rows }] of this.#before.domains) {
      if (this.#tables.routeConfigurations.has(key)) continue;
      this.#writes.deleteDomains(set, rows);
      this.#domains.delete(key);
    }
  }

  #addressSet(): KeySet<AddressRow> {
    const rows = this.#tables.addresses;
    const shape = JSON.stringify(rows.map(({ ip, port, listener }) => [ip, port, listener]));
    const old = this.#before.addresses;
    if (old.shape === shape) return old;
    this.#writes.deleteAddresses(old.set, old.rows);
    const set = this.#newSet('oh_addr', rows.length, rows[0]?.source ?? NOWHERE);
    for (const row of rows)
      this.#writes.address(set, row, this.#entities.listener.get(row.listener)?.id ?? 0);
    return { set, shape, rows };
  }

  /** 0 for an empty set: no key has that. */
  #newSet(map: 'oh_addr' | 'oh_domain', count: number, source: Source): number {
    if (count === 0) return 0;
    const isMap = (one: { readonly map: string }): boolean => one.map === map;
    const sets: readonly KeySet<unknown>[] =
      map === 'oh_addr' ? [this.#before.addresses] : [...this.#before.domains.values()];
    const there = sets.reduce((sum, { rows }) => sum + rows.length, 0);
    const leaving = this.#before.leaving.filter(isMap).reduce((sum, one) => sum + one.count, 0);
    const written = this.#writes.writes.filter(isMap).length;
    const limit = this.#before.limits[map];
    if (there + leaving + written + count > limit) this.#writes.full(source, map, limit);
    return ++this.#lastSet;
  }

  #writeRoot(addrSet: number): Allocation['root'] {
    const { root, addresses } = this.#before;
    if (root !== undefined && addresses.set === addrSet) return root;
    const entry = withVersion(root, this.#gen, { addr_set: addrSet }, { addr_set: 0 });
    this.#writes.versioned('oh_root', 0, entry, root);
    return entry;
  }

  #pools(): GenerationPlan['pools'] {
    const { pooled } = this.#tables;
    const before = this.#before.pooled;
    const added = [...pooled]
      .filter((key) => !before.has(key))
      .flatMap((key) => poolEndpoint(this.#entities.endpoint.get(key)));
    const removed = [...before]
      .filter((key) => !pooled.has(key))
      .flatMap((key) => poolEndpoint(this.#before.entities.endpoint.get(key)));
    return { added, removed };
  }
}

interface TableRow {
  readonly key: string;
  readonly shape: string;
  readonly source: Source;
}

const NOWHERE: Source = { typeUrl: '', resource: '', path: [] };

function poolEndpoint(entity: Entity<PoolEndpointRow, never> | undefined): PoolEndpoint[] {
  if (entity === undefined) return [];
  const { cluster, ip, port } = entity.row;
  return [{ id: entity.id, cluster, ip, port }];
}

type PoolEndpointRow = Omit<PoolEndpoint, 'id'>;
