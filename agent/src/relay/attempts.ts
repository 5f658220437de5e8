/**
 * An upstream connection that keeps the time of a route and sends a request again where the route says so (Envoy's router
 * filter). To an exchange it is one connection: what is told to it is the response that counts, or the relay's own answer.
 */
import { backOffMs, retriesLoss, retriesResponse, type AttemptLoss } from '@onehop/core/evaluate/retry.js';
import type { RouteCare } from '@onehop/core/routing/care.js';
import type { RouteDecision } from '../pool/kernelPools.js';
import type { Upstream, UpstreamEnd, UpstreamLink, UpstreamUser } from '../pool/upstream.js';
import { HeadCollector } from './headCollector.js';
import type { HeadScanner } from './headScanner.js';
import { formatReply, timeoutReply, unreachedReply, type LocalReply } from './localReply.js';
import { routeTimeout, upstreamGone } from './relayReasons.js';
import type { RequestRecord } from './requestRecord.js';

export interface AttemptsOptions {
  readonly first: Upstream;
  readonly care: RouteCare;
  /** This request may be sent again. */
  readonly mayRetry: boolean;
  readonly record: RequestRecord;
  /** May be sent twice on the way to one endpoint. */
  readonly repeatable: boolean;
  /** Where the next attempt goes. */
  again(): RouteDecision;
  /** Undefined: the endpoint is not configured any more. */
  acquire(endpoint: number, fresh: boolean): Upstream | undefined;
}

/** A request is kept for other attempts up to this many bytes: Envoy's per_connection_buffer_limit_bytes. */
const keptMost = 1024 * 1024;

export class Attempts implements UpstreamLink, UpstreamUser {
  uses = 0;
  readonly refused = false;
  readonly closedAgo = 0;
  /** Of no socket map. */
  readonly cookie = 0n;

  readonly #options: AttemptsOptions;
  #user: UpstreamUser | undefined;
  /** Undefined: between two attempts, or the relay has answered. */
  #current: Upstream | undefined;
  #pooled = false;
  #kept: Uint8Array[] | undefined = [];
  #keptBytes = 0;
  #requestDone = false;
  #requestEnded = false;
  /** The head of a response while nobody knows whether it is the one. */
  #collector: HeadCollector | undefined;
  /** What comes is the client's. */
  #answering = false;
  #over = false;
  #retries = 0;
  readonly #failed = new Set<number>();
  #whole: NodeJS.Timeout | undefined;
  #perTry: NodeJS.Timeout | undefined;
  #idle: NodeJS.Timeout | undefined;
  #wait: NodeJS.Timeout | undefined;

  constructor(options: AttemptsOptions) {
    this.#options = options;
    this.#current = options.first;
  }

  get closed(): boolean {
    return this.#over || (this.#answering && this.#current?.closed === true);
  }

  claim(user: UpstreamUser): void {
    this.#user = user;
    const first = this.#current;
    this.#active();
    if (first !== undefined) this.#begin(first);
  }

