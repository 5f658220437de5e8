/** Requests to send from a workload. */
export interface RequestSpec {
  /** `http://NAME:PORT/PATH` */
  readonly url: string;
  /** Default GET. */
  readonly method?: string;
  /** In order; a name may repeat. Host, User-Agent, Accept, Content-Length and Connection are added when missing. */
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
