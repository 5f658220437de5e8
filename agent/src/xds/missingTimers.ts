/** One timer a name: a resource that was asked for and has not come in time does not exist. */
export class MissingTimers {
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(
    readonly afterMs: number,
    readonly onMissing: (name: string) => void,
  ) {}

  /** Timers for exactly these names; one that runs already goes on. */
  watch(names: Iterable<string>): void {
    const wanted = new Set(names);
    for (const [name, timer] of this.#timers) {
      if (wanted.has(name)) continue;
      clearTimeout(timer);
      this.#timers.delete(name);
    }
    for (const name of wanted) {
      if (!this.#timers.has(name))
        this.#timers.set(
          name,
          setTimeout(() => this.#expire(name), this.afterMs),
        );
    }
  }

  #expire(name: string): void {
    this.#timers.delete(name);
    this.onMissing(name);
  }
}
