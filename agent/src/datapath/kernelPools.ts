/** {@link KernelPools} over oh_pools, oh_up, oh_up_s, oh_pool_stat and oh_retire. */
import { oh_up_state } from '@onehop/core/wire/wire.generated.js';
import { reasonId } from '@onehop/core/wire/reasons.js';
import { BpfMap } from 'libbpf-ts/map.js';
import { BpfError } from 'libbpf-ts/errors.js';
import { socketBoundUnsent, socketCookie } from 'libbpf-ts/socket.js';
import type { Clock } from '../parts.js';
import type {
  CarriedRequest,
  KernelPools,
  KernelUpstream,
  PoolStat,
  UpstreamPhase,
} from '../pool/kernelPools.js';
import type { OhConn, OhPoolStat, OhUp } from './entries.js';
import type { GraceWaiter } from './grace.js';

export interface PoolMaps {
  readonly poolStat: BpfMap<number, OhPoolStat>;
  readonly up: BpfMap<bigint, OhUp>;
  readonly upSockets: BpfMap<bigint, bigint>;
  readonly serverSockets: BpfMap<bigint, bigint>;
  readonly conn: BpfMap<bigint, OhConn>;
  readonly retire: BpfMap<bigint, number>;
  readonly replay: BpfMap<bigint, { readonly bytes: Uint8Array }>;
  readonly reasons: BpfMap<number, readonly bigint[]>;
}

/** Connections that a stack holds; as the inner map of oh_pools (bpf/lib/maps.h). */
const STACK_DEPTH = 256;
/** Bytes that wait in a socket of the relay to be sent; as OH_UNSENT in bpf/lib/queues.h. */
const UNSENT = 16_384;
const controlLost = reasonId('control-lost');
const NO_STAT: OhPoolStat = { pops: 0n, returns: 0n, dry: 0n };
const PHASES: Readonly<Record<number, UpstreamPhase>> = {
  [oh_up_state.UP_BUSY]: 'busy',
  [oh_up_state.UP_HANDED]: 'handover',
};

export class BpfKernelPools implements KernelPools {
  readonly watches = true;
  readonly #maps: PoolMaps;
  readonly #clock: Clock;
  readonly #grace: GraceWaiter;
  readonly #stacks = new Map<number, BpfMap<never, bigint>>();
  /** Stacks that are leaving oh_pools. */
  readonly #leaving = new Set<BpfMap<never, bigint>>();

  constructor(maps: PoolMaps, clock: Clock, grace: GraceWaiter) {
    this.#maps = maps;
    this.#clock = clock;
    this.#grace = grace;
  }

  async register(endpointId: number): Promise<void> {
    const stack = BpfMap.create<never, bigint>({
      type: 'stack',
      keySize: 0,
      valueSize: 8,
      maxEntries: STACK_DEPTH,
      name: 'oh_pool',
    });
    this.#stacks.set(endpointId, stack);
    this.#maps.poolStat.set(endpointId, NO_STAT);
    await this.#grace.update({ key: endpointId, fd: stack.fd });
  }

