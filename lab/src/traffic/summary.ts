import type { AnswerLine, LatencyUs, SummaryLine } from './lines.js';

/** Adds up what a runner saw. */
export class Summary {
  #answers = 0;
  #errors = 0;
  #bodyBytes = 0;
  readonly #byStatus = new Map<string, number>();
  readonly #byServer = new Map<string, number>();
  readonly #durations: number[] = [];

  answer({ status, headers, bodyBytes, durationUs }: AnswerLine): void {
    this.#answers++;
    this.#bodyBytes += bodyBytes;
    this.#durations.push(durationUs);
    add(this.#byStatus, String(status));
    add(this.#byServer, headers['x-served-by'] ?? '');
  }

  error(): void {
    this.#errors++;
  }

  get failed(): boolean {
    return this.#errors > 0;
  }

  line(requests: number, connections: number, elapsedMs: number): SummaryLine {
    return {
      type: 'summary',
      requests,
      answers: this.#answers,
      errors: this.#errors,
      connections,
      elapsedMs: Math.round(elapsedMs),
      byStatus: Object.fromEntries(this.#byStatus),
      byServer: Object.fromEntries(this.#byServer),
      bodyBytes: this.#bodyBytes,
      latencyUs: latency(this.#durations),
    };
  }
}

/** Nearest-rank percentiles. Undefined without values. */
export function latency(durations: readonly number[]): LatencyUs | undefined {
  if (durations.length === 0) return undefined;
  const sorted = Float64Array.from(durations).sort();
  const rank = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  return { mean: Math.round(mean * 10) / 10, p50: rank(0.5), p90: rank(0.9), p99: rank(0.99), max: rank(1) };
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
