/** Requests of every kind, each followed by another one on the same connection. */
import type { Shape } from '../shape.js';
import { join, type Bytes } from '../step.js';
import {
  behind,
  carried,
  cut,
  exchange,
  get,
  head,
  hostHeader,
  lines,
  ok,
  plain,
  post,
  postChunked,
} from './http.js';

const methods: readonly Shape[] = [
  ...['GET', 'DELETE', 'OPTIONS', 'TRACE', 'PUT', 'PATCH'].map((method) =>
    carried(`method ${method}`, head(method, '/a')),
  ),
  ...['PROPFIND', 'M-SEARCH', 'FROBNICATE', 'get', 'A', "!#$%&'*+-.^_`|~9"].map((method) =>
    exchange(`method ${method}`, head(method, '/a'), plain, 'head-complex'),
  ),
  exchange('a method of 300 letters', head('M'.repeat(300), '/a'), plain, 'head-complex'),
  carried('POST with a body', post('name=value')),
  carried('PUT with a body', join(head('PUT', '/a', 'Content-Length: 5'), 'hello')),
  carried('PATCH with a body', join(head('PATCH', '/a', 'Content-Length: 2'), '{}')),
  carried('GET with a body', join(head('GET', '/a', 'Content-Length: 3'), 'abc')),
  carried('DELETE with a body', join(head('DELETE', '/a', 'Content-Length: 3'), 'abc')),
  carried('POST with Content-Length: 0', head('POST', '/a', 'Content-Length: 0')),
  carried('POST without a length', head('POST', '/a')),
  carried('a body that looks like a request', post(get('/other'))),
  carried('a body of line ends', post('\r\n\r\n\r\n')),
  carried('Content-Length with leading zeros', join(head('POST', '/a', 'Content-Length: 0003'), 'abc')),
];

const targets: readonly Shape[] = [
  ...[
    '/',
    '//',
    '//a//b',
    '/?',
    '/?a=b&c=d?e',
    '/a;b=c/%2F%00?q=%',
    `/"<>\\^\`{|}`,
    '/a/../b/./c',
    '/%',
    '/a:80@b',
    '/*',
  ].map((target) => carried(`target ${target}`, get(target))),
  carried('a target of 2,000 characters', get(`/${'t'.repeat(1999)}`)),
  exchange('a target of 20,000 characters', get(`/${'t'.repeat(19_999)}`), ok('x'), 'head-too-long'),
  exchange('OPTIONS *', head('OPTIONS', '*'), ok('')),
  exchange('absolute form', lines('GET http://exact.example/abs HTTP/1.1', 'Host: other'), ok('x')),
  exchange(
    'absolute form with a port and a query',
    lines('GET http://exact.example:80/abs?q HTTP/1.1', hostHeader),
    ok('x'),
  ),
  exchange('absolute form without a path', lines('GET http://exact.example HTTP/1.1', hostHeader), ok('x')),
  exchange(
    'absolute form, https, upper case',
    lines('GET HTTPS://EXACT.example/ HTTP/1.1', hostHeader),
    ok('x'),
  ),
];

const headers: readonly Shape[] = [
  carried('no header but Host', get('/a')),
  carried('an empty value', get('/a', 'X-Empty:', 'X-Blank: ', 'X-Blanks:   \t ')),
  carried('no blank before a value', get('/a', 'X-Tight:v')),
  carried('blanks and tabs around a value', get('/a', 'X-Wide: \t  v \t ')),
  carried('odd case of names', lines('GET /a HTTP/1.1', 'hOsT: exact.example', 'x-OdD: v', 'X-oDd-2: w')),
  carried('odd characters of names', get('/a', "!#$%&'*+-.^_`|~: v", '0: 1')),
  carried('a repeated header', get('/a', 'X-R: a', 'X-R: b', 'x-r: c')),
  carried('octets from 0x80 to 0xff in values', get('/a', `X-High: ${highOctets()}`)),
  carried('UTF-8 in a value', get('/a', 'X-Text: \xc3\xa9\xe2\x82\xac\xf0\x9f\x9a\x80')),
  carried('a tab inside a value', get('/a', 'X-Tab: a\tb\t\tc')),
  carried('a value of 3,000 characters', get('/a', `X-Long: ${'v'.repeat(3000)}`)),
  carried('quotes, commas, colons in values', get('/a', 'X-Q: "a, b: c\\"d"; e=f', 'X-Colon: ::')),
  carried('Connection: keep-alive', get('/a', 'Connection: keep-alive')),
  exchange(
    'Connection: Keep-Alive, Foo',
    get('/a', 'Connection: Keep-Alive, Foo', 'Foo: 1'),
    ok('x'),
    'head-complex',
  ),
  carried('Proxy-Connection: keep-alive', get('/a', 'Proxy-Connection: keep-alive')),
  exchange('Proxy-Connection: upgrade-me', get('/a', 'Proxy-Connection: upgrade-me'), ok('x')),
  exchange('forty blanks behind a value', get('/a', `X-Blank: v${' '.repeat(40)}`), ok('x')),
  carried('hop-by-hop headers', get('/a', 'TE: trailers', 'Keep-Alive: timeout=5', 'Trailer: X')),
  carried('forwarding headers', get('/a', 'X-Forwarded-For: 1.2.3.4', 'X-Request-Id: 7', 'Via: 1.1 x')),
  carried('Host with a port', lines('GET /a HTTP/1.1', 'Host: exact.example:9000')),
  carried('Host with an IPv6 address', lines('GET /a HTTP/1.1', 'Host: [fd00::1]:80')),
  carried('Host last', lines('GET /a HTTP/1.1', 'A: b', 'C: d', hostHeader)),
  exchange('an empty Host', lines('GET /a HTTP/1.1', 'Host:'), ok('x')),
  exchange('an empty line before the request', `\r\n${get()}`, ok('x')),
  exchange('three empty lines before the request', `\r\n\r\n\r\n${get()}`, ok('x')),
];

