import type { LabBackend } from '../backends/backend.js';
import type { TrafficLine } from './lines.js';

/** Requests to send from a workload. */
export interface RequestSpec {
  readonly url: string;
  /** Default GET. */
  readonly method?: string;
  /** In order; a name may repeat. Host, Content-Length and Connection are added when missing. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: string | Uint8Array;
  /** How many requests. Default 1. */
  readonly count?: number;
  /** Keep-alive connections; requests are dealt to them as they become free. Default 1. */
  readonly connections?: number;
  /** Wait after all connections are open until `go()`. Default false. */
  readonly gate?: boolean;
  /** Print only connections, errors and the summary. Default false. */
  readonly quiet?: boolean;
  /** Bytes of each body to report. Default 65,536. */
  readonly maxBody?: number;
  /** Milliseconds for one connection or answer. Default 10,000. */
  readonly timeoutMs?: number;
  /** Address family when the name has both. Default: 4 when the workload has an IPv4 address. */
  readonly family?: 4 | 6;
}

/** A running request runner. Iterate `lines` once, to the end. */
export interface RequestRun {
  readonly lines: AsyncIterable<TrafficLine>;
  /** Lets a gated run send its first request. */
  go(): void;
  /** What the runner wrote to stderr and how it ended: 0 all answered, 1 something failed, 2 wrong arguments. */
  readonly exited: Promise<{ readonly code: number | null; readonly stderr: string }>;
  kill(): void;
}

/** Starts the request runner in a workload. Throws LabError `no-lab`, `no-workload`. */
export declare function sendRequests(
  backend: LabBackend,
  lab: string,
  workload: string,
  spec: RequestSpec,
  signal?: AbortSignal,
): Promise<RequestRun>;
