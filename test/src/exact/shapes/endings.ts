/** How connections end, on either side and at every stage. */
import type { Shape } from '../shape.js';
import {
  close,
  ending,
  finish,
  join,
  lengthOf,
  pause,
  read,
  reset,
  send,
  until,
  type Bytes,
  type Step,
} from '../step.js';
import { chunkedHead, get, head, lines, ok, okHead, plain, post, twice } from './http.js';

const closes = 'Connection: close';

/** The client asks and waits for the end; the server answers and ends. */
function closing(
  name: string,
  request: string,
  response: Bytes,
  how: 'fin' | 'rst' = 'fin',
  ...paths: string[]
): Shape {
  return {
    name,
    client: [send(request), ending, finish],
    server: [
      read(request.length),
      ...(lengthOf(response) > 0 ? [send(response)] : []),
      // what was sent shall arrive before a reset; and an end that follows a request at once may be that of an idle connection
      ...(how === 'rst' || lengthOf(response) === 0 ? [pause(50)] : []),
      ...(how === 'rst' ? [reset] : [finish, ending]),
    ],
    ...(paths.length === 0 ? {} : { paths }),
  };
}

const http10 = (...more: readonly string[]): string => lines('GET /a HTTP/1.0', ...more);
const closed: readonly Shape[] = [
  closing('Connection: close in the response', get(), ok('bye', closes), 'fin', 'response-close'),
  closing('Connection: close in the request', get('/a', closes), ok('bye'), 'fin', 'http10'),
  closing('Connection: close in both', get('/a', closes), ok('bye', closes), 'fin', 'http10'),
  closing('Connection: Close, in a list', get('/a', 'Connection: foo, Close'), ok('bye', closes)),
  closing(
    'Connection: close in a response of 100,000 bytes',
    get(),
    join(okHead(100_000, closes), { fill: 100_000, seed: 1 }),
  ),
  closing(
    'Connection: close in a response of 1 MiB',
    get('/a', closes),
    join(okHead(1 << 20, closes), { fill: 1 << 20, seed: 1 }),
  ),
  closing(
    'Connection: close in a chunked response',
    get(),
    join(lines('HTTP/1.1 200 OK', closes, 'Transfer-Encoding: chunked'), '3\r\nabc\r\n0\r\n\r\n'),
  ),
  closing('Connection: close in 204', get(), lines('HTTP/1.1 204 No Content', closes)),
  closing('Connection: close in an answer to HEAD', head('HEAD', '/a'), okHead(100, closes)),
  closing(
    'an HTTP/1.0 request, its response until the end',
    http10(),
    'HTTP/1.0 200 OK\r\n\r\nuntil the end',
    'fin',
    'http10',
  ),
  closing(
    'an HTTP/1.0 request with Host',
    http10('Host: exact.example'),
    'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok',
  ),
  closing('an HTTP/1.0 request, answered by HTTP/1.1', http10(), ok('bye', closes)),
  closing('an HTTP/1.0 response with a length', get(), 'HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc'),
  closing('an HTTP/1.0 response until the end', get(), 'HTTP/1.0 200 OK\r\n\r\nabc'),
  {
    name: 'an HTTP/1.0 request that keeps the connection',
    ...twice(
      lines('GET /a HTTP/1.0', 'Host: x', 'Connection: Keep-Alive'),
      ok('x', 'Connection: keep-alive'),
    ),
  },
  closing(
    'a response until the end of the connection',
    get(),
    'HTTP/1.1 200 OK\r\n\r\nuntil the end',
    'fin',
    'response-unsized',
  ),
  closing('an empty response until the end of the connection', get(), 'HTTP/1.1 200 OK\r\n\r\n'),
  closing(
    'a response of 100,000 bytes until the end',
    get(),
    join('HTTP/1.1 200 OK\r\n\r\n', { fill: 100_000, seed: 2 }),
  ),
  closing(
    'a response of 1 MiB until the end',
    get(),
    join('HTTP/1.1 200 OK\r\n\r\n', { fill: 1 << 20, seed: 2 }),
  ),
  closing(
    'an unknown transfer coding in a response',
    get(),
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nxyz',
  ),
  closing(
    'two different Content-Lengths in a response',
    get(),
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd',
  ),
  closing(
    'a Content-Length that is no number in a response',
    get(),
    'HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nabcd',
  ),
  closing(
    'Content-Length and Transfer-Encoding in a response',
    get(),
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
  ),
  closing('a response that is not HTTP', get(), 'what is this?\n'),
  closing('a response of one NUL', get(), '\x00'),
  closing(
    'a response of HTTP/2 frames',
    get(),
    '\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x05\x00\x00\x40\x00',
  ),
  closing(
    'a response with NUL in a header',
    get(),
    'HTTP/1.1 200 OK\r\nX: a\x00b\r\nContent-Length: 2\r\n\r\nok',
  ),
  closing('a response with a lone CR', get(), 'HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 2\r\n\r\nok'),
  closing('a chunked response with a broken chunk', get(), `${chunkedHead}3\r\nabc\r\nzz\r\nmore`),
];

