/** Ends of connections that the kernel path uses. The tests play the programs. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { KernelPath, large } from './kernelRig.js';
import { eventually, Peer, turn } from './peer.js';
import { get, head, ok } from './shapes/shape.js';

describe('ends beside the kernel path', () => {
  const path = new KernelPath();
  beforeEach(() => path.open());
  afterEach(() => path.close());

  describe('when an end goes away', () => {
    it('the client ends its side: the endpoint hears of it, the client gets the end of the endpoint', async () => {
      const upstream = path.carry();
      path.client.finish();
      assert.equal(await path.warm().ending(), 'fin');
      assert.ok(path.rig.kernel.retired.has(upstream));
      await turn(20);
      assert.equal(path.client.end, 'open');
      path.complete(upstream);
      path.warm().finish();
      assert.equal(await path.client.ending(), 'fin');
    });

    it('the client ends its side, then the response is handed over', async () => {
      const upstream = path.carry();
      path.client.finish();
      await path.warm().ending();
      path.handOver(upstream);
      path.warm().send(ok('late'));
      await path.client.until('late');
      path.warm().finish();
      assert.equal(await path.client.ending(), 'fin');
    });

    it('a connection whose side has ended serves nobody else, though the response comes in one piece', async () => {
      const upstream = path.carry();
      path.client.finish();
      await path.warm().ending();
      path.warm().send(ok('late'));
      path.handOver(upstream);
      await path.client.until('late');
      await turn(20);
      assert.ok(!path.rig.kernel.stacks.get(1)?.cookies.includes(upstream));
    });

    it('the client goes away: nobody else gets the connection, should the response be complete just then', async () => {
      const upstream = path.carry();
      path.client.socket.resetAndDestroy();
      assert.notEqual(await path.warm().ending(), 'open');
      assert.ok(path.rig.kernel.retired.has(upstream));
    });

    it('the client goes away after the response is complete: the connection stays in its pool', async () => {
      const upstream = path.carry();
      path.rig.kernel.giveBack(1, upstream);
      path.client.socket.resetAndDestroy();
      await eventually(() => path.rig.relay.counters().openConnections === 0, 'the end of the client');
      assert.ok(!path.rig.kernel.retired.has(upstream));
      assert.ok(path.rig.kernel.stacks.get(1)?.cookies.includes(upstream));
    });

    it('the client ends its side with a hand-over under way', async () => {
      const upstream = path.carry();
      path.handOver(upstream);
      path.client.finish();
      await path.warm().ending();
      path.warm().send(ok('late'));
      path.warm().finish();
      await path.client.until('late');
      assert.equal(await path.client.ending(), 'fin');
    });

    it('the endpoint ends its side in a response that the kernel carries', async () => {
      const upstream = path.carry();
      path.rig.conns.states.set(path.cookie, { inFlight: false, upstream, reason: 0, requests: 1 });
      path.warm().finish();
      assert.equal(await path.client.ending(), 'fin');
      assert.ok(path.rig.kernel.forgotten.includes(upstream));
    });

    it('the endpoint resets a response that the kernel carries', async () => {
      const upstream = path.carry();
      path.rig.conns.states.set(path.cookie, { inFlight: false, upstream, reason: 0, requests: 1 });
      path.warm().reset();
      assert.equal(await path.client.ending(), 'rst');
    });

    it('the end waits for redirected bytes', async () => {
      const upstream = path.carry();
      path.warm().finish();
      await turn(30);
      assert.equal(path.client.end, 'open');
      path.rig.conns.states.set(path.cookie, { inFlight: false, upstream, reason: 0, requests: 1 });
      path.rig.relay.idle(path.cookie);
      assert.equal(await path.client.ending(), 'fin');
    });

    it('the endpoint ends its side, and the kernel tells of it after that', async () => {
      const upstream = path.carry();
      path.warm().finish();
      await turn(20);
      path.rig.relay.upstreamLost(upstream, path.cookie);
      path.rig.conns.states.set(path.cookie, { inFlight: false, upstream, reason: 0, requests: 1 });
      path.rig.relay.idle(path.cookie);
      assert.equal(await path.client.ending(), 'fin');
    });

    it('the kernel tells of a lost upstream that is gone here already', async () => {
      path.rig.relay.upstreamLost(4711n, path.cookie);
      assert.equal(await path.client.ending(), 'rst');
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
          const upstream = path.carry();
          if (wordFirst) {
            path.rig.conns.lost.add(path.cookie);
            path.rig.relay.clientLost(upstream, path.cookie, how === 'resets');
            await turn(5);
          }
          if (how === 'closes') path.client.socket.destroy();
          else path.client.reset();
          if (!wordFirst) {
            await turn(5);
            path.rig.conns.lost.add(path.cookie);
            path.rig.relay.clientLost(upstream, path.cookie, how === 'resets');
          }
          assert.equal(await path.warm().ending(), end);
          await eventually(
            () => path.rig.conns.gone.includes(path.cookie),
            'the close of the anchor connection',
          );
          assert.equal(path.rig.relay.counters().openConnections, 0);
        });
    }

    it('the client is gone for good after it has ended its side, and the endpoint keeps silent', async () => {
      path.client.send(get('/1/silence'));
      path.client.finish();
      await eventually(() => path.server.used.length === 1, 'the request');
      path.rig.conns.lost.add(path.cookie);
      await eventually(() => path.rig.conns.gone.includes(path.cookie), 'the close of the anchor connection');
      assert.equal(path.rig.relay.counters().openConnections, 0);
    });

    it('the client is gone before its response is handed over', async () => {
      const upstream = path.carry();
      path.rig.conns.states.set(path.cookie, { inFlight: false, upstream: 0n, reason: 0, requests: 1 });
      path.client.socket.destroy();
      await eventually(() => path.rig.relay.counters().openConnections === 0, 'the close');
      path.rig.conns.lost.add(path.cookie);
      path.handOver(upstream);
      path.rig.relay.handover(upstream, path.cookie);
      assert.equal(await path.warm().ending(), 'fin');
      assert.deepEqual(path.stack(), []);
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
      path.cookie = BigInt(port);
      return async () => {
        const to = { port: path.rig.relay.port, host: '127.0.0.1', localPort: port, allowHalfOpen: true };
        late = new Peer(connect(to));
        await once(late.socket, 'connect');
        return late;
      };
    }
    afterEach(() => late?.socket.destroy());

    it('its response is handed over: it gets it', async () => {
      const accept = await announce();
      const upstream = path.carry();
      path.handOver(upstream);
      path.rig.relay.handover(upstream, path.cookie);
      path.warm().send(ok('first part, '));
      await turn(10);
      const peer = await accept();
      await peer.until('first part, ');
      await eventually(() => path.stack().length === 1, 'the return to the pool');
    });

    it('a response that was handed over ends: so does its connection', async () => {
      const accept = await announce();
      const upstream = path.carry();
      path.handOver(upstream);
      path.rig.relay.handover(upstream, path.cookie);
      path.warm().send('HTTP/1.1 200 OK\r\n\r\nabc');
      await turn(10);
      path.warm().finish();
      await turn(10);
      const peer = await accept();
      await peer.until('abc');
      assert.equal(await peer.ending(), 'fin');
    });

    it('the endpoint ends the connection without an answer: so does its connection', async () => {
      const accept = await announce();
      const upstream = path.carry();
      path.warm().finish();
      await turn(10);
      path.rig.conns.states.set(path.cookie, { inFlight: false, upstream, reason: 0, requests: 1 });
      assert.equal(await (await accept()).ending(), 'fin');
    });

    it('it goes away: nothing is kept for it', async () => {
      await announce();
      const upstream = path.carry();
      path.handOver(upstream);
      path.rig.relay.handover(upstream, path.cookie);
      path.rig.conns.lost.add(path.cookie);
      assert.equal(await path.warm().ending(), 'fin');
      assert.ok(!path.stack().includes(upstream));
    });
  });

  it('leaves nothing behind of an idle client that closes', async () => {
    path.client.finish();
    assert.equal(await path.client.ending(), 'fin');
    await eventually(() => path.rig.conns.gone.length === 1, 'the close');
    assert.equal(path.rig.relay.counters().openConnections, 0);
    assert.equal(path.stack().length, 1);
  });

  it('is not held up by a connection that answered it once and serves somebody else now', async () => {
    const first = path.carry();
    path.handOver(first);
    path.rig.relay.handover(first, path.cookie);
    path.warm().send(ok('once'));
    await path.client.until('once');
    const other = path.rig.kernel.take(1, 99n);
    assert.equal(other, first);
    path.rig.kernel.upstreams.set(first, {
      phase: 'handover',
      client: 99n,
      delivered: 0n,
      requestLeft: 0n,
      reason: large,
    });
    path.rig.conns.states.set(path.cookie, { inFlight: false, upstream: first, reason: large, requests: 1 });
    await path.serves();
  });

  it('does not take the response of one client for another', async () => {
    const upstream = path.carry();
    path.handOver(upstream);
    const stranger = await path.rig.connect();
    stranger.send(head('GET', '/1'));
    await stranger.until('relayed');
    path.rig.relay.handover(upstream, path.cookie);
    path.warm().send(ok('mine'));
    await path.client.until('mine');
    assert.equal(stranger.received.toString(), ok('relayed'));
    stranger.socket.destroy();
  });
});
