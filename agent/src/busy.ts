import type { BusyIds } from '@onehop/core/compile/allocate.js';
import type { AnyMap } from 'libbpf-ts/map.js';
import { findStruct } from './datapath/layout.js';
import type { PoolCount } from './parts.js';

export interface Holders {
  /** oh_conn and oh_up. */
  readonly conn: AnyMap;
  readonly up: AnyMap;
  readonly pools: () => readonly PoolCount[];
}

/**
 * Ids that open connections still carry: a new owner of such an id would get their traffic. Reads only the fields that
 * it needs: there may be tens of thousands of connections, and the relay waits meanwhile.
 */
export class Busy {
  readonly #holders: Holders;
  readonly #conn: { readonly closed: number; readonly listener: number; readonly endpoint: number };
  readonly #up: { readonly closed: number; readonly endpoint: number };

  constructor(holders: Holders) {
    this.#holders = holders;
    const { conn, up } = holders;
    const decision = findStruct(conn, 'oh_conn').offset('ev') + findStruct(conn, 'oh_event').offset('d');
    this.#conn = {
      closed: findStruct(conn, 'oh_conn').offset('closed'),
      listener: decision + findStruct(conn, 'oh_decision').offset('listener'),
      endpoint: decision + findStruct(conn, 'oh_decision').offset('endpoint'),
    };
    this.#up = {
      closed: findStruct(up, 'oh_up').offset('closed'),
      endpoint: findStruct(up, 'oh_up').offset('endpoint'),
    };
  }

  ids(): BusyIds {
    const { conn, up, pools } = this.#holders;
    const listener = new Set<number>();
    const endpoint = new Set(pools().map((pool) => pool.endpoint));
    for (const [, value] of conn.entriesRaw()) {
      const view = viewOf(value);
      if (view.getBigUint64(this.#conn.closed, true) !== 0n) continue;
      listener.add(view.getUint32(this.#conn.listener, true));
      endpoint.add(view.getUint32(this.#conn.endpoint, true));
    }
    for (const [, value] of up.entriesRaw()) {
      const view = viewOf(value);
      if (view.getBigUint64(this.#up.closed, true) === 0n)
        endpoint.add(view.getUint32(this.#up.endpoint, true));
    }
    return { listener, endpoint };
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
