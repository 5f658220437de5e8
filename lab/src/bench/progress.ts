import type { Writable } from 'node:stream';

/** Lines for people while the benchmark runs, with the time that is left. */
export class Progress {
  readonly #start = performance.now();
  #total = 0;
  #done = 0;
  #phaseStart = 0;

  constructor(private readonly out: Writable) {}

  /** Where the measurements start: from here on each line shows what is left of `expectedMs`. */
  measuring(expectedMs: number): void {
    this.#total = expectedMs;
    this.#phaseStart = performance.now();
  }

  /** Work worth `expectedMs` of the plan is done. */
  advance(expectedMs: number): void {
    this.#done += expectedMs;
  }

  line(text: string): void {
    this.out.write(`${this.#clock()}  ${text}\n`);
  }

  #clock(): string {
    if (this.#total === 0) return `${clock(performance.now() - this.#start)}      `;
    const spent = performance.now() - this.#phaseStart;
    return `${clock(this.remainingMs(spent))} left`;
  }

  /** The plan's rest at the pace up to now. */
  remainingMs(spentMs: number): number {
    const rest = Math.max(0, this.#total - this.#done);
    return this.#done < this.#total * 0.05 ? rest : (rest * spentMs) / this.#done;
  }
}

function clock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2)}:${String(seconds % 60).padStart(2, '0')}`;
}