  unregister(endpointId: number): void {
    const stack = this.#stacks.get(endpointId);
    if (stack === undefined) return;
    this.#stacks.delete(endpointId);
    // its descriptor may still wait to be put into oh_pools
    this.#leaving.add(stack);
    const left = (): void => {
      if (this.#leaving.delete(stack)) stack.close();
    };
    this.#grace.update({ key: endpointId, fd: undefined }).then(left, left);
  }

  adopt(_endpointId: number, fd: number): bigint | undefined {
    try {
      const cookie = socketCookie(fd);
      // oh_agent_ops noted the connection when it was established; without its note nobody may use it.
      if (this.#maps.up.get(cookie) === undefined) return undefined;
      this.#maps.upSockets.set(cookie, BigInt(fd));
      return cookie;
    } catch (error) {
      if (error instanceof BpfError) return undefined;
      throw error;
    }
  }

  leaveToTcp(fd: number): bigint | undefined {
    try {
      const cookie = socketCookie(fd);
      this.#maps.serverSockets.delete(cookie);
      socketBoundUnsent(fd, UNSENT);
      return cookie;
    } catch (error) {
      // closed already
      if (!(error instanceof BpfError)) throw error;
      return undefined;
    }
  }

  closedAgo(cookie: bigint): number | undefined {
    const closed = this.#maps.up.get(cookie)?.closed ?? 0n;
    return closed === 0n ? undefined : Number(process.hrtime.bigint() - closed) / 1e6;
  }

  forget(cookie: bigint): void {
    // The kernel takes a closed socket out of oh_up_s by itself; the sweeper removes the entry of oh_up.
    this.#maps.retire.delete(cookie);
    this.#maps.replay.delete(cookie);
  }

  push(endpointId: number, cookie: bigint): boolean {
    const stack = this.#stacks.get(endpointId);
    const up = this.#maps.up.get(cookie);
    if (stack === undefined || up === undefined || up.dead !== 0) return false;
    // Programs leave an upstream alone that was handed over: it is the agent's to give back.
    if (up.state === oh_up_state.UP_HANDED) {
      this.#maps.up.set(
        cookie,
        { ...up, state: oh_up_state.UP_IDLE, client: 0n, left: 0n, reason: 0, kept: 0 },
        'exist',
      );
      if (up.kept !== 0) this.#maps.replay.delete(cookie);
    }
    try {
      stack.push(cookie);
      return true;
    } catch (error) {
      if (error instanceof BpfError) return false;
      throw error;
    }
  }

  pop(endpointId: number): bigint | undefined {
    return this.#stacks.get(endpointId)?.pop();
  }

  stat(endpointId: number): PoolStat {
    return this.#maps.poolStat.get(endpointId) ?? NO_STAT;
  }

  upstream(cookie: bigint): KernelUpstream | undefined {
    const up = this.#maps.up.get(cookie);
    if (up === undefined) return undefined;
    const phase = PHASES[up.state] ?? 'idle';
    if (phase === 'idle') return { phase, client: 0n, delivered: 0n, requestLeft: 0n, reason: up.reason };
    const conn = this.#maps.conn.get(up.client);
    const carries = conn !== undefined && conn.upstream === cookie;
    const delivered = carries ? conn.ev.resp_bytes : 0n;
    return {
      phase,
      client: up.client,
      ...(carries ? { request: this.#request(conn) } : {}),
      delivered,
      ...(delivered > 0n ? { bodyLeft: up.left } : {}),
      requestLeft: 0n,
      reason: up.reason,
      // what is in oh_replay may be of an earlier request, and of another client
      ...(carries && delivered === 0n && up.kept !== 0 ? this.#kept(cookie, Number(conn.ev.req_bytes)) : {}),
    };
  }

  missed(): number {
    return Number((this.#maps.reasons.get(controlLost) ?? []).reduce((sum, n) => sum + n, 0n));
  }

  retire(cookie: bigint): void {
    this.#maps.retire.set(cookie, 1);
  }

  unretire(cookie: bigint): void {
    this.#maps.retire.delete(cookie);
  }

  close(): void {
    for (const stack of [...this.#stacks.values(), ...this.#leaving]) stack.close();
    this.#stacks.clear();
    this.#leaving.clear();
  }

  #kept(cookie: bigint, length: number): { kept?: Uint8Array } {
    const replay = this.#maps.replay.get(cookie);
    return replay === undefined ? {} : { kept: replay.bytes.subarray(0, length) };
  }

  #request(conn: OhConn): CarriedRequest {
    const { ev } = conn;
    return {
      decision: {
        generation: ev.d.gen,
        listener: ev.d.listener,
        routeConfig: ev.d.rconf,
        virtualHost: ev.d.vhost,
        route: ev.d.route,
        cluster: ev.d.cluster,
        endpoint: ev.d.endpoint,
        draw: ev.d.draw,
        turn: ev.d.turn,
        reason: ev.d.reason,
      },
      seq: ev.seq,
      method: ev.method,
      host: ev.host,
      target: ev.target,
      requestBytes: ev.req_bytes,
      startUs: this.#clock.unixUs(ev.start),
      isHead: conn.head_request !== 0,
    };
  }
}
