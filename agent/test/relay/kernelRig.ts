/** A relay whose kernel path the tests play: they are the programs, and what these redirect never comes to the relay. */
import assert from 'node:assert/strict';
import { reasonId } from '@onehop/core/wire/reasons.js';
import { noDecision } from '../../src/relay/requestRecord.js';
import { eventually, type Peer } from './peer.js';
import { RawServer, Rig } from './rig.js';
import { get, ok } from './shapes/shape.js';

/** Why these responses are handed over. */
export const large = reasonId('response-large');

/** Where in the response the relay takes over. */
export interface HandOver {
  readonly delivered?: bigint;
  readonly bodyLeft?: bigint;
  readonly requestLeft?: bigint;
  readonly isHead?: boolean;
}

/** An endpoint with one warm connection, and a client that has been accepted. */
export class KernelPath {
  server!: RawServer;
  rig!: Rig;
  client!: Peer;
  cookie = 0n;

  async open(): Promise<void> {
    this.server = await RawServer.listen((peer) => this.#serve(peer));
    this.rig = await Rig.start([this.server.port]);
    await eventually(() => this.stack().length === 1, 'a warm connection');
    this.client = await this.rig.connect();
    this.cookie = BigInt(this.client.socket.localPort ?? 0);
    await eventually(() => this.rig.relay.counters().openConnections === 1, 'accept');
  }

  async close(): Promise<void> {
    this.client.socket.destroy();
    await this.rig.close();
    await this.server.close();
    assert.deepEqual(this.server.errors, []);
  }

  /** The endpoint's end of the warm connection. */
  warm(): Peer {
    const peer = this.server.peers[0];
    assert.ok(peer);
    return peer;
  }

  /** The programs carry a request of the client: its bytes are at the server by now. */
  carry(): bigint {
    const upstream = this.rig.kernel.take(1, this.cookie);
    this.rig.conns.states.set(this.cookie, { inFlight: true, upstream, reason: 0, requests: 1 });
    return upstream;
  }

  /** The programs leave the response to user space. The word of it (the control event) is another matter. */
  handOver(upstream: bigint, more: HandOver = {}): void {
    const { delivered = 0n, requestLeft = 0n, isHead = false, bodyLeft } = more;
    this.rig.kernel.upstreams.set(upstream, {
      phase: 'handover',
      client: this.cookie,
      delivered,
      requestLeft,
      reason: large,
      ...(bodyLeft === undefined ? {} : { bodyLeft }),
      request: {
        decision: { ...noDecision, generation: 1, endpoint: 1, cluster: 1 },
        seq: 0,
        method: isHead ? 'HEAD' : 'GET',
        host: 'example.com',
        target: '/1',
        requestBytes: 40n,
        startUs: Date.now() * 1000,
        isHead,
      },
    });
    this.rig.conns.states.set(this.cookie, { inFlight: false, upstream, reason: large, requests: 1 });
  }

  /** As the programs see it when the response has been redirected. */
  complete(upstream: bigint): void {
    this.rig.conns.states.set(this.cookie, { inFlight: false, upstream: 0n, reason: 0, requests: 1 });
    this.rig.kernel.giveBack(1, upstream);
  }

  stack(): bigint[] {
    return this.rig.kernel.stacks.get(1)?.cookies ?? [];
  }

  /** The connection still serves, by the relay. */
  async serves(): Promise<void> {
    this.client.send(get());
    await this.client.until('relayed');
  }

  async #serve(peer: Peer): Promise<void> {
    // the warm one: the tests answer on it
    if (this.server.peers.length === 1) return;
    for (;;) {
      const request = await peer.until('\r\n\r\n').catch(() => '');
      if (request === '') return;
      if (!request.includes('/1/silence')) peer.send(ok('relayed'));
    }
  }
}
