/** What the benchmark writes to bench-results/latest.json. Times in microseconds, sizes in bytes. */
import type { Spread } from './statistics.js';

export const armNames = [
  'no-mesh',
  'envoy-hop',
  'envoy-pair',
  'kernel-same-node',
  'kernel-cross-node',
  'relay',
  'direct',
] as const;
export type ArmName = (typeof armNames)[number];

/** Client and server on one node, or on two. */
export type Placement = 'same-node' | 'cross-node';

/** keep: many requests on a connection; close: one, with `Connection: close`; hangup: one, then the client closes. */
export type Mode = 'keep' | 'close' | 'hangup';

/** One arm at one point of the matrix, closed loop: each connection asks again as soon as it is answered. */
export interface Row {
  readonly arm: ArmName;
  readonly placement: Placement;
  /** What differs from the plain arm; absent in the rows of the matrix. */
  readonly variant?: string;
  readonly connections: number;
  readonly keepAlive: boolean;
  readonly mode: Mode;
  readonly responseBytes: number;
  readonly requestsPerSecond: Spread;
  /** To which no-mesh arm the ratios are: that of the same placement. */
  readonly baseline: Placement;
  /** Median over the rounds of the ratio within a round; 1 for no-mesh itself. */
  readonly ratioToNoMesh: number;
  readonly ratioToNoMeshSpread: Spread;
  /** To the Envoy pair of the same placement; null where that was not measured. */
  readonly ratioToEnvoyPair: number | null;
  readonly p50Us: number;
  readonly p90Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  /** Of all participants together, from their cgroups. */
  readonly cpuUsPerRequest: number;
  /** Median over the rounds of cpuUsPerRequest with kernel threads ÷ that of no mesh: hardly moved by other load. */
  readonly cpuRatioToNoMesh: number;
  readonly cpuByParticipantUs: Readonly<Record<string, number>>;
  /** Of kworkers and ksoftirqd of the whole machine, which no cgroup is charged for. */
  readonly kernelThreadsUsPerRequest: number;
  /** Share of the requests that no relay touched; null for arms without OneHop. */
  readonly kernelShare: number | null;
  /** Share of the machine that others used meanwhile, median over the rounds. */
  readonly othersCpuShare: number;
  readonly requests: number;
}

/** One arm at a fixed rate: latency from the moment at which a request was due. */
export interface LatencyRow {
  readonly group: string;
  readonly arm: ArmName;
  readonly placement: Placement;
  readonly baseline: Placement;
  readonly rate: number;
  readonly connections: number;
  readonly responseBytes: number;
  readonly p50Us: Spread;
  readonly p90Us: Spread;
  readonly p99Us: Spread;
  readonly p999Us: Spread;
  /** Median over the rounds of p99 ÷ p99 of no mesh in the same round. */
  readonly p99RatioToNoMesh: number;
  /** Requests that were due but never sent: above 0 the arm does not reach the rate. */
  readonly unserved: number;
  readonly cpuUsPerRequest: number;
}

export interface BulkRow {
  readonly arm: ArmName;
  readonly placement: Placement;
  readonly baseline: Placement;
  readonly direction: 'down' | 'up';
  readonly streams: number;
  readonly bytesPerSecond: Spread;
  readonly ratioToNoMesh: number;
  readonly ratioToNoMeshSpread: Spread;
  /** Per MiB, of all participants. */
  readonly cpuUsPerMiB: number;
}

export interface ProgramRow {
  readonly arm: ArmName;
  readonly node: string;
  readonly program: string;
  readonly runs: number;
  readonly nsPerRun: number;
  readonly nsPerRequest: number;
}

export interface MemoryRow {
  readonly what: string;
  /** idle: before any load; after: at the end of the run. */
  readonly when: 'idle' | 'after';
  readonly bytes: number;
}

export interface Goal {
  readonly goal: string;
  readonly met: boolean;
  /** What must be reached (ratios to no mesh: at least; latencies: at most), and the figure that decides. */
  readonly limit: number;
  readonly value: number;
  /** What was measured, in words. */
  readonly measured: string;
  /** How much is missing, in words; empty when met. */
  readonly missedBy: string;
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly distribution: string;
  readonly node: string;
  readonly envoy: string;
  readonly loadBefore: readonly number[];
  readonly loadAfter: readonly number[];
}

export interface Results {
  readonly version: 1;
  readonly startedAt: string;
  readonly seconds: number;
  readonly quick: boolean;
  readonly machine: Machine;
  readonly rounds: number;
  readonly rows: readonly Row[];
  /** Points outside the matrix: Envoy with as many threads as cores, Envoys across nodes, connections that the client closes, nginx and wrk as endpoints. */
  readonly variants: readonly Row[];
  readonly latency: readonly LatencyRow[];
  readonly bulk: readonly BulkRow[];
  readonly programs: readonly ProgramRow[];
  readonly memory: readonly MemoryRow[];
  readonly goals: readonly Goal[];
  readonly method: readonly string[];
  readonly notes: readonly string[];
}
