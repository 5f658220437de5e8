/** Responses of every kind, each followed by another one on the same connection. */
import type { Shape } from '../shape.js';
import { join, type Bytes } from '../step.js';
import { behind, carried, chunkedHead, cut, exchange, get, head, lines, ok, okHead } from './http.js';

const statuses: readonly Shape[] = [
  ...[200, 201, 202, 206, 301, 400, 404, 418, 500, 503, 599].map((status) =>
    carried(`status ${status}`, get(), `${lines(`HTTP/1.1 ${status} Some Phrase`, 'Content-Length: 2')}ok`),
  ),
  carried('an empty phrase', get(), `${lines('HTTP/1.1 200 ', 'Content-Length: 2')}ok`),
  carried('a phrase with high octets', get(), `${lines('HTTP/1.1 200 \xe9\xff', 'Content-Length: 2')}ok`),
  carried('204', get(), lines('HTTP/1.1 204 No Content', 'X: y')),
  carried('204 with a Content-Length', get(), lines('HTTP/1.1 204 No Content', 'Content-Length: 5')),
  carried(
    '304 with a Content-Length',
    get('/a', 'If-None-Match: "e"'),
    lines('HTTP/1.1 304 Not Modified', 'ETag: "e"', 'Content-Length: 500'),
  ),
  carried('304 without a length', get(), lines('HTTP/1.1 304 Not Modified')),
  exchange(
    '304 with Transfer-Encoding',
    get(),
    lines('HTTP/1.1 304 Not Modified', 'Transfer-Encoding: chunked'),
    'kernel',
    'kernel',
  ),
  carried('HEAD with a Content-Length', head('HEAD', '/a'), okHead(5000)),
  carried('HEAD with a Content-Length over the budget', head('HEAD', '/a'), okHead(5_000_000)),
  carried('HEAD without a length', head('HEAD', '/a'), lines('HTTP/1.1 200 OK', 'X: y')),
  carried(
    'HEAD with Transfer-Encoding',
    head('HEAD', '/a'),
    lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked'),
  ),
  exchange(
    'a status without a blank after it',
    get(),
    `${lines('HTTP/1.1 200', 'Content-Length: 2')}ok`,
    'response-head',
  ),
  exchange('status 799', get(), `${lines('HTTP/1.1 799 Odd', 'Content-Length: 2')}ok`, 'response-head'),
  exchange(
    'an HTTP/1.0 response that keeps the connection',
    get(),
    `${lines('HTTP/1.0 200 OK', 'Connection: keep-alive', 'Content-Length: 2')}ok`,
    'response-head',
  ),
];

const headers: readonly Shape[] = [
  carried(
    'odd response headers',
    get(),
    ok('x', 'x-ODD:v', 'X-odd:  w \t', 'Empty:', 'Server: raw', 'Date: never'),
  ),
  carried('repeated Set-Cookie', get(), ok('x', 'Set-Cookie: a=1', 'Set-Cookie: b=2', 'Set-Cookie: a=3')),
  carried('high octets in a response header', get(), ok('x', 'X-High: \x80\xff\xe9')),
  carried(
    'a response with Connection: keep-alive',
    get(),
    ok('x', 'Connection: keep-alive', 'Keep-Alive: timeout=5'),
  ),
  exchange(
    'a response with Connection: a list',
    get(),
    ok('x', 'Connection: keep-alive, X-Hop', 'X-Hop: 1'),
    'response-head',
  ),
  carried(
    'response headers that a proxy would add',
    get(),
    ok('x', 'X-Envoy-Upstream-Service-Time: 3', 'Via: 1.1 x'),
  ),
  exchange(
    'the same Content-Length twice',
    get(),
    `${lines('HTTP/1.1 200 OK', 'Content-Length: 2', 'Content-Length: 2')}ok`,
    'response-head',
  ),
  exchange(
    'response lines that end with LF alone',
    get(),
    'HTTP/1.1 200 OK\nContent-Length: 3\n\nabc',
    'response-head',
  ),
  exchange(
    'a folded response header',
    get(),
    lines('HTTP/1.1 200 OK', 'X: a', ' b', 'Content-Length: 3') + 'abc',
    'response-head',
  ),
  carried('a response that carries Upgrade only as an offer', get(), ok('x', 'Alt-Svc: h2=":443"')),
  exchange('a response with Upgrade', get(), ok('x', 'Upgrade: h2c', 'Connection: Upgrade')),
  ...[1000, 4096].map((n) => carried(`a response head of ${n} bytes`, get(), responseHeadOf(n))),
  ...[4097, 8192, 20_000, 60_000, 100_000].map((n) =>
    exchange(`a response head of ${n} bytes`, get(), responseHeadOf(n), 'response-head'),
  ),
  carried('60 response headers', get(), ok('x', ...Array.from({ length: 60 }, (_, i) => `R-${i}: ${i}`))),
  exchange(
    '200 response headers',
    get(),
    ok('x', ...Array.from({ length: 200 }, (_, i) => `R-${i}: ${i}`)),
    'response-head',
  ),
];

