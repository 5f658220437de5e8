import assert from 'node:assert/strict';
import { eventually, Peer, turn } from './peer.js';
import { RawServer, Rig } from './rig.js';
import { get, head, ok } from './shapes/shape.js';

describe('relay, connections that are killed at random', function () {
  this.timeout(30_000);

  it('leaves nothing behind, and serves the others', async () => {
    const random = (n: number): number => Math.floor(Math.random() * n);
    const server = await RawServer.listen(async (peer) => {
      for (;;) {
        const before = peer.receivedLength;
        await eventually(
          () => peer.receivedLength > before || peer.end !== 'open' || peer.closed,
          'a byte',
        ).catch(() => {});
        if (peer.closed || peer.receivedLength === before) return void peer.socket.destroy();
        const last = peer.received.subarray(before).toString('latin1');
        if (last.includes('/1/fine')) peer.send(ok('fine'));
        else if (random(3) === 0) peer.reset();
        else if (random(3) === 0) return void peer.socket.destroy();
        else peer.send(`HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n${'x'.repeat(random(50_000))}`);
      }
    });
    const rig = await Rig.start([server.port], { watched: false });
    const wild = async (): Promise<void> => {
      for (let i = 0; i < 12; i++) {
        const peer = await rig.connect();
        if (random(2) === 0) peer.send(get('/1/wild'));
        else peer.send(head('POST', '/1/wild', 'Content-Length: 100000') + 'x'.repeat(random(100_000)));
        await turn(random(6));
        if (random(2) === 0) peer.reset();
        else peer.socket.destroy();
      }
    };
    let served = 0;
    const tame = async (): Promise<void> => {
      for (let i = 0; i < 30; i++) {
        const peer = await Peer.connect(rig.relay.port);
        peer.send(get('/1/fine') + get('/1/fine'));
        await peer.until('fine');
        await peer.until('fine');
        served++;
        peer.socket.destroy();
      }
    };
    await Promise.all([...Array.from({ length: 20 }, wild), ...Array.from({ length: 4 }, tame)]);
    assert.equal(served, 120);
    await eventually(() => rig.relay.counters().openConnections === 0, 'the last close');
    rig.pools.close();
    await eventually(
      () => server.peers.every((peer) => peer.closed || peer.end !== 'open'),
      'no upstream connection left',
    );
    await rig.close();
    await server.close();
  });
});
