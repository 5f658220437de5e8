import type { BusyIds } from '@onehop/core/compile/allocate.js';
import type { BpfMap } from 'libbpf-ts/map.js';
import type { OhConn, OhUp } from './datapath/entries.js';
import type { PoolCount } from './parts.js';

export interface Holders {
  readonly conn: BpfMap<bigint, OhConn>;
  readonly up: BpfMap<bigint, OhUp>;
  readonly pools: () => readonly PoolCount[];
}

/** Ids that open connections still carry: a new owner of such an id would get their traffic. */
export function busyIds({ conn, up, pools }: Holders): BusyIds {
  const listener = new Set<number>();
  const endpoint = new Set<number>();
  for (const [, { ev, closed }] of conn) {
    if (closed !== 0n) continue;
    listener.add(ev.d.listener);
    endpoint.add(ev.d.endpoint);
  }
  for (const [, { endpoint: id, closed }] of up) if (closed === 0n) endpoint.add(id);
  for (const { endpoint: id } of pools()) endpoint.add(id);
  return { listener, endpoint };
}
