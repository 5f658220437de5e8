import { RangePool, type Range } from './ranges.js';

interface Item {
  readonly range: Range;
  /** Versions of entries that point at it. */
  readonly uses: number;
}

/**
 * Immutable contents of an array map (strings, lists of ids, splits), each stored once however many entries point at it.
 * What nobody points at any more stays until the generation that dropped it is retired; until then it can be taken up
 * again as it is. Copied by `fork`.
 */
export class Interned {
  readonly #pool: RangePool;
  #items: Map<string, Item>;
  /** Contents that nobody points at, with the generation since which that is so. */
  #idle: Map<string, number>;
  /** Whether the maps are this copy's alone, or still those that it was forked from. */
  #own = true;

  constructor(limit: number, from?: Interned) {
    this.#pool = from === undefined ? new RangePool(limit) : from.#pool.fork();
    this.#items = from === undefined ? new Map() : from.#items;
    this.#idle = from === undefined ? new Map() : from.#idle;
    this.#own = from === undefined;
  }

  get limit(): number {
    return this.#pool.limit;
  }

  fork(): Interned {
    this.#own = false;
    return new Interned(this.limit, this);
  }

  /** Where a content is; undefined when it is not stored. */
  offsetOf(content: string): number | undefined {
    return this.rangeOf(content)?.off;
  }

  rangeOf(content: string): Range | undefined {
    return this.#items.get(content)?.range;
  }

  /** Points at a content once more. `fresh`: it has yet to be written. Undefined: there is no room. */
  acquire(content: string, n: number): { readonly range: Range; readonly fresh: boolean } | undefined {
    const item = this.#items.get(content);
    if (item === undefined) {
      const off = this.#pool.take(n);
      if (off === undefined) return undefined;
      const range = { off, n };
      this.#change().set(content, { range, uses: 1 });
      return { range, fresh: true };
    }
    this.#change().set(content, { ...item, uses: item.uses + 1 });
    if (item.uses === 0) this.#idle.delete(content);
    return { range: item.range, fresh: false };
  }

  /** Points at a content once less, from generation `gen` on. */
  release(content: string, gen: number): void {
    const item = this.#items.get(content);
    if (item === undefined) throw new Error(`released more often than acquired: ${content}`);
    this.#change().set(content, { ...item, uses: item.uses - 1 });
    if (item.uses === 1) this.#idle.set(content, gen);
  }

  /** No program reads a generation before `through` any more. */
  retire(through: number): void {
    const freed: Range[] = [];
    for (const [content, gen] of [...this.#idle]) {
      if (gen > through) continue;
      const items = this.#change();
      freed.push(items.get(content)?.range ?? { off: 0, n: 0 });
      items.delete(content);
      this.#idle.delete(content);
    }
    this.#pool.give(freed);
  }

  #change(): Map<string, Item> {
    if (!this.#own) {
      this.#items = new Map(this.#items);
      this.#idle = new Map(this.#idle);
      this.#own = true;
    }
    return this.#items;
  }
}
