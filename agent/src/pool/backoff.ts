/** Waiting times between attempts that fail: doubling, with jitter, so that many pools do not knock at once. */
export class Backoff {
  #failures = 0;
  #until = 0;

  constructor(
    private readonly firstMs: number,
    private readonly mostMs: number,
    private readonly random: () => number = Math.random,
  ) {}

  get failures(): number {
    return this.#failures;
  }

  ready(now: number): boolean {
    return now >= this.#until;
  }

  failed(now: number): void {
    // attempts that were under way together count once
    if (this.#failures > 0 && now < this.#until) return;
    const wait = Math.min(this.mostMs, this.firstMs * 2 ** this.#failures);
    this.#failures++;
    this.#until = now + wait * (0.5 + this.random() / 2);
  }

  succeeded(): void {
    this.#failures = 0;
    this.#until = 0;
  }
}
