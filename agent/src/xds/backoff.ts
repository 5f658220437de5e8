export interface BackoffOptions {
  readonly initialMs: number;
  readonly longestMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Waiting times that double from 10 ms to 15 s, each shortened by up to half, so that agents do not return in step. */
export class Backoff {
  readonly #options: BackoffOptions;
  #next: number;

  constructor(options: Partial<BackoffOptions> = {}) {
    this.#options = { initialMs: 10, longestMs: 15_000, random: Math.random, ...options };
    this.#next = this.#options.initialMs;
  }

  /** Milliseconds to wait before the next attempt. */
  nextMs(): number {
    const { longestMs, random } = this.#options;
    const wait = this.#next * (1 - random() / 2);
    this.#next = Math.min(this.#next * 2, longestMs);
    return wait;
  }

  /** An attempt worked. */
  reset(): void {
    this.#next = this.#options.initialMs;
  }
}
