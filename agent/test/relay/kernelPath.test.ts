/** Relay and kernel path on one connection. The tests play the programs: what they redirect never comes here. */
import assert from 'node:assert/strict';
import { reasonId } from '@onehop/core/wire/reasons.js';
import { KernelPath, large } from './kernelRig.js';
import { eventually, turn } from './peer.js';
import { get, ok } from './shapes/shape.js';

describe('relay beside the kernel path', () => {
  const path = new KernelPath();
  beforeEach(() => path.open());
  afterEach(() => path.close());

  it('forwards a response that was handed over, and gives both connections back', async () => {
    const upstream = path.carry();
    path.handOver(upstream);
    path.rig.relay.handover(upstream, path.cookie);
    const body = 'x'.repeat(300_000);
    path.warm().send(ok(body));
    await path.client.bytes(ok(body).length);
    assert.equal(path.client.received.toString('latin1'), ok(body));
    await eventually(() => path.rig.conns.releases.length === 1, 'the release');
    assert.deepEqual(path.rig.conns.releases[0], {
      cookie: path.cookie,
      totals: { readTotal: 0n, writtenTotal: BigInt(ok(body).length), requests: 0 },
    });
    assert.deepEqual(path.stack(), [upstream]);
    const [event] = path.rig.events;
    assert.equal(event?.reason, large);
    assert.equal(event?.status, 200);
    assert.equal(event?.responseBytes, ok(body).length);
    assert.equal(event?.requestBytes, 40);
    assert.equal(path.rig.relay.counters().requests, 1);
    path.rig.conns.states.delete(path.cookie);
    await path.serves();
  });

  it('takes data that comes before the word of the hand-over', async () => {
    const upstream = path.carry();
    path.warm().send(ok('early'));
    await turn(20);
    assert.equal(path.client.receivedLength, 0);
    path.handOver(upstream);
    path.rig.relay.handover(upstream, path.cookie);
    await path.client.until('early');
    assert.deepEqual(path.stack(), [upstream]);
  });

  it('notices a hand-over by its data alone', async () => {
    const upstream = path.carry();
    path.handOver(upstream);
    path.warm().send(ok('data first'));
    await path.client.until('data first');
    path.rig.relay.handover(upstream, path.cookie);
    await turn(10);
    assert.equal(path.client.received.toString(), ok('data first'));
  });

  it('knows that the response to HEAD has no body', async () => {
    const upstream = path.carry();
    path.handOver(upstream, { isHead: true });
    path.rig.relay.handover(upstream, path.cookie);
    path.warm().send('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n');
    await path.client.until('\r\n\r\n');
    await eventually(() => path.stack().length === 1, 'the return to the pool');
  });

  it('goes on in the middle of a sized response', async () => {
    const upstream = path.carry();
    path.handOver(upstream, { delivered: 100n, bodyLeft: 5n });
    path.rig.relay.handover(upstream, path.cookie);
    await path.warm().sendPieces('67', '890');
    await path.client.until('67890');
    await eventually(() => path.stack().length === 1, 'the return to the pool');
    assert.equal(path.rig.events[0]?.responseBytes, 105);
  });

  it('goes on in the middle of a response that lasts until the end', async () => {
    const upstream = path.carry();
    path.handOver(upstream, { delivered: 100n });
    path.rig.relay.handover(upstream, path.cookie);
    path.warm().send('the rest');
    await path.client.until('the rest');
    path.warm().finish();
    assert.equal(await path.client.ending(), 'fin');
    path.client.finish();
    assert.equal(await path.warm().ending(), 'fin');
    assert.deepEqual(path.stack(), []);
  });

  it('ends the client connection after a handed-over response that closes', async () => {
    const upstream = path.carry();
    path.handOver(upstream);
    path.rig.relay.handover(upstream, path.cookie);
    path.warm().send(ok('bye', 'Connection: close'));
    path.warm().finish();
    assert.equal(await path.client.ending(), 'fin');
    assert.equal(path.client.received.toString(), ok('bye', 'Connection: close'));
    assert.deepEqual(path.stack(), []);
  });

  it('resets the client when the endpoint resets a handed-over response', async () => {
    const upstream = path.carry();
    path.handOver(upstream);
    path.rig.relay.handover(upstream, path.cookie);
    path.warm().send('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc');
    await path.client.until('abc');
    path.warm().reset();
    assert.equal(await path.client.ending(), 'rst');
    assert.equal(path.rig.events[0]?.reason, reasonId('upstream-gone'));
  });

  it('sends the rest of a request whose response was handed over', async () => {
    const upstream = path.carry();
    path.handOver(upstream, { requestLeft: 6n });
    path.client.send(`abcdef${get('/1/next')}`);
    await path.warm().until('abcdef');
    path.warm().send(ok('whole'));
    await path.client.until('whole');
    await path.client.until('relayed');
    assert.equal(path.warm().received.toString(), 'abcdef');
  });

  it('answers a pipelined request only when the kernel has answered the one before', async () => {
    const upstream = path.carry();
    path.client.send(get('/1/second'));
    await turn(30);
    assert.equal(path.client.receivedLength, 0);
    assert.equal(path.server.used.length, 0);
    path.complete(upstream);
    path.rig.relay.idle(path.cookie);
    await path.client.until('relayed');
    await turn(10);
    assert.deepEqual(path.rig.conns.releases, [], 'a pipelining client stays with the relay');
    assert.equal(path.rig.events[0]?.seq, 1);
  });

  it('asks again when the word that the kernel is idle does not come', async () => {
    const upstream = path.carry();
    path.client.send(get('/1/second'));
    await turn(10);
    path.complete(upstream);
    await path.client.until('relayed');
  });

  it('keeps the order when a pipelined request comes before the word of a hand-over', async () => {
    const upstream = path.carry();
    path.handOver(upstream);
    path.client.send(get('/1/second'));
    await turn(10);
    path.warm().send(ok('first'));
    await path.client.until('relayed');
    assert.equal(path.client.received.toString(), ok('first') + ok('relayed'));
  });

  it('keeps the order when a held request waits and the response is handed over', async () => {
    const upstream = path.carry();
    path.client.send(get('/1/second'));
    await turn(10);
    path.handOver(upstream);
    path.rig.relay.handover(upstream, path.cookie);
    path.warm().send(ok('first'));
    await path.client.until('relayed');
    assert.equal(path.client.received.toString(), ok('first') + ok('relayed'));
  });

  it('forwards nothing while redirected bytes are on their way', async () => {
    const upstream = path.carry();
    path.handOver(upstream, { delivered: 10n, bodyLeft: 4n });
    path.rig.conns.states.set(path.cookie, { inFlight: true, upstream, reason: large, requests: 1 });
    path.rig.relay.handover(upstream, path.cookie);
    path.warm().send('rest');
    await turn(20);
    assert.equal(path.client.receivedLength, 0);
    path.rig.conns.states.set(path.cookie, { inFlight: false, upstream, reason: large, requests: 1 });
    path.rig.relay.idle(path.cookie);
    await path.client.until('rest');
  });

  it('stops reading a client that pipelines too much', async () => {
    path.carry();
    const request = get('/1', `X: ${'x'.repeat(10_000)}`);
    for (let i = 0; i < 2000; i++) path.client.send(request);
    await turn(300);
    assert.ok(
      path.rig.relay.counters().bytesFromClients < 4 * 64 * 1024 + 70_000,
      `${path.rig.relay.counters().bytesFromClients}`,
    );
  });

  it('offers the connection back with exact totals after each request', async () => {
    for (let i = 1; i <= 3; i++) {
      await path.serves();
      await eventually(() => path.rig.conns.releases.length === i, 'the release');
      assert.deepEqual(path.rig.conns.releases[i - 1]?.totals, {
        readTotal: BigInt(i * get().length),
        writtenTotal: BigInt(i * ok('relayed').length),
        requests: i,
      });
    }
  });

  it('offers it back after an answer of its own', async () => {
    path.client.send(get('/direct'));
    await path.client.until('stout');
    await eventually(() => path.rig.conns.releases.length === 1, 'the release');
    assert.equal(path.rig.conns.releases[0]?.totals.writtenTotal, BigInt(path.client.receivedLength));
  });

  it('does not offer it back after pipelined requests, or in a tunnel', async () => {
    path.client.send(get() + get());
    await path.client.until('relayed');
    await path.client.until('relayed');
    await turn(10);
    assert.deepEqual(path.rig.conns.releases, []);
  });

  it('tells why the kernel left a request to the relay', async () => {
    path.rig.conns.states.set(path.cookie, {
      inFlight: false,
      upstream: 0n,
      reason: reasonId('pool-dry'),
      requests: 7,
    });
    await path.serves();
    await eventually(() => path.rig.events.length === 1, 'an event');
    assert.equal(path.rig.events[0]?.reason, reasonId('pool-dry'));
    assert.equal(path.rig.events[0]?.seq, 7);
  });
});
