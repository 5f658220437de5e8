/** How connections end, change their protocol, and carry several requests at once. */
import { turn } from '../peer.js';
import { answering, asking, get, head, ok, type Shape } from './shape.js';

const close = 'Connection: close';

/** The client asks and waits for the end; the server answers and ends. */
function closing(name: string, request: string, response: string, how: 'fin' | 'rst' = 'fin'): Shape {
  return {
    name,
    async client(peer) {
      peer.send(request);
      await peer.ending();
      peer.finish();
    },
    async server(peer) {
      await peer.until('\r\n\r\n');
      peer.send(response);
      // what was sent shall arrive before a reset
      await turn(20);
      if (how === 'rst') peer.reset();
      else {
        peer.finish();
        await peer.ending();
      }
    },
    ...(how === 'fin' ? { serverEnd: true } : {}),
  };
}

/** The client goes away at some point; the server must see it go in the same way. */
function leaving(name: string, sent: string, wait: string, how: 'close' | 'reset', response = ''): Shape {
  return {
    name,
    serverEnd: true,
    async client(peer) {
      peer.send(sent);
      if (wait !== '') await peer.until(wait);
      await turn(20);
      if (how === 'reset') peer.reset();
      else peer.socket.destroy();
    },
    async server(peer) {
      await peer.until('\r\n\r\n');
      if (response !== '') peer.send(response);
      await peer.ending();
    },
  };
}

function pipelined(name: string, requests: string | string[], responses: string[]): Shape {
  const all = responses.join('');
  return {
    name,
    client: asking(requests, all.length),
    async server(peer) {
      for (const response of responses) {
        await peer.until('\r\n\r\n');
        await turn(3);
        peer.send(response);
      }
    },
  };
}

function tunnel(name: string, request: string, response: string, end: 'client' | 'server' | 'reset'): Shape {
  return {
    name,
    serverEnd: end !== 'server',
    async client(peer) {
      peer.send(request);
      await peer.until('\r\n\r\n');
      peer.send('\x00\x01GET / HTTP/1.1\r\n\r\n');
      await peer.until('\xfe\xff pong');
      if (end === 'client') {
        peer.finish();
        await peer.until('last words');
        await peer.ending();
      } else if (end === 'reset') peer.reset();
      else {
        await peer.ending();
        peer.send('not yet');
        await turn();
        peer.finish();
      }
    },
    async server(peer) {
      await peer.until('\r\n\r\n');
      peer.send(response);
      await peer.until('\x00\x01GET / HTTP/1.1\r\n\r\n');
      peer.send('\xfe\xff pong');
      if (end === 'server') {
        peer.finish();
        await peer.until('not yet');
        await peer.ending();
      } else {
        await peer.ending();
        if (end === 'client') {
          peer.send('last words');
          peer.finish();
        }
      }
    },
  };
}

const switching = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n';
const upgrade = get('/1', 'Connection: keep-alive, Upgrade', 'Upgrade: x');
const connect = 'CONNECT 1.example:443 HTTP/1.1\r\nHost: 1.example:443\r\n\r\n';
const established = 'HTTP/1.1 200 Connection established\r\n\r\n';

