/** Bodies that are large enough for a pump: every byte, and every end, as without one. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { socketFd, stopReading } from '../../src/pool/socketHandle.js';
import { BodyPumps, type PumpEnd } from '../../src/relay/bodyPumps.js';
import { eventually, Peer, turn } from './peer.js';
import { RawServer, Rig } from './rig.js';
import { get, ok } from './shapes/shape.js';

const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * i) % 251));

describe('body pumps', () => {
  for (const mapped of [false, true])
    it(`move exactly so many bytes (${mapped ? 'by copies' : 'by splice'})`, async () => {
      const pumps = new BodyPumps();
      const [near, source] = await pair();
      const [target, far] = await pair();
      stopReading(source);
      const hash = createHash('sha256');
      let got = 0;
      far.on('data', (chunk: Buffer) => {
        hash.update(chunk);
        got += chunk.length;
      });
      far.resume();
      const size = 2_500_000;
      const ended = new Promise<[number, PumpEnd]>((resolve) => {
        const pump = pumps.start({
          ...{ from: fd(source), to: fd(target), bytes: size, mapped },
          ended: (moved, end) => resolve([moved, end]),
        });
        assert.ok(pump);
      });
      near.write(bytes);
      assert.deepEqual(await ended, [size, {}]);
      await eventually(() => got === size, 'all bytes');
      assert.equal(hash.digest('hex'), createHash('sha256').update(bytes.subarray(0, size)).digest('hex'));
      for (const socket of [near, source, target, far]) socket.destroy();
    });

  it('tell of the end of the source, and of a reset of either side', async () => {
    for (const how of ['fin', 'rst', 'target'] as const) {
      const pumps = new BodyPumps();
      const [near, source] = await pair();
      const [target, far] = await pair();
      stopReading(source);
      const ended = new Promise<[number, PumpEnd]>((resolve) => {
        const to = fd(target);
        pumps.start({
          ...{ from: fd(source), to, bytes: 1e9, mapped: false },
          ended: (moved, end) => resolve([moved, end]),
        });
      });
      far.resume();
      near.write('abc');
      await once(far, 'data');
      if (how === 'fin') near.end();
      else if (how === 'rst') near.resetAndDestroy();
      else {
        target.on('error', () => {});
        far.resetAndDestroy();
        await turn(20);
        near.write('more');
      }
      const [moved, end] = await ended;
      assert.equal(moved, 3);
      if (how === 'target') assert.match(end.target ?? '', /EPIPE|ECONNRESET/);
      else assert.deepEqual(end, { source: how === 'fin' ? 'end' : 'ECONNRESET' });
      for (const socket of [near, source, target, far]) socket.destroy();
    }
  });

  describe('in the relay', () => {
    let rig: Rig;
    let server: RawServer;
    let serve: (peer: Peer) => Promise<void>;
    beforeEach(async () => {
      server = await RawServer.listen(async (peer) => {
        for (;;) {
          if ((await peer.until('\r\n\r\n').catch(() => '')) === '') return;
          await serve(peer);
        }
      });
      // no warm connections: only what the relay opens
      rig = await Rig.start([server.port], { pool: { total: 0 } });
    });
    afterEach(async () => {
      await rig.close();
      await server.close();
    });
    const answer = (length: number): string => `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n`;

    it('one response after the other on one connection', async () => {
      serve = async (peer) => {
        peer.send(answer(bytes.length));
        peer.send(bytes);
      };
      const client = await rig.connect();
      for (let i = 0; i < 3; i++) {
        client.send(get());
        const head = await client.until('\r\n\r\n');
        assert.equal(head, answer(bytes.length));
        assert.ok((await client.bytes(bytes.length)).equals(bytes));
      }
      serve = async (peer) => peer.send(ok('small'));
      client.send(get());
      await client.until('small');
      assert.equal(server.peers.length, 1);
      await eventually(() => rig.events.length === 4, 'events');
      assert.equal(rig.events[0]?.responseBytes, bytes.length + answer(bytes.length).length);
      assert.equal(
        rig.conns.releases.at(-1)?.totals.writtenTotal,
        BigInt(client.receivedLength),
        'the kernel must know what the client was sent',
      );
      client.socket.destroy();
    });

    it('large chunks, and what stands between them', async () => {
      const chunk = `${(1_000_000).toString(16)}\r\n`;
      const body = Buffer.concat([
        ...[0, 1, 2].flatMap(() => [Buffer.from(chunk), bytes.subarray(0, 1_000_000), Buffer.from('\r\n')]),
        Buffer.from('0\r\nx: y\r\n\r\n'),
      ]);
      serve = async (peer) => {
        peer.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
        peer.send(body);
      };
      const client = await rig.connect();
      for (let i = 0; i < 2; i++) {
        client.send(get());
        await client.until('\r\n\r\n');
        assert.ok((await client.bytes(body.length)).equals(body));
      }
      client.socket.destroy();
    });

    it('the endpoint ends or resets it in the middle: the client gets all bytes, then the same', async () => {
      for (const how of ['fin', 'rst'] as const) {
        serve = async (peer) => {
          peer.send(answer(9_000_000));
          peer.send(bytes);
          await turn(50);
          if (how === 'fin') peer.finish();
          else peer.reset();
        };
        const client = await rig.connect();
        client.send(get());
        await client.until('\r\n\r\n');
        assert.equal(await client.ending(), how);
        assert.equal(client.receivedLength, bytes.length + answer(9_000_000).length);
        client.socket.destroy();
      }
    });

    it('the client resets it in the middle: so sees the endpoint', async () => {
      serve = async (peer) => {
        peer.send(answer(500_000_000));
        for (let i = 0; i < 20 && !peer.closed; i++) {
          peer.send(bytes);
          await turn(1);
        }
      };
      const client = await rig.connect();
      client.send(get());
      await client.bytes(1_000_000);
      client.reset();
      await eventually(() => server.peers[0]?.end === 'rst', 'the reset');
      await eventually(() => rig.relay.counters().openConnections === 0, 'nothing is left');
    });
  });
});

async function pair(): Promise<[Socket, Socket]> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = connect({
    port: (server.address() as AddressInfo).port,
    host: '127.0.0.1',
    allowHalfOpen: true,
  });
  const [far] = (await once(server, 'connection')) as [Socket];
  server.close();
  return [near, far];
}

function fd(socket: Socket): number {
  const number = socketFd(socket);
  assert.ok(number !== undefined);
  return number;
}
