/**
 * What the request runner (`traffic/main.ts`) prints: one JSON object a line.
 * First one `connected` a connection, then one `answer` or `error` a request in the order in which they complete
 * (with `quiet`, none of the answers), last one `summary`.
 */
export type TrafficLine = ConnectedLine | AnswerLine | ErrorLine | SummaryLine;

export interface SocketAddress {
  readonly address: string;
  readonly port: number;
}

export interface ConnectedLine {
  readonly type: 'connected';
  /** Connections count from 0. The same number comes again, with `again`, when the server closed and the runner connected anew. */
  readonly connection: number;
  readonly again: boolean;
  /** getsockname() and getpeername() of the client's socket. */
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly connectUs: number;
}

export interface AnswerLine {
  readonly type: 'answer';
  readonly connection: number;
  /** Requests of this runner count from 0. */
  readonly seq: number;
  /** Requests on this connection's present socket before this one: with `local` it finds the request's event. */
  readonly connectionSeq: number;
  readonly local: SocketAddress;
  readonly status: number;
  /** Names in lower case; repeated headers are joined with ", " (set-cookie with a line feed). */
  readonly headers: Readonly<Record<string, string>>;
  /** At most `maxBody` bytes of it. */
  readonly body: string;
  readonly bodyEncoding: 'utf8' | 'base64';
  /** True length. */
  readonly bodyBytes: number;
  /** From the request's write to the end of the body. */
  readonly durationUs: number;
  readonly firstByteUs: number;
}

export interface ErrorLine {
  readonly type: 'error';
  readonly connection: number;
  /** -1: no request was sent, the connection failed. */
  readonly seq: number;
  /** ECONNREFUSED, ENOTFOUND, ETIMEDOUT …; empty when there is none. */
  readonly errno: string;
  readonly message: string;
  readonly hint: string;
}

export interface SummaryLine {
  readonly type: 'summary';
  readonly requests: number;
  readonly answers: number;
  readonly errors: number;
  readonly connections: number;
  readonly elapsedMs: number;
  /** Answers by status code. */
  readonly byStatus: Readonly<Record<string, number>>;
  /** Answers by their `x-served-by` header; `` (empty) counts answers without one. */
  readonly byServer: Readonly<Record<string, number>>;
  readonly bodyBytes: number;
  /** Of `durationUs`; undefined when nothing was answered. */
  readonly latencyUs: LatencyUs | undefined;
}

export interface LatencyUs {
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}