export const connections: Shape[] = [
  closing('Connection: close in the response', get(), ok('bye', close)),
  closing('Connection: close in the request', get('/1', close), ok('bye')),
  closing('Connection: close in both', get('/1', close), ok('bye', close)),
  closing('Connection: a list with close', get('/1', 'Connection: foo, Close'), ok('bye')),
  closing('an HTTP/1.0 request', 'GET /1 HTTP/1.0\r\n\r\n', 'HTTP/1.0 200 OK\r\n\r\nuntil the end'),
  closing('an HTTP/1.0 response', get(), 'HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc'),
  closing('a response until the end of the connection', get(), 'HTTP/1.1 200 OK\r\n\r\nuntil the end'),
  closing('an empty response until the end of the connection', get(), 'HTTP/1.1 200 OK\r\n\r\n'),
  closing(
    'a response with an unknown transfer coding',
    get(),
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nxyz',
  ),
  closing(
    'a response with different Content-Lengths',
    get(),
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd',
  ),
  closing(
    'a response with a Content-Length that is no number',
    get(),
    'HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nabcd',
  ),
  closing('a response that is not HTTP', get(), 'what is this?\n'),
  closing('a response that is not HTTP, a single byte', get(), '\x00'),
  closing(
    'a chunked response with a broken chunk',
    get(),
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\nmore',
  ),
  closing('no response at all', get(), ''),
  closing('an incomplete response head', get(), 'HTTP/1.1 200 OK\r\nContent-Le'),
  closing('an incomplete sized response', get(), 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc'),
  closing(
    'an incomplete chunked response',
    get(),
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab',
  ),
  closing('only an interim response', get(), 'HTTP/1.1 103 Early Hints\r\n\r\n'),
  closing('a reset before the response', get(), '', 'rst'),
  closing('a reset in the response head', get(), 'HTTP/1.1 200 OK\r\nContent-Le', 'rst'),
  closing('a reset in a sized response', get(), 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc', 'rst'),
  closing(
    'a reset in a chunked response',
    get(),
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab',
    'rst',
  ),
  closing('a reset in a response until the end', get(), 'HTTP/1.1 200 OK\r\n\r\nabc', 'rst'),
  closing('a reset after a closing response', get('/1', close), ok('bye', close), 'rst'),

  leaving('the client closes while it waits', get(), '', 'close'),
  leaving('the client resets while it waits', get(), '', 'reset'),
  leaving('the client closes in its body', head('POST', '/1', 'Content-Length: 100') + 'abc', '', 'close'),
  leaving('the client resets in its body', head('POST', '/1', 'Content-Length: 100') + 'abc', '', 'reset'),
  leaving(
    'the client closes in a chunk',
    head('POST', '/1', 'Transfer-Encoding: chunked') + '5\r\nab',
    '',
    'close',
  ),
  leaving(
    'the client resets in a response',
    get(),
    'abc',
    'reset',
    'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc',
  ),
  leaving(
    'the client closes in a response',
    get(),
    'abc',
    'close',
    'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc',
  ),
  leaving('the client closes after a closing response', get('/1', close), 'bye', 'close', ok('bye', close)),

  {
    name: 'the client ends its side after the request and gets the response',
    serverEnd: true,
    async client(peer) {
      peer.send(get());
      peer.finish();
      await peer.until('late');
      await peer.ending();
    },
    async server(peer) {
      await peer.until('\r\n\r\n');
      await peer.ending();
      peer.send(ok('late'));
      peer.finish();
    },
  },
  {
    name: 'the client ends its side during a chunked response',
    serverEnd: true,
    async client(peer) {
      peer.send(get());
      await peer.until('first');
      peer.finish();
      await peer.until('0\r\n\r\n');
      await peer.ending();
    },
    async server(peer) {
      await peer.until('\r\n\r\n');
      peer.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n');
      await peer.ending();
      peer.send('0\r\n\r\n');
      peer.finish();
    },
  },
  {
    name: 'the client ends its side in its body and gets an answer',
    serverEnd: true,
    async client(peer) {
      peer.send(head('POST', '/1', 'Content-Length: 100') + 'abc');
      peer.finish();
      await peer.until('\r\n\r\n');
      await peer.ending();
    },
    async server(peer) {
      await peer.until('abc');
      await peer.ending();
      peer.send('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      peer.finish();
    },
  },
  {
    name: 'three pipelined requests, then the client ends its side',
    serverEnd: true,
    async client(peer) {
      peer.send(get('/1/a') + get('/1/b') + get('/1/c'));
      peer.finish();
      await peer.until('rrr');
      await peer.ending();
    },
    async server(peer) {
      for (const body of ['r', 'rr', 'rrr']) {
        await peer.until('\r\n\r\n');
        peer.send(ok(body));
      }
      await peer.ending();
      peer.finish();
    },
  },
  {
    name: 'an early response, then the endpoint closes in the middle of the request',
    async client(peer) {
      peer.send(head('POST', '/1', 'Content-Length: 1000000') + 'x'.repeat(1000));
      await peer.until('too much');
      await peer.ending();
    },
    async server(peer) {
      await peer.until('\r\n\r\n');
      await peer.bytes(1000);
      peer.send('HTTP/1.1 413 Payload Too Large\r\nContent-Length: 8\r\nConnection: close\r\n\r\ntoo much');
      peer.finish();
    },
  },
  {
    name: 'the endpoint ends its side, the client goes on with its body',
    serverEnd: true,
    async client(peer) {
      peer.send(head('POST', '/1', 'Content-Length: 6') + 'abc');
      await peer.ending();
      peer.send('def');
      await turn();
      peer.finish();
    },
    async server(peer) {
      await peer.until('abc');
      peer.send(ok('enough', close));
      peer.finish();
      await peer.bytes(3);
      await peer.ending();
    },
  },

  pipelined('three pipelined requests in one piece', get('/1/a') + get('/1/b') + get('/1/c'), [
    ok('a'),
    ok('bb'),
    ok('ccc'),
  ]),
  pipelined(
    'three pipelined requests in three pieces',
    [get('/1/a'), get('/1/b'), get('/1/c')],
    [ok('a'), ok('bb'), ok('ccc')],
  ),
  pipelined(
    'pipelined requests cut in the middle of heads',
    [`${get('/1/a')}GET /1`, `/b HTTP/1.1\r\nHost: x\r\n\r\nG`, 'ET /1/c HTTP/1.1\r\nHost: x\r\n\r\n'],
    [ok('a'), ok('bb'), ok('ccc')],
  ),
  pipelined('pipelined POSTs with bodies', (head('POST', '/1', 'Content-Length: 4') + '\r\n\r\n').repeat(2), [
    ok('a'),
    ok('b'),
  ]),
  pipelined(
    'twenty pipelined requests',
    get('/1').repeat(20),
    Array.from({ length: 20 }, (_, i) => ok(`r${i}`)),
  ),
  pipelined('pipelined HEAD and GET', head('HEAD', '/1') + get(), [
    'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n',
    ok('body'),
  ]),
  {
    name: 'a pipelined request after Connection: close is not answered',
    dropsRest: true,
    async client(peer) {
      peer.send(get('/1/a', close) + get('/1/b'));
      await peer.ending();
    },
    async server(peer) {
      await peer.until('\r\n\r\n');
      await turn();
      peer.send(ok('only one', close));
      peer.finish();
    },
  },

  tunnel('Upgrade, ended by the client', upgrade, switching, 'client'),
  tunnel('Upgrade, ended by the server', upgrade, switching, 'server'),
  tunnel('Upgrade, reset', upgrade, switching, 'reset'),
  tunnel('CONNECT, ended by the client', connect, established, 'client'),
  tunnel('CONNECT, ended by the server', connect, established, 'server'),
  tunnel(
    'CONNECT with a Content-Length in the answer',
    connect,
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n',
    'client',
  ),
  {
    name: 'Upgrade: the first bytes of the new protocol come with the 101',
    async client(peer) {
      peer.send(upgrade);
      await peer.until('\x81\x05hello');
      peer.send('ok');
      await peer.until('done');
    },
    async server(peer) {
      await peer.until('\r\n\r\n');
      peer.send(`${switching}\x81\x05hello`);
      await peer.until('ok');
      peer.send('done');
    },
  },
  {
    name: 'Upgrade with a body, then the new protocol',
    async client(peer) {
      peer.send(head('POST', '/1', 'Connection: upgrade', 'Upgrade: x', 'Content-Length: 3') + 'abc');
      await peer.until('\r\n\r\n');
      peer.send('new');
      await peer.until('fine');
    },
    async server(peer) {
      await peer.until('abc');
      peer.send(switching);
      await peer.until('new');
      peer.send('fine');
    },
  },
  {
    name: 'CONNECT refused, the connection goes on',
    async client(peer) {
      peer.send(connect);
      await peer.until('\r\n\r\nno');
      await asking(get(), ok('still here').length)(peer);
    },
    async server(peer) {
      await peer.until('\r\n\r\n');
      peer.send('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');
      await answering(ok('still here'))(peer);
    },
  },
];
