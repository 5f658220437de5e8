/**
 * Updates of oh_pools, the map of maps, and RCU grace periods, on threads of their own.
 *
 * The kernel waits for a grace period inside every update of a map of maps (maybe_wait_bpf_programs(),
 * kernel/bpf/syscall.c): for each entry before Linux 6.8, once for a batch since. That blocks the caller for
 * milliseconds, and with thousands of endpoints for minutes.
 */
import { Worker } from 'node:worker_threads';

/** What a thread is asked: it answers in the same order. `place`: the map with this descriptor becomes the entry. */
export type GraceRequest =
  | { readonly type: 'wait' }
  | { readonly type: 'place'; readonly entries: readonly (readonly [key: number, fd: number])[] }
  | { readonly type: 'remove'; readonly key: number };

/** Entry `key` of oh_pools becomes the map with this file descriptor; undefined: nothing. */
export interface PoolChange {
  readonly key: number;
  readonly fd: number | undefined;
}

/** A few, as before Linux 6.8 each of them costs a grace period. */
const placedAtOnce = 64;

interface Waiting {
  resolve(): void;
  reject(error: Error): void;
}

type Asked = PoolChange & { readonly waiting: readonly Waiting[] };

export class GraceWaiter {
  /** Apart, so that a wait stands behind no update; the kernel ends grace periods together that are waited for at one time. */
  readonly #waits: GraceThread;
  readonly #updates: GraceThread;
  /** By key, the last change that was asked for. */
  readonly #changes = new Map<number, Asked>();
  #updating: Promise<void> | undefined;

  /** @param mapOfMaps id of oh_pools, whose entry 0 nobody uses */
  constructor(mapOfMaps: number) {
    this.#waits = new GraceThread(mapOfMaps);
    this.#updates = new GraceThread(mapOfMaps);
  }

  /** Resolves when every program that was running at the call has ended. */
  wait(): Promise<void> {
    return this.#waits.ask({ type: 'wait' });
  }

  /** Resolves when the entry of oh_pools is changed. The file descriptor must stay open until then. */
  update(change: PoolChange): Promise<void> {
    return new Promise((resolve, reject) => {
      const { key } = change;
      const before = this.#changes.get(key)?.waiting ?? [];
      this.#changes.delete(key);
      this.#changes.set(key, { ...change, waiting: [...before, { resolve, reject }] });
      this.#updating ??= this.#update();
    });
  }

  async close(): Promise<void> {
    await Promise.all([this.#waits.close(), this.#updates.close()]);
    for (const { waiting } of this.#changes.values()) for (const one of waiting) one.resolve();
    this.#changes.clear();
  }

  async #update(): Promise<void> {
    // What changes in one turn of the event loop is one update.
    await new Promise(setImmediate);
    while (this.#changes.size > 0) await this.#updateSome();
    this.#updating = undefined;
  }

  /** New pools, which requests wait for, come first; old ones go one by one, as each costs a grace period. */
  async #updateSome(): Promise<void> {
    const all = [...this.#changes.values()];
    const placed = all.filter(({ fd }) => fd !== undefined);
    const now = placed.length > 0 ? placed.slice(0, placedAtOnce) : all.slice(0, 1);
    for (const { key } of now) this.#changes.delete(key);
    const waiting = now.flatMap((one) => one.waiting);
    try {
      const entries = now.flatMap(({ key, fd }) => (fd === undefined ? [] : [[key, fd] as const]));
      const [first] = now;
      if (entries.length > 0) await this.#updates.ask({ type: 'place', entries });
      else if (first !== undefined) await this.#updates.ask({ type: 'remove', key: first.key });
      for (const one of waiting) one.resolve();
    } catch (error) {
      for (const one of waiting) one.reject(error as Error);
    }
  }
}

/** A thread that does one thing after the other. */
class GraceThread {
  readonly #worker: Worker;
  readonly #asked: Waiting[] = [];

  constructor(mapOfMaps: number) {
    this.#worker = new Worker(new URL('./graceWorker.js', import.meta.url), { workerData: { mapOfMaps } });
    this.#worker.on('message', () => this.#asked.shift()?.resolve());
    this.#worker.on('error', (error) => {
      for (const one of this.#asked.splice(0)) one.reject(error);
    });
    this.#worker.unref();
  }

  ask(request: GraceRequest): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#asked.push({ resolve, reject });
      this.#worker.postMessage(request);
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
    for (const one of this.#asked.splice(0)) one.resolve();
  }
}