/** Heads by their whole length. */
const headLengths: readonly Shape[] = [
  ...[1000, 2048, 4000, 4095, 4096].map((n) => carried(`a request head of ${n} bytes`, headOf(n))),
  ...[4097, 8192, 16_384, 32_768, 50_000, 60_000].map((n) =>
    exchange(`a request head of ${n} bytes`, headOf(n), ok('x'), 'head-too-long'),
  ),
  exchange(
    'a request head of 4,000 bytes with a body that goes over 4,096',
    join(headOf(4000, 'Content-Length: 500'), { fill: 500, seed: 1 }),
    ok('x'),
    'kernel',
    'kernel',
  ),
  ...[20, 62].map((n) => carried(`${n} headers`, get('/a', ...many(n)))),
  ...[64, 80, 98].map((n) => exchange(`${n + 1} headers`, get('/a', ...many(n)), ok('x'), 'head-complex')),
];

const splitHead = get('/split?x=1', 'Accept: */*', 'X-Last: z');
const splitAt: readonly [name: string, at: number][] = [
  ['after one byte', 1],
  ['in the method', 2],
  ['after the method', 3],
  ['before the target', 4],
  ['in the target', behind(splitHead, '/spl')],
  ['in the query', behind(splitHead, '?x')],
  ['before the version', behind(splitHead, 'x=1 ')],
  ['in the version', behind(splitHead, 'HTTP/1')],
  ['before the first CR', behind(splitHead, 'HTTP/1.1')],
  ['between the first CR and LF', behind(splitHead, 'HTTP/1.1\r')],
  ['after the first line', behind(splitHead, 'HTTP/1.1\r\n')],
  ['in the name of Host', behind(splitHead, 'Ho')],
  ['before a colon', behind(splitHead, 'Host')],
  ['after a colon', behind(splitHead, 'Host:')],
  ['before a value', behind(splitHead, 'Host: ')],
  ['in the value of Host', behind(splitHead, 'exact.')],
  ['after the value of Host', behind(splitHead, 'example')],
  ['between CR and LF of a header', behind(splitHead, 'example\r')],
  ['between two headers', behind(splitHead, 'example\r\n')],
  ['in the last name', behind(splitHead, 'X-La')],
  ['before the last CR LF CR LF', splitHead.length - 4],
  ['inside the last CR LF CR LF', splitHead.length - 3],
  ['before the empty line', splitHead.length - 2],
  ['before the last LF', splitHead.length - 1],
];
const split: readonly Shape[] = [
  ...splitAt.map(([where, at]) =>
    exchange(`a request head cut ${where}`, cut(splitHead, at), ok('x'), 'head-split'),
  ),
  exchange('a request head byte by byte', [...get()], ok('x'), 'head-split'),
  exchange('a request head in three pieces', thirds(splitHead), ok('x'), 'head-split'),
  exchange(
    'a POST head cut, the body with its end',
    ['POST /a HT', join('TP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n', 'body')],
    ok('x'),
    'head-split',
  ),
  exchange(
    'a POST cut in its body',
    ['POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbo', 'dy'],
    ok('x'),
    'head-split',
  ),
  exchange(
    'a POST cut between head and body',
    [head('POST', '/a', 'Content-Length: 4'), 'body'],
    ok('x'),
    'head-split',
  ),
  exchange(
    'a head of 10,000 bytes in pieces of 1,000',
    chunksOf(headOf(10_000), 1000),
    ok('x'),
    'head-split',
  ),
  exchange('a head of 6,000 bytes cut at 4,096', cut(headOf(6000), 4096), ok('x'), 'head-too-long'),
];

const sizes = [1, 100, 4096, 16_384, 65_535, 65_536, 65_537, 100_000, 1_048_576];
const bodies: readonly Shape[] = [
  ...sizes.map((n) => withBody(n, 'in one write', (whole, _head, _body) => [whole])),
  ...sizes.map((n) => withBody(n, 'after its head', (_whole, one, body) => [one, body])),
  ...[1000, 65_536, 200_000].map((n) =>
    withBody(n, 'in pieces', (_whole, one, _body) => [one, ...piecesOfBody(n, 8)]),
  ),
  exchange(
    'a request body byte by byte',
    [head('POST', '/a', 'Content-Length: 20'), ...'01234567890123456789'],
    ok('x'),
  ),
];

