/**
 * One request and its response between a client's connection and an upstream one; also what may follow them on
 * the same pair: a tunnel, or the end of both connections.
 */
import { clientGone, upstreamGone } from './relayReasons.js';
import type { Upstream, UpstreamEnd, UpstreamLink, UpstreamUser } from '../pool/upstream.js';
import { connectReply, type LocalReply } from './localReply.js';
import type { Pump, PumpEnd } from './bodyPumps.js';
import type { RequestRecord } from './requestRecord.js';
import { ResponseChanger } from './responseChanger.js';
import { ResponseReader } from './responseReader.js';
import type { ReplyHeaders } from './router.js';

/** How the client's side of the connection ends. */
export type Finish = 'fin' | 'rst';

/** The client's connection, as an exchange sees it. */
export interface ExchangeClient {
  /** Writes to the client. False: wait for {@link Exchange.clientDrained}. */
  send(bytes: Uint8Array): boolean;
  /**
   * Moves that many bytes from the upstream connection to the client. Undefined: not now, bytes before them are still
   * on their way.
   */
  pump(upstream: UpstreamLink, bytes: number, ended: (moved: number, end: PumpEnd) => void): Pump | undefined;
  /** The client takes nothing any more (an errno name). */
  broken(error: string): void;
  /** What was sent upstream has left: read on from the client. */
  upstreamDrained(): void;
  /** Response and request are complete and the client's connection goes on. */
  exchangeDone(): void;
  /** Every byte goes both ways from here on, or the connections only wait for their end: read on. */
  exchangeChanged(): void;
  /** No connection to the endpoint: the relay answers by itself. */
  answer(reply: LocalReply, record: RequestRecord): void;
  /** The endpoint has ended its side: so must this end, after all that was sent. */
  finish(how: Finish): void;
  /** The record is final. */
  tell(record: RequestRecord): void;
  /** A fresh connection to the same endpoint, to send the request again. */
  reconnect(): Upstream | undefined;
  now(): number;
}

export interface ExchangeOptions {
  readonly client: ExchangeClient;
  readonly upstream: UpstreamLink;
  readonly record: RequestRecord;
  readonly reader: ResponseReader;
  /** The client means to go on after this response. */
  readonly keepAlive?: boolean;
  /** May be sent again on another connection when nothing came back. */
  readonly repeatable?: boolean;
  readonly tunnel?: boolean;
  /** Changes the head of the final response; absent: it passes as it is. */
  readonly changeHead?: ((head: Buffer) => Buffer) | undefined;
  /** Of an answer that the relay gives in place of the endpoint. */
  readonly replyHeaders?: ReplyHeaders | undefined;
}

/** Bodies of which less is to come are not worth a pump. */
const pumpLeast = 32 * 1024;
/** A request is kept for a second attempt up to this many bytes. */
const keptMost = 64 * 1024;
/**
 * An endpoint that ends or resets the connection later than this after a request, in ms, has read it: with no mesh it
 * would read it once. Earlier, it may have ended an idle connection in the moment in which the request left.
 */
const raceMs = 20;

export class Exchange implements UpstreamUser {
  /** Bytes of the client are no longer looked at: they go upstream as they come. */
  tunnel: boolean;
  /** The whole request has been sent upstream. */
  requestDone = false;
  /** The response is complete, and both connections wait for their end. What the client still sends is dropped. */
  ending = false;

  readonly #client: ExchangeClient;
  #upstream: UpstreamLink;
  readonly #record: RequestRecord;
  readonly #reader: ResponseReader;
  readonly #keepAlive: boolean;
  readonly #repeatable: boolean;
  readonly #changer: ResponseChanger | undefined;
  readonly #replyHeaders: ReplyHeaders | undefined;
  /** The request so far, while it may have to be sent again. */
  #kept: Uint8Array[] | undefined;
  #keptBytes = 0;
  #race: NodeJS.Timeout | undefined;
  #sentAt = 0;
  #started = false;
  #excess = false;
  /** The client has ended its side, and the endpoint was told so. */
  #clientEnded = false;
  #pump: Pump | undefined;
  #over = false;

