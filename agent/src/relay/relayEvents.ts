/** What the relay tells about each request that it served. */
import type { RouteDecision } from '../pool/kernelPools.js';

/** One request that the relay answered, wholly or from a hand-over on. Names for the ids are the sink's matter. */
export interface RelayEvent {
  readonly cookie: bigint;
  /** Requests on the connection before this one. */
  readonly seq: number;
  readonly workload: string;
  /** address:port as the client's socket has it; IPv6 in brackets. */
  readonly client: string;
  /** The VIP that the client asked for. */
  readonly destination: string;
  readonly decision: RouteDecision;
  /** enum oh_reason: why the relay served it, or why it was turned away. */
  readonly reason: number;
  /** What the head parser objected to, in words; empty when nothing. */
  readonly detail: string;
  /** Latin-1 text; host and target cut to 256 bytes. */
  readonly method: string;
  readonly host: string;
  readonly target: string;
  /** Of the final response; 0 when none came. */
  readonly status: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** Microseconds since the Unix epoch. */
  readonly startUs: number;
  /** Microseconds after startUs; 0 when no byte of a response came. */
  readonly firstByteUs: number;
  readonly durationUs: number;
}

export interface RelayEventSink {
  /** False: nobody listens, and the relay need not build the event. */
  readonly watched: boolean;
  emit(event: RelayEvent): void;
}

/** As RelayCounters of agent.proto. */
export interface RelayCounters {
  /** Requests of which the relay read the head, or whose response it took over. */
  requests: number;
  bytesFromClients: number;
  bytesToClients: number;
  /** Anchor connections that are open now. */
  openConnections: number;
}
