import assert from 'node:assert/strict';
import { reasonId } from '@onehop/core/wire/reasons.js';
import { eventually, turn, type Peer } from './peer.js';
import { RawServer, Rig, decision } from './rig.js';
import { answering, asking, get, head, ok } from './shapes/shape.js';

describe('relay, upstream connections', () => {
  let server: RawServer | undefined;
  let rig: Rig | undefined;

  async function start(
    serve: (peer: Peer, index: number) => Promise<void> | void,
    total = 0,
  ): Promise<[RawServer, Rig]> {
    server = await RawServer.listen(serve);
    // no warm connections: every connection of the server is the relay's
    rig = await Rig.start([server.port], { pool: { total } });
    return [server, rig];
  }
  afterEach(async () => {
    await rig?.close();
    await server?.close();
    const errors = server?.errors ?? [];
    rig = undefined;
    server = undefined;
    assert.deepEqual(errors, []);
  });

  const get1 = asking(get(), ok('x').length);

  it('serves the requests of many clients over few connections', async () => {
    const [raw, own] = await start(answering(ok('x'), 100));
    for (let i = 0; i < 20; i++) {
      const client = await own.connect();
      await get1(client);
      client.socket.destroy();
    }
    assert.equal(raw.peers.length, 1);
    assert.equal(raw.peers[0]?.received.toString(), get().repeat(20));
  });

  it('never shares a connection between clients whose responses are not complete', async () => {
    const [raw, own] = await start(async (peer, i) => {
      await peer.until('\r\n\r\n');
      await turn(20);
      peer.send(ok(`${i}`));
    });
    const clients = await Promise.all(Array.from({ length: 10 }, () => own.connect()));
    await Promise.all(clients.map(get1));
    assert.equal(raw.peers.length, 10);
    for (const client of clients) client.socket.destroy();
  });

  for (const how of ['fin', 'rst'] as const) {
    it(`sends a request again when a connection that served before ends without a word (${how})`, async () => {
      const [raw, own] = await start(async (peer, i) => {
        await answering(ok('x'))(peer);
        if (i > 0) return answering(ok('y'))(peer);
        if (how === 'fin') return;
        await peer.until('\r\n\r\n');
        peer.reset();
      });
      const client = await own.connect();
      await get1(client);
      client.send(get('/1/again'));
      // the relay hears first of the request, then of the end that was there before
      if (how === 'fin') raw.peers[0]?.socket.destroy();
      await client.until(ok('x'));
      assert.equal(raw.peers.length, 2);
      assert.equal(raw.peers[1]?.received.toString(), get('/1/again'));
      client.socket.destroy();
    });
  }

  for (const how of ['fin', 'rst'] as const) {
    it(`does not send a request again that the endpoint has read before it ended the connection (${how})`, async () => {
      const [raw, own] = await start(async (peer) => {
        await answering(ok('x'))(peer);
        await peer.until('\r\n\r\n');
        await turn(60);
        if (how === 'fin') peer.finish();
        else peer.reset();
      });
      const client = await own.connect();
      await get1(client);
      client.send(get('/1/again'));
      assert.equal(await client.ending(), how);
      assert.equal(client.received.toString(), ok('x'));
      assert.equal(raw.used.length, 1);
      client.socket.destroy();
    });
  }

  it('sends a request with a body again, whole', async () => {
    const [raw, own] = await start(async (peer, i) => {
      if (i === 0) await answering(ok('x'))(peer);
      await peer.until('\r\n\r\n');
      if (i === 0) return void peer.reset();
      await peer.until('0123456789');
      peer.send(ok('z'));
    });
    const client = await own.connect();
    await get1(client);
    client.send(head('PUT', '/1', 'Content-Length: 10'));
    await eventually(() => raw.peers.length === 2, 'the second attempt');
    client.send('0123456789');
    await client.until(ok('z'));
    client.socket.destroy();
  });

  it('does not send a POST again, and takes a fresh connection for it after a silence', async () => {
    const [raw, own] = await start(async (peer, i) => {
      await answering(ok('x'))(peer);
      await peer.until('\r\n\r\n');
      if (i === 0) peer.reset();
    });
    const client = await own.connect();
    await get1(client);
    // at once: the connection was in use just now
    client.send(head('POST', '/1', 'Content-Length: 0'));
    assert.equal(await client.ending(), 'rst');
    assert.equal(raw.peers.length, 1);

    const other = await own.connect();
    await get1(other);
    await turn(600);
    const post = head('POST', '/1', 'Content-Length: 0');
    await asking(post, ok('x').length)(other);
    assert.equal(raw.peers.length, 3);
    assert.equal(raw.peers[2]?.received.toString(), post);
    other.socket.destroy();
  });

  it('does not send a request again once a byte came back', async () => {
    const [raw, own] = await start(async (peer, i) => {
      await answering(ok('x'))(peer);
      if (i > 0) return;
      await peer.until('\r\n\r\n');
      peer.send('H');
      await turn(10);
      peer.socket.destroy();
    });
    const client = await own.connect();
    await get1(client);
    client.send(get());
    assert.equal(await client.ending(), 'fin');
    assert.equal(client.received.toString(), `${ok('x')}H`);
    assert.equal(raw.peers.length, 1);
    client.socket.destroy();
  });

  it('answers 503 when the second attempt finds nobody', async () => {
    const [raw, own] = await start(async (peer) => {
      await answering(ok('x'))(peer);
    });
    const client = await own.connect();
    await get1(client);
    client.send(get());
    void raw.close();
    await client.until('remote connection failure');
    client.socket.destroy();
  });

  it('does not use a connection again that brought more than its response', async () => {
    const [raw, own] = await start(async (peer, i) => {
      await peer.until('\r\n\r\n');
      peer.send(i === 0 ? `${ok('x')}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison` : ok('y'));
    });
    const client = await own.connect();
    await get1(client);
    await asking(get(), ok('y').length)(client);
    assert.equal(client.received.toString(), ok('x') + ok('y'));
    assert.equal(raw.peers.length, 2);
    client.socket.destroy();
  });

  it('does not use a connection again on which the endpoint spoke unasked', async () => {
    const [raw, own] = await start(async (peer, i) => {
      await answering(ok(`${i}`))(peer);
      if (i > 0) return;
      await turn(10);
      peer.send('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n');
      peer.finish();
    });
    const client = await own.connect();
    await get1(client);
    await turn(30);
    await asking(get(), ok('1').length)(client);
    assert.equal(client.received.toString(), ok('0') + ok('1'));
    assert.equal(raw.peers.length, 2);
    client.socket.destroy();
  });

  it('reads an answer that came before the connection broke', async () => {
    const [, own] = await start(async (peer) => {
      await peer.until('\r\n\r\n');
      peer.send(ok('no room', 'Connection: close'));
      // unread data in the receive queue: closing now resets the connection
      peer.socket.pause();
      await turn(100);
      peer.socket.destroy();
    });
    const client = await own.connect();
    client.send(head('POST', '/1', 'Content-Length: 100000000'));
    client.send('x'.repeat(3_000_000));
    await client.until('no room');
    client.socket.destroy();
  });

  it('closes idle connections after their time', async () => {
    server = await RawServer.listen(answering(ok('x'), 10));
    rig = await Rig.start([server.port], { pool: { total: 0, idleMs: 100 } });
    const client = await rig.connect();
    await get1(client);
    assert.equal(await server.peers[0]?.ending(), 'fin');
    await get1(client);
    assert.equal(server.peers.length, 2);
    client.socket.destroy();
  });

  describe('TCP listeners', () => {
    it('let the server speak first, and carry any bytes and ends', async () => {
      server = await RawServer.listen(async (peer) => {
        peer.send('220 hello\r\n');
        await peer.until('QUIT\r\n');
        await peer.ending();
        peer.send('221 bye\r\n');
        peer.finish();
      });
      rig = await Rig.start([server.port], { pool: { total: 0 } });
      rig.router.protocols = 'tcp';
      const client = await rig.connect();
      await client.until('220 hello\r\n');
      client.send('\0\xff\r\n\r\nQUIT\r\n');
      client.finish();
      await client.until('221 bye\r\n');
      assert.equal(await client.ending(), 'fin');
      await eventually(() => rig?.relay.counters().openConnections === 0, 'the close');
      assert.equal(server.peers.length, 1);
      assert.equal(server.peers[0]?.received.toString('latin1'), '\0\xff\r\n\r\nQUIT\r\n');
      assert.equal(rig.events.length, 1);
      assert.equal(rig.events[0]?.responseBytes, 20);
    });

    const ends: [name: string, end: (client: Peer, server: Peer) => Promise<void>][] = [
      [
        'a reset by the server',
        async (client, peer) => {
          peer.reset();
          assert.equal(await client.ending(), 'rst');
        },
      ],
      [
        'a reset by the client',
        async (client, peer) => {
          client.reset();
          assert.equal(await peer.ending(), 'rst');
        },
      ],
      [
        'the server ends its side first',
        async (client, peer) => {
          peer.finish();
          assert.equal(await client.ending(), 'fin');
          client.send('still here');
          await peer.until('still here');
          client.finish();
          assert.equal(await peer.ending(), 'fin');
        },
      ],
    ];
    for (const [name, end] of ends)
      it(name, async () => {
        const [raw, own] = await start(() => {});
        own.router.protocols = 'tcp';
        const client = await own.connect();
        client.send('x');
        await eventually(() => raw.peers.length === 1, 'the upstream connection');
        const peer = raw.peers[0];
        assert.ok(peer);
        await peer.until('x');
        await end(client, peer);
        client.socket.destroy();
      });

    it('a cluster without endpoints resets the client', async () => {
      const [, own] = await start(() => {});
      own.router.protocols = 'tcp';
      own.router.fallback = { kind: 'refuse', decision: decision(0, reasonId('no-endpoint')) };
      await assert.rejects(async () => {
        const client = await own.connect();
        await client.bytes(1);
      }, /ECONNRESET|rst/);
    });

    it('an endpoint that refuses resets the client', async () => {
      const [raw, own] = await start(() => {});
      await raw.close();
      own.router.protocols = 'tcp';
      const client = await own.connect();
      assert.equal(await client.ending(), 'rst');
    });
  });
});
