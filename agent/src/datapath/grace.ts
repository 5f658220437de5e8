/**
 * Waits until no program that ran before is still running: an RCU grace period.
 *
 * The kernel waits for one inside every update of a map of maps (maybe_wait_bpf_programs(), kernel/bpf/syscall.c). That
 * blocks the caller for milliseconds, so a thread of its own does it.
 */
import { Worker } from 'node:worker_threads';

export class GraceWaiter {
  readonly #worker: Worker;
  readonly #waiting: { resolve(): void; reject(error: Error): void }[] = [];

  /** @param mapOfMaps id of oh_pools, whose entry 0 nobody uses */
  constructor(mapOfMaps: number) {
    this.#worker = new Worker(new URL('./graceWorker.js', import.meta.url), { workerData: { mapOfMaps } });
    this.#worker.on('message', () => this.#waiting.shift()?.resolve());
    this.#worker.on('error', (error) => {
      for (const one of this.#waiting.splice(0)) one.reject(error);
    });
    this.#worker.unref();
  }

  /** Resolves when every program that was running at the call has ended. */
  wait(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage('wait');
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
    for (const one of this.#waiting.splice(0)) one.resolve();
  }
}
