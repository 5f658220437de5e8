/**
 * A client's connection to a listener, as the relay holds it. Costs next to nothing while the kernel carries the
 * requests; when bytes arrive, reads request heads, has each routed, and runs one exchange after the other.
 */
import type { Drawn } from '@onehop/core/router/decision.js';
import type { Socket } from 'node:net';
import type { KernelUpstream } from '../pool/kernelPools.js';
import type { Upstream, UpstreamLink } from '../pool/upstream.js';
import { wasReset } from '../pool/wasReset.js';
import { admit, exchangeFor, type SettledAdmission } from './admission.js';
import type { Pump, PumpEnd } from './bodyPumps.js';
import { BodyTracker } from './bodyTracker.js';
import { ClientOrigin } from './clientOrigin.js';
import { ClientOutput } from './clientOutput.js';
import { Exchange, type ExchangeClient, type Finish } from './exchange.js';
import { HalfClosed } from './halfClosed.js';
import type { AnchoredConn } from './kernelConns.js';
import { formatReply, type LocalReply } from './localReply.js';
import type { RelayContext } from './relayContext.js';
import { RequestInput, type ScannedHead } from './requestInput.js';
import { isIdempotent } from './requestHead.js';
import { headBad, pipelined, stalePool, upstreamGone } from './relayReasons.js';
import { RequestRecord } from './requestRecord.js';
import { ResponseReader } from './responseReader.js';

/** Bytes of later requests that wait while a response is on its way; then the client is no longer read. */
const heldMost = 64 * 1024;
/** How long a client whose connection has been ended may take to end its side, in ms. */
const lingerMs = 60_000;

export class ClientConnection implements ExchangeClient {
  readonly #socket: Socket;
  readonly #origin: ClientOrigin;
  readonly #context: RelayContext;
  readonly #output: ClientOutput;
  readonly #input = new RequestInput();
  readonly #body = new BodyTracker();
  #exchange: Exchange | undefined;
  /** Endpoint of the exchange. */
  #endpoint = 0;

  /** The kernel has left the connection to the relay, and nothing of the kernel path is under way. */
  #entered = false;
  /** The kernel still owes the client bytes: nothing is served until it says that it is idle. */
  #waiting = false;
  /** A response that was handed over while #waiting. */
  #later: { readonly upstream: Upstream; readonly state: KernelUpstream } | undefined;
  /** Requests came faster than answers: the kernel does not get the connection back. */
  #sticky = false;
  /** enum oh_reason: why the next request is the relay's. */
  #reason = 0;
  /** For the request that the programs passed. */
  #drawn: Drawn | undefined;
  /** Requests that the kernel path carried, and those that came to the relay. */
  #carried = 0;
  #relayed = 0;
  /** Requests that are counted as both. */
  #resent = 0;
  #read = 0;

  /** A filter makes the request wait whose head the input begins with. */
  #delay: NodeJS.Timeout | undefined;
  #paused = false;
  /** The upstream connection takes no more at the moment. */
  #blocked = false;
  /** The client has ended its side. */
  #ended = false;
  /** What the client still sends is dropped. */
  #dropping = false;
  /** Upstream connection that carried a request of the client when its socket went away; 0n: none. */
  #carrier = 0n;
  /** The client has ended its side while the kernel path delivers the response. */
  #halfClosed: HalfClosed | undefined;
  #finish: Finish | undefined;
  /** ms; 0: this side is open. */
  #finishedAt = 0;
  #reset = false;
  #closed = false;

