import type { OhVersioned } from '../wire/structs.js';
import { IdPool } from './ids.js';

/** Something that has an id: from generation `from` on, up to and without `until`. */
export interface Entity<R, V> {
  readonly id: number;
  readonly key: string;
  readonly row: R;
  readonly from: number;
  readonly until?: number;
  /** What its map holds at its id. Absent: nothing was ever written (endpoints have no versions). */
  readonly entry?: OhVersioned<V>;
  /** Contents that its newest version points at. */
  readonly uses: readonly Use[];
}

export interface Use {
  readonly table: InternedTable;
  readonly content: string;
}

export type InternedTable =
  | 'strings'
  | 'regexes'
  | 'automata'
  | 'lists'
  | 'splits'
  | 'wilds'
  | 'groups'
  | 'shares'
  | 'rings'
  | 'maglevTables'
  | 'hashes';

/** The entities of one kind. Copied by `fork`. */
export class EntityTable<R, V> {
  readonly #ids: IdPool;
  #byKey: Map<string, Entity<R, V>>;
  /** The entity that has, or last had, an id. */
  #byId: Map<number, Entity<R, V>>;
  #own: boolean;

  constructor(limit: number, from?: EntityTable<R, V>) {
    this.#ids = from === undefined ? new IdPool(limit) : from.#ids.fork();
    this.#byKey = from === undefined ? new Map() : from.#byKey;
    this.#byId = from === undefined ? new Map() : from.#byId;
    this.#own = from === undefined;
  }

  fork(): EntityTable<R, V> {
    this.#own = false;
    return new EntityTable(0, this);
  }

  get(key: string): Entity<R, V> | undefined {
    return this.#byKey.get(key);
  }

  /** Those that there are now. */
  values(): IterableIterator<Entity<R, V>> {
    return this.#byKey.values();
  }

  /** The entity that had an id in a generation. */
  at(id: number, generation: number): Entity<R, V> | undefined {
    const entity = this.#byId.get(id);
    const there =
      entity !== undefined &&
      entity.from <= generation &&
      (entity.until === undefined || generation < entity.until);
    return there ? entity : undefined;
  }

  /** A new entity. `reused`: its id had another owner before. Undefined: there is no id left. */
  add(
    key: string,
    row: R,
    from: number,
  ): { readonly entity: Entity<R, V>; readonly reused: boolean } | undefined {
    const id = this.#ids.take();
    if (id === undefined) return undefined;
    const before = this.#byId.get(id);
    const entity: Entity<R, V> = {
      id,
      key,
      row,
      from,
      uses: [],
      ...(before?.entry === undefined ? {} : { entry: before.entry }),
    };
    this.#put(entity);
    return { entity, reused: before !== undefined };
  }

  update(entity: Entity<R, V>): void {
    this.#put(entity);
  }

  /** The entities are gone from generation `gen` on. */
  drop(entities: readonly Entity<R, V>[], gen: number): void {
    if (entities.length === 0) return;
    for (const entity of entities) {
      this.#put({ ...entity, until: gen, uses: [] });
      this.#byKey.delete(entity.key);
    }
    this.#ids.drop(
      entities.map(({ id }) => id),
      gen,
    );
  }

  /** Ids wait to be free. */
  get hasDropped(): boolean {
    return this.#ids.hasDropped;
  }

  retire(through: number, busy: ReadonlySet<number>): void {
    this.#ids.retire(through, busy);
  }

  #put(entity: Entity<R, V>): void {
    if (!this.#own) {
      this.#byKey = new Map(this.#byKey);
      this.#byId = new Map(this.#byId);
      this.#own = true;
    }
    this.#byKey.set(entity.key, entity);
    this.#byId.set(entity.id, entity);
  }
}
