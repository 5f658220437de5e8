/** Random numbers that follow from a seed. */
export class Rng {
  #state: number;

  constructor(...seeds: readonly number[]) {
    this.#state = 0x2545f491;
    for (const seed of seeds) {
      this.#state = Math.imul(this.#state ^ seed, 0x9e3779b1) ^ (this.#state >>> 15);
      this.next();
    }
  }

  /** 0 … 1, without 1. Mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** A whole number from `from` to `to`, both possible. */
  between(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(some: readonly T[]): T {
    const one = some[this.between(0, some.length - 1)];
    if (one === undefined) throw new Error('nothing to pick from');
    return one;
  }

  /** One of the values, each as often as its weight says. */
  weighted<T>(some: readonly (readonly [weight: number, value: T])[]): T {
    let left = this.next() * some.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, value] of some) {
      left -= weight;
      if (left < 0) return value;
    }
    throw new Error('nothing to pick from');
  }
}
