/**
 * What the parts of the agent ask of each other. `main.ts` wires the real ones; the API server, the events and the
 * metrics know only these interfaces.
 */
import type { Event, FieldError } from '@onehop/core/api/agent.generated.js';
import type { DecisionIds, DecisionNames } from '@onehop/core/decision/name.js';

/** Something that runs. `close` is idempotent and resolves when nothing of it is left. */
export interface Part {
  close(): void | Promise<void>;
}

/**
 * An event as the API tells it, by whoever saw it: `source` is kernel or relay. The hub adds the node and what a
 * stream lost. Decimal cookie; `startUs` since the Unix epoch; `durationUs` and `firstByteUs` from `startUs` on.
 */
export type AgentEvent = Omit<Event, 'node' | 'lost'>;

/** Knows the names of the generations that may still be in use. */
export interface Namer {
  names(ids: DecisionIds): DecisionNames;
}

/** Wall-clock microseconds of the kernel's and process.hrtime's nanoseconds (both CLOCK_MONOTONIC). */
export interface Clock {
  unixUs(monotonicNs: bigint): number;
}

export interface ProgramState {
  readonly name: string;
  readonly id: number;
  readonly type: string;
  readonly attached: string;
  readonly verifiedInstructions: number;
  readonly runCount: number;
  readonly runTimeNs: number;
}

export interface Knobs {
  readonly sampleEvery: number;
  readonly ratePerSec: number;
  readonly forceRelay: boolean;
}

/** The loaded programs and maps, as far as the API looks at them. */
export interface DatapathPart extends Part {
  programs(): readonly ProgramState[];
  knobs(): Knobs;
  setKnobs(knobs: Partial<Knobs>): void;
  /** Whether programs write sampled events into oh_events. Traced connections always do. */
  setEvents(on: boolean): void;
  /** The cookie of the mesh connection with this local address, which is traced from now on; undefined: there is none. */
  trace(address: string, port: number): bigint | undefined;
}

export interface ControlPlaneState {
  readonly address: string;
  readonly state: 'connecting' | 'connected' | 'lost';
  readonly error: string;
}

export interface ResourceStatus {
  readonly typeUrl: string;
  readonly name: string;
  readonly state: 'requested' | 'acked' | 'nacked' | 'does-not-exist';
  readonly version: string;
  readonly failedVersion: string;
  readonly errors: readonly FieldError[];
}

/** The ADS client and what it has applied. */
export interface ConfigurationPart extends Part {
  readonly generation: number;
  controlPlane(): ControlPlaneState;
  resources(): readonly ResourceStatus[];
  /** Called after every change of any of these. */
  onChange(listener: () => void): void;
}

export interface RelayCount {
  readonly requests: number;
  readonly bytesFromClients: number;
  readonly bytesToClients: number;
  readonly openConnections: number;
}

export interface RelayPart extends Part {
  counters(): RelayCount;
}

export interface PoolCount {
  /** Endpoint id: oh_endpoint, oh_pools, oh_pool_stat. */
  readonly endpoint: number;
  readonly open: number;
  readonly idle: number;
}

export interface PoolPart extends Part {
  counters(): readonly PoolCount[];
}