const truncated: readonly Shape[] = [
  closing('no response at all', get(), ''),
  closing('an incomplete status line', get(), 'HTTP/1.1 20'),
  closing('an incomplete response head', get(), 'HTTP/1.1 200 OK\r\nContent-Le', 'fin', 'upstream-gone'),
  closing('an incomplete response', get(), okHead(100) + 'abc'),
  closing('a response without its body', get(), okHead(100)),
  closing(
    'an incomplete response of 100,000 of 200,000 bytes',
    get(),
    join(okHead(200_000), { fill: 100_000, seed: 1 }),
  ),
  closing('an incomplete chunked response', get(), `${chunkedHead}5\r\nab`),
  closing('a chunked response without its last chunk', get(), `${chunkedHead}5\r\nabcde\r\n`),
  closing('only an interim response', get(), lines('HTTP/1.1 103 Early Hints')),
  closing('no response to POST', head('POST', '/p', 'Content-Length: 0'), ''),
];

const resetByServer: readonly Shape[] = [
  closing('reset before a response', get(), '', 'rst'),
  closing('reset before a response to POST', head('POST', '/p', 'Content-Length: 0'), '', 'rst'),
  closing('reset in a response head', get(), 'HTTP/1.1 200 OK\r\nContent-Le', 'rst'),
  closing('reset in a response', get(), okHead(100) + 'abc', 'rst'),
  closing(
    'reset in a response over the budget',
    get(),
    join(okHead(200_000), { fill: 100_000, seed: 1 }),
    'rst',
  ),
  closing('reset in a chunked response', get(), `${chunkedHead}5\r\nab`, 'rst'),
  closing('reset in a response until the end', get(), 'HTTP/1.1 200 OK\r\n\r\nabc', 'rst'),
  closing('reset after an interim response', get(), lines('HTTP/1.1 103 Early Hints'), 'rst'),
  closing('reset after a closing response', get('/a', closes), ok('bye', closes), 'rst'),
  {
    name: 'reset in the middle of a request body',
    client: [send(join(head('POST', '/p', 'Content-Length: 100'), 'abc')), ending],
    server: [until('abc'), pause(50), reset],
  },
  {
    name: 'reset in the middle of a chunked request',
    client: [send(join(head('POST', '/p', 'Transfer-Encoding: chunked'), '5\r\nab')), ending],
    server: [until('ab'), pause(50), reset],
  },
];