const interim: readonly Shape[] = [
  exchange(
    '103 and the response in one piece',
    get(),
    lines('HTTP/1.1 103 Early Hints', 'Link: </a>') + ok('x'),
    'response-interim',
  ),
  exchange(
    '103, then the response',
    get(),
    [lines('HTTP/1.1 103 Early Hints', 'Link: </a>'), ok('x')],
    'response-interim',
  ),
  exchange('100 that nobody asked for', get(), [lines('HTTP/1.1 100 Continue'), ok('x')], 'response-interim'),
  exchange(
    'three interim responses',
    get(),
    lines('HTTP/1.1 102 Processing').repeat(3) + ok('x'),
    'response-interim',
  ),
  exchange(
    '103 with a Content-Length',
    get(),
    lines('HTTP/1.1 103 Early Hints', 'Content-Length: 10') + ok('x'),
    'response-interim',
  ),
  exchange(
    '103 before 204',
    get(),
    lines('HTTP/1.1 103 Early Hints') + lines('HTTP/1.1 204 No Content'),
    'response-interim',
  ),
  exchange(
    '103 before a chunked response',
    get(),
    [lines('HTTP/1.1 103 Early Hints'), chunkedHead, '1\r\nx\r\n0\r\n\r\n'],
    'response-interim',
  ),
  exchange(
    '103 before a response of 100,000 bytes',
    get(),
    [lines('HTTP/1.1 103 Early Hints'), okHead(100_000), { fill: 100_000, seed: 1 }],
    'response-interim',
  ),
  exchange('103 cut in its head', get(), ['HTTP/1.1 103 Ear', `ly Hints\r\n\r\n${ok('x')}`], 'response-head'),
  exchange(
    '103 to HEAD',
    head('HEAD', '/a'),
    lines('HTTP/1.1 103 Early Hints') + okHead(7),
    'response-interim',
  ),
];

const splitHead = ok('hello', 'X-Last: z');
const split: readonly Shape[] = [
  ...(
    [
      ['after one byte', 1],
      ['in the version', 6],
      ['before the status', 9],
      ['in the status', 10],
      ['after the status', 12],
      ['in the phrase', 14],
      ['before the first CR', 15],
      ['between the first CR and LF', 16],
      ['after the first line', 17],
      ['in the name of Content-Length', behind(splitHead, 'Content-')],
      ['before the number of Content-Length', behind(splitHead, 'Length: ')],
      ['in the last name', behind(splitHead, 'X-La')],
      ['before the last CR LF CR LF', splitHead.length - 9],
      ['before the empty line', splitHead.length - 7],
      ['before the last LF', splitHead.length - 6],
    ] as const
  ).map(([where, at]) =>
    exchange(`a response head cut ${where}`, get(), cut(splitHead, at), 'response-head'),
  ),
  exchange(
    'a response cut between head and body',
    get(),
    cut(splitHead, splitHead.length - 5),
    'kernel',
    'kernel',
  ),
  exchange('a response cut in its body', get(), cut(splitHead, splitHead.length - 2), 'kernel', 'kernel'),
  exchange('a response byte by byte', get(), [...splitHead], 'response-head'),
  exchange(
    'a response body byte by byte',
    get(),
    [okHead(20), ...'01234567890123456789'],
    'kernel',
    'kernel',
  ),
];

