import type { Readable, Writable } from 'node:stream';
import type { LabTopology } from './topology.js';

/** Where labs run. The backend `local` uses namespaces and cgroups of this machine. */
export interface LabBackend {
  readonly kind: string;

  /**
   * Brings the lab up and resolves when every workload listens and every agent has a generation in force.
   * Remains of a crashed lab of that name are removed first. When it fails or `signal` aborts, nothing is left behind.
   * Throws LabError: `already-running`, `busy`, `cancelled`, `unsupported`, `process-failed`, `timeout`, `system`.
   */
  up(
    topology: LabTopology,
    options: UpOptions,
    progress?: ProgressListener,
    signal?: AbortSignal,
  ): Promise<LabState>;

  /** Removes everything of the lab, whatever state it is in; needs only the name. Nothing there is no error. Throws LabError `busy`, `system`. */
  down(lab: string, progress?: ProgressListener): Promise<DownReport>;

  /** What exists of the lab now. Looks at the system, not only at what was recorded. */
  inspect(lab: string): Promise<LabState>;

  /** Names of labs of which something exists, sorted. */
  list(): Promise<string[]>;

  /** Starts a program in a workload: its cgroup, network, names. Throws LabError `no-lab`, `no-workload`. */
  runIn(lab: string, workload: string, argv: readonly string[], options?: RunOptions): Promise<LabProcess>;
}

export interface UpOptions {
  /** Paths of xDS files for the control plane; of no use without a mesh. */
  readonly config?: readonly string[];
  /** Start the control plane and the agents? Without them names resolve to a workload of that app itself. Default true. */
  readonly mesh?: boolean;
  /** What service names resolve to. Default: `vip` with a mesh, `workload` without. */
  readonly names?: 'vip' | 'workload';
  readonly agent?: AgentOptions;
  /** Working directory of the workloads, against which a relative `command` is read. Default `/`. */
  readonly directory?: string;
  /** Milliseconds to wait for each process to be ready. Default 30,000. */
  readonly readyTimeoutMs?: number;
}

/** Flags of the agents. */
export interface AgentOptions {
  /** Address of another control plane (`host:port` or `unix:/path`): the lab's own is not started. */
  readonly controlPlane?: string;
  /** Default: delta from the lab's own control plane, sotw from others. */
  readonly xds?: 'sotw' | 'delta';
  /** Who the agents are to the control plane; `{lab}` and `{node}` stand for the names. Default `{lab}.{node}`. */
  readonly nodeId?: string;
  readonly nodeCluster?: string;
  /** A JSON object. */
  readonly nodeMetadata?: string;
  /** Encrypted, with the authorities of the system. Any of the other `tls` fields says it too. */
  readonly tls?: boolean;
  /** Absolute paths of PEM files. */
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsServerName?: string;
  /** Absolute path of a file with a bearer token. */
  readonly tokenFile?: string;
  readonly object?: string;
  readonly router?: string;
  readonly anchorPort?: number;
  /** Connections of clients at once that each agent must be able to serve. */
  readonly connections?: number;
  readonly logLevel?: string;
}

/** What `up` and `down` are doing. */
export interface Progress {
  readonly step: ProgressStep;
  /** For people: `node-1`, `reviews-v1 listens on 198.18.1.13:9080`. */
  readonly detail: string;
  /** The step is complete. A step may report several details before. */
  readonly done: boolean;
}

export type ProgressStep =
  | 'clean'
  | 'network'
  | 'control-plane'
  | 'agents'
  | 'workloads'
  | 'configuration'
  | 'processes'
  | 'cgroups'
  | 'mounts'
  | 'state';

export type ProgressListener = (progress: Progress) => void;

/**
 * absent: nothing of that name; starting: `up` is at work; running: up, all processes alive;
 * degraded: up, but a process ended; remains: left by an `up` or `down` that did not finish.
 */
export type LabPhase = 'absent' | 'starting' | 'running' | 'degraded' | 'remains';

export interface LabState {
  readonly lab: string;
  readonly phase: LabPhase;
  readonly mesh: boolean;
  /** Undefined when it was not recorded. */
  readonly topology: LabTopology | undefined;
  readonly processes: readonly LabProcessState[];
  readonly namespaces: readonly string[];
  /** Absolute paths, parents first. */
  readonly cgroups: readonly string[];
  readonly stateDirectory: string;
}

export interface LabProcessState {
  /** Name of the workload; for an agent its node; for the control plane `control`. */
  readonly name: string;
  readonly kind: 'control-plane' | 'agent' | 'workload';
  readonly node: string | undefined;
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: tells a process from a later one with the same pid. */
  readonly startTime: string;
  readonly alive: boolean;
  readonly log: string;
}

/** What `down` removed, in the order in which it did. */
export interface DownReport {
  readonly lab: string;
  readonly removed: readonly Removed[];
}

export interface Removed {
  readonly kind: 'process' | 'cgroup' | 'namespace' | 'mount' | 'directory';
  /** `1234 (node)`, `/sys/fs/cgroup/onehop.demo`, `onehop.demo.node-1` … */
  readonly name: string;
}

export interface RunOptions {
  /** Each default `pipe`. */
  readonly stdin?: 'pipe' | 'inherit' | 'ignore';
  readonly stdout?: 'pipe' | 'inherit' | 'ignore';
  readonly stderr?: 'pipe' | 'inherit' | 'ignore';
  /** Added to the environment of the workload. */
  readonly env?: Readonly<Record<string, string>>;
  /** Ends the process with SIGKILL. */
  readonly signal?: AbortSignal;
}

export interface LabProcess {
  readonly pid: number | undefined;
  readonly stdin: Writable | undefined;
  readonly stdout: Readable | undefined;
  readonly stderr: Readable | undefined;
  /** Resolves when the process has ended and its output is complete; never rejects. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  kill(signal?: NodeJS.Signals): void;
}