  constructor(socket: Socket, conn: AnchoredConn, context: RelayContext) {
    this.#socket = socket;
    this.#origin = new ClientOrigin(conn);
    this.#context = context;
    this.#output = new ClientOutput(socket, context);
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('end', () => this.#onEnd());
    socket.on('drain', () => this.#onDrain());
    socket.on('error', () => {
      this.#reset = true;
    });
    socket.on('close', () => this.#onClose());
    if (context.router.protocol(conn.listenerId) === 'tcp') this.#openTunnel();
  }

  get cookie(): bigint {
    return this.#origin.cookie;
  }

  /** OH_CTL_IDLE: the kernel owes this client nothing any more. */
  kernelIdle(): void {
    if (!this.#waiting || this.#closed) return;
    this.#waiting = false;
    const later = this.#later;
    this.#later = undefined;
    if (later !== undefined) this.takeOver(later.upstream, later.state);
    else if (this.#finish !== undefined) this.#finishNow(this.#finish);
    this.#advance();
  }

  /** The rest of the response that `upstream` brings is the relay's. True: it was claimed, or will be. */
  takeOver(upstream: Upstream, state: KernelUpstream): boolean {
    if (this.#closed || this.#finishedAt > 0) return false;
    if (this.#later !== undefined) return this.#later.upstream === upstream;
    if (this.#exchange !== undefined) return false;
    if (this.#context.kernel.state(this.cookie)?.inFlight === true) {
      this.#later = { upstream, state };
      this.#wait();
      return true;
    }
    this.#enter(0);
    this.#halfClosed = undefined;
    this.#context.counters.requests++;
    const record = RequestRecord.ofKernel(state, this.now());
    const reader =
      state.delivered === 0n
        ? new ResponseReader({ isHead: state.request?.isHead ?? false, isConnect: false, upgrade: false })
        : ResponseReader.inBody(state.bodyLeft === undefined ? undefined : Number(state.bodyLeft));
    const exchange = new Exchange({ client: this, upstream, record, reader, keepAlive: true });
    this.#begin(exchange);
    this.#body.begin('sized', Number(state.requestLeft), true);
    if (this.#body.done) exchange.requestComplete();
    exchange.start();
    if (!this.#input.empty || this.#ended) this.#advance();
    return true;
  }

  /**
   * The upstream connection that carried a request of this client in the kernel has ended. A request that met the end of
   * an idle connection was not served; with no mesh the client's own connection would have stood. It is sent again where
   * a second time does no harm.
   */
  kernelUpstreamLost(how: Finish, kept: Uint8Array | undefined): void {
    // told before, or whoever claims the connection hears of its end
    if (this.#exchange !== undefined || this.#later !== undefined || this.#finish !== undefined) return;
    if (kept === undefined || !isIdempotent(kept) || this.#closed) {
      this.finish(how);
      return;
    }
    this.#carried = this.#context.kernel.state(this.cookie)?.requests ?? this.#carried;
    this.#resent++;
    this.#enter(stalePool);
    this.#input.unshift(Buffer.from(kept));
    this.#advance();
  }

  /** The client's socket is gone while `upstream` carried a request of it in the kernel. */
  kernelClientLost(upstream: bigint): void {
    this.#carrier = upstream;
    // closed or reset? the connection itself tells in a moment, if it has not done so
    if (this.#ended) this.destroy();
    else this.#context.watch(this);
  }

  send(bytes: Uint8Array): boolean {
    return this.#finishedAt > 0 || this.#closed || this.#output.send(bytes);
  }

  pump(
    upstream: UpstreamLink,
    bytes: number,
    ended: (moved: number, end: PumpEnd) => void,
  ): Pump | undefined {
    return this.#finishedAt > 0 ? undefined : this.#output.pump(upstream, bytes, ended);
  }

  broken(error: string): void {
    this.#socket.destroy(new Error(error));
  }

  upstreamDrained(): void {
    this.#blocked = false;
    this.#flow();
  }

  exchangeDone(): void {
    this.#exchange = undefined;
    this.#blocked = false;
    if (!this.#input.empty || this.#ended) this.#advance();
    else this.#release();
    this.#flow();
  }

  exchangeChanged(): void {
    if (!this.#input.empty || this.#ended) this.#advance();
  }

  answer(reply: LocalReply, record: RequestRecord): void {
    const complete = this.#exchange?.requestDone === true;
    this.#exchange = undefined;
    record.reason = upstreamGone;
    this.#reply(reply, record, !complete);
    this.#advance();
  }

  finish(how: Finish): void {
    if (this.#closed || this.#finish === 'rst' || (this.#finish === how && this.#finishedAt > 0)) return;
    this.#finish = how;
    if (!this.#entered && this.#context.kernel.state(this.cookie)?.inFlight === true) this.#wait();
    else this.#finishNow(how);
  }

  tell(record: RequestRecord): void {
    if (!this.#context.events.watched) return;
    record.tell(this.#context.events, this.#origin.requester, this.now());
  }

  reconnect(): Upstream | undefined {
    // the endpoint ended because the client has, and there is nobody to answer
    const gone = this.#ended && this.#context.kernel.state(this.cookie) === undefined;
    return gone ? undefined : this.#context.pools.connect(this.#endpoint);
  }

  now(): number {
    return this.#context.now();
  }

  /** A look once a second at a connection that waits for something. False: no need to come again. */
  tick(): boolean {
    if (this.#closed) return false;
    if (this.#carrier !== 0n) this.destroy();
    // the client has not only ended its side, but is gone: nobody waits for what the endpoint may still say
    if (this.#ended && this.#context.kernel.state(this.cookie) === undefined) this.destroy();
    if (this.#waiting && this.#context.kernel.state(this.cookie)?.inFlight !== true) this.kernelIdle();
    const idle = this.#exchange === undefined || this.#exchange.ending;
    if (this.#finishedAt > 0 && idle && this.now() - this.#finishedAt > lingerMs) this.destroy();
    return this.#waiting || this.#ended || this.#finishedAt > 0;
  }

  /** Ends the connection at once. */
  destroy(): void {
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    this.#read += chunk.length;
    this.#context.counters.bytesFromClients += chunk.length;
    if (this.#dropping) return;
    this.#input.push(chunk);
    this.#advance();
  }

  #onEnd(): void {
    this.#ended = true;
    if (wasReset(this.#socket)) {
      this.#reset = true;
      this.destroy();
      return;
    }
    if (this.#carrier !== 0n) {
      this.destroy();
      return;
    }
    this.#advance();
    if (!this.#closed) this.#context.watch(this);
  }

  #onDrain(): void {
    if (this.#exchange !== undefined) this.#exchange.clientDrained();
    else this.#release();
  }

  #onClose(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#delay);
    const { kernel, pools } = this.#context;
    if (this.#exchange !== undefined) {
      this.#exchange.clientClosed(this.#reset);
    } else if (this.#halfClosed !== undefined) {
      this.#halfClosed.clientClosed(this.#reset);
    } else if (!this.#entered) {
      const upstream = this.#carrier || (kernel.state(this.cookie)?.upstream ?? 0n);
      if (upstream !== 0n) pools.abort(upstream, this.cookie, this.#reset);
    }
    this.#context.closed(this);
    kernel.closed(this.cookie);
  }

  /** Does what can be done with the bytes and the end that have come. */
  #advance(): void {
    while (!this.#input.empty && !this.#waiting && this.#delay === undefined && !this.#closed) {
      const exchange = this.#exchange;
      if (this.#dropping) {
        this.#input.clear();
      } else if (exchange === undefined) {
        if (!this.#entered && !this.#leaveKernel()) {
          if (this.#exchange === undefined) break;
          continue;
        }
        const scanned = this.#input.scanHead();
        if (scanned === undefined) break;
        this.#request(scanned);
      } else if (exchange.tunnel) {
        this.#forward(exchange, this.#input.takeAll());
      } else if (!exchange.requestDone) {
        this.#forwardBody(exchange, 0);
      } else if (exchange.ending) {
        this.#input.clear();
      } else {
        this.#sticky = true;
        break;
      }
    }
    if (this.#ended && !this.#waiting && this.#delay === undefined && !this.#closed) this.#advanceEnd();
    this.#flow();
  }

  /** The client has ended its side. */
  #advanceEnd(): void {
    const exchange = this.#exchange;
    if (exchange === undefined) {
      // the beginning of a head leads nowhere any more
      if (this.#input.empty || this.#input.partial) this.#endIdle();
    } else if (this.#input.empty) {
      exchange.clientEnded();
    }
  }

  #endIdle(): void {
    const { kernel, pools } = this.#context;
    if (this.#halfClosed !== undefined) return;
    if (!this.#entered && this.#finish === undefined) {
      const upstream = kernel.state(this.cookie)?.upstream ?? 0n;
      if (upstream !== 0n) {
        if (pools.handover(upstream, this.cookie)) return;
        const connection = pools.byCookie(upstream);
        const handedOver = (): void => void pools.handover(upstream, this.cookie);
        if (connection !== undefined) {
          const user = new HalfClosed(connection, (how) => this.finish(how), handedOver);
          this.#halfClosed = user;
          if (pools.halfClose(upstream, this.cookie, user)) return;
          this.#halfClosed = undefined;
        }
      }
    }
    this.finish('fin');
  }

  /** May the relay serve the bytes that have come? Else the kernel still has something under way. */
  #leaveKernel(): boolean {
    const { kernel, pools } = this.#context;
    const state = kernel.state(this.cookie);
    if (state?.inFlight === true) {
      this.#sticky = true;
      this.#wait();
      return false;
    }
    // a response was handed over, and the word of it is still on its way
    if (state !== undefined && state.upstream !== 0n && pools.handover(state.upstream, this.cookie))
      return false;
    this.#enter(state?.reason ?? 0);
    this.#drawn = state?.drawn;
    this.#carried = state?.requests ?? this.#carried;
    return true;
  }

  #enter(reason: number): void {
    this.#entered = true;
    this.#waiting = false;
    this.#reason = reason;
  }

  #wait(): void {
    this.#waiting = true;
    this.#context.watch(this);
  }

  #request(scanned: ScannedHead): void {
    this.#context.counters.requests++;
    const record = new RequestRecord(this.#carried - this.#resent + this.#relayed++, this.now());
    const entry = this.#reason || (this.#sticky ? pipelined : 0);
    this.#reason = 0;
    const admission = admit(this.#context, this.#origin, scanned, record, entry, this.#drawn);
    this.#drawn = undefined;
    const { length } = scanned.scanner;
    if (admission.kind !== 'later') return this.#admitted(admission, record, length);
    this.#delay = setTimeout(() => {
      this.#delay = undefined;
      this.#admitted(admission.then(), record, length);
      this.#advance();
    }, admission.delayMs);
  }

  /** `length` is that of the request's head, which the waiting bytes begin with. */
  #admitted(admission: SettledAdmission, record: RequestRecord, length: number): void {
    const { head } = admission;
    if (head !== undefined) this.#body.begin(head.body, head.bodyLength, true);
    if (admission.kind === 'reply') {
      if (head === undefined) this.#input.clear();
      else record.requestBytes = this.#input.take(length, this.#body).length;
      this.#reply(admission.reply, record, admission.close);
      return;
    }
    this.#endpoint = record.decision.endpoint;
    const { changes } = admission;
    const exchange = exchangeFor(this, admission, record);
    this.#begin(exchange);
    exchange.start();
    const changed = changes?.request;
    if (changed !== undefined) this.#input.skip(length);
    if (changed !== undefined) this.#forward(exchange, changed);
    this.#forwardBody(exchange, changed === undefined ? length : 0);
  }

  #begin(exchange: Exchange): void {
    this.#exchange = exchange;
    this.#blocked = false;
  }

  /** Sends `skip` bytes of head and what has come of the body. */
  #forwardBody(exchange: Exchange, skip: number): void {
    const bytes = this.#input.take(skip, this.#body);
    if (bytes.length > 0) this.#forward(exchange, bytes);
    if (this.#body.fault !== '') this.#badBody(exchange, this.#body.fault);
    else if (this.#body.done && this.#exchange === exchange) exchange.requestComplete();
  }

  #forward(exchange: Exchange, bytes: Uint8Array): void {
    if (!exchange.send(bytes)) this.#blocked = true;
  }

  /** The chunked framing of a request is broken: its end cannot be found, so nothing after it is served. */
  #badBody(exchange: Exchange, fault: string): void {
    const record = exchange.abandon();
    this.#exchange = undefined;
    this.#input.clear();
    record.reason = headBad;
    record.detail = fault;
    if (!exchange.started) {
      this.#reply({ status: 400, body: 'Bad Request' }, record, true);
      return;
    }
    this.tell(record);
    this.#dropping = true;
    this.finish('fin');
  }

  /** Answers in place of an endpoint. `close`: and serves nothing more on this connection. */
  #reply(reply: LocalReply, record: RequestRecord, close: boolean): void {
    record.status = reply.status;
    record.firstMs = this.now();
    const bytes = formatReply(reply, close, record);
    record.responseBytes = bytes.length;
    this.send(bytes);
    this.tell(record);
    if (close) {
      this.#dropping = true;
      this.#input.clear();
      this.finish('fin');
    } else if (this.#input.empty && !this.#ended) {
      this.#release();
    }
  }

  /** A TCP listener: every byte goes to the endpoint of the connection. */
  #openTunnel(): void {
    const { router, pools, counters } = this.#context;
    counters.requests++;
    const { kind, decision } = router.decideTcp(this.#origin);
    const upstream = kind === 'forward' ? pools.connect(decision.endpoint) : undefined;
    if (upstream === undefined) {
      this.#socket.resetAndDestroy();
      return;
    }
    this.#enter(0);
    this.#endpoint = decision.endpoint;
    const record = new RequestRecord(0, this.now());
    record.decision = decision;
    record.reason = decision.reason;
    const reader = ResponseReader.inBody(undefined);
    const exchange = new Exchange({ client: this, upstream, record, reader, tunnel: true });
    this.#begin(exchange);
    exchange.start();
  }

  /** Offers the idle connection back to the kernel. */
  #release(): void {
    if (!this.#entered || this.#sticky || this.#ended || this.#closed || this.#finish !== undefined) return;
    if (this.#exchange !== undefined || !this.#input.empty || this.#socket.writableLength > 0) return;
    this.#entered = false;
    this.#context.kernel.release(this.cookie, {
      readTotal: BigInt(this.#read),
      writtenTotal: BigInt(this.#output.written),
      requests: this.#relayed - this.#resent,
    });
  }

  #finishNow(how: Finish): void {
    this.#finishedAt ||= this.now();
    this.#output.finish(how);
    if (how === 'fin' && !this.#ended) this.#context.watch(this);
  }

  /** Reads from the client, or not, as what waits allows. */
  #flow(): void {
    const pause = this.#blocked || (this.#input.length >= heldMost && !this.#input.partial);
    if (pause === this.#paused) return;
    this.#paused = pause;
    if (pause) this.#socket.pause();
    else this.#socket.resume();
  }
}
