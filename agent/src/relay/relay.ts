/** The anchor: where the connections of workloads end on this node, and what is served in user space of them. */
import { createServer, type Server, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { RelayCount, RelayPart } from '../parts.js';
import type { KernelUpstream } from '../pool/kernelPools.js';
import type { HandoverTarget, Pools } from '../pool/pools.js';
import type { Upstream, UpstreamEnd } from '../pool/upstream.js';
import { BodyPumps } from './bodyPumps.js';
import { ClientConnection } from './clientConnection.js';
import { EarlyWords } from './earlyWords.js';
import type { ControlEvents, KernelConns } from './kernelConns.js';
import type { RelayContext } from './relayContext.js';
import type { RelayCounters, RelayEventSink } from './relayEvents.js';
import type { Router } from './router.js';

export interface RelayOptions {
  readonly kernel: KernelConns;
  readonly router: Router;
  /** The relay attaches itself to them. */
  readonly pools: Pools;
  readonly events: RelayEventSink;
  /** Where the datapath sends connections; 0: any free port. */
  readonly port: number;
  /** Default: all addresses, IPv4 and IPv6. */
  readonly host?: string;
  /** Connections of clients at once; what comes above is closed. Default: no bound. */
  readonly most?: number;
  /** A connection could not be served, or accept() failed; the relay goes on. Told once in ten seconds at most. */
  readonly onError?: (error: Error) => void;
}

/** The anchor cannot listen. */
export class AnchorError extends Error {
  override readonly name = 'AnchorError';

  constructor(
    readonly reason: string,
    port: number,
  ) {
    super(
      `The anchor cannot listen on port ${port} (${reason}). ` +
        (reason === 'EADDRINUSE' ? 'Another agent runs in this node; end it, or choose --anchor-port.' : ''),
    );
  }
}

/** Connections that wait for accept(). */
const backlog = 4096;
const tellEveryMs = 10_000;

export class Relay implements RelayPart, HandoverTarget, ControlEvents {
  readonly #counters: RelayCounters = {
    requests: 0,
    bytesFromClients: 0,
    bytesToClients: 0,
    openConnections: 0,
  };
  readonly #connections = new Map<bigint, ClientConnection>();
  readonly #watched = new Set<ClientConnection>();
  readonly #server: Server;
  readonly #context: RelayContext;
  readonly #early: EarlyWords;
  #timer: NodeJS.Timeout | undefined;
  #toldAt = -Infinity;

  private constructor(private readonly options: RelayOptions) {
    this.#context = {
      ...options,
      counters: this.#counters,
      pumps: new BodyPumps(),
      now: () => performance.now(),
      watch: (connection) => this.#watch(connection),
      closed: (connection) => this.#closed(connection),
    };
    this.#early = new EarlyWords(options.kernel);
    // an end that a client sends is passed on, never answered by Node
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket));
    if (options.most !== undefined) this.#server.maxConnections = options.most;
    this.#server.on('drop', () => this.#dropped());
    options.pools.attach(this);
  }

  /** Listens; rejects with {@link AnchorError}. */
  static listen(options: RelayOptions): Promise<Relay> {
    const relay = new Relay(options);
    const server = relay.#server;
    return new Promise((resolve, reject) => {
      const failed = (error: NodeJS.ErrnoException): void =>
        reject(new AnchorError(error.code ?? error.message, options.port));
      server.once('error', failed);
      server.listen({ port: options.port, host: options.host ?? '::', backlog }, () => {
        server.off('error', failed);
        server.on('error', (error) => relay.#tell(error));
        resolve(relay);
      });
    });
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  counters(): RelayCount {
    return { ...this.#counters };
  }

  takeOver(upstream: Upstream, state: KernelUpstream): boolean {
    return (
      this.#connections.get(state.client)?.takeOver(upstream, state) ??
      this.#early.handover(state.client, upstream, state)
    );
  }

  handover(upstream: bigint, client: bigint): void {
    this.options.pools.handover(upstream, client);
  }

  idle(client: bigint): void {
    this.#connections.get(client)?.kernelIdle();
  }

  requestLost(client: bigint, how: UpstreamEnd, kept?: Uint8Array): void {
    const connection = this.#connections.get(client);
    const finish = how === 'closed' ? 'fin' : 'rst';
    if (connection === undefined) this.#early.lost(client, finish, kept);
    else connection.kernelUpstreamLost(finish, kept);
  }

  upstreamLost(upstream: bigint, client: bigint): void {
    // while the pools still have it, they see its end themselves, and how it ended
    const connection = this.options.pools.byCookie(upstream);
    if (connection === undefined) this.requestLost(client, 'reset');
    else connection.wake();
  }

  clientLost(upstream: bigint, client: bigint, reset: boolean): void {
    const connection = this.#connections.get(client);
    if (connection === undefined) this.options.pools.abort(upstream, client, reset);
    else connection.kernelClientLost(upstream);
  }

  poolDry(endpointId: number): void {
    this.options.pools.poolDry(endpointId);
  }

  poolFull(upstream: bigint): void {
    this.options.pools.poolFull(upstream);
  }

  upstreamEnded(upstream: bigint): void {
    this.options.pools.byCookie(upstream)?.wake();
  }

  close(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#early.close();
    for (const connection of this.#connections.values()) connection.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #accept(socket: Socket): void {
    const conn = this.options.kernel.accepted(socket);
    if (conn === undefined) {
      // nobody but the datapath sends connections here
      socket.on('error', () => socket.destroy());
      socket.destroy();
      return;
    }
    this.#counters.openConnections++;
    const connection = new ClientConnection(socket, conn, this.#context);
    this.#connections.set(conn.cookie, connection);
    this.#early.tell(connection);
  }

  #dropped(): void {
    const { most } = this.options;
    this.#tell(
      new Error(`A connection of a client was closed: the agent serves ${most} at once (--connections).`),
    );
  }

  #tell(error: Error): void {
    const now = performance.now();
    if (now - this.#toldAt < tellEveryMs) return;
    this.#toldAt = now;
    this.options.onError?.(error);
  }

  #closed(connection: ClientConnection): void {
    this.#counters.openConnections--;
    this.#watched.delete(connection);
    if (this.#connections.get(connection.cookie) === connection) this.#connections.delete(connection.cookie);
  }

  #watch(connection: ClientConnection): void {
    this.#watched.add(connection);
    this.#timer ??= setInterval(() => {
      for (const watched of this.#watched) if (!watched.tick()) this.#watched.delete(watched);
      if (this.#watched.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    }, 1000).unref();
  }
}