  write(bytes: Uint8Array): boolean {
    this.#active();
    if (this.#over) return true;
    this.#keep(bytes);
    return this.#current?.write(bytes) ?? false;
  }

  end(): void {
    this.#requestEnded = true;
    this.#current?.end();
  }

  complete(what: 'request' | 'response'): void {
    if (what === 'response') {
      this.#stop();
      return;
    }
    if (this.#requestDone || this.#over) return;
    this.#requestDone = true;
    const { timeoutMs } = this.#options.care;
    if (timeoutMs > 0) this.#whole = setTimeout(() => this.#late('upstream request timeout'), timeoutMs);
    this.#limitTry();
  }

  pause(): void {
    this.#current?.pause();
  }

  resume(): void {
    this.#current?.resume();
  }

  lend(): number | undefined {
    // somebody who reads elsewhere tells nobody that bytes come
    return this.#answering && this.#options.care.idleMs === 0 ? this.#current?.lend() : undefined;
  }

  fail(error: string): void {
    this.#current?.fail(error);
  }

  release(reusable: boolean): void {
    this.#finish()?.release(reusable);
  }

  destroy(): void {
    this.#finish()?.destroy();
  }

  reset(): void {
    this.#finish()?.reset();
  }

  upstreamData(chunk: Buffer): void {
    this.#active();
    if (this.#answering) {
      this.#user?.upstreamData(chunk);
      return;
    }
    const collector = (this.#collector ??= new HeadCollector('response', nothing));
    if (!collector.add(chunk)) return;
    const { scanner, bytes } = collector;
    if (this.#isWorthIt(scanner, bytes) && this.#again()) return;
    this.#answer(bytes);
  }

  upstreamDrained(): void {
    this.#user?.upstreamDrained();
  }

  upstreamEnded(): void {
    if (this.#answering) this.#user?.upstreamEnded();
    else this.#lost('reset', 'connection termination');
  }

  upstreamClosed(how: UpstreamEnd, error: string): void {
    if (this.#answering) this.#user?.upstreamClosed(how, error);
    else if (how !== 'refused') this.#lost('reset', 'connection termination');
    else
      this.#lost('not-connected', error === 'ETIMEDOUT' ? 'connection timeout' : 'remote connection failure');
  }

  #begin(upstream: Upstream): void {
    this.#current = upstream;
    this.#pooled = upstream.uses++ > 0;
    upstream.claim(this);
  }

  /** An attempt has ended before there was a response. */
  #lost(loss: AttemptLoss, why: string): void {
    if (this.#over) return;
    const { repeatable, acquire, record } = this.#options;
    // it may have ended the idle connection in the moment in which the request left
    if (this.#pooled && this.#collector === undefined && repeatable && this.#kept !== undefined) {
      this.#current?.destroy();
      const fresh = acquire(record.decision.endpoint, true);
      if (fresh !== undefined) {
        this.#send(fresh);
        return;
      }
    }
    const { retry } = this.#options.care;
    if (retry !== undefined && retriesLoss(retry, loss) && this.#again()) return;
    record.reason = upstreamGone;
    this.#reply(unreachedReply(why, this.#retries > 0));
  }

  /** Is there to be another attempt? Then it begins after a while. */
  #again(): boolean {
    const { mayRetry, record } = this.#options;
    const { retry } = this.#options.care;
    if (!mayRetry || retry === undefined || this.#retries >= retry.retries || this.#kept === undefined)
      return false;
    this.#retries++;
    this.#failed.add(record.decision.endpoint);
    this.#drop();
    this.#wait = setTimeout(
      () => this.#next(retry.otherEndpointTries),
      backOffMs(retry, this.#retries, Math.random()),
    );
    return true;
  }

  #next(otherTries: number): void {
    const { again, acquire, record } = this.#options;
    let decision = again();
    for (let n = 1; n < otherTries && this.#failed.has(decision.endpoint); n++) decision = again();
    record.decision = decision;
    const upstream = decision.endpoint === 0 ? undefined : acquire(decision.endpoint, false);
    if (upstream === undefined) this.#reply({ status: 503, body: 'no healthy upstream' });
    else this.#send(upstream);
  }

  #send(upstream: Upstream): void {
    this.#collector = undefined;
    this.#begin(upstream);
    let more = true;
    for (const bytes of this.#kept ?? []) more = upstream.write(bytes);
    if (this.#requestEnded) upstream.end();
    this.#limitTry();
    if (more) this.#user?.upstreamDrained();
  }

  /** `head` is the whole head of a response, with what came behind it. */
  #isWorthIt(scanner: HeadScanner, head: Buffer): boolean {
    const { retry } = this.#options.care;
    if (retry === undefined || scanner.fault !== '') return false;
    const status = Number(head.toString('latin1', 9, 12));
    const headers = Array.from({ length: scanner.headers }, (_, i) => {
      const at = (n: number): number => scanner.spans[4 * i + n] ?? 0;
      const name = head.toString('latin1', at(0), at(1)).toLowerCase();
      return [name, head.toString('latin1', at(2), at(3))] as const;
    });
    return retriesResponse(retry, status, headers);
  }

  #answer(bytes: Buffer): void {
    this.#answering = true;
    this.#kept = undefined;
    clearTimeout(this.#perTry);
    this.#user?.upstreamData(bytes);
  }

  #limitTry(): void {
    const perTryMs = this.#options.care.retry?.perTryMs ?? 0;
    if (perTryMs === 0 || !this.#requestDone || this.#answering) return;
    clearTimeout(this.#perTry);
    this.#perTry = setTimeout(() => {
      const { retry } = this.#options.care;
      if (retry === undefined || !retriesLoss(retry, 'timeout') || !this.#again())
        this.#late('upstream request timeout');
    }, perTryMs);
  }

  /** Something came or went. */
  #active(): void {
    const { idleMs } = this.#options.care;
    if (idleMs === 0 || this.#over) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#late('stream timeout'), idleMs);
  }

  #late(what: string): void {
    const { record } = this.#options;
    record.reason = routeTimeout;
    record.detail = what;
    if (this.#answering) {
      const user = this.#user;
      this.destroy();
      user?.upstreamClosed('reset', 'ETIMEDOUT');
    } else {
      this.#reply(timeoutReply(what, this.#requestDone));
    }
  }

  /** Answers in place of an endpoint. */
  #reply(reply: LocalReply): void {
    const user = this.#user;
    const close = !this.#requestDone;
    this.destroy();
    user?.upstreamData(formatReply(reply, close, this.#options.record));
    if (close) user?.upstreamEnded();
  }

  #keep(bytes: Uint8Array): void {
    if (this.#kept === undefined) return;
    this.#keptBytes += bytes.length;
    // between two attempts there is nowhere else to put them
    if (this.#keptBytes <= keptMost || this.#current === undefined) this.#kept.push(bytes);
    else this.#kept = undefined;
  }

  /** Ends the attempt under way. */
  #drop(): void {
    clearTimeout(this.#perTry);
    const upstream = this.#current;
    this.#current = undefined;
    upstream?.destroy();
  }

  #stop(): void {
    for (const timer of [this.#whole, this.#perTry, this.#idle, this.#wait]) clearTimeout(timer);
  }

  #finish(): Upstream | undefined {
    this.#stop();
    this.#over = true;
    this.#user = undefined;
    const upstream = this.#current;
    this.#current = undefined;
    return upstream;
  }
}

const nothing = Buffer.alloc(0);
