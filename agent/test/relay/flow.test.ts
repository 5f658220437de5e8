import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { connect, createServer } from 'node:net';
import { once } from 'node:events';
import { Peer, turn } from './peer.js';
import { RawServer, Rig } from './rig.js';
import { get, head, ok } from './shapes/shape.js';

const block = Buffer.alloc(64 * 1024, 'abcdefghijklmnopqrstuvwxyz012345');
const blocks = 800;
const total = block.length * blocks;
const digest = createHash('sha256');
for (let i = 0; i < blocks; i++) digest.update(block);
const expected = digest.digest('hex');

/** Writes all blocks as fast as they are taken. */
async function pour(peer: Peer): Promise<void> {
  for (let i = 0; i < blocks; i++) if (!peer.socket.write(block)) await once(peer.socket, 'drain');
}

describe('relay, backpressure', function () {
  this.timeout(20_000);
  const clients = 4;

  /** The most that this process had in buffers while `work` ran, over what it had before, in bytes. */
  async function growth(work: () => Promise<void>): Promise<number> {
    global.gc?.();
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    const timer = setInterval(() => {
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }, 5);
    await work();
    clearInterval(timer);
    return most;
  }

  it('slow readers of large responses get every byte, and memory stays bounded', async () => {
    const server = await RawServer.listen(async (peer) => {
      await peer.until('\r\n\r\n');
      peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`);
      await pour(peer);
    });
    const rig = await Rig.start([server.port]);
    const read = async (): Promise<void> => {
      const socket = connect({ port: rig.relay.port, host: '127.0.0.1' });
      socket.write(get());
      const hash = createHash('sha256');
      let got = 0;
      let body = false;
      for await (const chunk of socket) {
        let bytes = chunk as Buffer;
        if (!body) {
          const at = bytes.indexOf('\r\n\r\n');
          body = true;
          bytes = bytes.subarray(at + 4);
        }
        hash.update(bytes);
        got += bytes.length;
        if (got === total) break;
        // about 200 MB/s in sum at first, then in a hurry
        if (got < total / 4) await turn(1);
      }
      assert.equal(hash.digest('hex'), expected);
    };
    const most = await growth(async () => {
      await Promise.all(Array.from({ length: clients }, read));
    });
    await rig.close();
    await server.close();
    // garbage that is not yet collected included; all four bodies are 200 MiB
    assert.ok(most < 60e6, `${(most / 1e6).toFixed(1)} MB in buffers`);
  });

  it('slow readers of large uploads likewise', async () => {
    const hashes: string[] = [];
    const slow = createServer(async (socket) => {
      const hash = createHash('sha256');
      let got = 0;
      let body = false;
      for await (const chunk of socket) {
        let bytes = chunk as Buffer;
        if (!body) {
          body = true;
          bytes = bytes.subarray(bytes.indexOf('\r\n\r\n') + 4);
        }
        hash.update(bytes);
        got += bytes.length;
        if (got < total / 4) await turn(1);
        if (got === total) {
          hashes.push(hash.digest('hex'));
          socket.write(ok('thanks'));
        }
      }
    }).listen(0, '127.0.0.1');
    await once(slow, 'listening');
    const address = slow.address();
    assert.ok(typeof address === 'object' && address !== null);
    const rig = await Rig.start([address.port], { pool: { total: 0 } });
    const most = await growth(async () => {
      await Promise.all(
        Array.from({ length: clients }, async () => {
          const peer = await rig.connect();
          peer.send(head('PUT', '/1', `Content-Length: ${total}`));
          await pour(peer);
          await peer.until('thanks');
          peer.socket.destroy();
        }),
      );
    });
    await rig.close();
    slow.close();
    assert.deepEqual(
      hashes,
      Array.from({ length: clients }, () => expected),
    );
    assert.ok(most < 60e6, `${(most / 1e6).toFixed(1)} MB in buffers`);
  });

  it('an endpoint that nobody reads from is not read either', async () => {
    const server = await RawServer.listen(async (peer) => {
      await peer.until('\r\n\r\n');
      peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`);
      await pour(peer).catch(() => {});
    });
    const rig = await Rig.start([server.port]);
    const socket = connect({ port: rig.relay.port, host: '127.0.0.1' });
    socket.pause();
    socket.write(get());
    await turn(500);
    const sent = rig.relay.counters().bytesToClients;
    await turn(300);
    assert.equal(rig.relay.counters().bytesToClients, sent, 'it goes on reading');
    assert.ok(sent < total / 2, `${sent} bytes`);
    socket.destroy();
    await rig.close();
    await server.close();
  });
});
