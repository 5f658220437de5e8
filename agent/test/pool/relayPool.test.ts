import assert from 'node:assert/strict';
import { IdleBound, RelayPool } from '../../src/pool/relayPool.js';
import type { Upstream, UpstreamEnd, UpstreamUser } from '../../src/pool/upstream.js';
import { eventually, turn, type Peer } from '../relay/peer.js';
import { RawServer } from '../relay/rig.js';

class User implements UpstreamUser {
  received = '';
  ended = false;
  drained = 0;
  end: UpstreamEnd | undefined;
  error = '';
  upstreamData(chunk: Buffer): void {
    this.received += chunk.toString('latin1');
  }
  upstreamEnded(): void {
    this.ended = true;
  }
  upstreamDrained(): void {
    this.drained++;
  }
  upstreamClosed(how: UpstreamEnd, error: string): void {
    this.end = how;
    this.error = error;
  }
}

const sizes = { idleMs: 30_000, connectMs: 5_000, idle: new IdleBound(2) };

describe('connections of the relay', () => {
  let server: RawServer;
  let pool: RelayPool;
  let now = 0;

  beforeEach(async () => {
    server = await RawServer.listen(() => {});
    now = 0;
    pool = new RelayPool({ address: '127.0.0.1', port: server.port }, sizes, () => now);
  });
  afterEach(async () => {
    pool.close();
    await server.close();
  });

  async function acquired(repeatable = true): Promise<[Upstream, User]> {
    const upstream = pool.acquire(repeatable);
    const user = new User();
    upstream.claim(user);
    await eventually(() => upstream.connected || user.end !== undefined, 'the connection');
    return [upstream, user];
  }
  async function peer(i = 0): Promise<Peer> {
    await eventually(() => server.peers.length > i, 'accept');
    const found = server.peers[i];
    assert.ok(found);
    return found;
  }

  it('hear of data, of the end, and of the close, once each', async () => {
    const [upstream, user] = await acquired();
    const other = await peer();
    other.send('hello');
    other.finish();
    await eventually(() => user.ended, 'the end');
    assert.equal(user.received, 'hello');
    assert.equal(user.end, undefined);
    upstream.write(Buffer.from('still'));
    await other.until('still');
    upstream.end();
    await eventually(() => user.end !== undefined, 'the close');
    assert.equal(user.end, 'closed');
    assert.equal(pool.open, 0);
  });

  it('are used again, the last one first', async () => {
    const [a] = await acquired();
    const [b] = await acquired();
    a.release(true);
    b.release(true);
    assert.equal(pool.acquire(true), b);
    assert.equal(pool.acquire(true), a);
    assert.notEqual(pool.acquire(true), a);
  });

  it('are used again for what must not be sent twice only when they were in use just now', async () => {
    const [a] = await acquired();
    a.release(true);
    now += 400;
    assert.equal(pool.acquire(false), a);
    a.release(true);
    now += 600;
    assert.notEqual(pool.acquire(false), a);
    assert.equal(pool.acquire(true), a);
  });

  it('are kept idle up to a bound of all endpoints, and what is closed makes room', async () => {
    const bound = new IdleBound(2);
    const to = { address: '127.0.0.1', port: server.port };
    const other = new RelayPool(to, { ...sizes, idle: bound }, () => now);
    pool = new RelayPool(to, { ...sizes, idle: bound }, () => now);
    const take = async (from: RelayPool): Promise<Upstream> => {
      const upstream = from.acquire(true);
      upstream.claim(new User());
      await eventually(() => upstream.connected, 'the connection');
      return upstream;
    };
    const [a, b, c] = [await take(other), await take(other), await take(pool)];
    for (const one of [a, b, c]) one.release(true);
    await eventually(() => c.closed, 'the third one to close');
    assert.deepEqual([a.closed, b.closed], [false, false]);
    // used again, it makes room; so does one that the endpoint closes, and one that is old
    assert.equal(await take(other), b);
    const d = await take(pool);
    d.release(true);
    await turn(20);
    assert.equal(d.closed, false);
    now += sizes.idleMs;
    other.tick();
    pool.tick();
    await eventually(() => other.open === 1 && pool.open === 0, 'the old ones to close');
    b.release(true);
    const e = await take(pool);
    e.release(true);
    await turn(20);
    assert.deepEqual([b.closed, e.closed], [false, false]);
    other.close();
  });

  it('read on after the last user had paused them', async () => {
    const [a] = await acquired();
    a.pause();
    a.release(true);
    const again = pool.acquire(true);
    assert.equal(again, a);
    const user = new User();
    again.claim(user);
    (await peer()).send('for the next one');
    await eventually(() => user.received === 'for the next one', 'the data');
  });

  it('are not used again when they are not reusable, have ended, or speak unasked', async () => {
    const [a] = await acquired();
    a.release(false);
    assert.equal(await (await peer(0)).ending(), 'fin');

    const [b] = await acquired();
    (await peer(1)).finish();
    await eventually(() => b.ended, 'the end');
    b.release(true);
    assert.notEqual(pool.acquire(true), b);

    const [c] = await acquired();
    c.release(true);
    (await peer(3)).send('unasked');
    await eventually(() => c.closed, 'the close');
    assert.notEqual(pool.acquire(true), c);
  });

  it('keep data and the end for who claims them later', async () => {
    const [a, user] = await acquired();
    a.hold(Buffer.from('one '));
    a.hold(Buffer.from('two '));
    (await peer()).send('three');
    await turn(20);
    assert.equal(user.received, '');
    const late = new User();
    a.claim(late);
    await eventually(() => late.received === 'one two three', 'the data');
  });

  it('say refused when they never stood', async () => {
    const { port } = server;
    await server.close();
    const dead = new RelayPool({ address: '127.0.0.1', port }, sizes, () => now);
    const user = new User();
    dead.acquire(true).claim(user);
    await eventually(() => user.end !== undefined, 'the word');
    assert.equal(user.end, 'refused');
    assert.equal(user.error, 'ECONNREFUSED');
    assert.equal(dead.open, 0);
  });

  it('say refused with ETIMEDOUT when the connect takes too long', async () => {
    const slow = new RelayPool({ address: '192.0.2.1', port: 9 }, sizes, () => now);
    const user = new User();
    const upstream = slow.acquire(true);
    upstream.claim(user);
    now += 5_000;
    slow.tick();
    await eventually(() => user.end !== undefined, 'the word');
    assert.equal(user.end, 'refused');
    // some machines refuse at once what has no way out
    assert.ok(['ETIMEDOUT', 'ENETUNREACH', 'EHOSTUNREACH'].includes(user.error), user.error);
    slow.close();
  });

  it('deliver what came before a reset, also when a write failed first', async () => {
    const [a, user] = await acquired();
    const other = await peer();
    // unread data at the other end turns its close into a reset
    other.socket.pause();
    a.write(Buffer.alloc(1000));
    a.pause();
    other.send('the answer');
    await turn(20);
    other.socket.destroy();
    await turn(20);
    a.write(Buffer.alloc(1000));
    a.write(Buffer.alloc(1000));
    await turn(20);
    a.resume();
    await eventually(() => user.end !== undefined, 'the close');
    assert.equal(user.received, 'the answer');
    assert.equal(user.end, 'reset');
  });

  it('close idle ones after their time, and all on drain except those in use', async () => {
    const [a] = await acquired();
    const [b] = await acquired();
    a.release(true);
    now += 20_000;
    b.release(true);
    now += 15_000;
    pool.tick();
    assert.equal(await (await peer(0)).ending(), 'fin');
    assert.equal(pool.acquire(true), b);
    pool.drain();
    await turn(10);
    assert.equal((await peer(1)).end, 'open');
    b.release(true);
    assert.equal(await (await peer(1)).ending(), 'fin');
  });
});
