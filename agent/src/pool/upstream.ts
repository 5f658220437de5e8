/** One TCP connection to an endpoint, warm for the kernel path or used by the relay. */
import { Socket } from 'node:net';
import { socketUnread } from 'libbpf-ts/socket.js';
import { socketWriteError } from 'libbpf-ts/socket.js';
import { resetAfterData } from './resetAfterData.js';
import { socketFd, startReading, stopReading } from './socketHandle.js';
import { wasReset } from './wasReset.js';

/** How a connection ended: `refused` never stood; `reset` covers every error after that. */
export type UpstreamEnd = 'closed' | 'reset' | 'refused';

/** Who uses the connection at the moment. */
export interface UpstreamUser {
  upstreamData(chunk: Buffer): void;
  /** The endpoint ended its side; nothing more will be read. */
  upstreamEnded(): void;
  /** What was written has left; more may be written. */
  upstreamDrained(): void;
  /** The connection is gone. Called once, also after upstreamEnded. `error` is an errno name or empty. */
  upstreamClosed(how: UpstreamEnd, error: string): void;
}

/** Who owns the connection: its pool. Hears of data and end only while nobody uses it. */
export interface UpstreamHome {
  upstreamConnected(upstream: Upstream): void;
  unclaimedData(upstream: Upstream, chunk: Buffer): void;
  unclaimedEnd(upstream: Upstream): void;
  /** Somebody uses it from here on, until {@link takeBack} or {@link upstreamGone}. */
  claimed?(upstream: Upstream): void;
  /** Called once, before the user hears of it. */
  upstreamGone(upstream: Upstream, how: UpstreamEnd): void;
  /** How long ago it was closed or reset, in ms; undefined: nobody knows. */
  closedAgo?(upstream: Upstream): number | undefined;
  /** The user is done; `reusable`: the last response was complete and both sides mean to go on. */
  takeBack(upstream: Upstream, reusable: boolean): void;
}

export interface UpstreamAddress {
  readonly address: string;
  readonly port: number;
}

/** What an exchange needs of an upstream connection. */
export interface UpstreamLink {
  /** Requests that the relay has sent through it. */
  uses: number;
  readonly cookie: bigint;
  readonly closed: boolean;
  /** How long ago it was closed or reset, in ms: this process may hear of it late. */
  readonly closedAgo: number;
  readonly refused: boolean;
  claim(user: UpstreamUser): void;
  write(bytes: Uint8Array): boolean;
  end(): void;
  /** The whole request was written, or the whole response was read. */
  complete?(what: 'request' | 'response'): void;
  pause(): void;
  resume(): void;
  lend(): number | undefined;
  fail(error: string): void;
  release(reusable: boolean): void;
  destroy(): void;
  reset(): void;
}

export class Upstream implements UpstreamLink {
  user: UpstreamUser | undefined;
  /** SO_COOKIE once the datapath knows the socket; 0n: it does not. */
  cookie = 0n;
  /** SO_COOKIE by which the programs have noted it, warm or not; 0n: not known. */
  notedAs = 0n;
  connected = false;
  closed = false;
  /** The endpoint has ended its side. */
  ended = false;
  /** When the connect began, then when the connection was last given back: ms of the pool's clock. */
  since: number;
  /** Requests that the relay has sent through it. */
  uses = 0;

  readonly #home: UpstreamHome;
  readonly #socket: UpstreamSocket;
  #error = '';
  /** What still comes is nobody's. */
  #resetting = false;
  /** Data that came before anybody could claim it. */
  #held: Buffer[] | undefined;
  #resting = false;
  /** This side has ended. */
  #finished = false;

