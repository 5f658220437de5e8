import { checked, failure, misuse } from './check.js';
import { OwnedHandle } from './handle.js';
import type { AnyMap } from './map.js';
import { native, type RingHandle } from './native.js';

/** A record that a program submitted. */
export interface RingRecord {
  /**
   * A view of the batch's buffer, which was copied out of the ring: it may be
   * kept, and then keeps the whole batch (up to 1 MiB) in memory. Copy it with
   * `slice()` to keep few of many. Starts at a multiple of 8 bytes.
   */
  readonly data: Uint8Array;
  /** The map that it came from. */
  readonly map: AnyMap;
}

/** All records that were there when the event loop looked, in order for each map. */
export type BatchHandler = (records: readonly RingRecord[]) => void;

/**
 * Reads ring buffer maps on the event loop: programs wake the loop (uv_poll on
 * libbpf's epoll fd), everything that is there is drained in one go, and the
 * handler is called once. What a handler throws is an uncaught exception.
 *
 * An open ring keeps the process alive; `unref()` changes that.
 */
export class RingBuffer extends OwnedHandle<RingHandle> {
  readonly #maps: AnyMap[];
  readonly #onBatch: BatchHandler;

  /**
   * @param maps one or more maps of type `ringbuf`; they may be closed later
   * @param onBatch called with at least one record
   */
  constructor(maps: AnyMap | readonly AnyMap[], onBatch: BatchHandler) {
    const list = isList(maps) ? [...maps] : [maps];
    const label = `ring buffer of ${list.map((map) => map.name).join(', ')}`;
    const operation = `open ${label}`;
    const wrong = list.find((map) => map.type !== 'ringbuf');
    if (wrong !== undefined) throw misuse(operation, `${wrong} has type ${wrong.type}, not ringbuf`);
    if (list.length === 0) throw misuse(operation, 'there must be at least one map');
    // Filled in below: the native side calls only from the event loop, never from here.
    const target: { deliver?: (batch: ArrayBuffer | number) => void } = {};
    const handle = checked(
      operation,
      native().ringNew((batch) => target.deliver?.(batch)),
    );
    for (const [index, map] of list.entries()) {
      const errno = -native().ringAdd(handle, map.use('read'), index);
      if (errno === 0) continue;
      native().ringClose(handle);
      throw failure(operation, errno);
    }
    super(label, handle, (h) => native().ringClose(h));
    this.#maps = list;
    this.#onBatch = onBatch;
    // As a server that listens: an open ring lives though nobody holds it.
    target.deliver = (batch) => void this.#deliver(batch);
  }

  /** Drains now and calls the handler before it returns; gives the number of records. */
  consume(): number {
    const batch = native().ringDrain(this.use('consume'));
    return this.#deliver(batch);
  }

  /** The process stays alive for this ring (the default). */
  ref(): this {
    native().ringRef(this.use('ref'), true);
    return this;
  }

  /** The process may end while this ring is open. */
  unref(): this {
    native().ringRef(this.use('unref'), false);
    return this;
  }

  #deliver(batch: ArrayBuffer | number): number {
    if (typeof batch === 'number') throw failure(`read ${this}`, -batch);
    const records = parseBatch(batch, this.#maps);
    if (records.length > 0) this.#onBatch(records);
    return records.length;
  }
}

/** Each record: u32 index of the map, u32 length, then the data, padded to 8 (ring_sample in native/ring.c). */
function parseBatch(batch: ArrayBuffer, maps: readonly AnyMap[]): RingRecord[] {
  const records: RingRecord[] = [];
  const header = new Uint32Array(batch);
  for (let at = 0; at < batch.byteLength;) {
    const map = maps[header[at / 4] ?? 0];
    const length = header[at / 4 + 1] ?? 0;
    if (map !== undefined) records.push({ map, data: new Uint8Array(batch, at + 8, length) });
    at += 8 + Math.ceil(length / 8) * 8;
  }
  return records;
}

function isList(maps: AnyMap | readonly AnyMap[]): maps is readonly AnyMap[] {
  return Array.isArray(maps);
}
