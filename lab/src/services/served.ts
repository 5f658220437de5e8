/** Paths that are told apart; a path per request would grow without end. */
const MAX_PATHS = 1_000;

export interface ServedReport {
  readonly workload: string;
  readonly count: number;
  readonly paths: Readonly<Record<string, number>>;
}

/** Counts the requests that reached a service, when their head is complete. */
export class ServedCount {
  #count = 0;
  readonly #paths = new Map<string, number>();

  constructor(private readonly workload: string) {}

  add(path: string): void {
    this.#count++;
    const key = this.#paths.has(path) || this.#paths.size < MAX_PATHS ? path : '(others)';
    this.#paths.set(key, (this.#paths.get(key) ?? 0) + 1);
  }

  report(): ServedReport {
    return { workload: this.workload, count: this.#count, paths: Object.fromEntries(this.#paths) };
  }
}
