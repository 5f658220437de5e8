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
  type ValueOf,
} from './allocate.js';
import type { Entity, EntityTable, InternedTable, Use } from './entities.js';
import type { Interned } from './interned.js';
import { type MapLimits, type StateMap } from './limits.js';
import {
  compileTables,
  type AddressRow,
  type EndpointRow,
  type EntityKind,
  type Group,
  type RouteConfigurationRow,
  type RowOf,
  type Tables,
} from './tables.js';
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
  const { tables, problems } = compileTables(model, limits);
  if (problems.length > 0) return { ok: false, problems };
  const planner = new Planner(before, tables, codec);
  const plan = planner.run(previous === undefined);
  return planner.problems.length > 0 ? { ok: false, problems: planner.problems } : { ok: true, plan };
}

class Planner {
  readonly #before: Allocation;
  readonly #tables: Tables;
  readonly #changed: readonly GroupChange[];
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
    this.#changed = changedGroups(before.tables, tables);
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
    const values = this.#values;
    // Ids for all before values: entries name each other.
    for (const kind of KINDS) this.#takeIds(kind);
    this.#writeEndpoints();
    this.#writeKind('cluster', 'oh_cluster', (row) => values.cluster(row));
    this.#writeKind('route', 'oh_route', (row) => values.route(row));
    this.#writeKind('virtualHost', 'oh_vhost', (row) => values.virtualHost(row));
    this.#writeKind('routeConfiguration', 'oh_rconf', (row) =>
      values.routeConfiguration(row, this.#domainSet(row)),
    );
    this.#writeKind('listener', 'oh_listener', (row) => values.listener(row));
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
      tables: this.#tables,
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
  #takeIds<K extends EntityKind>(kind: K): void {
    const table = this.#table(kind);
    const { map, state } = MAPS_OF_KIND[kind];
    const gone: Entity<RowOf[K], ValueOf[K]>[] = [];
    for (const { before, after } of this.#changed) {
      const rows = changedRows(rowsOf(before, kind), rowsOf(after, kind));
      const left = new Set(rows.after.map(({ key }) => key));
      for (const { key } of rows.before) {
        const entity = left.has(key) ? undefined : table.get(key);
        if (entity !== undefined) gone.push(this.#writeGone(kind, entity));
      }
    }
    table.drop(gone, this.#gen);
    for (const row of this.#changedRows(kind)) {
      if (table.get(row.key) !== undefined) continue;
      const added = table.add(row.key, row, this.#gen);
      if (added === undefined) this.#writes.full(row.source, map, limitOf(this.#before.limits, kind));
      else if (added.reused) this.#reset(state, added.entity.id);
    }
  }

  #table<K extends EntityKind>(kind: K): EntityTable<RowOf[K], ValueOf[K]> {
    return this.#entities[kind] as EntityTable<RowOf[K], ValueOf[K]>;
  }

  #changedRows<K extends EntityKind>(kind: K): readonly RowOf[K][] {
    return this.#changed.flatMap(
      ({ before, after }) => changedRows(rowsOf(before, kind), rowsOf(after, kind)).after,
    );
  }

  #reset(maps: readonly StateMap[], key: number): void {
    for (const map of maps) if (map !== 'oh_pools') this.#writes.resets.push({ map, key });
  }

  #writeGone<K extends EntityKind>(
    kind: K,
    entity: Entity<RowOf[K], ValueOf[K]>,
  ): Entity<RowOf[K], ValueOf[K]> {
    this.#gone.push(...entity.uses);
    if (kind === 'endpoint') return entity;
    const absent = ABSENT[kind as VersionedKind] as unknown as ValueOf[K];
    const entry = withVersion<ValueOf[K]>(entity.entry, this.#gen, absent, absent);
    this.#writeVersion(MAPS_OF_KIND[kind].map as VersionedStruct, entity.id, entry, entity.entry);
    return { ...entity, entry };
  }

  #writeVersion(
    map: VersionedStruct,
    id: number,
    now: OhVersioned<unknown>,
    before: OhVersioned<unknown> | undefined,
  ): void {
    // Kinds and structs belong together by MAPS_OF_KIND; the codec refuses what does not fit.
    this.#writes.versioned(map, id, now as never, before as never);
  }

  #writeEndpoints(): void {
    const table = this.#entities.endpoint;
    for (const row of this.#changedRows('endpoint')) {
      const entity = table.get(row.key);
      if (entity?.from !== this.#gen) continue;
      const cluster = this.#entities.cluster.get(row.cluster)?.id ?? 0;
      this.#writes.entry('oh_endpoint', entity.id, { ip: { b: ipBytes(row.ip) }, port: row.port, cluster });
    }
  }

  #writeKind<K extends VersionedKind>(
    kind: K,
    map: VersionedStruct,
    make: (row: RowOf[K]) => ValueOf[K],
  ): void {
    const table = this.#table(kind);
    const absent = ABSENT[kind] as unknown as ValueOf[K];
    for (const row of this.#changedRows(kind)) {
      const entity = table.get(row.key);
      if (entity === undefined) continue;
      const fresh = entity.from === this.#gen;
      if (!fresh && (entity.row === row || entity.row.shape === row.shape)) continue;
      const { value, uses } = this.#values.make(row.source, () => make(row));
      this.#gone.push(...entity.uses);
      const entry = withVersion<ValueOf[K]>(entity.entry, this.#gen, value, absent);
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
    const written = this.#writes.keys[map];
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
    const after = this.#tables.pooled;
    const before = this.#before.tables.pooled;
    return {
      added: endpointsIn(after, before, this.#entities.endpoint),
      removed: endpointsIn(before, after, this.#before.entities.endpoint),
    };
  }
}

const KINDS = ['endpoint', 'cluster', 'route', 'virtualHost', 'routeConfiguration', 'listener'] as const;
type VersionedKind = Exclude<EntityKind, 'endpoint'>;

interface GroupChange {
  readonly before: Group | undefined;
  readonly after: Group | undefined;
}

function changedGroups(before: Tables, after: Tables): GroupChange[] {
  return (['clusters', 'routeConfigurations', 'listeners'] as const).flatMap((name) => {
    const changes: GroupChange[] = [];
    for (const [key, group] of after[name]) {
      const old = before[name].get(key);
      if (old !== group) changes.push({ before: old, after: group });
    }
    for (const [key, group] of before[name]) {
      if (!after[name].has(key)) changes.push({ before: group, after: undefined });
    }
    return changes;
  });
}

/** The rows that only one of two lists has. A row that did not change is the same object in both. */
function changedRows<R>(
  before: readonly R[],
  after: readonly R[],
): { readonly before: readonly R[]; readonly after: readonly R[] } {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  const [old, now] = [before.slice(start, before.length - end), after.slice(start, after.length - end)];
  const [inOld, inNow] = [new Set(old), new Set(now)];
  return { before: old.filter((row) => !inNow.has(row)), after: now.filter((row) => !inOld.has(row)) };
}

function rowsOf<K extends EntityKind>(group: Group | undefined, kind: K): readonly RowOf[K][] {
  // TypeScript does not see that K names both.
  return (group?.[kind] ?? []) as readonly RowOf[K][];
}

/** Those of `some` that `others` has not. */
function endpointsIn(
  some: Tables['pooled'],
  others: Tables['pooled'],
  table: EntityTable<EndpointRow, never>,
): PoolEndpoint[] {
  const found: PoolEndpoint[] = [];
  for (const [name, rows] of some) {
    const other = others.get(name);
    if (other === rows) continue;
    const keys = new Set(other?.map(({ key }) => key));
    for (const { key, cluster, ip, port } of rows) {
      const id = keys.has(key) ? undefined : table.get(key)?.id;
      if (id !== undefined) found.push({ id, cluster, ip, port });
    }
  }
  return found;
}

const NOWHERE: Source = { typeUrl: '', resource: '', path: [] };
