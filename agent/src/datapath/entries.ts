/** What entries of the datapath's maps are in JavaScript: structs of `bpf/lib/` (wire.h, events.h, state.h) by field name. */

import type { Decision } from '@onehop/core/router/decision.js';

export interface OhIp {
  readonly b: Uint8Array;
}

/** struct oh_event */
export interface OhEvent {
  readonly type: number;
  readonly flags: number;
  readonly status: number;
  readonly seq: number;
  readonly cookie: bigint;
  readonly workload: number;
  readonly client_port: number;
  readonly vip_port: number;
  readonly client_ip: OhIp;
  readonly vip: OhIp;
  readonly d: Decision;
  readonly start: bigint;
  readonly first: bigint;
  readonly end: bigint;
  readonly req_bytes: bigint;
  readonly resp_bytes: bigint;
  readonly method: string;
  readonly host: string;
  readonly target: string;
}

/** struct oh_conn */
export interface OhConn {
  /** enum oh_conn_state */
  readonly state: number;
  readonly seq: number;
  readonly upstream: bigint;
  readonly passed: bigint;
  readonly closed: bigint;
  readonly random: bigint;
  /** Cookie of the agent's end. */
  readonly anchor: bigint;
  readonly head_request: number;
  readonly want_event: number;
  readonly ev: OhEvent;
}

/** struct oh_up */
export interface OhUp {
  /** enum oh_up_state */
  readonly state: number;
  readonly phase: number;
  readonly client: bigint;
  readonly left: bigint;
  readonly endpoint: number;
  readonly joined: number;
  readonly reason: number;
  readonly dead: number;
  readonly closed: bigint;
  /** The request that it carries is in oh_replay. */
  readonly kept: number;
}

/** struct oh_tuple, seen from the end that opened the connection */
export interface OhTuple {
  readonly local_ip: OhIp;
  readonly remote_ip: OhIp;
  readonly local_port: number;
  readonly remote_port: number;
}

/** struct oh_release */
export interface OhRelease {
  readonly read_total: bigint;
  readonly written_total: bigint;
  readonly requests: number;
}

/** struct oh_ctl */
export interface OhCtl {
  /** enum oh_ctl_type */
  readonly type: number;
  readonly endpoint: number;
  readonly client: bigint;
  readonly upstream: bigint;
  readonly reason: number;
}

/** struct oh_pool_stat */
export interface OhPoolStat {
  readonly pops: bigint;
  readonly returns: bigint;
  readonly dry: bigint;
}

/** struct oh_knobs */
export interface OhKnobs {
  readonly events: number;
  readonly sample_every: number;
  readonly rate_per_sec: number;
  readonly force_relay: number;
}

/** struct oh_workload */
export interface OhWorkload {
  readonly id: number;
  readonly ip4: OhIp;
  readonly ip6: OhIp;
  /** xxHash64 of the text of the address; 0: none. */
  readonly hash4: bigint;
  readonly hash6: bigint;
}
