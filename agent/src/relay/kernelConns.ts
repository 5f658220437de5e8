/**
 * What the relay needs from the kernel about clients' connections (`oh_anchored`, `oh_conn`, `oh_release`).
 * The datapath implements it over the BPF maps.
 */
import type { Socket } from 'node:net';
import type { Drawn } from '@onehop/core/router/decision.js';

/** A client's connection to a listener, found from the accepted anchor connection. */
export interface AnchoredConn {
  /** Cookie of the client's socket. */
  readonly cookie: bigint;
  readonly listenerId: number;
  /** The client's own address. */
  readonly client: string;
  readonly clientPort: number;
  /** The address that the client asked for. */
  readonly vip: string;
  readonly vipPort: number;
  /** Name of the workload that opened the connection. */
  readonly workload: string;
}

export interface KernelConnState {
  /**
   * The kernel still owes the client bytes that must come before anything that the relay writes: a
   * response that programs are redirecting, or redirected bytes that have not reached the client's
   * receive queue. A response that was handed over to user space, or whose upstream connection has ended,
   * does not count, but its redirected bytes do.
   */
  readonly inFlight: boolean;
  /** Cookie of the upstream connection that carries the client's request; 0n for none. */
  readonly upstream: bigint;
  /** enum oh_reason: why the programs passed the connection to the relay. */
  readonly reason: number;
  /** For the request that they passed; absent: nothing. */
  readonly drawn?: Drawn;
  /** Requests that the programs carried on this connection so far. */
  readonly requests: number;
}

/** What the agent has read from and written to the anchor connection since it was accepted. */
export interface ConnTotals {
  readonly readTotal: bigint;
  readonly writtenTotal: bigint;
  /** Requests that the relay has answered on this connection: the numbers of the kernel's events go on from there. */
  readonly requests: number;
}

/** All calls are synchronous map operations. */
export interface KernelConns {
  /**
   * Whose connection has been accepted, once for each; also when the client has gone meanwhile.
   * Undefined when no program sent this connection here.
   */
  accepted(socket: Socket): AnchoredConn | undefined;
  /** The client's connection will be accepted yet, whether the client is still there or not. */
  awaited(cookie: bigint): boolean;
  /**
   * How the connection stands; undefined when the client's socket is gone. Whoever reads `inFlight`
   * is told by OH_CTL_IDLE when it ends: reading it asks for that, without a gap between the two.
   */
  state(cookie: bigint): KernelConnState | undefined;
  /**
   * Offers the idle connection back to the programs. They take it only if both totals equal their own
   * counts at the moment of the client's next message; otherwise that message comes to the relay as before.
   */
  release(cookie: bigint, totals: ConnTotals): void;
  /** The anchor connection is closed: nothing will be asked about this cookie again. */
  closed(cookie: bigint): void;
}

/** What the programs tell the agent at once (`oh_ctl`), as far as relay and pools are concerned. */
export interface ControlEvents {
  /** OH_CTL_HANDOVER: the response on `upstream` comes to user space from here on. */
  handover(upstream: bigint, client: bigint): void;
  /** OH_CTL_IDLE: the kernel owes the client nothing any more. */
  idle(client: bigint): void;
  /** OH_CTL_UPSTREAM_LOST */
  upstreamLost(upstream: bigint, client: bigint): void;
  /** OH_CTL_CLIENT_LOST; `reset`: OH_CTL_CLIENT_RESET */
  clientLost(upstream: bigint, client: bigint, reset: boolean): void;
  /** OH_CTL_POOL_DRY */
  poolDry(endpointId: number): void;
  /** OH_CTL_POOL_FULL: `upstream` is idle but is not on its stack. */
  poolFull(upstream: bigint): void;
  /** OH_CTL_UPSTREAM_ENDED: the endpoint has ended `upstream`, or spoken unasked, while it carried nothing. */
  upstreamEnded(upstream: bigint): void;
}
