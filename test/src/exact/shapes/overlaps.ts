/** Requests that come before the last answer is complete, and answers before the request is. */
import type { Shape } from '../shape.js';
import { join, lengthOf, pause, read, rush, send, slowly, until, type Bytes, type Step } from '../step.js';
import {
  asking,
  answering,
  chunkedHead,
  counted,
  get,
  head,
  hostHeader,
  lines,
  ok,
  okHead,
  plain,
  post,
  postChunked,
  sequence,
  simple,
} from './http.js';

const pipelining: readonly Shape[] = [
  ...[2, 3, 10, 50].map((n) =>
    pipelined(`${n} requests in one piece`, [join(...counted(n).map((i) => get(`/n/${i}`)))], counted(n)),
  ),
  ...[2, 3, 10].map((n) =>
    pipelined(
      `${n} requests in a write each, at once`,
      counted(n).map((i) => get(`/n/${i}`)),
      counted(n),
      true,
    ),
  ),
  pipelined(
    '3 requests, 20 ms between them, the answers later',
    counted(3).map((i) => get(`/n/${i}`)),
    counted(3),
  ),
  {
    name: 'pipelined: a request while the answer to the last one is awaited',
    client: [
      send(get('/n/0')),
      pause(30),
      send(get('/n/1')),
      read(ok('0').length + ok('1').length),
      ...asking(simple(2)),
    ],
    server: [
      read(get('/n/0').length),
      pause(80),
      send(ok('0')),
      read(get('/n/1').length),
      send(ok('1')),
      ...answering(simple(2)),
    ],
  },
  {
    name: 'pipelined: a request while the answer to the last one is on its way',
    client: [
      send(get('/n/0')),
      until('0123'),
      send(get('/n/1')),
      read(4 + ok('1').length),
      ...asking(simple(2)),
    ],
    server: [
      read(get('/n/0').length),
      slowly(80, `${okHead(8)}0123`, '4567'),
      read(get('/n/1').length),
      send(ok('1')),
      ...answering(simple(2)),
    ],
  },
  pipelinedAs('pipelined POSTs', [post('one'), post('two!'), post('')], [ok('a'), ok('bb'), ok('ccc')]),
  pipelinedAs(
    'pipelined POSTs of 20,000 bytes',
    counted(3).map((i) => post({ fill: 20_000, seed: i })),
    [ok('a'), ok('bb'), ok('ccc')],
  ),
  pipelinedAs(
    'pipelined HEAD, GET, HEAD',
    [head('HEAD', '/a'), get(), head('HEAD', '/b')],
    [okHead(9), ok('body'), okHead(8)],
  ),
  pipelinedAs(
    'pipelined chunked requests',
    counted(3).map((i) => postChunked(`1\r\n${i}\r\n0\r\n\r\n`)),
    counted(3).map((i) => `${chunkedHead}1\r\n${i}\r\n0\r\n\r\n`),
  ),
  pipelinedAs(
    'pipelined requests with responses of 100,000 bytes',
    counted(3).map((i) => get(`/n/${i}`)),
    counted(3).map((i) => join(okHead(100_000), { fill: 100_000, seed: i })),
  ),
  pipelinedAs(
    'pipelined, 204 and 304 among them',
    counted(4).map((i) => get(`/n/${i}`)),
    [
      lines('HTTP/1.1 204 No Content'),
      ok('x'),
      lines('HTTP/1.1 304 Not Modified', 'Content-Length: 10'),
      ok('y'),
    ],
  ),
  {
    name: 'pipelined requests cut in the middle of heads',
    client: [
      send(
        `${get('/n/0')}GET /n`,
        `/1 HTTP/1.1\r\n${hostHeader}\r\n\r\nG`,
        `ET /n/2 HTTP/1.1\r\n${hostHeader}\r\n\r\n`,
      ),
      read(ok('0').length * 3),
    ],
    server: [0, 1, 2].flatMap((i) => [read(get(`/n/${i}`).length), send(ok(String(i)))]),
  },
  {
    name: 'pipelined, then one after the other',
    client: [
      send(join(get('/n/0'), get('/n/1'))),
      read(ok('0').length * 2),
      ...[2, 3, 4].flatMap((i) => asking(simple(i))),
    ],
    server: [
      ...[0, 1].flatMap((i) => [read(get(`/n/${i}`).length), send(ok(String(i)))]),
      ...[2, 3, 4].flatMap((i) => answering(simple(i))),
    ],
  },
  {
    name: 'one after the other, then pipelined, then one after the other',
    client: [
      ...asking(simple(7)),
      send(join(get('/n/0'), get('/n/1'), get('/n/2'))),
      read(ok('0').length * 3),
      ...asking(simple(8)),
    ],
    server: [
      ...answering(simple(7)),
      ...[0, 1, 2].flatMap((i) => [read(get(`/n/${i}`).length), send(ok(String(i)))]),
      ...answering(simple(8)),
    ],
  },
  {
    name: 'a request and the first byte of the next one',
    client: [
      send(join(get('/n/0'), 'G')),
      read(ok('0').length),
      send(get('/n/1').slice(1)),
      read(ok('1').length),
    ],
    server: [0, 1].flatMap((i) => [read(get(`/n/${i}`).length), send(ok(String(i)))]),
  },
];