  constructor(to: UpstreamAddress, home: UpstreamHome, now: number) {
    this.#home = home;
    this.since = now;
    const socket = new UpstreamSocket({ allowHalfOpen: true });
    this.#socket = socket;
    socket.on('connect', () => {
      this.connected = true;
      home.upstreamConnected(this);
    });
    socket.on('data', (chunk: Buffer) => this.#data(chunk));
    socket.on('end', () => this.#end());
    socket.on('drain', () => this.user?.upstreamDrained());
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#error = error.code ?? 'EIO';
    });
    socket.on('close', () => this.#close());
    socket.setNoDelay(true);
    socket.connect({ host: to.address, port: to.port });
  }

  get fd(): number | undefined {
    return socketFd(this.#socket);
  }

  /** False: wait for upstreamDrained before writing more. */
  write(bytes: Uint8Array): boolean {
    return this.#socket.write(bytes);
  }

  /** Nothing more will be written: FIN after what was. Nobody can use it for another request. */
  end(): void {
    this.#finished = true;
    this.#socket.end();
  }

  pause(): void {
    this.#socket.pause();
    // else one piece more is read, and kept
    this.#socket.stopReading();
  }

  resume(): void {
    this.#socket.startReading();
    this.#socket.resume();
  }

  /**
   * After the endpoint's end: has it refused what was written? An endpoint that ends an idle connection just as a request
   * leaves never reads that request, and its kernel answers with RST. One that has read it ends in order.
   */
  get refused(): boolean {
    const { fd } = this;
    return fd !== undefined && socketWriteError(fd) !== '';
  }

  get closedAgo(): number {
    return this.#home.closedAgo?.(this) ?? 0;
  }

  /** Its descriptor for somebody else to read from, until {@link resume}. Undefined: bytes wait here, or nothing is left to read. */
  lend(): number | undefined {
    if (this.#socket.readableLength > 0 || this.ended || this.closed) return undefined;
    this.#socket.stopReading();
    return this.fd;
  }

  /** Whoever reads from the descriptor has found this error (an errno name). */
  fail(error: string): void {
    this.#error = error;
    this.#socket.destroy();
  }

  /** Nobody looks for data or an end until {@link wake}: the programs tell when there is something to see. */
  rest(): void {
    if (this.#resting) return;
    this.#resting = true;
    this.#socket.stopReading();
  }

  wake(): void {
    if (!this.#resting) return;
    this.#resting = false;
    this.#socket.startReading();
  }

  /** Lets data wait until somebody claims the connection. */
  hold(chunk: Buffer): void {
    (this.#held ??= []).push(chunk);
    this.#socket.pause();
  }

  /** Makes `user` the one who hears of everything: first of data on hold, and of ends that have been. */
  claim(user: UpstreamUser): void {
    this.user = user;
    this.wake();
    this.#home.claimed?.(this);
    const held = this.#held;
    if (held !== undefined) {
      this.#held = undefined;
      this.resume();
      for (const chunk of held) this.user?.upstreamData(chunk);
    }
    if (this.ended) this.user?.upstreamEnded();
    if (this.closed) this.#tellClosed();
  }

  release(reusable: boolean): void {
    this.user = undefined;
    // the last piece may have filled the client's side; the next user's must come all the same
    if (this.#socket.isPaused()) this.resume();
    this.#home.takeBack(this, reusable && !this.#finished && !this.ended && !this.closed);
  }

  /**
   * Closes without a word to the user: FIN, or RST when data is unread. The kernel does the same, but not for a socket in a
   * socket map: there unread data is not in TCP's queue, and an endpoint with more to send would wait for minutes for a
   * window that nobody opens any more.
   */
  destroy(): void {
    this.user = undefined;
    const fd = this.cookie === 0n ? undefined : this.fd;
    if (fd !== undefined && socketUnread(fd)) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }

  /** Closes with RST, without a word to the user; first the endpoint gets what was written. */
  reset(): void {
    this.user = undefined;
    this.#resetting = true;
    if (this.connected) resetAfterData(this.#socket);
    else if (this.#socket.writableLength === 0) this.#socket.destroy();
    else this.#socket.once('connect', () => resetAfterData(this.#socket));
  }

  /** Gives up a connect that takes too long: the user hears `refused` with ETIMEDOUT. */
  abandon(): void {
    this.#error = 'ETIMEDOUT';
    this.#socket.destroy();
  }

  #data(chunk: Buffer): void {
    if (this.#resetting) return;
    if (this.user !== undefined) this.user.upstreamData(chunk);
    else this.#home.unclaimedData(this, chunk);
  }

  #end(): void {
    if (this.#resetting) return;
    // after a lost write the kernel reports the reset as an end
    if (this.#socket.lostWrite !== '' || wasReset(this.#socket)) {
      this.#error = this.#socket.lostWrite || 'ECONNRESET';
      this.#socket.destroy();
      return;
    }
    this.ended = true;
    if (this.user !== undefined) this.user.upstreamEnded();
    else this.#home.unclaimedEnd(this);
  }

  #close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#home.upstreamGone(this, this.#how);
    this.#tellClosed();
  }

  get #how(): UpstreamEnd {
    if (this.#error === '') return 'closed';
    return this.connected ? 'reset' : 'refused';
  }

  #tellClosed(): void {
    const user = this.user;
    this.user = undefined;
    user?.upstreamClosed(this.#how, this.#error);
  }
}

/**
 * A socket that can be left unread, and survives a failed write. An endpoint may answer, close, and reset while the request is still
 * on its way: the answer lies in the receive queue and must be read, but net.Socket closes on EPIPE.
 */
class UpstreamSocket extends Socket {
  /** errno name of the first write that failed. */
  lostWrite = '';
  #still = false;

  stopReading(): void {
    this.#still = true;
    stopReading(this);
  }

  startReading(): void {
    this.#still = false;
    startReading(this);
  }

  /** Streams ask for more by themselves, paused or not. */
  override _read(size: number): void {
    if (!this.#still) super._read(size);
  }

  override _write(chunk: unknown, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    super._write(chunk, encoding, (error) => this.#written(error, done));
  }

  override _writev(
    chunks: { chunk: unknown; encoding: BufferEncoding }[],
    done: (error?: Error | null) => void,
  ): void {
    super._writev?.(chunks, (error) => this.#written(error, done));
  }

  #written(error: NodeJS.ErrnoException | null | undefined, done: (error?: Error | null) => void): void {
    if (error === null || error === undefined) return done();
    if (this.connecting || (error.code !== 'EPIPE' && error.code !== 'ECONNRESET')) return done(error);
    this.lostWrite ||= error.code;
    done();
  }
}
