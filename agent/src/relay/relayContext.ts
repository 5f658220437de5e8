import type { Pools } from '../pool/pools.js';
import type { BodyPumps } from './bodyPumps.js';
import type { ClientConnection } from './clientConnection.js';
import type { KernelConns } from './kernelConns.js';
import type { RelayCounters, RelayEventSink } from './relayEvents.js';
import type { Router } from './router.js';

/** What all connections of a relay share. */
export interface RelayContext {
  readonly kernel: KernelConns;
  readonly router: Router;
  readonly pools: Pools;
  readonly events: RelayEventSink;
  readonly counters: RelayCounters;
  readonly pumps: BodyPumps;
  /** ms of performance.now() */
  now(): number;
  /** Has ClientConnection.tick called every second until it returns false. */
  watch(connection: ClientConnection): void;
  closed(connection: ClientConnection): void;
}
