/** Requests and responses of every framing, on a connection that goes on. */
import { answering, asking, exchange, get, head, ok, type Shape } from './shape.js';

const chunkedHead = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const post = (body: string, ...headers: string[]): string =>
  head('POST', '/1/p', `Content-Length: ${body.length}`, ...headers) + body;
const postChunked = (chunks: string, ...headers: string[]): string =>
  head('POST', '/1/p', 'Transfer-Encoding: chunked', ...headers) + chunks;

export const messages: Shape[] = [
  exchange('GET with a sized response', get(), ok('hello')),
  exchange('an empty body', get(), ok('')),
  exchange(
    'odd header names, cases, blanks and order are kept',
    get('/1', 'x-ODD:v', 'X-odd:   v2  ', 'Empty:'),
    ok('x', 'X-Y:\t z '),
  ),
  exchange('a header value with high bytes and tabs', get('/1', 'X: a\tb\xe9\xff'), ok('x', 'Y: \xfc')),
  exchange(
    'a repeated header',
    get('/1', 'Accept: a', 'Accept: b'),
    ok('x', 'Set-Cookie: a=1', 'Set-Cookie: b=2'),
  ),
  exchange('an empty line before the request', `\r\n${get()}`, ok('x')),
  exchange('absolute form', 'GET http://example.com/1/abs HTTP/1.1\r\nHost: other\r\n\r\n', ok('x')),
  exchange(
    'absolute form without a path',
    'GET http://example.com?q HTTP/1.1\r\nHost: example.com\r\n\r\n',
    ok('x'),
  ),
  exchange('OPTIONS *', head('OPTIONS', '*'), ok('')),
  exchange('a method of our own', head('FROBNICATE', '/1'), ok('x')),
  exchange('a lower-case method', head('get', '/1'), ok('x')),
  exchange('a query and odd target characters', get('/1/a;b=c/%2F?q=\'"<>\\^`{|}'), ok('x')),
  exchange('POST with a body', post('name=value'), ok('x'), 'name=value'),
  exchange('POST with a body in pieces', [post('0123456789').slice(0, -7), '345', '6789'], ok('x'), '6789'),
  exchange('a body that looks like a request', post(get('/9')), ok('x'), get('/9')),
  exchange('GET with a body', head('GET', '/1', 'Content-Length: 3') + 'abc', ok('x'), 'abc'),
  exchange('Content-Length: 0', head('POST', '/1', 'Content-Length: 0'), ok('x')),
  exchange(
    'Content-Length with leading zeros',
    head('POST', '/1', 'Content-Length: 0003') + 'abc',
    ok('x'),
    'abc',
  ),
  exchange(
    'a chunked request',
    postChunked('3\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n'),
    ok('x'),
    '0\r\n\r\n',
  ),
  exchange(
    'a chunked request, Upper Case',
    head('POST', '/1', 'TRANSFER-ENCODING: Chunked') + 'A\r\n0123456789\r\n0\r\n\r\n',
    ok('x'),
    '0\r\n\r\n',
  ),
  exchange(
    'a chunked request with extensions',
    postChunked('3;a=b;c="d"\r\nabc\r\n0;last\r\n\r\n'),
    ok('x'),
    'last\r\n\r\n',
  ),
  exchange(
    'a chunked request with trailers',
    postChunked('3\r\nabc\r\n0\r\nX-Sum: 1\r\nY:\r\n\r\n'),
    ok('x'),
    'Y:\r\n\r\n',
  ),
  exchange('an empty chunked request', postChunked('0\r\n\r\n'), ok('x'), '0\r\n\r\n'),
  exchange(
    'a chunk size with leading zeros and blanks',
    postChunked('00003 \r\nabc\r\n000\r\n\r\n'),
    ok('x'),
    '000\r\n\r\n',
  ),
  exchange(
    'a chunked request in pieces',
    [...postChunked('5\r\nhello\r\n0\r\nT: v\r\n\r\n')],
    ok('x'),
    'v\r\n\r\n',
  ),
  exchange(
    'a chunk whose data looks like the last chunk',
    postChunked('7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n'),
    ok('x'),
    '\r\n0\r\n\r\n\r\n0\r\n\r\n',
  ),

  exchange('a chunked response', get(), `${chunkedHead}5\r\nhello\r\n0\r\n\r\n`),
  exchange('a chunked response in pieces', get(), [...`${chunkedHead}5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n`]),
  exchange(
    'a chunked response with extensions and trailers',
    get(),
    `${chunkedHead}5;x=y\r\nhello\r\n0\r\nA: b\r\nC: d\r\n\r\n`,
  ),
  exchange('a response head in pieces', get(), [...ok('pieces', 'X: y')]),
  exchange('204 without a body', get(), 'HTTP/1.1 204 No Content\r\nX: y\r\n\r\n'),
  exchange('204 with a Content-Length', get(), 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n'),
  exchange(
    '304 with a Content-Length',
    get('/1', 'If-None-Match: "x"'),
    'HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\nETag: "x"\r\n\r\n',
  ),
  exchange(
    '304 with Transfer-Encoding',
    get(),
    'HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n',
  ),
  exchange(
    'HEAD with a Content-Length',
    head('HEAD', '/1'),
    'HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n',
  ),
  exchange(
    'HEAD with Transfer-Encoding',
    head('HEAD', '/1'),
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
  ),
  exchange('HEAD without a length', head('HEAD', '/1'), 'HTTP/1.1 200 OK\r\nX: y\r\n\r\n'),
  exchange('a status without a phrase', get(), 'HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx'),
  exchange('a status with an empty phrase', get(), 'HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\nx'),
  exchange('a phrase with high bytes', get(), 'HTTP/1.1 200 \xe9\xe8\r\nContent-Length: 1\r\n\r\nx'),
  exchange('a status of our own', get(), 'HTTP/1.1 799 Odd\r\nContent-Length: 1\r\n\r\nx'),
  exchange('a response whose lines end with LF alone', get(), 'HTTP/1.1 200 OK\nContent-Length: 3\n\nabc'),
  exchange(
    'a response with a folded header',
    get(),
    'HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 3\r\n\r\nabc',
  ),
  exchange(
    'the same Content-Length twice',
    get(),
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc',
  ),
  exchange(
    'an HTTP/1.0 response that keeps the connection',
    get(),
    'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nabc',
  ),
  exchange(
    'an HTTP/1.0 request that keeps the connection',
    'GET /1 HTTP/1.0\r\nHost: example.com\r\nConnection: Keep-Alive\r\n\r\n',
    ok('x', 'Connection: keep-alive'),
  ),
  exchange('103 before the response', get(), ['HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n', ok('x')]),
  exchange(
    '103 and the response in one piece',
    get(),
    `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${ok('x')}`,
  ),
  exchange('three interim responses', get(), `${'HTTP/1.1 102 Processing\r\n\r\n'.repeat(3)}${ok('x')}`),
  exchange(
    'an interim response with a Content-Length',
    get(),
    `HTTP/1.1 103 Early Hints\r\nContent-Length: 10\r\n\r\n${ok('x')}`,
  ),
  exchange(
    'Upgrade that the endpoint ignores',
    get('/1', 'Connection: Upgrade', 'Upgrade: websocket'),
    ok('no'),
  ),
  exchange(
    'Expect that the endpoint ignores',
    head('POST', '/1', 'Expect: 100-continue', 'Content-Length: 3') + 'abc',
    ok('x'),
    'abc',
  ),
  exchange(
    'fifty headers',
    get('/1', ...Array.from({ length: 50 }, (_, i) => `H${i}: v${i}`)),
    ok('x', ...Array.from({ length: 300 }, (_, i) => `R${i}: v${i}`)),
  ),
  exchange(
    'a head of 50 KiB',
    get('/1', `X: ${'x'.repeat(50 * 1024)}`),
    ok('x', `Y: ${'y'.repeat(100 * 1024)}`),
  ),

  {
    name: 'a hundred requests, one after the other',
    async client(peer) {
      for (let i = 0; i < 100; i++) await asking(get(`/1/${i}`), ok(`r${i}`).length)(peer);
    },
    async server(peer) {
      for (let i = 0; i < 100; i++) await answering(ok(`r${i}`))(peer);
    },
  },
  {
    name: 'Expect: 100-continue, answered with 100',
    async client(peer) {
      peer.send(head('POST', '/1', 'Expect: 100-continue', 'Content-Length: 5'));
      await peer.until('100 Continue\r\n\r\n');
      peer.send('hello');
      await peer.until('\r\n\r\ndone');
      await asking(get(), ok('again').length)(peer);
    },
    async server(peer) {
      await peer.until('\r\n\r\n');
      peer.send('HTTP/1.1 100 Continue\r\n\r\n');
      await peer.bytes(5);
      peer.send(ok('done'));
      await answering(ok('again'))(peer);
    },
  },
  {
    name: 'Expect: 100-continue, refused, body sent all the same',
    async client(peer) {
      peer.send(head('POST', '/1', 'Expect: 100-continue', 'Content-Length: 5'));
      await peer.until('\r\n\r\nno');
      peer.send('hello');
      await asking(get(), ok('again').length)(peer);
    },
    async server(peer) {
      await peer.until('\r\n\r\n');
      peer.send('HTTP/1.1 417 Expectation Failed\r\nContent-Length: 2\r\n\r\nno');
      await peer.bytes(5);
      await answering(ok('again'))(peer);
    },
  },
  {
    name: 'a response before the request is complete',
    async client(peer) {
      peer.send(head('POST', '/1', 'Content-Length: 10') + '01234');
      await peer.until('early');
      peer.send('56789');
      await asking(get(), ok('again').length)(peer);
    },
    async server(peer) {
      await peer.until('\r\n\r\n');
      await peer.bytes(5);
      peer.send(ok('early'));
      await peer.bytes(5);
      await answering(ok('again'))(peer);
    },
  },
  {
    name: 'request and response bodies at the same time',
    async client(peer) {
      peer.send(head('POST', '/1', 'Transfer-Encoding: chunked'));
      await peer.until('\r\n\r\n');
      for (let i = 0; i < 10; i++) {
        peer.send(`1\r\n${i}\r\n`);
        await peer.until(`1\r\n${i}\r\n`);
      }
      peer.send('0\r\n\r\n');
      await peer.until('0\r\n\r\n');
    },
    async server(peer) {
      await peer.until('\r\n\r\n');
      peer.send(chunkedHead);
      for (let i = 0; i < 10; i++) {
        await peer.until(`1\r\n${i}\r\n`);
        peer.send(`1\r\n${i}\r\n`);
      }
      await peer.until('0\r\n\r\n');
      peer.send('0\r\n\r\n');
    },
  },
];
