import type { RequestResult } from './result.js';

/** Many requests in a few figures. `null` names stand for requests without a decision. */
export interface RequestSummary {
  readonly requests: number;
  readonly byStatus: readonly Share[];
  readonly byPath: readonly (Share & { readonly latencyUs: Percentiles })[];
  readonly byEndpoint: readonly (Share & { readonly cluster: string; readonly endpoint: string })[];
  /** Requests whose event did not come, by the reason. */
  readonly missing: readonly Share[];
}

export interface Share {
  readonly name: string;
  readonly requests: number;
  /** Of all requests, 0 to 1. */
  readonly share: number;
}

/** Nearest rank. */
export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** Adds up results without keeping them. */
export class Summing {
  #requests = 0;
  readonly #status = new Map<string, number>();
  readonly #path = new Map<string, number[]>();
  readonly #endpoint = new Map<string, { cluster: string; endpoint: string; requests: number }>();
  readonly #missing = new Map<string, number>();

  add(result: RequestResult): void {
    this.#requests += 1;
    increment(this.#status, String(result.status));
    if (result.decisionMissing !== null) {
      increment(this.#missing, result.decisionMissing);
      return;
    }
    const path = result.path ?? 'unknown';
    const times = this.#path.get(path);
    const time = result.durationUs ?? result.clientDurationUs;
    if (times === undefined) this.#path.set(path, [time]);
    else times.push(time);
    const cluster = result.cluster ?? 'none';
    const endpoint = result.endpoint ?? 'none';
    const key = `${cluster}\n${endpoint}`;
    const entry = this.#endpoint.get(key);
    if (entry === undefined) this.#endpoint.set(key, { cluster, endpoint, requests: 1 });
    else entry.requests += 1;
  }

  summary(): RequestSummary {
    const share = (requests: number): number => (this.#requests === 0 ? 0 : requests / this.#requests);
    const shares = (counts: Map<string, number>): Share[] =>
      [...counts].map(([name, requests]) => ({ name, requests, share: share(requests) })).sort(byName);
    return {
      requests: this.#requests,
      byStatus: shares(this.#status),
      byPath: [...this.#path]
        .map(([name, times]) => ({
          name,
          requests: times.length,
          share: share(times.length),
          latencyUs: percentiles(times),
        }))
        .sort(byName),
      byEndpoint: [...this.#endpoint.values()]
        .map((entry) => ({
          ...entry,
          name: `${entry.cluster} ${entry.endpoint}`,
          share: share(entry.requests),
        }))
        .sort(byName),
      missing: shares(this.#missing),
    };
  }
}

export function percentiles(values: readonly number[]): Percentiles {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
}

function increment(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
