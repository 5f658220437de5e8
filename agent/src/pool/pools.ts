/** Upstream connections to every endpoint of the applied configuration. */
import { performance } from 'node:perf_hooks';
import type { PoolCount, PoolPart } from '../parts.js';
import type { KernelPools, KernelUpstream } from './kernelPools.js';
import { IdleBound, RelayPool } from './relayPool.js';
import type { Upstream, UpstreamEnd, UpstreamUser } from './upstream.js';
import { WarmPool, type WarmShared } from './warmPool.js';

export interface Endpoint {
  /** Index in oh_endpoint. */
  readonly id: number;
  /** IPv4 or IPv6 address. */
  readonly address: string;
  readonly port: number;
}

export interface PoolOptions {
  /** Warm connections to an endpoint in use. */
  readonly min: number;
  readonly max: number;
  /** Warm connections to all endpoints together; no more endpoints than that have a pool. */
  readonly total: number;
  /** Of these, those to endpoints that nobody uses; when it does not suffice for one each, they have none. */
  readonly quiet: number;
  /** Idle connections that the relay keeps, to all endpoints together. */
  readonly relayIdle: number;
  /** Unused for this long, surplus connections are closed, in ms. */
  readonly idleMs: number;
  /** A connect that takes longer is given up, in ms. */
  readonly connectMs: number;
}

export const poolDefaults: PoolOptions = {
  min: 16,
  max: 256,
  total: 8192,
  quiet: 1024,
  relayIdle: 4096,
  idleMs: 30_000,
  connectMs: 5_000,
};

/** Who takes over what the kernel path leaves to user space: the relay. */
export interface HandoverTarget {
  /** True when it claimed `upstream`; false: nobody waits for its response. */
  takeOver(upstream: Upstream, state: KernelUpstream): boolean;
  /** An upstream connection ended while it carried a request of `client`. */
  requestLost(client: bigint, how: UpstreamEnd, kept: Uint8Array | undefined): void;
}

/** Pools are made when they are needed: of thousands of endpoints a node uses few. */
interface Entry {
  readonly endpoint: Endpoint;
  warm: WarmPool | undefined;
  relay: RelayPool | undefined;
}

/** Quiet endpoints looked at in each second. */
const quietAtOnce = 32;

export class Pools implements PoolPart {
  readonly #entries = new Map<number, Entry>();
  readonly #draining = new Set<WarmPool | RelayPool>();
  readonly #byCookie = new Map<bigint, Upstream>();
  readonly #shared: WarmShared;
  #target: HandoverTarget | undefined;
  #reserved = 0;
  readonly #relayIdle: IdleBound;
  #quiet = 0;
  /** Endpoints with a warm pool. */
  #warmPools = 0;
  #timer: NodeJS.Timeout | undefined;
  #turn = 0;
  #missed = 0;
  #closed = false;

  constructor(
    private readonly kernel: KernelPools,
    private readonly options: PoolOptions = poolDefaults,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#relayIdle = new IdleBound(options.relayIdle);
    this.#shared = {
      kernel,
      byCookie: this.#byCookie,
      now,
      quiet: () => this.#quiet,
      most: () => this.#most(),
      reserve: () => {
        if (this.#reserved >= options.total) return false;
        this.#reserved++;
        return true;
      },
      unreserve: () => void this.#reserved--,
      handedOver: (upstream, state) => this.#target?.takeOver(upstream, state) ?? false,
      lost: (client, how, kept) => this.#target?.requestLost(client, how, kept),
    };
  }

  /** The relay that hand-overs go to. */
  attach(target: HandoverTarget): void {
    this.#target = target;
  }

