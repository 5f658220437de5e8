/** Puts planned entries into the kernel's maps and into the relay's router: the same bytes in both. */
import type { MapLimits } from '@onehop/core/compile/limits.js';
import { CONFIG_MAPS, STATE_MAPS } from '@onehop/core/compile/limits.js';
import type { MapDelete, MapWrite, StateReset } from '@onehop/core/compile/writes.js';
import type { WasmRouter } from '@onehop/core/router/wasmRouter.js';
import type { AnyMap } from 'libbpf-ts/map.js';
import type { BpfObject } from 'libbpf-ts/object.js';
import type { GraceWaiter } from './grace.js';

export class DatapathWriter {
  /** max_entries of the maps as loaded. */
  readonly limits: MapLimits;
  readonly #object: BpfObject;
  readonly #router: WasmRouter;
  readonly #grace: GraceWaiter;

  constructor(object: BpfObject, router: WasmRouter, grace: GraceWaiter) {
    this.#object = object;
    this.#router = router;
    this.#grace = grace;
    this.limits = Object.fromEntries(
      [...CONFIG_MAPS, ...STATE_MAPS].map((name) => [name, this.#map(name).maxEntries]),
    ) as unknown as MapLimits;
  }

  /** @throws BpfError; some entries may have been written then: undo */
  write(writes: readonly MapWrite[]): void {
    for (const [name, group] of byMap(writes)) {
      const map = this.#map(name);
      const keys = new Uint8Array(group.length * map.keySize);
      const values = new Uint8Array(group.length * map.rawValueSize);
      group.forEach(({ key, value }, i) => {
        keys.set(keyBytes(key), i * map.keySize);
        values.set(value, i * map.rawValueSize);
      });
      map.setBatchRaw({ count: group.length, keys, values });
      if (!this.#router.has(name)) continue;
      for (const { key, value } of group) {
        if (!this.#router.set(name, keyBytes(key), value))
          throw new Error(`the relay's table ${name} is full`);
      }
    }
  }

  /** Sets entries of state maps to zero, on every CPU. */
  reset(resets: readonly StateReset[]): void {
    for (const { map: name, key } of resets) {
      const map = this.#map(name);
      map.setRaw(keyBytes(key), new Uint8Array(map.rawValueSize));
      if (this.#router.has(name)) this.#router.set(name, keyBytes(key), new Uint8Array(map.valueSize));
    }
  }

  /** All programs decide by the new generation from here on. */
  flip(flip: MapWrite): void {
    this.write([flip]);
  }

  /** Resolves when no program reads the generation before any more. */
  grace(): Promise<void> {
    return this.#grace.wait();
  }

  delete(deletes: readonly MapDelete[]): void {
    for (const { map: name, key } of deletes) {
      this.#map(name).deleteRaw(key);
      if (this.#router.has(name)) this.#router.delete(name, key);
    }
  }

  #map(name: string): AnyMap {
    return this.#object.map(name) as unknown as AnyMap;
  }
}

function keyBytes(key: number | Uint8Array): Uint8Array {
  if (typeof key !== 'number') return key;
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, key, true);
  return bytes;
}

function byMap(writes: readonly MapWrite[]): Map<string, MapWrite[]> {
  const groups = new Map<string, MapWrite[]>();
  for (const write of writes) {
    const group = groups.get(write.map);
    if (group === undefined) groups.set(write.map, [write]);
    else group.push(write);
  }
  return groups;
}
