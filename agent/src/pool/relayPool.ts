/** The relay's own keep-alive connections to one endpoint. The kernel path knows nothing of them. */
import { Upstream, type UpstreamAddress, type UpstreamHome } from './upstream.js';

/** Idle connections kept for one endpoint. */
const idleMost = 64;

/**
 * A request that must not be sent twice takes only a connection that was in use this recently, in ms: an endpoint
 * closes connections after seconds of silence, and a request that meets such a close is lost.
 */
const freshMs = 500;

/** Idle connections of all pools together. */
export class IdleBound {
  #now = 0;

  constructor(private readonly most: number) {}

  /** Room for one more: it counts from here on. */
  take(): boolean {
    if (this.#now >= this.most) return false;
    this.#now++;
    return true;
  }

  give(count: number): void {
    this.#now -= count;
  }
}

export interface RelayPoolOptions {
  /** Unused for this long, connections are closed, in ms. */
  readonly idleMs: number;
  /** A connect that takes longer is given up, in ms. */
  readonly connectMs: number;
  readonly idle: IdleBound;
}

export class RelayPool implements UpstreamHome {
  readonly #all = new Set<Upstream>();
  /** Oldest first. */
  #idle: Upstream[] = [];
  #closing = false;

  constructor(
    private readonly to: UpstreamAddress,
    private readonly options: RelayPoolOptions,
    private readonly now: () => number,
    /** The endpoint has taken a connection. */
    private readonly connected: (upstream: Upstream) => void = () => {},
    readonly closedAgo: (upstream: Upstream) => number | undefined = () => undefined,
  ) {}

  get open(): number {
    return this.#all.size;
  }

  /** An idle connection, or a new one that is connecting. `repeatable`: the request may be sent twice. */
  acquire(repeatable: boolean): Upstream {
    const idle = this.#idle.pop();
    if (idle !== undefined) {
      if (repeatable || this.now() - idle.since < freshMs) {
        this.options.idle.give(1);
        return idle;
      }
      this.#idle.push(idle);
    }
    return this.connect();
  }

  connect(): Upstream {
    const upstream = new Upstream(this.to, this, this.now());
    this.#all.add(upstream);
    return upstream;
  }

  /** Closes what lay idle too long and what does not connect. */
  tick(): void {
    const now = this.now();
    let old = 0;
    while (old < this.#idle.length && now - this.#idle[old]!.since >= this.options.idleMs) old++;
    for (const upstream of this.#idle.splice(0, old)) upstream.destroy();
    this.options.idle.give(old);
    for (const upstream of this.#all)
      if (!upstream.connected && now - upstream.since >= this.options.connectMs) upstream.abandon();
  }

  /** No new use: idle connections close now, busy ones when they are done. */
  drain(): void {
    this.#closing = true;
    this.options.idle.give(this.#idle.length);
    for (const upstream of this.#idle) upstream.destroy();
    this.#idle = [];
  }

  close(): void {
    this.drain();
    for (const upstream of this.#all) upstream.destroy();
  }

  upstreamConnected(upstream: Upstream): void {
    // whoever acquired it has already written
    this.connected(upstream);
  }

  unclaimedData(upstream: Upstream): void {
    upstream.destroy();
    this.#forget(upstream);
  }

  unclaimedEnd(upstream: Upstream): void {
    upstream.destroy();
    this.#forget(upstream);
  }

  upstreamGone(upstream: Upstream): void {
    this.#all.delete(upstream);
    this.#forget(upstream);
  }

  takeBack(upstream: Upstream, reusable: boolean): void {
    if (!reusable || this.#closing || this.#idle.length >= idleMost || !this.options.idle.take()) {
      upstream.destroy();
      return;
    }
    upstream.since = this.now();
    this.#idle.push(upstream);
  }

  #forget(upstream: Upstream): void {
    const at = this.#idle.lastIndexOf(upstream);
    if (at < 0) return;
    this.#idle.splice(at, 1);
    this.options.idle.give(1);
  }
}
