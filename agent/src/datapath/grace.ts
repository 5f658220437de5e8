/**
 * Updates of oh_pools, the map of maps, and RCU grace periods, on a thread of their own.
 *
 * The kernel waits for a grace period inside every update of a map of maps (maybe_wait_bpf_programs(),
 * kernel/bpf/syscall.c): for each entry before Linux 6.8, once for a batch since. That blocks the caller for
 * milliseconds, and with thousands of endpoints for minutes.
 */
import { Worker } from 'node:worker_threads';

/** What the thread is asked: it answers in the same order. */
export type GraceRequest =
  { readonly type: 'wait' } | { readonly type: 'update'; readonly changes: readonly PoolChange[] };

/** Entry `key` of oh_pools becomes the map with this file descriptor; undefined: nothing. */
export interface PoolChange {
  readonly key: number;
  readonly fd: number | undefined;
}

/** So that a wait never stands behind more than these. */
const changesAtOnce = 64;

interface Waiting<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

export class GraceWaiter {
  readonly #worker: Worker;
  readonly #asked: Waiting<void>[] = [];
  #changes: { readonly change: PoolChange; readonly waiting: Waiting<void> }[] = [];
  #updating = false;

  /** @param mapOfMaps id of oh_pools, whose entry 0 nobody uses */
  constructor(mapOfMaps: number) {
    this.#worker = new Worker(new URL('./graceWorker.js', import.meta.url), { workerData: { mapOfMaps } });
    this.#worker.on('message', () => this.#asked.shift()?.resolve());
    this.#worker.on('error', (error) => {
      for (const one of this.#asked.splice(0)) one.reject(error);
    });
    this.#worker.unref();
  }

  /** Resolves when every program that was running at the call has ended. */
  wait(): Promise<void> {
    return this.#ask({ type: 'wait' });
  }

  /** Resolves when the entry of oh_pools is changed. The file descriptor must stay open until then. */
  update(change: PoolChange): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#changes.push({ change, waiting: { resolve, reject } });
      if (this.#changes.length === 1 && !this.#updating) setImmediate(() => void this.#update());
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
    for (const { waiting } of this.#changes.splice(0)) waiting.resolve();
    for (const one of this.#asked.splice(0)) one.resolve();
  }

  async #update(): Promise<void> {
    if (this.#updating) return;
    this.#updating = true;
    while (this.#changes.length > 0) {
      const now = this.#changes.splice(0, changesAtOnce);
      try {
        await this.#ask({ type: 'update', changes: now.map(({ change }) => change) });
        for (const { waiting } of now) waiting.resolve();
      } catch (error) {
        for (const { waiting } of now) waiting.reject(error as Error);
      }
    }
    this.#updating = false;
  }

  #ask(request: GraceRequest): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#asked.push({ resolve, reject });
      this.#worker.postMessage(request);
    });
  }
}
