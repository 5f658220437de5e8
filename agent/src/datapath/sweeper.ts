/**
 * Deletes entries of connections that are over. Not at once: a preallocated hash hands a freed element to the next
 * insert, and a program on another CPU may still hold the pointer (bpf/lib/state.h). A second later none does.
 */
import { findStruct } from './layout.js';
import type { AnyMap, BpfMap } from 'libbpf-ts/map.js';

const GRACE_NS = 1_000_000_000n;
const BUSY_MS = 1_000;
const CALM_MS = 3_000;
/** So many dead entries in one sweep mean that the next should come soon. */
const MANY = 500;

export interface SweptMap {
  readonly map: AnyMap;
  /** The struct of its values, which has a field `closed`: nanoseconds of the monotonic clock, 0 while open. */
  readonly struct: string;
  /** The values of this map are keys of entries that are needed all the same. */
  readonly needed?: BpfMap<bigint, bigint>;
}

export class Sweeper {
  readonly #maps: readonly (SweptMap & { readonly closedAt: number })[];
  #timer: NodeJS.Timeout | undefined;

  constructor(maps: readonly SweptMap[]) {
    this.#maps = maps.map((swept) => ({
      ...swept,
      closedAt: findStruct(swept.map, swept.struct).offset('closed'),
    }));
    this.#schedule(CALM_MS);
  }

  /** Deletes what has been over for long enough; gives how many. */
  sweep(): number {
    const now = process.hrtime.bigint();
    let swept = 0;
    for (const { map, closedAt, needed: neededBy } of this.#maps) {
      const needed = new Set(Array.from(neededBy ?? [], ([, key]) => key));
      const dead: Uint8Array[] = [];
      for (const [key, value] of map.entriesRaw()) {
        const closed = new DataView(value.buffer, value.byteOffset, value.byteLength).getBigUint64(
          closedAt,
          true,
        );
        if (closed === 0n || now - closed <= GRACE_NS) continue;
        if (!needed.has(new DataView(key.buffer, key.byteOffset).getBigUint64(0, true)))
          dead.push(key.slice());
      }
      for (const key of dead) map.deleteRaw(key);
      swept += dead.length;
    }
    return swept;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #schedule(delay: number): void {
    this.#timer = setTimeout(() => {
      this.#schedule(this.sweep() > MANY ? BUSY_MS : CALM_MS);
    }, delay);
    this.#timer.unref();
  }
}
