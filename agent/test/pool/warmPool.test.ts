import assert from 'node:assert/strict';
import { Pools, poolDefaults, type Endpoint, type PoolOptions } from '../../src/pool/pools.js';
import type { UpstreamEnd } from '../../src/pool/upstream.js';
import { MemoryPools } from '../relay/memoryKernel.js';
import { eventually, turn, type Peer } from '../relay/peer.js';
import { RawServer } from '../relay/rig.js';

describe('warm connections', () => {
  let server: RawServer;
  let kernel: MemoryPools;
  let pools: Pools;
  let now = 0;
  let lost: [client: bigint, how: UpstreamEnd][];

  async function start(
    options: Partial<PoolOptions> = {},
    serve: (peer: Peer, i: number) => void = () => {},
  ): Promise<void> {
    server = await RawServer.listen(serve);
    make(options);
    pools.change([], [endpoint(1)]);
  }
  function make(options: Partial<PoolOptions>): void {
    kernel = new MemoryPools();
    lost = [];
    now = 1000;
    pools = new Pools(kernel, { ...poolDefaults, min: 4, max: 32, ...options }, () => now);
    pools.attach({ takeOver: () => false, requestLost: (client, how) => void lost.push([client, how]) });
  }
  const endpoint = (id: number, port = server.port): Endpoint => ({ id, address: '127.0.0.1', port });
  afterEach(async () => {
    pools.close();
    await server.close();
  });

  const stack = (id = 1): bigint[] => kernel.stacks.get(id)?.cookies ?? [];
  const open = (): number => server.peers.filter((peer) => peer.end === 'open' && !peer.closed).length;
  const settled = (n: number): Promise<void> =>
    eventually(
      () => stack().length === n && open() === n && pools.counters()[0]?.open === n,
      `${n} connections`,
    );

  it('stand on the stack of their endpoint', async () => {
    await start();
    await settled(4);
    assert.deepEqual(pools.counters(), [{ endpoint: 1, open: 4, idle: 4 }]);
    assert.equal(new Set(stack()).size, 4);
  });

  it('become more when the pool is dry, up to the bound, and fewer when they are not needed', async () => {
    await start({ max: 12 });
    await settled(4);
    pools.poolDry(1);
    // further words of the same shortage change nothing while connections are on their way
    for (let i = 0; i < 50; i++) pools.poolDry(1);
    await settled(8);
    pools.poolDry(1);
    await settled(12);
    pools.poolDry(1);
    await turn(20);
    assert.equal(stack().length, 12);

    // a second with one of them in use, then only silence
    now += poolDefaults.idleMs;
    pools.tick();
    now += poolDefaults.idleMs;
    pools.tick();
    await eventually(() => stack().length < 12, 'fewer');
    for (let i = 0; i < 6; i++) {
      now += poolDefaults.idleMs;
      pools.tick();
    }
    await settled(4);
  });

  it('become more before the pool is dry', async () => {
    await start({ min: 8 });
    await settled(8);
    for (let i = 0; i < 7; i++) kernel.take(1, BigInt(i + 1));
    pools.tick();
    await eventually(() => pools.counters()[0]?.open === 16, 'more connections');
  });

  it('close the longest idle ones first', async () => {
    await start({ min: 2, max: 8 });
    await settled(2);
    pools.poolDry(1);
    await settled(4);
    const newest = stack().slice(-2);
    for (let i = 0; i < 4; i++) {
      now += poolDefaults.idleMs;
      pools.tick();
    }
    await eventually(() => stack().length === 2, 'fewer');
    assert.deepEqual(stack(), newest);
  });

  it('are replaced when the endpoint closes them', async () => {
    await start({}, (peer, i) => {
      if (i < 4) setTimeout(() => peer.socket.destroy(), 20);
    });
    await eventually(() => server.peers.length >= 4 && open() === 0, 'the endpoint to close them');
    now += 5000;
    pools.tick();
    await eventually(() => open() === 4, 'new ones');
    for (let i = 0; i < 3; i++) {
      now += 1000;
      pools.tick();
    }
    await settled(4);
  });

  it('are opened in vain less and less, when the endpoint closes what nobody uses', async () => {
    await start({ min: 16 });
    await settled(16);
    now += 2 * poolDefaults.idleMs;
    pools.tick();
    for (const peer of server.peers) peer.socket.destroy();
    await eventually(() => pools.counters()[0]?.open === 0, 'all closed');
    pools.tick();
    await eventually(() => open() === 1, 'one');
    await turn(20);
    pools.tick();
    await turn(20);
    assert.equal(open(), 1);
    // somebody wants it again
    pools.poolDry(1);
    await eventually(() => open() >= 16, 'all of them');
  });

  it('wait longer and longer for an endpoint that does not answer', async function () {
    this.timeout(10_000);
    await start();
    await settled(4);
    const { port } = server;
    await server.close();
    await eventually(() => pools.counters()[0]?.open === 0, 'all closed');
    let failures = 0;
    const waits: number[] = [];
    let last = now;
    for (let i = 0; i < 400; i++) {
      now += 250;
      pools.tick();
      await turn(1);
      const seen = pools.failing()[0]?.failures ?? 0;
      if (seen > failures) {
        waits.push(now - last);
        last = now;
        failures = seen;
      }
    }
    assert.ok(failures >= 5 && failures <= 20, `${failures} attempts in 100 s`);
    assert.ok(waits.at(-1)! > 5 * waits[1]!, waits.join(' '));

    server = await RawServer.listen(() => {}, port);
    for (let i = 0; i < 40; i++) {
      now += 1000;
      pools.tick();
      await turn(2);
    }
    await settled(4);
    assert.deepEqual(pools.failing(), []);
  });

  it('do not run in circles at an endpoint that closes at once', async () => {
    await start({}, (peer) => void peer.socket.destroy());
    await turn(100);
    assert.ok(server.peers.length < 20, `${server.peers.length} connections`);
    assert.equal(pools.failing().length, 1);
  });

  it('give up a connect that takes too long', async () => {
    server = await RawServer.listen(() => {});
    make({ connectMs: 5000 });
    // TEST-NET-1: nobody answers, if the packet leaves at all
    pools.change([], [{ id: 1, address: '192.0.2.1', port: 9 }]);
    now += 6000;
    pools.tick();
    await eventually(() => (pools.failing()[0]?.failures ?? 0) > 0, 'the failure');
  });

  it('stay below the common bound, every endpoint with its share', async () => {
    server = await RawServer.listen(() => {});
    make({ min: 16, total: 20 });
    pools.change(
      [],
      [1, 2, 3, 4].map((id) => endpoint(id)),
    );
    await eventually(() => server.peers.length === 20, 'all connections');
    await turn(30);
    assert.equal(server.peers.length, 20);
    assert.deepEqual(
      pools.counters().map((count) => count.open),
      [5, 5, 5, 5],
    );
    pools.poolDry(1);
    await turn(30);
    assert.equal(server.peers.length, 20);
  });

  it('are shared out anew when many endpoints are in use', async () => {
    server = await RawServer.listen(() => {});
    make({ min: 16, max: 32, total: 32, quiet: 0 });
    pools.change(
      [],
      [1, 2, 3, 4, 5, 6, 7, 8].map((id) => endpoint(id)),
    );
    const opened = (): number[] => pools.counters().map((count) => count.open);
    for (const id of [1, 2]) pools.poolDry(id);
    await eventually(() => opened().join() === '16,16', 'all connections');
    for (const id of [3, 4, 5, 6, 7, 8]) pools.poolDry(id);
    await turn(30);
    assert.deepEqual(opened(), [16, 16, 0, 0, 0, 0, 0, 0]);
    for (let i = 0; i < 3; i++) {
      pools.tick();
      await turn(30);
    }
    assert.ok(Math.min(...opened()) >= 2 && Math.max(...opened()) <= 10, opened().join());
    assert.ok(open() <= 32);
    // and it stays so
    const shares = opened();
    for (let i = 0; i < 3; i++) pools.tick();
    await turn(30);
    assert.deepEqual(opened(), shares);
  });

  it('are all closed a moment after the idle time, however many endpoints there are', async () => {
    server = await RawServer.listen(() => {});
    make({ min: 1, quiet: 0 });
    const ids = Array.from({ length: 100 }, (_, i) => i + 1);
    pools.change(
      [],
      ids.map((id) => endpoint(id)),
    );
    for (const id of ids) pools.poolDry(id);
    await eventually(() => open() === 100, 'a connection each');
    now += poolDefaults.idleMs;
    pools.tick();
    await eventually(() => open() === 0, 'all to close');
  });

  it('have no more pools than there may be connections', async () => {
    server = await RawServer.listen(() => {});
    make({ min: 1, total: 3, quiet: 0 });
    pools.change(
      [],
      [1, 2, 3, 4, 5].map((id) => endpoint(id)),
    );
    for (const id of [1, 2, 3, 4, 5]) pools.poolDry(id);
    assert.deepEqual([...kernel.stacks.keys()], [1, 2, 3]);
    pools.change([1, 2], []);
    pools.poolDry(4);
    assert.deepEqual([...kernel.stacks.keys()], [3, 4]);
  });

  describe('of an endpoint that is removed', () => {
    it('close, idle ones at once and busy ones when they are done', async () => {
      await start();
      await settled(4);
      const busy = kernel.take(1, 7n);
      pools.change([1], []);
      await eventually(() => open() === 1, 'the idle ones to close');
      assert.equal(kernel.stacks.has(1), false);
      assert.ok(kernel.retired.has(busy));
      pools.tick();
      await turn(10);
      assert.equal(open(), 1);
      kernel.giveBack(1, busy);
      pools.tick();
      await eventually(() => open() === 0, 'the busy one to close');
      assert.deepEqual(lost, []);
    });

    it('close when the kernel says that they are done', async () => {
      await start();
      await settled(4);
      const busy = kernel.take(1, 7n);
      pools.change([1], []);
      kernel.giveBack(1, busy);
      pools.poolFull(busy);
      await eventually(() => open() === 0, 'all to close');
    });

    it('are not those of another endpoint that gets the same id', async () => {
      await start();
      await settled(4);
      const other = await RawServer.listen(() => {});
      const busy = kernel.take(1, 7n);
      pools.change([1], [endpoint(1, other.port)]);
      await eventually(() => other.peers.length === 4, 'connections to the new address');
      await eventually(() => open() === 1, 'the old ones to close');
      await eventually(() => stack().length === 4, 'the new stack');
      assert.ok(!stack().includes(busy));
      kernel.giveBack(1, busy);
      pools.tick();
      await eventually(() => open() === 0, 'the busy one to close');
      pools.close();
      await other.close();
    });

    it('stay when another comes', async () => {
      await start();
      await settled(4);
      const before = [...stack()];
      pools.change([], [endpoint(2)]);
      await eventually(() => stack(2).length === 4, 'the second pool');
      assert.deepEqual(stack(), before);
    });
  });

  describe('that end while they carry a request', () => {
    for (const how of ['closed', 'reset'] as const)
      it(`tell whose it was (${how})`, async () => {
        await start({ min: 1 });
        await settled(1);
        kernel.take(1, 42n);
        const [peer] = server.peers;
        if (how === 'closed') peer?.finish();
        else peer?.reset();
        await eventually(() => lost.length > 0, 'the word');
        await turn(10);
        assert.deepEqual(lost, [[42n, how]]);
      });

    it('tell nobody when they were idle', async () => {
      await start({ min: 1 });
      await settled(1);
      server.peers[0]?.reset();
      await eventually(() => kernel.forgotten.length === 1, 'the end');
      assert.deepEqual(lost, []);
    });
  });

  it('that speak unasked are closed', async () => {
    await start({ min: 1 });
    await settled(1);
    server.peers[0]?.send('HTTP/1.1 408 Request Timeout\r\n\r\n');
    assert.notEqual(await server.peers[0]?.ending().catch(() => 'rst'), 'open');
  });

  describe('that the programs watch', () => {
    const watched = async (): Promise<Peer> => {
      await start({ min: 1 });
      await settled(1);
      kernel.watches = true;
      pools.change([1], []);
      await eventually(() => open() === 0, 'the one that is read closes');
      pools.change([], [endpoint(1)]);
      await eventually(() => stack().length === 1, 'one that is watched');
      const peer = server.peers.at(-1);
      assert.ok(peer);
      return peer;
    };

    it('are not read until the programs tell', async () => {
      const peer = await watched();
      const [cookie] = stack();
      peer.reset();
      await turn(30);
      assert.equal(pools.counters()[0]?.open, 1, 'noticed by itself: it is read');
      pools.byCookie(cookie!)?.wake();
      await eventually(() => kernel.forgotten.includes(cookie!), 'the end');
    });

    it('are all read when the programs could not tell', async () => {
      const peer = await watched();
      const [cookie] = stack();
      peer.finish();
      await turn(30);
      pools.tick();
      await turn(30);
      assert.ok(!kernel.forgotten.includes(cookie!));
      kernel.misses++;
      pools.tick();
      await eventually(() => kernel.forgotten.includes(cookie!), 'the end');
    });

    it('bring a response that was handed over', async () => {
      const peer = await watched();
      const cookie = kernel.take(1, 42n);
      kernel.upstreams.set(cookie, {
        ...{ phase: 'handover', client: 42n, delivered: 0n, requestLeft: 0n, reason: 20 },
      });
      const chunks: string[] = [];
      pools.attach({
        takeOver: (upstream) => {
          upstream.claim({
            upstreamData: (chunk) => void chunks.push(chunk.toString()),
            upstreamEnded: () => {},
            upstreamDrained: () => {},
            upstreamClosed: () => {},
          });
          return true;
        },
        requestLost: () => {},
      });
      peer.send('before');
      await turn(10);
      assert.ok(pools.handover(cookie, 42n));
      peer.send('after');
      await eventually(() => chunks.join('') === 'beforeafter', 'all of it');
    });
  });

  it('whose hand-over nobody wants are closed', async () => {
    await start({ min: 1 });
    await settled(1);
    const cookie = kernel.take(1, 42n);
    kernel.upstreams.set(cookie, {
      phase: 'handover',
      client: 42n,
      delivered: 0n,
      requestLeft: 0n,
      reason: 20,
    });
    assert.equal(pools.handover(cookie, 42n), false);
    assert.equal(await server.peers[0]?.ending(), 'fin');
    assert.ok(!stack().includes(cookie));
  });

  it('that the kernel does not take are closed', async () => {
    server = await RawServer.listen(() => {});
    make({ min: 4 });
    kernel.capacity = 2;
    pools.change([], [endpoint(1)]);
    await eventually(() => stack().length === 2, 'two on the stack');
    await turn(20);
    assert.equal(open(), 2);
  });

  it('leave no closed ones on the stack for long', async () => {
    await start({ min: 8 });
    await settled(8);
    const dead = stack().slice(0, 6);
    for (const peer of server.peers.slice(0, 6)) peer.socket.destroy();
    await eventually(() => kernel.forgotten.length === 6, 'the ends');
    assert.equal(stack().filter((cookie) => dead.includes(cookie)).length, 6);
    for (let i = 0; i < 3; i++) {
      now += 2000;
      pools.tick();
      await turn(10);
    }
    await settled(8);
    assert.ok(!stack().some((cookie) => dead.includes(cookie)));
    assert.equal(pools.counters()[0]?.idle, 8);
  });

  it('all close with the pools, and no timer is left', async () => {
    await start();
    await settled(4);
    pools.close();
    await eventually(() => open() === 0, 'the close');
    pools.change([], [endpoint(1)]);
    await turn(20);
    assert.equal(open(), 0);
  });

  it('cost nothing at rest', async () => {
    await start({ min: 16 });
    await settled(16);
    const before = process.cpuUsage();
    for (let i = 0; i < 60; i++) {
      now += 1000;
      pools.tick();
    }
    const { user, system } = process.cpuUsage(before);
    // a minute's worth of care
    assert.ok(user + system < 60_000, `${user + system} us`);
  });
});
