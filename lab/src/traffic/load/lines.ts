/** What the load runner (`traffic/load/main.ts`) prints: a line a second, and a last one with `done`. All counts are from the start. */
export interface LoadLine {
  readonly type: 'load';
  readonly elapsedMs: number;
  /** Requests a second that the profile wants now. */
  readonly wanted: number;
  /** Requests a second that were answered since the line before. */
  readonly rate: number;
  readonly answers: number;
  /** Requests without an answer. */
  readonly errors: number;
  /** Requests that were due while every connection was busy, and were left out. */
  readonly skipped: number;
  readonly byStatus: Readonly<Record<string, number>>;
  /** Of the answers since the line before, in microseconds; null without any. */
  readonly p50Us: number | null;
  readonly p99Us: number | null;
  readonly done: boolean;
}
