import assert from 'node:assert/strict';
import { reasonId } from '@onehop/core/wire/reasons.js';
import { eventually, type Peer } from './peer.js';
import { RawServer, Rig, decision } from './rig.js';
import { answering, get, head, ok } from './shapes/shape.js';

describe('relay, answers in place of an endpoint', () => {
  let server: RawServer;
  let rig: Rig;

  before(async () => {
    server = await RawServer.listen(answering(ok('served'), 1000));
    // endpoint 2: nobody listens there
    const dead = await RawServer.listen(() => {});
    const port = dead.port;
    await dead.close();
    rig = await Rig.start([server.port, port]);
  });
  after(async () => {
    await rig.close();
    await server.close();
  });

  const masked = (peer: Peer): string =>
    peer.received.toString('latin1').replaceAll(/\r\ndate: [^\r]+ GMT\r\nserver: onehop\r\n/g, '\r\n');

  const text = (status: string, body: string): string =>
    `HTTP/1.1 ${status}\r\ncontent-length: ${body.length}\r\ncontent-type: text/plain\r\n\r\n${body}`;
  const empty = (status: string): string => `HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`;
  const unreachable = text(
    '503 Service Unavailable',
    'upstream connect error or disconnect/reset before headers. reset reason: remote connection failure',
  );

  /** The answer, and then the connection still serves. */
  function answers(name: string, request: string, answer: string, reason: string, status: number): void {
    it(name, async () => {
      const peer = await rig.connect();
      peer.send(request);
      await peer.until('\r\n\r\n');
      await peer.bytes(answer.length - answer.indexOf('\r\n\r\n') - 4);
      peer.send(get());
      await peer.until('\r\n\r\nserved');
      peer.socket.destroy();
      assert.equal(masked(peer), answer + ok('served'));
      const event = rig.events.findLast(
        ({ seq, cookie }) => seq === 0 && cookie === BigInt(peer.socket.localPort ?? 0),
      );
      await eventually(() => rig.events.length > 0, 'an event');
      const last = event ?? rig.events.at(-2);
      assert.equal(last?.status, status);
      assert.equal(last?.reason, reasonId(reason));
    });
  }

  answers('no virtual host', get('/novhost'), empty('404 Not Found'), 'no-vhost', 404);
  answers('no route', get('/noroute'), empty('404 Not Found'), 'no-route', 404);
  answers('no cluster', get('/nocluster'), empty('503 Service Unavailable'), 'no-cluster', 503);
  answers(
    'no endpoint',
    get('/noendpoint'),
    text('503 Service Unavailable', 'no healthy upstream'),
    'no-endpoint',
    503,
  );
  answers(
    'an endpoint that is not configured',
    get('/99'),
    text('503 Service Unavailable', 'no healthy upstream'),
    'no-endpoint',
    503,
  );
  answers('an endpoint that refuses', get('/2'), unreachable, 'upstream-gone', 503);
  answers(
    'an endpoint that refuses, HEAD',
    head('HEAD', '/2'),
    unreachable.slice(0, unreachable.indexOf('\r\n\r\n') + 4),
    'upstream-gone',
    503,
  );
  answers(
    'a direct response',
    get('/direct'),
    text("418 I'm a Teapot", 'short and stout'),
    'direct-response',
    418,
  );
  answers(
    'a direct response to HEAD',
    head('HEAD', '/direct'),
    text("418 I'm a Teapot", 'short and stout').slice(0, -15),
    'direct-response',
    418,
  );
  answers(
    'a direct response without a body',
    get('/direct204'),
    'HTTP/1.1 204 No Content\r\n\r\n',
    'direct-response',
    204,
  );
  answers(
    'a direct response with headers of its own',
    get('/directheaders'),
    'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-by: config\r\ncontent-length: 2\r\n\r\n{}',
    'direct-response',
    200,
  );

  const closes: [name: string, request: string][] = [
    ['with a body to come', head('POST', '/direct', 'Content-Length: 100')],
    ['with a body that has come', `${head('POST', '/direct', 'Content-Length: 3')}abc${get()}`],
    ['with Connection: close', get('/direct', 'Connection: close')],
    ['in HTTP/1.0', 'GET /direct HTTP/1.0\r\nConnection: keep-alive\r\n\r\n'],
  ];
  for (const [name, request] of closes)
    it(`closes after the answer to a request ${name}`, async () => {
      const peer = await rig.connect();
      peer.send(request);
      assert.equal(await peer.ending(), 'fin');
      peer.socket.destroy();
      assert.match(masked(peer), /^HTTP\/1.1 418 .*\r\nconnection: close\r\n\r\nshort and stout$/s);
    });

  it('drops what a client sends after such an answer, and ends with the client', async () => {
    const peer = await rig.connect();
    peer.send(head('POST', '/noroute', 'Content-Length: 1000000'));
    await peer.ending();
    for (let i = 0; i < 10; i++) peer.send('x'.repeat(100_000));
    peer.finish();
    await eventually(() => peer.closed, 'the end');
    assert.equal(peer.end, 'fin');
  });

  it('answers 503 when no connection can be had for a request with a body, and closes', async () => {
    const peer = await rig.connect();
    peer.send(`${head('POST', '/2', 'Content-Length: 10')}abc`);
    await peer.ending();
    peer.socket.destroy();
    assert.match(masked(peer), /^HTTP\/1.1 503 .*\r\nconnection: close\r\n\r\nupstream connect error/s);
  });

  it('closes a connection that no program sent', async () => {
    const { conn } = rig.conns;
    rig.conns.conn = undefined;
    try {
      const peer = await rig.connect();
      await peer.ending().catch(() => {});
      assert.notEqual(peer.end, 'open');
      assert.equal(peer.receivedLength, 0);
    } finally {
      rig.conns.conn = conn;
    }
  });

  describe('what the router sees', () => {
    async function view(request: string, expected: string): Promise<void> {
      rig.router.views.length = 0;
      const peer = await rig.connect();
      peer.send(request);
      await eventually(() => rig.router.views.length > 0, 'a decision');
      peer.socket.destroy();
      assert.equal(rig.router.views[0], expected);
    }

    const cases: [name: string, request: string, expected: string][] = [
      ['a plain head as it is', get('/1', 'X-Y:  z '), get('/1', 'X-Y:  z ')],
      [
        'the head without empty lines before it',
        `\r\n\r\n${get()}`,
        'GET /1 HTTP/1.1\r\nhost: example.com\r\n\r\n',
      ],
      [
        'repeated headers one by one',
        get('/1', 'Accept: a', 'X: 1', 'ACCEPT: b', 'Cookie: c=1', 'Cookie: d=2'),
        get('/1', 'Accept: a', 'X: 1', 'ACCEPT: b', 'Cookie: c=1', 'Cookie: d=2'),
      ],
      [
        'the authority of a URL as Host',
        'GET http://a.example:81/1?q HTTP/1.1\r\nHost: b\r\nX: y\r\n\r\n',
        'GET /1?q HTTP/1.1\r\nhost: a.example:81\r\nX: y\r\n\r\n',
      ],
      ['a URL without a path', 'GET http://a?q HTTP/1.1\r\n\r\n', 'GET /?q HTTP/1.1\r\nhost: a\r\n\r\n'],
      [
        'CONNECT as a request for /',
        'CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n',
        'CONNECT / HTTP/1.1\r\nhost: a:443\r\n\r\n',
      ],
      [
        'OPTIONS * as a request for /',
        head('OPTIONS', '*'),
        'OPTIONS / HTTP/1.1\r\nhost: example.com\r\n\r\n',
      ],
      ['HTTP/1.0 without Host', 'GET /1 HTTP/1.0\r\n\r\n', 'GET /1 HTTP/1.0\r\nhost: \r\n\r\n'],
    ];
    for (const [name, request, expected] of cases) it(name, () => view(request, expected));
  });

  it('tells each request as an event', async () => {
    rig.events.length = 0;
    const peer = await rig.connect();
    peer.send(get('/1/path?q', 'X: y'));
    await peer.until('\r\n\r\nserved');
    await eventually(() => rig.events.length > 0, 'an event');
    const event = rig.events[0];
    assert.ok(event);
    const { startUs, firstByteUs, durationUs, ...rest } = event;
    const port = peer.socket.localPort ?? 0;
    assert.deepEqual(rest, {
      cookie: BigInt(port),
      seq: 0,
      workload: 'client',
      client: `127.0.0.1:${port}`,
      destination: '198.18.100.1:80',
      decision: decision(1),
      reason: 0,
      detail: '',
      method: 'GET',
      host: 'example.com',
      target: '/1/path?q',
      status: 200,
      requestBytes: get('/1/path?q', 'X: y').length,
      responseBytes: ok('served').length,
    });
    assert.ok(Math.abs(startUs / 1000 - Date.now()) < 5000);
    assert.ok(firstByteUs > 0 && durationUs >= firstByteUs && durationUs < 1e6);
    peer.socket.destroy();
  });
});