  constructor(options: ExchangeOptions) {
    this.#client = options.client;
    this.#upstream = options.upstream;
    this.#record = options.record;
    this.#reader = options.reader;
    this.#keepAlive = options.keepAlive ?? false;
    this.#repeatable = options.repeatable ?? false;
    this.tunnel = options.tunnel ?? false;
    this.#replyHeaders = options.replyHeaders;
    this.#changer = options.changeHead && new ResponseChanger(options.changeHead);
    // only a connection that has served before may have been closed meanwhile
    if (this.#repeatable && this.#upstream.uses > 0) this.#kept = [];
    this.#upstream.uses++;
  }

  /** Begins to hear of the upstream; with a hand-over, at once of data that waited. */
  start(): void {
    this.#upstream.claim(this);
  }

  get upstream(): UpstreamLink {
    return this.#upstream;
  }

  /** Sends bytes of the request, or of a tunnel. False: wait for ExchangeClient.upstreamDrained. */
  send(bytes: Uint8Array): boolean {
    this.#record.requestBytes += bytes.length;
    if (this.#kept !== undefined) this.#keep(bytes);
    if (this.#over || this.#upstream.closed) return true;
    return this.#upstream.write(bytes);
  }

  requestComplete(): void {
    this.requestDone = true;
    this.#upstream.complete?.('request');
    this.#settle();
  }

  /** The client will send nothing more. Called once everything it sent is sent on. */
  clientEnded(): void {
    if (this.#clientEnded || this.#over) return;
    this.#clientEnded = true;
    this.#upstream.end();
  }

  clientDrained(): void {
    if (!this.#over && !this.#pumps()) this.#upstream.resume();
  }

  /** The client's connection is gone: so is the upstream one. */
  clientClosed(reset: boolean): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopPump();
    this.#forget();
    if (!this.#complete()) this.#record.reason = clientGone;
    this.#client.tell(this.#record);
    if (reset) this.#upstream.reset();
    else this.#upstream.destroy();
  }

  /** The relay turns the request away after all: the endpoint sees its connection end. */
  abandon(): RequestRecord {
    this.#forget();
    this.#stopPump();
    if (!this.#over) this.#upstream.destroy();
    this.#over = true;
    return this.#record;
  }

  get started(): boolean {
    return this.#started;
  }

  upstreamData(chunk: Buffer): void {
    if (!this.#started) {
      this.#started = true;
      this.#forget();
      this.#record.firstMs ||= this.#client.now();
    }
    const tunnel = this.tunnel;
    const n = tunnel ? chunk.length : this.#reader.read(chunk);
    this.#record.responseBytes += n;
    this.#record.status = this.#reader.status;
    const taken = n === chunk.length ? chunk : chunk.subarray(0, n);
    const bytes = tunnel ? taken : (this.#changer?.take(taken) ?? taken);
    if (bytes.length > 0 && !this.#client.send(bytes)) this.#upstream.pause();
    if (tunnel) return;
    if (n < chunk.length) this.#excess = true;
    if (this.#reader.tunnel) {
      this.tunnel = true;
      this.#client.exchangeChanged();
    } else if (this.#reader.done) {
      this.#settle();
    } else {
      this.#pumps();
    }
  }

  upstreamEnded(): void {
    // when this turn is late, nobody knows when the end came; but what the endpoint has refused it has not read
    if (this.#over || ((this.#raced || this.#upstream.refused) && this.#again())) return;
    if (!this.#complete()) this.#record.reason = upstreamGone;
    this.#client.tell(this.#record);
    if (!this.tunnel) {
      this.ending = true;
      this.#client.exchangeChanged();
    }
    this.#client.finish('fin');
  }

  upstreamDrained(): void {
    if (!this.#over) this.#client.upstreamDrained();
  }

  upstreamClosed(how: UpstreamEnd, error: string): void {
    if (this.#over) return;
    if (how === 'reset' && this.#raced && this.#again()) return;
    this.#over = true;
    this.#stopPump();
    if (how !== 'closed' && !this.#complete()) this.#record.reason = upstreamGone;
    if (how === 'refused' && !this.tunnel) {
      const headers = this.#replyHeaders;
      const reply = connectReply(error);
      this.#client.answer(headers === undefined ? reply : { ...reply, headers }, this.#record);
      return;
    }
    this.#client.tell(this.#record);
    this.#client.finish(how === 'closed' ? 'fin' : 'rst');
  }

  /** Did the end come just when the request left? */
  get #raced(): boolean {
    const { closed, closedAgo } = this.#upstream;
    return this.#client.now() - (closed ? closedAgo : 0) - this.#sentAt < raceMs;
  }

  /** Does a pump bring the body? Starts one where it is worth it. */
  #pumps(): boolean {
    const bytes = this.#reader.ahead;
    if (this.#pump !== undefined || this.#over || bytes < pumpLeast) return this.#pump !== undefined;
    this.#pump = this.#client.pump(this.#upstream, bytes, (moved, end) => this.#pumped(moved, end));
    return this.#pump !== undefined;
  }

  #pumped(moved: number, { source, target }: PumpEnd): void {
    this.#pump = undefined;
    this.#record.responseBytes += moved;
    this.#reader.skip(moved);
    if (target !== undefined) {
      this.#client.broken(target);
    } else if (source !== undefined && source !== 'end') {
      this.#upstream.fail(source);
    } else {
      // an end is still there to be read
      this.#upstream.resume();
      this.#settle();
    }
  }

  #stopPump(): void {
    this.#record.responseBytes += this.#pump?.stop() ?? 0;
    this.#pump = undefined;
  }

  #complete(): boolean {
    return this.tunnel || this.#reader.done || this.#reader.untilClose;
  }

  /** Both halves may be complete: what now? */
  #settle(): void {
    if (this.#over || this.ending || !this.#reader.done) return;
    this.#upstream.complete?.('response');
    const goesOn = this.#reader.keepAlive && this.#keepAlive && !this.#clientEnded;
    if (goesOn && !this.requestDone) return;
    this.#client.tell(this.#record);
    if (goesOn) {
      this.#over = true;
      this.#upstream.release(!this.#excess);
      this.#client.exchangeDone();
      return;
    }
    // the endpoint ends the connection: the client shall see when and how
    this.ending = true;
    this.#client.exchangeChanged();
  }

  #keep(bytes: Uint8Array): void {
    this.#keptBytes += bytes.length;
    if (this.#keptBytes > keptMost) {
      this.#kept = undefined;
      return;
    }
    this.#kept?.push(bytes);
    this.#sentAt ||= this.#client.now();
    // behind a look at the sockets, and the closing of those that have failed: an end that came in time counts, however late
    // this turn is
    this.#race ??= setTimeout(() => setImmediate(() => setImmediate(() => this.#forget())), raceMs);
  }

  #forget(): void {
    this.#kept = undefined;
    clearTimeout(this.#race);
  }

  /** Sends the request again when a connection that had served before ended without a word. */
  #again(): boolean {
    const kept = this.#kept;
    this.#forget();
    if (kept === undefined || this.#started) return false;
    const fresh = this.#client.reconnect();
    if (fresh === undefined) return false;
    this.#upstream.destroy();
    this.#upstream = fresh;
    fresh.uses++;
    fresh.claim(this);
    let more = true;
    for (const bytes of kept) more = fresh.write(bytes);
    if (this.#clientEnded) fresh.end();
    if (more) this.#client.upstreamDrained();
    return true;
  }
}
