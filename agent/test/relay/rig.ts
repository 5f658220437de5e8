/** A relay with raw servers behind it: real sockets on loopback, the kernel's side in memory. */
import { createServer, type Server } from 'node:net';
import { Pools, poolDefaults, type PoolOptions } from '../../src/pool/pools.js';
import type { RouteDecision } from '../../src/pool/kernelPools.js';
import { Relay } from '../../src/relay/relay.js';
import type { RelayEvent } from '../../src/relay/relayEvents.js';
import type { RequestOrigin, Router, RouterAnswer } from '../../src/relay/router.js';
import { noDecision } from '../../src/relay/requestRecord.js';
import { reasonId } from '@onehop/core/wire/reasons.js';
import { MemoryConns, MemoryPools } from './memoryKernel.js';
import { Peer } from './peer.js';

/** A raw server; `serve` plays one connection. */
export class RawServer {
  readonly peers: Peer[] = [];
  /** Errors of `serve`. */
  readonly errors: unknown[] = [];

  private constructor(private readonly server: Server) {}

  static async listen(
    serve: (peer: Peer, index: number) => Promise<void> | void,
    port = 0,
  ): Promise<RawServer> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    const raw = new RawServer(server);
    server.on('connection', (socket) => {
      const peer = new Peer(socket);
      const index = raw.peers.push(peer) - 1;
      void Promise.resolve(serve(peer, index)).catch((error: unknown) => raw.errors.push(error));
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return raw;
  }

  get port(): number {
    const address = this.server.address();
    if (typeof address !== 'object' || address === null) throw new Error('not listening');
    return address.port;
  }

  /** Connections that brought a byte. */
  get used(): Peer[] {
    return this.peers.filter((peer) => peer.receivedLength > 0);
  }

  async close(): Promise<void> {
    for (const peer of this.peers) peer.socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}

/** Routes by the first path segment: /1 goes to endpoint 1 and so on, everything else as `fallback` says. */
export class PathRouter implements Router {
  readonly views: string[] = [];
  protocols: 'http' | 'tcp' | 'none' = 'http';
  fallback: RouterAnswer = { kind: 'forward', decision: decision(1) };
  throwing = false;

  protocol(): 'http' | 'tcp' | 'none' {
    return this.protocols;
  }

  decide(_origin: RequestOrigin, head: Uint8Array): RouterAnswer {
    const view = Buffer.from(head).toString('latin1');
    this.views.push(view);
    const segment = /^\S+ \/(\w+)/.exec(view)?.[1] ?? '';
    const special = answers.get(segment);
    if (special !== undefined) return special;
    const id = Number.parseInt(segment, 10);
    return id > 0 ? { kind: 'forward', decision: decision(id) } : this.fallback;
  }

  decideTcp(): RouterAnswer {
    return this.fallback;
  }
}

export function decision(endpoint: number, reason = 0): RouteDecision {
  return { ...noDecision, generation: 1, listener: 1, cluster: endpoint, endpoint, reason };
}

const direct = reasonId('direct-response');
const answers = new Map<string, RouterAnswer>([
  ['novhost', { kind: 'refuse', decision: decision(0, reasonId('no-vhost')) }],
  ['noroute', { kind: 'refuse', decision: decision(0, reasonId('no-route')) }],
  ['nocluster', { kind: 'refuse', decision: decision(0, reasonId('no-cluster')) }],
  ['noendpoint', { kind: 'refuse', decision: decision(0, reasonId('no-endpoint')) }],
  [
    'direct',
    {
      kind: 'respond',
      decision: decision(0, direct),
      status: 418,
      body: Buffer.from('short and stout'),
      headers: [],
    },
  ],
  [
    'directheaders',
    {
      kind: 'respond',
      decision: decision(0, direct),
      status: 200,
      body: Buffer.from('{}'),
      headers: [
        ['content-type', 'application/json'],
        ['x-by', 'config'],
      ],
    },
  ],
  [
    'direct204',
    { kind: 'respond', decision: decision(0, direct), status: 204, body: Buffer.alloc(0), headers: [] },
  ],
]);

export interface RigOptions {
  readonly pool?: Partial<PoolOptions>;
  readonly watched?: boolean;
}

export class Rig {
  readonly conns = new MemoryConns();
  readonly kernel = new MemoryPools();
  readonly router = new PathRouter();
  readonly events: RelayEvent[] = [];
  readonly pools: Pools;
  #relay: Relay | undefined;

  constructor(private readonly options: RigOptions = {}) {
    this.pools = new Pools(this.kernel, { ...poolDefaults, min: 1, ...options.pool });
  }

  static async start(endpointPorts: readonly number[], options: RigOptions = {}): Promise<Rig> {
    const rig = new Rig(options);
    rig.pools.change(
      [],
      endpointPorts.map((port, i) => ({ id: i + 1, address: '127.0.0.1', port })),
    );
    const { conns, router, pools, events } = rig;
    rig.#relay = await Relay.listen({
      kernel: conns,
      router,
      pools,
      events: { watched: options.watched ?? true, emit: (event) => events.push(event) },
      port: 0,
    });
    return rig;
  }

  get relay(): Relay {
    if (this.#relay === undefined) throw new Error('not started');
    return this.#relay;
  }

  connect(): Promise<Peer> {
    return Peer.connect(this.relay.port);
  }

  async close(): Promise<void> {
    await this.#relay?.close();
    this.pools.close();
  }
}
