/** What the test, the client in its workload and the servers in theirs say to each other: JSON, one a line. */

/** Requests for one connection, one after the other. */
export interface Lane {
  readonly id: number;
  readonly address: string;
  readonly port: number;
  /** Head and body of each, base64. */
  readonly requests: readonly string[];
}

export type FromClient =
  | { readonly type: 'ready' }
  | { readonly type: 'lane'; readonly id: number; readonly answers: readonly RawAnswer[] };

export interface RawAnswer {
  /** 0: none came; `body` says why. */
  readonly status: number;
  /** Names in lower case; of several with one name the values joined with ", ". */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** From the request to the whole answer. */
  readonly ms?: number;
}

export interface FromServer {
  readonly type: 'ready';
}

/** Body of a server's answer: which endpoint it is, and the request as it came there. */
export interface Served {
  /** `198.18.1.12:20001` */
  readonly endpoint: string;
  readonly method: string;
  readonly target: string;
  /** All headers in order, names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Of a request that says how it is to be answered (script.ts): the how-manieth this is. */
  readonly attempt?: number;
}