  /** Drains the pools of endpoints that are gone, by their ids, and opens pools for new ones. An id that is in both has moved. */
  change(removed: Iterable<number>, added: readonly Endpoint[]): void {
    if (this.#closed) return;
    for (const id of removed) this.#remove(id);
    const before = this.#quiet;
    for (const endpoint of added)
      this.#entries.set(endpoint.id, { endpoint, warm: undefined, relay: undefined });
    const { min, total, quiet } = this.options;
    this.#quiet = Math.min(min, Math.floor(Math.min(quiet, total) / Math.max(1, this.#entries.size)));
    const unwarmed = before > 0 ? added.map(({ id }) => id) : this.#entries.keys();
    if (this.#quiet > 0)
      for (const id of unwarmed) {
        const entry = this.#entries.get(id);
        if (entry !== undefined) this.#warm(entry);
      }
    if (this.#entries.size + this.#draining.size > 0)
      this.#timer ??= setInterval(() => this.tick(), 1000).unref();
  }

  /** A connection for one request of the relay; undefined: the endpoint is not configured. */
  acquire(endpointId: number, repeatable: boolean): Upstream | undefined {
    const entry = this.#entries.get(endpointId);
    return entry && this.#relay(entry).acquire(repeatable);
  }

  /** A connection that nobody has used before. */
  connect(endpointId: number): Upstream | undefined {
    const entry = this.#entries.get(endpointId);
    return entry && this.#relay(entry).connect();
  }

  /** `address:port` of a configured endpoint. */
  endpoint(endpointId: number): Endpoint | undefined {
    return this.#entries.get(endpointId)?.endpoint;
  }

  /** A warm connection by its socket cookie. */
  byCookie(cookie: bigint): Upstream | undefined {
    return this.#byCookie.get(cookie);
  }

  /** OH_CTL_HANDOVER, or the same learnt in another way. False: nothing of `client` is there to take over. */
  handover(cookie: bigint, client: bigint): boolean {
    const upstream = this.#byCookie.get(cookie);
    if (upstream === undefined || upstream.user !== undefined) return false;
    const state = this.kernel.upstream(cookie);
    if (state?.phase !== 'handover' || state.client !== client) return false;
    if (this.#shared.handedOver(upstream, state)) return true;
    upstream.release(false);
    return false;
  }

  /**
   * `client` has ended its side while the kernel path carries its request through `upstream`: the endpoint hears
   * of it as without a mesh, and the connection serves nobody else any more. False: it carries nothing of it.
   */
  halfClose(cookie: bigint, client: bigint, user: UpstreamUser): boolean {
    const upstream = this.#carrying(cookie, client);
    if (upstream === undefined) return false;
    upstream.claim(user);
    upstream.end();
    return true;
  }

  /** The connection of `client` is gone while the kernel path carries its request: the endpoint sees the same end. */
  abort(cookie: bigint, client: bigint, reset: boolean): void {
    const upstream = this.#carrying(cookie, client);
    if (upstream === undefined) return;
    if (reset) upstream.reset();
    else upstream.destroy();
  }

  /**
   * The connection that carries a request of `client`, not to go back to its stack. That comes first: the response may
   * be complete at any moment, and then the connection is another client's.
   */
  #carrying(cookie: bigint, client: bigint): Upstream | undefined {
    const upstream = this.#byCookie.get(cookie);
    if (upstream === undefined || upstream.user !== undefined) return undefined;
    this.kernel.retire(cookie);
    const state = this.kernel.upstream(cookie);
    if (state !== undefined && state.phase !== 'idle' && state.client === client) return upstream;
    this.kernel.unretire(cookie);
    return undefined;
  }

  /** OH_CTL_POOL_DRY */
  poolDry(endpointId: number): void {
    const entry = this.#entries.get(endpointId);
    if (entry !== undefined && !this.#closed) this.#warm(entry)?.dry();
  }

  /** OH_CTL_POOL_FULL */
  poolFull(cookie: bigint): void {
    const upstream = this.#byCookie.get(cookie);
    if (upstream !== undefined && upstream.user === undefined) upstream.release(false);
  }

  /** Of the endpoints that have a pool. */
  counters(): readonly PoolCount[] {
    const counts: PoolCount[] = [];
    for (const { endpoint, warm } of this.#entries.values())
      if (warm !== undefined) counts.push({ endpoint: endpoint.id, open: warm.open, idle: warm.idle });
    return counts;
  }

  /** Endpoints that do not answer, with the attempts that failed in a row. */
  failing(): readonly { readonly endpoint: Endpoint; readonly failures: number }[] {
    const failing = [];
    for (const { endpoint, warm } of this.#entries.values())
      if (warm !== undefined && warm.failures > 0) failing.push({ endpoint, failures: warm.failures });
    return failing;
  }

  /** One second's care; called by the timer of the pools. */
  tick(): void {
    this.#lookIfMissed();
    const entries = [...this.#entries.values()];
    let quiet = 0;
    const from = this.#turn;
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[(from + i) % entries.length]!;
      const { warm, relay } = entry;
      if (relay !== undefined) {
        relay.tick();
        if (relay.open === 0) entry.relay = undefined;
      }
      if (warm === undefined) continue;
      if (warm.active || warm.failures > 0 || warm.surplus) warm.tick();
      else if (quiet < quietAtOnce) {
        quiet++;
        this.#turn = (from + i + 1) % entries.length;
        warm.tick();
      }
      if (warm.gone) {
        warm.drain();
        entry.warm = undefined;
        this.#warmPools--;
      }
    }
    for (const pool of this.#draining) {
      pool.tick();
      if (pool instanceof WarmPool ? pool.gone : pool.open === 0) this.#draining.delete(pool);
    }
    if (this.#entries.size + this.#draining.size === 0) this.#stop();
  }

  close(): void {
    this.#closed = true;
    this.#stop();
    for (const { warm, relay } of this.#entries.values()) {
      warm?.close();
      relay?.close();
    }
    for (const pool of this.#draining) pool.close();
    this.#entries.clear();
    this.#draining.clear();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** What the programs could not tell is seen by reading. */
  #lookIfMissed(): void {
    const missed = this.kernel.missed();
    if (missed === this.#missed) return;
    this.#missed = missed;
    for (const upstream of this.#byCookie.values()) upstream.wake();
  }

  /** Connections that one endpoint may have: once most of them are given away, no more than its share. */
  #most(): number {
    const { max, total } = this.options;
    if (this.#reserved * 8 < total * 7) return max;
    return Math.max(1, Math.floor(total / Math.max(1, this.#warmPools)));
  }

  #remove(id: number): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    if (entry.warm !== undefined) this.#warmPools--;
    for (const pool of [entry.warm, entry.relay]) {
      if (pool === undefined) continue;
      pool.drain();
      this.#draining.add(pool);
    }
  }

  /** Undefined: there are as many pools as there may be. */
  #warm(entry: Entry): WarmPool | undefined {
    if (entry.warm === undefined) {
      if (this.#warmPools >= this.options.total) return undefined;
      this.#warmPools++;
    }
    const { min, max, idleMs, connectMs } = this.options;
    const { endpoint } = entry;
    return (entry.warm ??= new WarmPool(
      endpoint.id,
      endpoint,
      { min, max, idleMs, connectMs },
      this.#shared,
    ));
  }

  #relay(entry: Entry): RelayPool {
    const { idleMs, connectMs } = this.options;
    const { kernel } = this;
    const connected = (upstream: Upstream): void => {
      if (upstream.fd !== undefined) upstream.notedAs = kernel.leaveToTcp(upstream.fd) ?? 0n;
      entry.warm?.answers();
    };
    return (entry.relay ??= new RelayPool(
      entry.endpoint,
      { idleMs, connectMs, idle: this.#relayIdle },
      this.now,
      connected,
      (upstream) => kernel.closedAgo(upstream.notedAs),
    ));
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
