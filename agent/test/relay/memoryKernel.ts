/** The kernel's side in memory: what the maps would say. Tests play the programs with it. */
import type { Socket } from 'node:net';
import type { KernelPools, KernelUpstream, PoolStat } from '../../src/pool/kernelPools.js';
import type { AnchoredConn, ConnTotals, KernelConns, KernelConnState } from '../../src/relay/kernelConns.js';

interface Stack {
  readonly cookies: bigint[];
  pops: bigint;
  returns: bigint;
  dry: bigint;
}

export class MemoryPools implements KernelPools {
  readonly stacks = new Map<number, Stack>();
  readonly upstreams = new Map<bigint, KernelUpstream>();
  readonly retired = new Set<bigint>();
  readonly forgotten: bigint[] = [];
  capacity = 256;
  /** True: tests play the programs' words, too, and nothing is noticed without them. */
  watches = false;
  misses = 0;
  #next = 1000n;

  async register(endpointId: number): Promise<void> {
    if (this.stacks.has(endpointId)) throw new Error(`endpoint ${endpointId} is registered`);
    this.stacks.set(endpointId, { cookies: [], pops: 0n, returns: 0n, dry: 0n });
  }

  unregister(endpointId: number): void {
    this.stacks.delete(endpointId);
  }

  adopt(_endpointId: number, fd: number): bigint | undefined {
    if (fd < 0) return undefined;
    const cookie = this.#next++;
    this.upstreams.set(cookie, idle);
    return cookie;
  }

  leaveToTcp(): bigint | undefined {
    return undefined; // no programs here
  }

  closedAgo(): number | undefined {
    return undefined;
  }

  forget(cookie: bigint): void {
    this.upstreams.delete(cookie);
    this.forgotten.push(cookie);
  }

  push(endpointId: number, cookie: bigint): boolean {
    const stack = this.stacks.get(endpointId);
    if (stack === undefined || stack.cookies.length >= this.capacity) return false;
    this.upstreams.set(cookie, idle);
    stack.cookies.push(cookie);
    return true;
  }

  pop(endpointId: number): bigint | undefined {
    return this.stacks.get(endpointId)?.cookies.pop();
  }

  stat(endpointId: number): PoolStat {
    return this.stacks.get(endpointId) ?? { pops: 0n, returns: 0n, dry: 0n };
  }

  upstream(cookie: bigint): KernelUpstream | undefined {
    return this.upstreams.get(cookie);
  }

  missed(): number {
    return this.misses;
  }

  retire(cookie: bigint): void {
    this.retired.add(cookie);
  }

  unretire(cookie: bigint): void {
    this.retired.delete(cookie);
  }

  /** A program takes an idle connection for a request of `client`. */
  take(endpointId: number, client: bigint): bigint {
    const stack = this.stacks.get(endpointId);
    for (;;) {
      const cookie = stack?.cookies.pop();
      if (stack === undefined || cookie === undefined)
        throw new Error(`the pool of endpoint ${endpointId} is dry`);
      stack.pops++;
      if (!this.upstreams.has(cookie)) continue;
      this.upstreams.set(cookie, { ...idle, phase: 'busy', client });
      return cookie;
    }
  }

  /** A program has redirected the last byte of a response. */
  giveBack(endpointId: number, cookie: bigint): void {
    const stack = this.stacks.get(endpointId);
    this.upstreams.set(cookie, idle);
    if (stack === undefined || this.retired.has(cookie)) return;
    stack.cookies.push(cookie);
    stack.returns++;
  }
}

const idle: KernelUpstream = { phase: 'idle', client: 0n, delivered: 0n, requestLeft: 0n, reason: 0 };

export class MemoryConns implements KernelConns {
  readonly states = new Map<bigint, KernelConnState>();
  readonly releases: { readonly cookie: bigint; readonly totals: ConnTotals }[] = [];
  readonly gone: bigint[] = [];
  /** Clients whose sockets are closed. */
  readonly lost = new Set<bigint>();
  /** What accepted says; undefined: nobody came from a program. */
  conn: Omit<AnchoredConn, 'cookie' | 'clientPort'> | undefined = {
    listenerId: 1,
    client: '127.0.0.1',
    vip: '198.18.100.1',
    vipPort: 80,
    workload: 'client',
  };

  accepted({ remotePort }: Socket): AnchoredConn | undefined {
    return this.conn === undefined || remotePort === undefined
      ? undefined
      : { ...this.conn, clientPort: remotePort, cookie: BigInt(remotePort) };
  }

  awaited(cookie: bigint): boolean {
    return !this.lost.has(cookie);
  }

  state(cookie: bigint): KernelConnState | undefined {
    if (this.lost.has(cookie)) return undefined;
    return this.states.get(cookie) ?? { inFlight: false, upstream: 0n, reason: 0, requests: 0 };
  }

  release(cookie: bigint, totals: ConnTotals): void {
    this.releases.push({ cookie, totals });
  }

  closed(cookie: bigint): void {
    this.gone.push(cookie);
  }
}