const chunked: readonly Shape[] = (
  [
    ['a chunked request', postChunked('3\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n')],
    [
      'a chunked request, Upper Case',
      head('POST', '/a', 'TRANSFER-ENCODING: Chunked') + 'A\r\n0123456789\r\n0\r\n\r\n',
    ],
    ['a chunked request with extensions', postChunked('3;a=b;c="d"\r\nabc\r\n0;last\r\n\r\n')],
    [
      'a chunked request with trailers',
      postChunked('3\r\nabc\r\n0\r\nX-Sum: 1\r\nY:\r\n\r\n', 'Trailer: X-Sum, Y'),
    ],
    ['an empty chunked request', postChunked('0\r\n\r\n')],
    ['chunk sizes with leading zeros and blanks', postChunked('00003 \r\nabc\r\n000\r\n\r\n')],
    ['a chunk whose data looks like the last chunk', postChunked('7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n')],
    ['a hundred chunks of one byte', postChunked(`${'1\r\nx\r\n'.repeat(100)}0\r\n\r\n`)],
    ['a chunked GET', head('GET', '/a', 'Transfer-Encoding: chunked') + '1\r\na\r\n0\r\n\r\n'],
    ['a chunk of 100,000 bytes', join(postChunked('186a0\r\n'), { fill: 100_000, seed: 5 }, '\r\n0\r\n\r\n')],
    [
      'a chunked request of 1 MiB',
      join(
        postChunked(''),
        ...Array.from({ length: 16 }, (_, i) => join('10000\r\n', { fill: 65_536, seed: i }, '\r\n')),
        '0\r\n\r\n',
      ),
    ],
  ] satisfies [string, Bytes][]
).map(([name, request]) => exchange(name, request, ok('x'), 'request-chunked'));
const cutChunked = postChunked('5;e\r\nhello\r\n0\r\nT: v\r\n\r\n');
const chunkedCuts: readonly Shape[] = (
  [
    ['before the chunks', '\r\n\r\n'],
    ['in a chunk size', '\r\n\r\n5'],
    ['in a chunk extension', '5;e'],
    ['between CR and LF of a chunk size', '5;e\r'],
    ['in a chunk', 'hel'],
    ['after a chunk', 'hello'],
    ['before the last chunk', 'hello\r\n'],
    ['in the last chunk', 'hello\r\n0'],
    ['before the trailers', 'hello\r\n0\r\n'],
    ['in a trailer', 'hello\r\n0\r\nT:'],
    ['before the empty line at the end', 'T: v\r\n'],
    ['before the last LF', 'T: v\r\n\r'],
  ] as const
).map(([where, part]) =>
  exchange(
    `a chunked request cut ${where}`,
    cut(cutChunked, behind(cutChunked, part)),
    ok('x'),
    'request-chunked',
  ),
);

export const requests: readonly Shape[] = [
  ...methods,
  ...targets,
  ...headers,
  ...headLengths,
  ...split,
  ...bodies,
  ...chunked,
  ...chunkedCuts,
  exchange('a chunked request byte by byte', [...cutChunked], ok('x')),
];

function withBody(
  n: number,
  how: string,
  pieces: (whole: Bytes, head: string, body: Bytes) => readonly Bytes[],
): Shape {
  const body = { fill: n, seed: n % 97 };
  const one = head('POST', '/p', `Content-Length: ${n}`);
  // node writes more than the kernel takes at once in several pieces: then it is not known where a large one is cut
  const path =
    how === 'in one write'
      ? n <= 16_384
        ? 'kernel'
        : undefined
      : n > 65_536
        ? 'request-large'
        : 'head-split';
  const request = pieces(join(one, body), one, body);
  return exchange(
    `a request body of ${n} bytes ${how}`,
    request,
    ok('x'),
    ...(path === undefined ? [] : [path]),
  );
}

function piecesOfBody(n: number, count: number): Bytes[] {
  const size = Math.floor(n / count);
  return Array.from({ length: count }, (_, i) => ({
    fill: i + 1 < count ? size : n - size * (count - 1),
    seed: i,
  }));
}

/** A request head of `n` bytes. */
function headOf(n: number, ...more: readonly string[]): string {
  const empty = get('/a', ...more, 'X-Fill: ');
  return get('/a', ...more, `X-Fill: ${'f'.repeat(n - empty.length)}`);
}

function many(n: number): string[] {
  return Array.from({ length: n }, (_, i) => `X-${i}: ${i}`);
}

function highOctets(): string {
  return String.fromCharCode(...Array.from({ length: 128 }, (_, i) => 128 + i));
}

function chunksOf(text: string, size: number): string[] {
  return Array.from({ length: Math.ceil(text.length / size) }, (_, i) =>
    text.slice(i * size, (i + 1) * size),
  );
}

function thirds(text: string): string[] {
  return chunksOf(text, Math.ceil(text.length / 3));
}
