/** {@link KernelConns} over oh_anchored, oh_conn and oh_release. */
import type { Socket } from 'node:net';
import { oh_conn_state, oh_up_state } from '@onehop/core/wire/wire.generated.js';
import { formatIp, parseIp } from '@onehop/core/wire/ip.js';
import type { BpfMap } from 'libbpf-ts/map.js';
import { socketCookie } from 'libbpf-ts/socket.js';
import { socketFd } from '../pool/socketHandle.js';
import type { AnchoredConn, ConnTotals, KernelConns, KernelConnState } from '../relay/kernelConns.js';
import type { OhConn, OhRelease, OhTuple, OhUp } from './entries.js';

export interface ConnMaps {
  readonly tuple: BpfMap<OhTuple, bigint>;
  readonly anchored: BpfMap<bigint, bigint>;
  readonly conn: BpfMap<bigint, OhConn>;
  readonly up: BpfMap<bigint, OhUp>;
  readonly release: BpfMap<bigint, OhRelease>;
  readonly trace: BpfMap<bigint, number>;
}

/** A program lets the last bytes of a response go, and only then the kernel queues them. It is not kept in between for longer. */
const QUEUE_NS = 200_000n;
const WATCH_MS = 1;

export class BpfKernelConns implements KernelConns {
  /** Told when a connection that {@link state} called in flight is so no more. */
  onIdle: (cookie: bigint) => void = () => {};

  readonly #maps: ConnMaps;
  readonly #settled: (cookie: bigint) => boolean;
  readonly #workload: (id: number) => string;
  readonly #watched = new Set<bigint>();
  #timer: NodeJS.Timeout | undefined;

  /** @param settled whether everything that was redirected to the client is in its receive queue (bpf/lib/inbox.h) */
  constructor(maps: ConnMaps, settled: (cookie: bigint) => boolean, workload: (id: number) => string) {
    this.#maps = maps;
    this.#settled = settled;
    this.#workload = workload;
  }

  accepted(socket: Socket): AnchoredConn | undefined {
    const fd = socketFd(socket);
    if (fd === undefined) return undefined;
    const own = socketCookie(fd);
    const cookie = this.#maps.anchored.get(own);
    if (cookie === undefined) return undefined;
    const conn = this.#maps.conn.get(cookie);
    // only then: until it is accepted its entry in oh_conn stays
    this.#maps.anchored.delete(own);
    if (conn === undefined) return undefined;
    return {
      cookie,
      listenerId: conn.ev.d.listener,
      client: formatIp(conn.ev.client_ip.b),
      clientPort: conn.ev.client_port,
      vip: formatIp(conn.ev.vip.b),
      vipPort: conn.ev.vip_port,
      workload: this.#workload(conn.ev.workload),
    };
  }

  awaited(cookie: bigint): boolean {
    const conn = this.#maps.conn.get(cookie);
    return conn !== undefined && this.#maps.anchored.get(conn.anchor) !== undefined;
  }

  /** The cookie of a connection, seen from the end that opened it. */
  cookie(
    localAddress: string,
    localPort: number,
    remoteAddress: string,
    remotePort: number,
  ): bigint | undefined {
    const local = parseIp(localAddress);
    const remote = parseIp(remoteAddress);
    if (local === undefined || remote === undefined) return undefined;
    return this.#maps.tuple.get({
      local_ip: { b: local },
      remote_ip: { b: remote },
      local_port: localPort,
      remote_port: remotePort,
    });
  }

  state(cookie: bigint): KernelConnState | undefined {
    const conn = this.#maps.conn.get(cookie);
    if (conn === undefined || conn.closed !== 0n) return undefined;
    const inFlight = this.#inFlight(cookie, conn);
    if (inFlight) this.#watch(cookie);
    const { random, ev } = conn;
    const drawn = random === 0n ? {} : { drawn: { ...ev.d, random } };
    return { inFlight, upstream: conn.upstream, reason: ev.d.reason, requests: conn.seq, ...drawn };
  }

  release(cookie: bigint, totals: ConnTotals): void {
    this.#maps.release.set(cookie, {
      read_total: totals.readTotal,
      written_total: totals.writtenTotal,
      requests: totals.requests,
    });
  }

  closed(cookie: bigint): void {
    this.#watched.delete(cookie);
    this.#maps.release.delete(cookie);
    this.#maps.trace.delete(cookie);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#watched.clear();
  }

  /** Across nodes a worker moves redirected bytes to the client's queue; until then nothing else may be written to it. */
  #inFlight(cookie: bigint, conn: OhConn): boolean {
    if (conn.state === oh_conn_state.CONN_WAIT || conn.state === oh_conn_state.CONN_PIPELINED) {
      const up = this.#maps.up.get(conn.upstream);
      if (up !== undefined && up.state === oh_up_state.UP_BUSY && up.closed === 0n) return true;
    }
    if (conn.ev.end !== 0n && process.hrtime.bigint() - conn.ev.end < QUEUE_NS) return true;
    return !this.#settled(cookie);
  }

  #watch(cookie: bigint): void {
    this.#watched.add(cookie);
    this.#timer ??= setInterval(() => this.#look(), WATCH_MS);
  }

  #look(): void {
    for (const cookie of this.#watched) {
      const conn = this.#maps.conn.get(cookie);
      if (conn !== undefined && conn.closed === 0n && this.#inFlight(cookie, conn)) continue;
      this.#watched.delete(cookie);
      this.onIdle(cookie);
    }
    if (this.#watched.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
