/** What the router answers, in the words of the wire (bpf/lib/events.h). */

/** struct oh_decision by field name (bpf/lib/events.h). */
export interface Decision {
  readonly gen: number;
  readonly listener: number;
  readonly rconf: number;
  readonly vhost: number;
  readonly route: number;
  readonly cluster: number;
  readonly endpoint: number;
  /** enum oh_path */
  readonly path: number;
  /** enum oh_reason */
  readonly reason: number;
  readonly status: number;
  readonly draw: number;
  /** Position among the members of the group. */
  readonly turn: number;
  readonly group: number;
  /** Below 100: it chose the tier. */
  readonly level: number;
  /** What the cluster chose by: the request's hash, where its policy goes by it, else a random number. */
  readonly hash: bigint;
}

/** A decision and why it stopped (enum oh_reason); 0: `endpoint` is the answer. */
export interface Answer {
  readonly stopped: number;
  readonly decision: Decision;
}

/** What a program drew for a request before it passed it to the relay (oh_conn.random and .ev.d). */
export interface Drawn extends Pick<Decision, 'gen' | 'cluster' | 'endpoint'> {
  /** 0n: nothing. */
  readonly random: bigint;
}
