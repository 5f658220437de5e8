/** Shapes of load: how many requests a second when, and which. Pure. */

export const profileNames = ['steady', 'spike', 'canary', 'errors'] as const;
export type ProfileName = (typeof profileNames)[number];

export interface Profile {
  /** In one line, for people. */
  readonly summary: string;
  /** What the rate is multiplied with at a moment, in seconds from the start. */
  readonly factor: (seconds: number) => number;
  /** Requests of different kinds; weights are shares of their sum. */
  readonly mix: readonly Variant[];
}

/** How a request differs from the one asked for. */
export interface Variant {
  readonly weight: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Instead of the path asked for; undefined: that. */
  readonly path: string | undefined;
}

const spikePeriod = 15;
const spikeLength = 5;
const spikeFactor = 8;

const plain = { headers: [], path: undefined } as const;
const jason = { headers: [['end-user', 'jason']], path: undefined } as const;

export const profiles: Readonly<Record<ProfileName, Profile>> = {
  steady: {
    summary: 'an even load; one request in ten is of the user jason',
    factor: () => 1,
    mix: [
      { weight: 9, ...plain },
      { weight: 1, ...jason },
    ],
  },
  spike: {
    summary: `${spikeFactor} times as much for ${spikeLength} of every ${spikePeriod} seconds`,
    factor: (seconds) => (seconds % spikePeriod >= spikePeriod - spikeLength ? spikeFactor : 1),
    mix: [{ weight: 1, ...plain }],
  },
  canary: {
    summary: 'an even load of one kind, which shows the shares of a weighted route',
    factor: () => 1,
    mix: [{ weight: 1, ...plain }],
  },
  errors: {
    summary: 'one request in five fails: an unknown path, or a host that no route knows',
    factor: () => 1,
    mix: [
      { weight: 8, ...plain },
      { weight: 1, headers: [], path: '/no/such/thing' },
      { weight: 1, headers: [['Host', 'nobody.invalid']], path: undefined },
    ],
  },
};

/** Says how many requests are due: as many as the rate adds up to, whatever the steps in time are. */
export class Pacer {
  #owed = 0;
  #at = 0;

  constructor(
    private readonly rate: number,
    private readonly factor: Profile['factor'],
  ) {}

  /** Requests that have become due since the last call, at `seconds` from the start. */
  due(seconds: number): number {
    const step = Math.max(0, seconds - this.#at);
    this.#at = seconds;
    // After a stall the missed requests are not made up for all at once.
    this.#owed = Math.min(this.#owed + step * this.wanted(seconds), Math.max(1, this.wanted(seconds) / 4));
    const whole = Math.floor(this.#owed);
    this.#owed -= whole;
    return whole;
  }

  /** Requests a second that are wanted now. */
  wanted(seconds: number): number {
    return this.rate * this.factor(seconds);
  }
}

/** Deals the variants out by weight, evenly: the same sequence every time. */
export class Dealer {
  readonly #credit: number[];
  readonly #sum: number;

  constructor(private readonly weights: readonly number[]) {
    this.#credit = weights.map(() => 0);
    this.#sum = weights.reduce((sum, weight) => sum + weight, 0);
  }

  /** Place of the next variant. */
  next(): number {
    let best = 0;
    for (const [i, weight] of this.weights.entries()) {
      this.#credit[i] = (this.#credit[i] ?? 0) + weight;
      if ((this.#credit[i] ?? 0) > (this.#credit[best] ?? 0)) best = i;
    }
    this.#credit[best] = (this.#credit[best] ?? 0) - this.#sum;
    return best;
  }
}
