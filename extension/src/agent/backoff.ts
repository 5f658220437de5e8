const firstMs = 200;
const longestMs = 1_000;

/** Waits between attempts: longer each time, cut short by `wake`. */
export class Backoff {
  #next = firstMs;
  #wake: (() => void) | undefined;

  /** Resolves after the wait, at the next `wake`, or when `signal` aborts. */
  wait(signal: AbortSignal): Promise<void> {
    const ms = this.#next;
    this.#next = Math.min(this.#next * 2, longestMs);
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done);
      this.#wake = done;
      if (signal.aborted) done();
    });
  }

  /** It worked: begin anew with the shortest wait. */
  reset(): void {
    this.#next = firstMs;
  }

  /** Something has changed: try now. */
  wake(): void {
    this.#next = firstMs;
    this.#wake?.();
  }
}