const sizes = [0, 1, 100, 4096, 16_384, 65_535, 65_536, 65_537, 100_000, 1_048_576];
const bodies: readonly Shape[] = [
  ...sizes.map((n) =>
    exchange(`a response body of ${n} bytes in one write`, get(), join(okHead(n), body(n)), ...sizedPath(n)),
  ),
  ...sizes
    .slice(1)
    .map((n) =>
      exchange(`a response body of ${n} bytes after its head`, get(), [okHead(n), body(n)], ...sizedPath(n)),
    ),
  ...[1000, 65_536, 500_000].map((n) =>
    exchange(
      `a response body of ${n} bytes in pieces`,
      get(),
      [
        okHead(n),
        ...Array.from({ length: 10 }, (_, i) => ({
          fill: n / 10 - (n % 10) / 10 + (i === 9 ? n % 10 : 0),
          seed: i,
        })),
      ],
      ...sizedPath(n),
    ),
  ),
];

const chunked: readonly Shape[] = (
  [
    ['a chunked response', `${chunkedHead}5\r\nhello\r\n0\r\n\r\n`],
    [
      'a chunked response with extensions and trailers',
      `${chunkedHead}5;x=y\r\nhello\r\n0;z\r\nA: b\r\nC:\r\n\r\n`,
    ],
    ['an empty chunked response', `${chunkedHead}0\r\n\r\n`],
    [
      'a chunked response, Upper Case',
      `${lines('HTTP/1.1 200 OK', 'TRANSFER-ENCODING: Chunked')}A\r\n0123456789\r\n0\r\n\r\n`,
    ],
    ['chunks whose data look like the last chunk', `${chunkedHead}5\r\n0\r\n\r\n\r\n0\r\n\r\n`],
    ['a chunked response of 100,000 bytes', join(chunkedHead, '186a0\r\n', body(100_000), '\r\n0\r\n\r\n')],
    [
      'a chunked response of 1 MiB',
      join(
        chunkedHead,
        ...Array.from({ length: 32 }, (_, i) => join('8000\r\n', { fill: 32_768, seed: i }, '\r\n')),
        '0\r\n\r\n',
      ),
    ],
    ['a chunked 404', `${lines('HTTP/1.1 404 Not Found', 'Transfer-Encoding: chunked')}2\r\nno\r\n0\r\n\r\n`],
  ] satisfies [string, Bytes][]
).map(([name, response]) => exchange(name, get(), response, 'response-unsized'));
const cutChunked = `${chunkedHead}5;e\r\nhello\r\n0\r\nT: v\r\n\r\n`;
const chunkedCuts: readonly Shape[] = (
  [
    ['before the chunks', '\r\n\r\n'],
    ['in a chunk size', '5;'],
    ['between CR and LF of a chunk size', '5;e\r'],
    ['in a chunk', 'hel'],
    ['after a chunk', 'hello'],
    ['before the last chunk', 'hello\r\n'],
    ['in the last chunk', 'hello\r\n0'],
    ['before the trailers', 'hello\r\n0\r\n'],
    ['in a trailer', 'hello\r\n0\r\nT'],
    ['before the empty line at the end', 'T: v\r\n'],
    ['before the last LF', 'T: v\r\n\r'],
  ] as const
).map(([where, part]) =>
  exchange(
    `a chunked response cut ${where}`,
    get(),
    cut(cutChunked, behind(cutChunked, part)),
    'response-unsized',
  ),
);

export const responses: readonly Shape[] = [
  ...statuses,
  ...headers,
  ...interim,
  ...split,
  ...bodies,
  ...chunked,
  ...chunkedCuts,
  exchange('a chunked response byte by byte', get(), [...cutChunked], 'response-head'),
  exchange(
    'a request and a response of 1 MiB',
    [head('POST', '/p', 'Content-Length: 1048576'), body(1_048_576)],
    [okHead(1_048_576), body(1_048_576)],
    'request-large',
  ),
];

function body(n: number): Bytes {
  return { fill: n, seed: n % 89 };
}

function sizedPath(n: number): string[] {
  return n <= 65_536 ? ['kernel', 'kernel'] : ['response-large'];
}

/** A response with an empty body and a head of `n` bytes. */
function responseHeadOf(n: number): string {
  return okHead(0, `X-Fill: ${'f'.repeat(n - okHead(0, 'X-Fill: ').length)}`);
}
