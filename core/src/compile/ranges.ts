/** A run of entries of an array map. */
export interface Range {
  readonly off: number;
  readonly n: number;
}

/**
 * Runs of entries 1 … limit - 1 of an array map: first fit, neighbours joined when they become free. The caller says
 * when; see `Interned`. Copied by `fork`.
 */
export class RangePool {
  readonly #limit: number;
  /** In order, never touching. */
  #free: readonly Range[];

  constructor(limit: number) {
    this.#limit = limit;
    this.#free = limit > 1 ? [{ off: 1, n: limit - 1 }] : [];
  }

  get limit(): number {
    return this.#limit;
  }

  fork(): RangePool {
    const pool = new RangePool(this.#limit);
    pool.#free = this.#free;
    return pool;
  }

  /** The offset; undefined when no free run is long enough. `n` is at least 1. */
  take(n: number): number | undefined {
    const at = this.#free.findIndex((run) => run.n >= n);
    const run = this.#free[at];
    if (run === undefined) return undefined;
    const rest = run.n === n ? [] : [{ off: run.off + n, n: run.n - n }];
    this.#free = this.#free.toSpliced(at, 1, ...rest);
    return run.off;
  }

  give(ranges: readonly Range[]): void {
    if (ranges.length === 0) return;
    const runs = [...this.#free, ...ranges].sort((a, b) => a.off - b.off);
    const joined: Range[] = [];
    for (const run of runs) {
      const last = joined.at(-1);
      if (last !== undefined && last.off + last.n === run.off)
        joined[joined.length - 1] = { off: last.off, n: last.n + run.n };
      else joined.push(run);
    }
    this.#free = joined;
  }
}
