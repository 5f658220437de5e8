/**
 * The warm connections of one endpoint that the kernel path uses. Programs take idle ones from the endpoint's
 * stack and put them back; this side opens, counts and closes them.
 */
import { Backoff } from './backoff.js';
import type { KernelPools, KernelUpstream } from './kernelPools.js';
import { Upstream, type UpstreamAddress, type UpstreamEnd, type UpstreamHome } from './upstream.js';

export interface WarmSizes {
  /** Connections kept while the endpoint is in use. */
  readonly min: number;
  readonly max: number;
  /** Unused for this long, connections above `min` are closed, in ms. */
  readonly idleMs: number;
  /** A connect that takes longer is given up, in ms. */
  readonly connectMs: number;
}

/** What all warm pools share. */
export interface WarmShared {
  readonly kernel: KernelPools;
  /** Every warm connection that the datapath knows, by cookie. */
  readonly byCookie: Map<bigint, Upstream>;
  now(): number;
  /** Connections that an endpoint keeps which nobody uses; fewer when there are many endpoints. */
  quiet(): number;
  /** Connections that one endpoint may have: its share, when there are hardly any left. */
  most(): number;
  /** Asks for one more connection under the common bound; true takes it. */
  reserve(): boolean;
  unreserve(): void;
  /** A response was handed over: true when somebody claimed `upstream`. */
  handedOver(upstream: Upstream, state: KernelUpstream): boolean;
  /** An upstream ended while it carried a request of `client`, whose bytes were `kept`. */
  lost(client: bigint, how: UpstreamEnd, kept: Uint8Array | undefined): void;
}

/** Connections that may be opened at the same time, for one endpoint. */
const connectsAtOnce = 8;

/** An endpoint that closes an unused connection within this time does not really serve, in ms. */
const shortMs = 1000;

export class WarmPool implements UpstreamHome {
  readonly #members = new Set<Upstream>();
  /** Members that the relay uses: a response that was handed over may take its time. */
  readonly #lent = new Set<Upstream>();
  readonly #backoff = new Backoff(250, 15_000);
  #connecting = 0;
  #target: number;
  /** Programs see the stack, for sure. */
  #ready = false;
  #draining = false;
  /** Cookies that this side put on the stack, less those that it took off. */
  #placed = 0n;
  /** Closed connections whose cookies still lie on the stack, as far as this side can tell. */
  #stale = 0;
  #pops = 0n;
  readonly #bornAt: number;
  #usedAt = -Infinity;
  #windowAt: number;
  #windowIdle = Number.MAX_SAFE_INTEGER;
  /** Bound of the connections kept while unused: falls when the endpoint closes them unused, to stop opening in vain. */
  #quiet: number;