/** The client goes away at some point; the server must see it go in the same way. */
function leaving(name: string, sent: Bytes, wait: string, how: Step, response: Bytes = ''): Shape {
  return {
    name,
    client: [send(sent), ...(wait === '' ? [] : [until(wait)]), pause(30), how],
    server: [read(lengthOf(sent)), ...(lengthOf(response) > 0 ? [send(response)] : []), ending, close],
  };
}
const partOfPost = head('POST', '/p', 'Content-Length: 100') + 'abc';
const partOfChunked = head('POST', '/p', 'Transfer-Encoding: chunked') + '5\r\nab';
const partOfAnswer = okHead(100) + 'abc';
const left: readonly Shape[] = (
  [
    ['closes', close],
    ['resets', reset],
  ] as const
).flatMap(([does, how]) => [
  leaving(`the client ${does} while it waits`, get(), '', how),
  leaving(`the client ${does} while it waits for an answer to POST`, post('abc'), '', how),
  leaving(`the client ${does} in its body`, partOfPost, '', how),
  leaving(`the client ${does} in a chunk`, partOfChunked, '', how),
  leaving(`the client ${does} in a response`, get(), 'abc', how, partOfAnswer),
  leaving(`the client ${does} in a chunked response`, get(), 'abc', how, `${chunkedHead}3\r\nabc\r\n`),
  leaving(`the client ${does} in a response until the end`, get(), 'abc', how, 'HTTP/1.1 200 OK\r\n\r\nabc'),
  leaving(
    `the client ${does} after an interim response`,
    get(),
    '\r\n\r\n',
    how,
    lines('HTTP/1.1 103 Early Hints'),
  ),
  leaving(
    `the client ${does} after 100 Continue`,
    head('POST', '/p', 'Expect: 100-continue', 'Content-Length: 3'),
    '\r\n\r\n',
    how,
    lines('HTTP/1.1 100 Continue'),
  ),
  leaving(`the client ${does} after a closing response`, get('/a', closes), 'bye', how, ok('bye', closes)),
]);

const halfClosed: readonly Shape[] = [
  {
    name: 'the client ends its side after the request and gets the response',
    client: [send(get()), finish, read(plain.length), ending],
    server: [read(get().length), ending, send(plain), finish],
  },
  {
    name: 'the client ends its side a while after the request',
    client: [send(get()), pause(50), finish, read(plain.length), ending],
    server: [read(get().length), ending, send(plain), finish],
  },
  {
    name: 'the client ends its side after a POST and gets 100,000 bytes',
    client: [send(post('abc')), finish, read(okHead(100_000).length + 100_000), ending],
    server: [read(lengthOf(post('abc'))), ending, send(okHead(100_000), { fill: 100_000, seed: 1 }), finish],
  },
  {
    name: 'the client ends its side in a response',
    client: [send(get()), until('abc'), finish, read(97), ending],
    server: [read(get().length), send(okHead(100) + 'abc'), ending, send('x'.repeat(97)), finish],
  },
  {
    name: 'the client ends its side in a chunked response',
    client: [send(get()), until('first'), finish, until('0\r\n\r\n'), ending],
    server: [read(get().length), send(`${chunkedHead}5\r\nfirst\r\n`), ending, send('0\r\n\r\n'), finish],
  },
  {
    name: 'the client ends its side in its body and gets an answer',
    client: [send(partOfPost), finish, until('\r\n\r\n'), ending],
    server: [
      read(partOfPost.length),
      ending,
      send(lines('HTTP/1.1 400 Bad', 'Content-Length: 0', closes)),
      finish,
    ],
  },
  {
    name: 'the client ends its side, and the server resets',
    client: [send(get()), finish, ending],
    server: [read(get().length), ending, pause(50), reset],
  },
  {
    name: 'three pipelined requests, then the client ends its side',
    client: [send(join(get('/1'), get('/2'), get('/3'))), finish, read(ok('x').length * 3), ending],
    // the client's end is there before the last answer: else it would end an idle connection
    server: [
      ...[1, 2].flatMap((i) => [read(get(`/${i}`).length), send(ok('x'))]),
      read(get('/3').length),
      pause(50),
      send(ok('x')),
      ending,
      finish,
    ],
  },
  {
    name: 'the server ends its side, the client goes on with its body',
    client: [
      send(join(head('POST', '/p', 'Content-Length: 6'), 'abc')),
      ending,
      send('def'),
      pause(10),
      finish,
    ],
    server: [until('abc'), send(ok('enough', closes)), finish, read(3), ending],
  },
  {
    name: 'an early answer, then the server closes in the middle of the request',
    client: [send(join(head('POST', '/p', 'Content-Length: 1000000'), 'x'.repeat(1000))), ending],
    server: [
      until('x'.repeat(1000)),
      send(lines('HTTP/1.1 413 Too Large', 'Content-Length: 0', closes)),
      finish,
    ],
  },
];

export const endings: readonly Shape[] = [...closed, ...truncated, ...resetByServer, ...left, ...halfClosed];
