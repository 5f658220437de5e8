/**
 * Ids 1 … limit - 1 of an array map. Ids that were never used come first, then those that have been free the longest:
 * events and open connections may still hold an id after its entry is gone, so reuse is put off as far as it goes.
 * Copied by `fork`, so that a plan that is not carried out leaves no trace.
 */
export class IdPool {
  readonly #limit: number;
  #next = 1;
  /** Free for use from #head on, the longest first. */
  #free: readonly number[] = [];
  #head = 0;
  /** Given up by a generation that programs may not have left behind yet. */
  #dropped: readonly { readonly id: number; readonly gen: number }[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  fork(): IdPool {
    const pool = new IdPool(this.#limit);
    pool.#next = this.#next;
    pool.#free = this.#free;
    pool.#head = this.#head;
    pool.#dropped = this.#dropped;
    return pool;
  }

  /** Undefined: all are in use. */
  take(): number | undefined {
    if (this.#next < this.#limit) return this.#next++;
    return this.#free[this.#head++];
  }

  get hasDropped(): boolean {
    return this.#dropped.length > 0;
  }

  drop(ids: readonly number[], gen: number): void {
    if (ids.length > 0) this.#dropped = [...this.#dropped, ...ids.map((id) => ({ id, gen }))];
  }

  /** No program reads a generation before `through` any more: what `through` and those before it dropped is free, but for `busy`. */
  retire(through: number, busy: ReadonlySet<number>): void {
    const stays = ({ id, gen }: { id: number; gen: number }): boolean => gen > through || busy.has(id);
    this.#free = [
      ...this.#free.slice(this.#head),
      ...this.#dropped.filter((one) => !stays(one)).map(({ id }) => id),
    ];
    this.#head = 0;
    this.#dropped = this.#dropped.filter(stays);
  }
}