  constructor(
    readonly endpointId: number,
    private readonly to: UpstreamAddress,
    private readonly sizes: WarmSizes,
    private readonly shared: WarmShared,
  ) {
    this.#target = Math.min(sizes.min, shared.most());
    this.#quiet = sizes.min;
    this.#bornAt = shared.now();
    this.#windowAt = this.#bornAt;
    shared.kernel.register(endpointId).then(
      () => (this.#ready = true),
      // without a stack the relay serves the endpoint; the next request tries again
      () => this.drain(),
    );
    // Programs find the stack a grace period before that is known here: it shall not be empty.
    this.#fill();
  }

  /** Connections that stand and are the kernel path's. */
  get open(): number {
    return this.#members.size - this.#connecting - this.#lent.size;
  }

  /** Connections on the stack, at most {@link open}. */
  get idle(): number {
    if (this.#draining) return 0;
    const { pops, returns } = this.shared.kernel.stat(this.endpointId);
    return Math.max(0, Math.min(this.open, Number(this.#placed + returns - pops) - this.#stale));
  }

  /** Attempts to connect that failed in a row; 0: the endpoint answers. */
  get failures(): number {
    return this.#backoff.failures;
  }

  /** Used within the idle time: worth a look every second. */
  get active(): boolean {
    return this.shared.now() - this.#usedAt < this.sizes.idleMs;
  }

  /** More connections than there may be. */
  get surplus(): boolean {
    return !this.#draining && this.open > this.#bound();
  }

  /** Drained, or of no use: it has no connections and shall have none. */
  get gone(): boolean {
    return this.#members.size === 0 && (this.#draining || (this.#ready && this.#wanted() === 0));
  }

  /** A request found no idle connection. */
  dry(): void {
    if (this.#draining) return;
    this.#used();
    this.#grow();
    this.#fill();
  }

  /** Somebody else reached the endpoint. */
  answers(): void {
    if (this.#backoff.failures === 0 || this.#draining) return;
    this.#backoff.succeeded();
    this.#fill();
  }

  /** Looks after sizes; called every second while active, now and then otherwise. */
  tick(): void {
    if (this.#draining) {
      this.#reapDrained();
      return;
    }
    const now = this.shared.now();
    // what is given up for others must not be asked for again at once
    this.#target = Math.min(this.#target, this.shared.most());
    this.#checkConnects(now);
    const { pops } = this.shared.kernel.stat(this.endpointId);
    const idle = this.idle;
    if (pops !== this.#pops) {
      this.#pops = pops;
      this.#used();
      if (idle * 4 < this.open) this.#grow();
    }
    this.#windowIdle = Math.min(this.#windowIdle, idle);
    if (now - this.#windowAt >= this.sizes.idleMs) {
      // what lay idle all the time, save a quarter, is not needed
      const spare = this.#windowIdle - (this.#target >> 2);
      if (spare > 0) this.#target = Math.max(Math.min(this.sizes.min, this.#target), this.#target - spare);
      this.#windowIdle = idle;
      this.#windowAt = now;
    }
    if (this.#stale >= Math.max(4, this.open >> 2) || this.open > this.#bound()) this.#sweep();
    this.#fill();
  }

  /** The endpoint is no longer configured: idle connections close now, busy ones when they are done. */
  drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    const { kernel } = this.shared;
    for (const upstream of this.#members) {
      if (upstream.cookie === 0n) upstream.destroy();
      else kernel.retire(upstream.cookie);
    }
    for (const upstream of this.#popAll()) this.#discard(upstream);
    kernel.unregister(this.endpointId);
  }

  /** Closes everything at once. */
  close(): void {
    this.drain();
    for (const upstream of this.#members) upstream.destroy();
  }

  upstreamConnected(upstream: Upstream): void {
    this.#connecting--;
    const fd = upstream.fd;
    const cookie =
      this.#draining || fd === undefined ? undefined : this.shared.kernel.adopt(this.endpointId, fd);
    if (cookie === undefined) {
      if (!this.#draining) this.#backoff.failed(this.shared.now());
      upstream.destroy();
      return;
    }
    upstream.cookie = cookie;
    upstream.notedAs = cookie;
    this.shared.byCookie.set(cookie, upstream);
    this.#place(upstream);
    this.#fill();
  }

  unclaimedData(upstream: Upstream, chunk: Buffer): void {
    const state = this.shared.kernel.upstream(upstream.cookie);
    if (state?.phase === 'handover') {
      upstream.hold(chunk);
      if (!this.shared.handedOver(upstream, state)) this.#discard(upstream);
    } else if (state?.phase === 'busy') {
      // the word that it is handed over is on its way
      upstream.hold(chunk);
    } else {
      // an endpoint that speaks without being asked, such as "408 Request Timeout"
      upstream.destroy();
    }
  }

  unclaimedEnd(upstream: Upstream): void {
    const state = this.shared.kernel.upstream(upstream.cookie);
    if (state?.phase === 'handover' && this.shared.handedOver(upstream, state)) return;
    if (state?.phase === 'busy' || state?.phase === 'handover') {
      this.shared.lost(state.client, 'closed', state.kept);
      this.#discard(upstream);
    } else {
      upstream.destroy();
    }
  }

  claimed(upstream: Upstream): void {
    if (!this.#members.has(upstream)) return;
    this.#lent.add(upstream);
    if (this.active) this.#fill();
  }

  closedAgo(upstream: Upstream): number | undefined {
    return this.shared.kernel.closedAgo(upstream.notedAs);
  }

  upstreamGone(upstream: Upstream, how: UpstreamEnd): void {
    this.#lent.delete(upstream);
    if (!this.#members.delete(upstream)) return;
    this.shared.unreserve();
    if (!upstream.connected) this.#connecting--;
    if (how === 'refused') this.#backoff.failed(this.shared.now());
    if (upstream.cookie !== 0n) {
      const { kernel, byCookie } = this.shared;
      const state = kernel.upstream(upstream.cookie);
      if (state === undefined || state.phase === 'idle') {
        this.#stale++;
        this.#vain(upstream);
      } else if (upstream.user === undefined) {
        this.shared.lost(state.client, how, state.kept);
      }
      byCookie.delete(upstream.cookie);
      kernel.forget(upstream.cookie);
    }
    if (this.active) this.#fill();
  }

  takeBack(upstream: Upstream, reusable: boolean): void {
    this.#lent.delete(upstream);
    if (reusable && !this.#draining) this.#place(upstream);
    else this.#discard(upstream);
  }

  #used(): void {
    this.#usedAt = this.shared.now();
    this.#quiet = this.sizes.min;
  }

  /** The endpoint closed an idle connection. */
  #vain(upstream: Upstream): void {
    const now = this.shared.now();
    if (now - upstream.since < shortMs) this.#backoff.failed(now);
    if (!this.active && now - this.#bornAt >= this.sizes.idleMs) this.#quiet = Math.max(1, this.#quiet >> 1);
  }

  /** Closes a connection that is not on the stack. */
  #discard(upstream: Upstream): void {
    this.#lent.delete(upstream);
    upstream.destroy();
    const { kernel, byCookie } = this.shared;
    if (upstream.cookie !== 0n) {
      byCookie.delete(upstream.cookie);
      kernel.forget(upstream.cookie);
      upstream.cookie = 0n;
    }
    if (this.#members.delete(upstream)) {
      this.shared.unreserve();
      if (this.active) this.#fill();
    }
  }

  /** Gives up slow connects; an attempt that stood its time ends the back-off. */
  #checkConnects(now: number): void {
    if (this.#connecting === 0 && this.#backoff.failures === 0) return;
    for (const upstream of this.#members) {
      const age = now - upstream.since;
      if (!upstream.connected && age >= this.sizes.connectMs) upstream.abandon();
      if (upstream.connected && !upstream.closed && age >= shortMs) this.#backoff.succeeded();
    }
  }

  /** Only when everything that was asked for before stands: else the shortage is that of before. */
  #grow(): void {
    if (this.open >= this.#target) this.#target = Math.min(this.sizes.max, this.#target * 2);
  }

  /** Connections that there may be. */
  #bound(): number {
    return Math.min(this.#target, this.active ? this.shared.most() : this.shared.quiet());
  }

  /** Connections that there should be. */
  #wanted(): number {
    return this.active ? this.#bound() : Math.min(this.#bound(), this.#quiet);
  }

  #fill(): void {
    if (this.#draining || !this.#backoff.ready(this.shared.now())) return;
    const want = this.#wanted();
    // while the endpoint fails, one attempt at a time tells enough
    const atOnce = this.#backoff.failures > 0 ? 1 : connectsAtOnce;
    while (
      this.#members.size - this.#lent.size < want &&
      this.#connecting < atOnce &&
      this.shared.reserve()
    ) {
      this.#connecting++;
      this.#members.add(new Upstream(this.to, this, this.shared.now()));
    }
  }

  #place(upstream: Upstream): void {
    upstream.since = this.shared.now();
    this.#put(upstream);
  }

  #put(upstream: Upstream): void {
    if (this.shared.kernel.push(this.endpointId, upstream.cookie)) {
      this.#placed++;
      if (this.shared.kernel.watches) upstream.rest();
      return;
    }
    // the stack does not take new connections: opening more at once would go round in circles
    if (upstream.uses === 0) this.#backoff.failed(this.shared.now());
    this.#discard(upstream);
  }

  /** Takes everything off the stack; newest first, without the stale. */
  #popAll(): Upstream[] {
    const { kernel, byCookie } = this.shared;
    const live: Upstream[] = [];
    for (;;) {
      const cookie = kernel.pop(this.endpointId);
      if (cookie === undefined) break;
      this.#placed--;
      const upstream = byCookie.get(cookie);
      if (upstream !== undefined && !upstream.closed && !upstream.ended) live.push(upstream);
    }
    this.#stale = 0;
    return live;
  }

  /** Clears the stack of closed connections and closes the longest idle ones above the target. */
  #sweep(): void {
    const live = this.#popAll();
    const surplus = Math.max(0, Math.min(live.length, this.open - this.#bound()));
    for (const upstream of live.splice(live.length - surplus)) this.#discard(upstream);
    for (const upstream of live.reverse()) this.#put(upstream);
  }

  #reapDrained(): void {
    for (const upstream of this.#members) {
      if (upstream.user !== undefined || upstream.cookie === 0n) continue;
      const state = this.shared.kernel.upstream(upstream.cookie);
      if (state === undefined || state.phase === 'idle') this.#discard(upstream);
    }
  }
}
