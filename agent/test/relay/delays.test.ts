import assert from 'node:assert/strict';
import { eventually } from './peer.js';
import { decision, RawServer, Rig } from './rig.js';
import { answering, get, ok } from './shapes/shape.js';

const delayMs = 80;

describe('relay, requests that a filter makes wait', () => {
  let server: RawServer;
  let rig: Rig;

  beforeEach(async () => {
    server = await RawServer.listen(answering(ok('served'), 1000));
    rig = await Rig.start([server.port]);
    rig.router.fallback = { kind: 'forward', decision: decision(1), delayMs };
  });
  afterEach(async () => {
    await rig.close();
    await server.close();
  });

  it('are sent after that, with the body that came meanwhile', async () => {
    const peer = await rig.connect();
    const began = performance.now();
    peer.send('POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo');
    await new Promise((resolve) => setTimeout(resolve, delayMs / 4));
    assert.equal(server.used.length, 0);
    peer.send('dy');
    await peer.until('served');
    assert.ok(performance.now() - began >= delayMs - 1);
    assert.match(server.used[0]?.received.toString('latin1') ?? '', /\r\n\r\nbody$/);
    peer.socket.destroy();
  });

  it('are answered in their order', async () => {
    const peer = await rig.connect();
    peer.send(get('/slow') + get('/novhost'));
    await peer.until('404 Not Found');
    assert.match(peer.received.toString('latin1'), /served[^]*404 Not Found/);
    peer.socket.destroy();
  });

  it('are forgotten when the client resets the connection', async () => {
    const peer = await rig.connect();
    peer.send(get('/slow'));
    await eventually(() => rig.router.views.length > 0, 'the decision');
    peer.socket.resetAndDestroy();
    await new Promise((resolve) => setTimeout(resolve, 2 * delayMs));
    assert.equal(server.used.length, 0);
  });
});
