/**
 * What the pools need from the kernel: the stacks of idle upstream connections (`oh_pools`) and the
 * programs' notes about each of them (`oh_up`). The datapath implements it over the BPF maps.
 */

/** Running totals of one endpoint's stack since {@link KernelPools.register}. */
export interface PoolStat {
  /** Connections that programs took off the stack, stale ones that they skipped included. */
  readonly pops: bigint;
  /** Connections that programs put back after a complete response. */
  readonly returns: bigint;
  /** Requests that found no usable connection and went to the relay. */
  readonly dry: bigint;
}

/** How an upstream connection stands with the kernel. */
export type UpstreamPhase =
  /** On its stack, or ready to be put there: it carries nothing. */
  | 'idle'
  /** A program sent a request of `client` through it and redirects the response. */
  | 'busy'
  /** As `busy`, but the response (from `delivered` bytes on) is left to user space. */
  | 'handover';

/** The request that an upstream connection carries, as the program saw it. */
export interface CarriedRequest {
  /** Numbers of `oh_decision`, as the program decided. */
  readonly decision: RouteDecision;
  /** Requests on the client's connection before this one. */
  readonly seq: number;
  readonly method: string;
  /** Possibly cut to OH_SHOW_MAX. */
  readonly host: string;
  readonly target: string;
  /** Head and body bytes that the programs sent upstream. */
  readonly requestBytes: bigint;
  /** When the head was seen: microseconds since the Unix epoch. */
  readonly startUs: number;
  /** HEAD: a response without a body whatever its headers say. */
  readonly isHead: boolean;
}

export interface KernelUpstream {
  readonly phase: UpstreamPhase;
  /** Cookie of the client's socket; 0n when idle. */
  readonly client: bigint;
  /** Absent when idle. */
  readonly request?: CarriedRequest;
  /** Bytes of the response that were redirected to the client before the hand-over. 0n: user space has the response from its first byte. */
  readonly delivered: bigint;
  /**
   * Bytes of the response body still to come, when `delivered` is not 0n and the programs know it.
   * Absent with `delivered` not 0n: the response lasts until the upstream closes.
   */
  readonly bodyLeft?: bigint;
  /**
   * Bytes of the request body that the programs did not send and that will arrive on the anchor
   * connection for the relay to send. 0n when the programs carry the request to its end.
   */
  readonly requestLeft: bigint;
  /** enum oh_reason: why it was handed over. */
  readonly reason: number;
  /** The request's bytes, when the connection had been idle before and no byte of a response has come: the server may have ended it in the same moment. */
  readonly kept?: Uint8Array;
}

/** The numbers of `oh_decision` (bpf/lib/events.h): ids in the arrays of generation `generation`, 0 for none. */
export interface RouteDecision {
  readonly generation: number;
  readonly listener: number;
  readonly routeConfig: number;
  readonly virtualHost: number;
  readonly route: number;
  readonly cluster: number;
  readonly endpoint: number;
  readonly draw: number;
  readonly turn: number;
  /** enum oh_reason */
  readonly reason: number;
}

/** All calls but register are synchronous map operations. Cookies are socket cookies (SO_COOKIE). */
export interface KernelPools {
  /**
   * The programs tell of all that happens to a connection on its stack or in their use (OH_CTL_HANDOVER, _UPSTREAM_LOST,
   * _UPSTREAM_ENDED): user space need not read it. Reading costs: the kernel wakes every reader for each response,
   * though a program has redirected it.
   */
  readonly watches: boolean;
  /** How often the programs could not tell, since the start: then user space must look by itself. */
  missed(): number;
  /** Makes an empty stack for the endpoint; resolves when programs see it. Registering twice is an error of the caller. */
  register(endpointId: number): Promise<void>;
  /** Removes the stack; connections still on it are the caller's to close. Unknown ids are ignored. */
  unregister(endpointId: number): void;
  /**
   * Makes a connected socket known to the programs (socket hash, `oh_up`), idle, not yet on the stack.
   * Returns its cookie, or undefined when the kernel refused (socket already closed, map full).
   */
  adopt(endpointId: number, fd: number): bigint | undefined;
  /**
   * User space alone uses this connected socket, which was not adopted: what a server of this node sends on it takes
   * TCP's own way, without a program, and what is written to it waits here rather than in the kernel. Returns its cookie;
   * undefined when it is closed already.
   */
  leaveToTcp(fd: number): bigint | undefined;
  /** How long ago a connection was closed or reset, in ms, as the kernel saw it; undefined: it stands, or is forgotten. */
  closedAgo(cookie: bigint): number | undefined;
  /** Forgets an adopted socket whose descriptor is closed or is about to be. Unknown cookies are ignored. */
  forget(cookie: bigint): void;
  /** Marks the connection idle and puts it on top of the stack. False when the stack is full or unknown. */
  push(endpointId: number, cookie: bigint): boolean;
  /** Takes the top of the stack away from the programs; it may be stale. Not counted in {@link PoolStat.pops}. */
  pop(endpointId: number): bigint | undefined;
  stat(endpointId: number): PoolStat;
  /** How an adopted connection stands; undefined when it is not known (any more). */
  upstream(cookie: bigint): KernelUpstream | undefined;
  /** The connection shall not go back to its stack when the response it carries is complete. */
  retire(cookie: bigint): void;
  /** It may, after all. What programs have told of it meanwhile ({@link Pools.poolFull}) stands. */
  unretire(cookie: bigint): void;
}
