import type { Clock } from '../parts.js';

/**
 * The kernel's bpf_ktime_get_ns() and process.hrtime share CLOCK_MONOTONIC. The offset to the wall clock is taken
 * again after `refreshNs`, since the wall clock is stepped and slewed and the other is not.
 */
export class MonotonicClock implements Clock {
  #offsetNs: bigint | undefined;
  #takenNs = 0n;

  constructor(
    private readonly refreshNs = 60_000_000_000n,
    private readonly monotonicNs: () => bigint = process.hrtime.bigint,
    private readonly wallMs: () => number = Date.now,
  ) {}

  unixUs(monotonicNs: bigint): number {
    return Number((monotonicNs + this.#offset()) / 1000n);
  }

  #offset(): bigint {
    const now = this.monotonicNs();
    if (this.#offsetNs === undefined || now - this.#takenNs > this.refreshNs) {
      this.#offsetNs = this.#measure();
      this.#takenNs = now;
    }
    return this.#offsetNs;
  }

  /** Date.now() has whole milliseconds: wait for it to tick over, at most 1 ms, to know the offset to a few µs. */
  #measure(): bigint {
    const before = this.wallMs();
    let wall = before;
    while (wall === before) wall = this.wallMs();
    return BigInt(wall) * 1_000_000n - this.monotonicNs();
  }
}
