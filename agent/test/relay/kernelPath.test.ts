/** Relay and kernel path on one connection. The tests play the programs: what they redirect never comes here. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { noDecision } from '../../src/relay/requestRecord.js';
import { reasonId } from '@onehop/core/wire/reasons.js';
import { eventually, Peer, turn } from './peer.js';
import { RawServer, Rig } from './rig.js';
import { get, head, ok } from './shapes/shape.js';

const large = reasonId('response-large');

describe('relay beside the kernel path', () => {
  let server: RawServer;
  let rig: Rig;
  let client: Peer;
  let cookie: bigint;

  beforeEach(async () => {
    server = await RawServer.listen(async (peer) => {
      if (server.peers.length === 1) return;
      for (;;) {
        const request = await peer.until('\r\n\r\n').catch(() => '');
        if (request === '') return;
        if (!request.includes('/1/silence')) peer.send(ok('relayed'));
      }
    });
    rig = await Rig.start([server.port]);
    await eventually(() => rig.kernel.stacks.get(1)?.cookies.length === 1, 'a warm connection');
    client = await rig.connect();
    cookie = BigInt(client.socket.localPort ?? 0);
    await eventually(() => rig.relay.counters().openConnections === 1, 'accept');
  });
  afterEach(async () => {
    client.socket.destroy();
    await rig.close();
    await server.close();
    assert.deepEqual(server.errors, []);
  });

  const warm = (): Peer => {
    const peer = server.peers[0];
    assert.ok(peer);
    return peer;
  };

  /** The programs carry a request of the client: its bytes are at the server by now. */
  function carry(): bigint {
    const upstream = rig.kernel.take(1, cookie);
    rig.conns.states.set(cookie, { inFlight: true, upstream, reason: 0, requests: 1 });
    return upstream;
  }

  /** The programs leave the response to user space. The word of it (the control event) is another matter. */
  function handOver(
    upstream: bigint,
    more: { delivered?: bigint; bodyLeft?: bigint; requestLeft?: bigint; isHead?: boolean } = {},
  ): void {
    const { delivered = 0n, requestLeft = 0n, isHead = false, bodyLeft } = more;
    rig.kernel.upstreams.set(upstream, {
      phase: 'handover',
      client: cookie,
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
    rig.conns.states.set(cookie, { inFlight: false, upstream, reason: large, requests: 1 });
  }

  /** As the programs see it when the response has been redirected. */
  function complete(upstream: bigint): void {
    rig.conns.states.set(cookie, { inFlight: false, upstream: 0n, reason: 0, requests: 1 });
    rig.kernel.giveBack(1, upstream);
  }

  const stack = (): bigint[] => rig.kernel.stacks.get(1)?.cookies ?? [];

  /** The connection still serves, by the relay. */
  async function serves(): Promise<void> {
    client.send(get());
    await client.until('relayed');
  }

  it('forwards a response that was handed over, and gives both connections back', async () => {
    const upstream = carry();
    handOver(upstream);
    rig.relay.handover(upstream, cookie);
    const body = 'x'.repeat(300_000);
    warm().send(ok(body));
    await client.bytes(ok(body).length);
    assert.equal(client.received.toString('latin1'), ok(body));
    await eventually(() => rig.conns.releases.length === 1, 'the release');
    assert.deepEqual(rig.conns.releases[0], {
      cookie,
      totals: { readTotal: 0n, writtenTotal: BigInt(ok(body).length), requests: 0 },
    });
    assert.deepEqual(stack(), [upstream]);
    const [event] = rig.events;
    assert.equal(event?.reason, large);
    assert.equal(event?.status, 200);
    assert.equal(event?.responseBytes, ok(body).length);
    assert.equal(event?.requestBytes, 40);
    assert.equal(rig.relay.counters().requests, 1);
    rig.conns.states.delete(cookie);
    await serves();
  });

  it('takes data that comes before the word of the hand-over', async () => {
    const upstream = carry();
    warm().send(ok('early'));
    await turn(20);
    assert.equal(client.receivedLength, 0);
    handOver(upstream);
    rig.relay.handover(upstream, cookie);
    await client.until('early');
    assert.deepEqual(stack(), [upstream]);
  });

  it('notices a hand-over by its data alone', async () => {
    const upstream = carry();
    handOver(upstream);
    warm().send(ok('data first'));
    await client.until('data first');
    rig.relay.handover(upstream, cookie);
    await turn(10);
    assert.equal(client.received.toString(), ok('data first'));
  });

  it('knows that the response to HEAD has no body', async () => {
    const upstream = carry();
    handOver(upstream, { isHead: true });
    rig.relay.handover(upstream, cookie);
    warm().send('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n');
    await client.until('\r\n\r\n');
    await eventually(() => stack().length === 1, 'the return to the pool');
  });

  it('goes on in the middle of a sized response', async () => {
    const upstream = carry();
    handOver(upstream, { delivered: 100n, bodyLeft: 5n });
    rig.relay.handover(upstream, cookie);
    await warm().sendPieces('67', '890');
    await client.until('67890');
    await eventually(() => stack().length === 1, 'the return to the pool');
    assert.equal(rig.events[0]?.responseBytes, 105);
  });

  it('goes on in the middle of a response that lasts until the end', async () => {
    const upstream = carry();
    handOver(upstream, { delivered: 100n });
    rig.relay.handover(upstream, cookie);
    warm().send('the rest');
    await client.until('the rest');
    warm().finish();
    assert.equal(await client.ending(), 'fin');
    client.finish();
    assert.equal(await warm().ending(), 'fin');
    assert.deepEqual(stack(), []);
  });

  it('ends the client connection after a handed-over response that closes', async () => {
    const upstream = carry();
    handOver(upstream);
    rig.relay.handover(upstream, cookie);
    warm().send(ok('bye', 'Connection: close'));
    warm().finish();
    assert.equal(await client.ending(), 'fin');
    assert.equal(client.received.toString(), ok('bye', 'Connection: close'));
    assert.deepEqual(stack(), []);
  });

  it('resets the client when the endpoint resets a handed-over response', async () => {
    const upstream = carry();
    handOver(upstream);
    rig.relay.handover(upstream, cookie);
    warm().send('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc');
    await client.until('abc');
    warm().reset();
    assert.equal(await client.ending(), 'rst');
    assert.equal(rig.events[0]?.reason, reasonId('upstream-gone'));
  });

  it('sends the rest of a request whose response was handed over', async () => {
    const upstream = carry();
    handOver(upstream, { requestLeft: 6n });
    client.send(`abcdef${get('/1/next')}`);
    await warm().until('abcdef');
    warm().send(ok('whole'));
    await client.until('whole');
    await client.until('relayed');
    assert.equal(warm().received.toString(), 'abcdef');
  });

  it('answers a pipelined request only when the kernel has answered the one before', async () => {
    const upstream = carry();
    client.send(get('/1/second'));
    await turn(30);
    assert.equal(client.receivedLength, 0);
    assert.equal(server.used.length, 0);
    complete(upstream);
    rig.relay.idle(cookie);
    await client.until('relayed');
    await turn(10);
    assert.deepEqual(rig.conns.releases, [], 'a pipelining client stays with the relay');
    assert.equal(rig.events[0]?.seq, 1);
  });

  it('asks again when the word that the kernel is idle does not come', async () => {
    const upstream = carry();
    client.send(get('/1/second'));
    await turn(10);
    complete(upstream);
    await client.until('relayed');
  });

  it('keeps the order when a pipelined request comes before the word of a hand-over', async () => {
    const upstream = carry();
    handOver(upstream);
    client.send(get('/1/second'));
    await turn(10);
    warm().send(ok('first'));
    await client.until('relayed');
    assert.equal(client.received.toString(), ok('first') + ok('relayed'));
  });

  it('keeps the order when a held request waits and the response is handed over', async () => {
    const upstream = carry();
    client.send(get('/1/second'));
    await turn(10);
    handOver(upstream);
    rig.relay.handover(upstream, cookie);
    warm().send(ok('first'));
    await client.until('relayed');
    assert.equal(client.received.toString(), ok('first') + ok('relayed'));
  });

  it('forwards nothing while redirected bytes are on their way', async () => {
    const upstream = carry();
    handOver(upstream, { delivered: 10n, bodyLeft: 4n });
    rig.conns.states.set(cookie, { inFlight: true, upstream, reason: large, requests: 1 });
    rig.relay.handover(upstream, cookie);
    warm().send('rest');
    await turn(20);
    assert.equal(client.receivedLength, 0);
    rig.conns.states.set(cookie, { inFlight: false, upstream, reason: large, requests: 1 });
    rig.relay.idle(cookie);
    await client.until('rest');
  });

  it('stops reading a client that pipelines too much', async () => {
    carry();
    const request = get('/1', `X: ${'x'.repeat(10_000)}`);
    for (let i = 0; i < 2000; i++) client.send(request);
    await turn(300);
    assert.ok(
      rig.relay.counters().bytesFromClients < 4 * 64 * 1024 + 70_000,
      `${rig.relay.counters().bytesFromClients}`,
    );
  });

  it('offers the connection back with exact totals after each request', async () => {
    for (let i = 1; i <= 3; i++) {
      await serves();
      await eventually(() => rig.conns.releases.length === i, 'the release');
      assert.deepEqual(rig.conns.releases[i - 1]?.totals, {
        readTotal: BigInt(i * get().length),
        writtenTotal: BigInt(i * ok('relayed').length),
        requests: i,
      });
    }
  });

  it('offers it back after an answer of its own', async () => {
    client.send(get('/direct'));
    await client.until('stout');
    await eventually(() => rig.conns.releases.length === 1, 'the release');
    assert.equal(rig.conns.releases[0]?.totals.writtenTotal, BigInt(client.receivedLength));
  });

  it('does not offer it back after pipelined requests, or in a tunnel', async () => {
    client.send(get() + get());
    await client.until('relayed');
    await client.until('relayed');
    await turn(10);
    assert.deepEqual(rig.conns.releases, []);
  });

  it('tells why the kernel left a request to the relay', async () => {
    rig.conns.states.set(cookie, {
      inFlight: false,
      upstream: 0n,
      reason: reasonId('pool-dry'),
      requests: 7,
    });
    await serves();
    await eventually(() => rig.events.length === 1, 'an event');
    assert.equal(rig.events[0]?.reason, reasonId('pool-dry'));
    assert.equal(rig.events[0]?.seq, 7);
  });

  describe('when an end goes away', () => {
    it('the client ends its side: the endpoint hears of it, the client gets the end of the endpoint', async () => {
      const upstream = carry();
      client.finish();
      assert.equal(await warm().ending(), 'fin');
      assert.ok(rig.kernel.retired.has(upstream));
      await turn(20);
      assert.equal(client.end, 'open');
      complete(upstream);
      warm().finish();
      assert.equal(await client.ending(), 'fin');
    });

    it('the client ends its side, then the response is handed over', async () => {
      const upstream = carry();
      client.finish();
      await warm().ending();
      handOver(upstream);
      warm().send(ok('late'));
      await client.until('late');
      warm().finish();
      assert.equal(await client.ending(), 'fin');
    });

    it('the client ends its side with a hand-over under way', async () => {
      const upstream = carry();
      handOver(upstream);
      client.finish();
      await warm().ending();
      warm().send(ok('late'));
      warm().finish();
      await client.until('late');
      assert.equal(await client.ending(), 'fin');
    });

    it('the endpoint ends its side in a response that the kernel carries', async () => {
      const upstream = carry();
      rig.conns.states.set(cookie, { inFlight: false, upstream, reason: 0, requests: 1 });
      warm().finish();
      assert.equal(await client.ending(), 'fin');
      assert.ok(rig.kernel.forgotten.includes(upstream));
    });

    it('the endpoint resets a response that the kernel carries', async () => {
      const upstream = carry();
      rig.conns.states.set(cookie, { inFlight: false, upstream, reason: 0, requests: 1 });
      warm().reset();
      assert.equal(await client.ending(), 'rst');
    });

    it('the end waits for redirected bytes', async () => {
      const upstream = carry();
      warm().finish();
      await turn(30);
      assert.equal(client.end, 'open');
      rig.conns.states.set(cookie, { inFlight: false, upstream, reason: 0, requests: 1 });
      rig.relay.idle(cookie);
      assert.equal(await client.ending(), 'fin');
    });

    it('the endpoint ends its side, and the kernel tells of it after that', async () => {
      const upstream = carry();
      warm().finish();
      await turn(20);
      rig.relay.upstreamLost(upstream, cookie);
      rig.conns.states.set(cookie, { inFlight: false, upstream, reason: 0, requests: 1 });
      rig.relay.idle(cookie);
      assert.equal(await client.ending(), 'fin');
    });

    it('the kernel tells of a lost upstream that is gone here already', async () => {
      rig.relay.upstreamLost(4711n, cookie);
      assert.equal(await client.ending(), 'rst');
    });

    const words: [order: string, wordFirst: boolean][] = [
      ['the word of the kernel comes first', true],
      ['the word of the kernel comes last', false],
    ];
    for (const [order, wordFirst] of words) {
      for (const [how, end] of [
        ['closes', 'fin'],
        ['resets', 'rst'],
      ] as const)
        it(`the client ${how}: the endpoint sees the same; ${order}`, async () => {
          const upstream = carry();
          if (wordFirst) {
            rig.conns.lost.add(cookie);
            rig.relay.clientLost(upstream, cookie, how === 'resets');
            await turn(5);
          }
          if (how === 'closes') client.socket.destroy();
          else client.reset();
          if (!wordFirst) {
            await turn(5);
            rig.conns.lost.add(cookie);
            rig.relay.clientLost(upstream, cookie, how === 'resets');
          }
          assert.equal(await warm().ending(), end);
          await eventually(() => rig.conns.gone.includes(cookie), 'the close of the anchor connection');
          assert.equal(rig.relay.counters().openConnections, 0);
        });
    }

    it('the client is gone for good after it has ended its side, and the endpoint keeps silent', async () => {
      client.send(get('/1/silence'));
      client.finish();
      await eventually(() => server.used.length === 1, 'the request');
      rig.conns.lost.add(cookie);
      await eventually(() => rig.conns.gone.includes(cookie), 'the close of the anchor connection');
      assert.equal(rig.relay.counters().openConnections, 0);
    });

    it('the client is gone before its response is handed over', async () => {
      const upstream = carry();
      rig.conns.states.set(cookie, { inFlight: false, upstream: 0n, reason: 0, requests: 1 });
      client.socket.destroy();
      await eventually(() => rig.relay.counters().openConnections === 0, 'the close');
      rig.conns.lost.add(cookie);
      handOver(upstream);
      rig.relay.handover(upstream, cookie);
      assert.equal(await warm().ending(), 'fin');
      assert.deepEqual(stack(), []);
    });
  });

  describe('before the client is accepted', () => {
    let late: Peer | undefined;

    /** A client that will connect from a port that is known before. */
    async function announce(): Promise<() => Promise<Peer>> {
      const reserved = createServer().listen(0, '127.0.0.1');
      await once(reserved, 'listening');
      const { port } = reserved.address() as AddressInfo;
      await new Promise((resolve) => reserved.close(resolve));
      cookie = BigInt(port);
      return async () => {
        const to = { port: rig.relay.port, host: '127.0.0.1', localPort: port, allowHalfOpen: true };
        late = new Peer(connect(to));
        await once(late.socket, 'connect');
        return late;
      };
    }
    afterEach(() => late?.socket.destroy());

    it('its response is handed over: it gets it', async () => {
      const accept = await announce();
      const upstream = carry();
      handOver(upstream);
      rig.relay.handover(upstream, cookie);
      warm().send(ok('first part, '));
      await turn(10);
      const peer = await accept();
      await peer.until('first part, ');
      await eventually(() => stack().length === 1, 'the return to the pool');
    });

    it('a response that was handed over ends: so does its connection', async () => {
      const accept = await announce();
      const upstream = carry();
      handOver(upstream);
      rig.relay.handover(upstream, cookie);
      warm().send('HTTP/1.1 200 OK\r\n\r\nabc');
      await turn(10);
      warm().finish();
      await turn(10);
      const peer = await accept();
      await peer.until('abc');
      assert.equal(await peer.ending(), 'fin');
    });

    it('the endpoint ends the connection without an answer: so does its connection', async () => {
      const accept = await announce();
      const upstream = carry();
      warm().finish();
      await turn(10);
      rig.conns.states.set(cookie, { inFlight: false, upstream, reason: 0, requests: 1 });
      assert.equal(await (await accept()).ending(), 'fin');
    });

    it('it goes away: nothing is kept for it', async () => {
      await announce();
      const upstream = carry();
      handOver(upstream);
      rig.relay.handover(upstream, cookie);
      rig.conns.lost.add(cookie);
      assert.equal(await warm().ending(), 'fin');
      assert.ok(!stack().includes(upstream));
    });
  });

  it('leaves nothing behind of an idle client that closes', async () => {
    client.finish();
    assert.equal(await client.ending(), 'fin');
    await eventually(() => rig.conns.gone.length === 1, 'the close');
    assert.equal(rig.relay.counters().openConnections, 0);
    assert.equal(stack().length, 1);
  });

  it('is not held up by a connection that answered it once and serves somebody else now', async () => {
    const first = carry();
    handOver(first);
    rig.relay.handover(first, cookie);
    warm().send(ok('once'));
    await client.until('once');
    const other = rig.kernel.take(1, 99n);
    assert.equal(other, first);
    rig.kernel.upstreams.set(first, {
      phase: 'handover',
      client: 99n,
      delivered: 0n,
      requestLeft: 0n,
      reason: large,
    });
    rig.conns.states.set(cookie, { inFlight: false, upstream: first, reason: large, requests: 1 });
    await serves();
  });

  it('does not take the response of one client for another', async () => {
    const upstream = carry();
    handOver(upstream);
    const stranger = await rig.connect();
    stranger.send(head('GET', '/1'));
    await stranger.until('relayed');
    rig.relay.handover(upstream, cookie);
    warm().send(ok('mine'));
    await client.until('mine');
    assert.equal(stranger.received.toString(), ok('relayed'));
    stranger.socket.destroy();
  });
});