const expecting = head('POST', '/p', 'Expect: 100-continue', 'Content-Length: 5');
const expect: readonly Shape[] = [
  {
    name: 'Expect: 100-continue, answered with 100',
    client: [
      send(expecting),
      until('100 Continue\r\n\r\n'),
      send('hello'),
      read(plain.length),
      ...asking(simple(1)),
    ],
    server: [
      read(expecting.length),
      send('HTTP/1.1 100 Continue\r\n\r\n'),
      read(5),
      send(plain),
      ...answering(simple(1)),
    ],
    paths: ['expect'],
  },
  {
    name: 'Expect: 100-continue, answered with 100 late',
    client: [send(expecting), until('100 Continue\r\n\r\n'), send('hello'), read(plain.length)],
    server: [read(expecting.length), pause(200), send('HTTP/1.1 100 Continue\r\n\r\n'), read(5), send(plain)],
  },
  {
    name: 'Expect: 100-continue, ignored by the server, the body sent at once',
    client: [send(join(expecting, 'hello')), read(plain.length), ...asking(simple(1))],
    server: [read(expecting.length + 5), send(plain), ...answering(simple(1))],
  },
  {
    name: 'Expect: 100-continue, the body sent after a while',
    client: [send(expecting), pause(100), send('hello'), read(plain.length)],
    server: [read(expecting.length + 5), send(plain)],
  },
  {
    name: 'Expect: 100-continue, refused, the body sent all the same',
    client: [
      send(expecting),
      read(lines('HTTP/1.1 417 No', 'Content-Length: 0').length),
      send('hello'),
      ...asking(simple(1)),
    ],
    server: [
      read(expecting.length),
      send(lines('HTTP/1.1 417 No', 'Content-Length: 0')),
      read(5),
      ...answering(simple(1)),
    ],
  },
  {
    name: 'Expect: 100-continue with a chunked body',
    client: [
      send(head('POST', '/p', 'Expect: 100-continue', 'Transfer-Encoding: chunked')),
      until('100 Continue\r\n\r\n'),
      send('3\r\nabc\r\n', '0\r\n\r\n'),
      read(plain.length),
    ],
    server: [until('\r\n\r\n'), send('HTTP/1.1 100 Continue\r\n\r\n'), until('0\r\n\r\n'), send(plain)],
  },
  sequence('an Expect that nobody knows', [
    { request: [get('/a', 'Expect: 200-ok')], response: [plain] },
    simple(1),
  ]),
];

const early: readonly Shape[] = [
  {
    name: 'an answer before the request is complete, the rest later',
    client: [
      send(join(head('POST', '/p', 'Content-Length: 10'), '01234')),
      read(ok('early').length),
      send('56789'),
      ...asking(simple(1)),
    ],
    server: [until('01234'), send(ok('early')), read(5), ...answering(simple(1))],
  },
  {
    name: 'an answer right after the head, 100,000 bytes of body later',
    client: [
      send(head('POST', '/p', 'Content-Length: 100000')),
      read(ok('early').length),
      send({ fill: 100_000, seed: 1 }),
      ...asking(simple(1)),
    ],
    server: [until('\r\n\r\n'), send(ok('early')), read(100_000), ...answering(simple(1))],
  },
  {
    name: 'a chunked request and a chunked response at the same time',
    client: [
      send(head('POST', '/p', 'Transfer-Encoding: chunked')),
      until('\r\n\r\n'),
      ...counted(10).flatMap((i): Step[] => [send(`1\r\n${i}\r\n`), until(`1\r\n${i}\r\n`)]),
      send('0\r\n\r\n'),
      until('0\r\n\r\n'),
    ],
    server: [
      until('\r\n\r\n'),
      send(chunkedHead),
      ...counted(10).flatMap((i): Step[] => [until(`1\r\n${i}\r\n`), send(`1\r\n${i}\r\n`)]),
      until('0\r\n\r\n'),
      send('0\r\n\r\n'),
    ],
  },
];

export const overlaps: readonly Shape[] = [...pipelining, ...expect, ...early];

/** GETs of /n/i, sent before any answer is read; the server reads each one only after it has answered the last one. */
function pipelined(name: string, pieces: readonly Bytes[], numbers: readonly number[], fast = false): Shape {
  const answer = (i: number): string => ok(`number ${i}`);
  return {
    name: `pipelined: ${name}`,
    client: [fast ? rush(...pieces) : slowly(20, ...pieces), read(lengthOf(...numbers.map(answer)))],
    server: numbers.flatMap((i) => [read(get(`/n/${i}`).length), send(answer(i))]),
  };
}

function pipelinedAs(name: string, asked: readonly Bytes[], answers: readonly Bytes[]): Shape {
  return {
    name,
    client: [rush(join(...asked)), read(lengthOf(...answers))],
    server: asked.flatMap((request, i) => [read(lengthOf(request)), send(answers[i] ?? '')]),
  };
}
