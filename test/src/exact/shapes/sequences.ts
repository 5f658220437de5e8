/** Several requests on one connection, one after the other, also to different servers. */
import type { Place } from '../arms.js';
import type { Shape } from '../shape.js';
import { ending, join, lengthOf, pause, read, reset, send, slowly } from '../step.js';
import {
  asking,
  answering,
  chunkedHead,
  counted,
  get,
  head,
  lines,
  ok,
  okHead,
  plain,
  post,
  postChunked,
  routed,
  sequence,
  simple,
  type Exchange,
  type Routed,
} from './http.js';

const keepAlive: readonly Shape[] = [
  ...[2, 3, 10, 100].map((n) =>
    sequence(`${n} requests, one after the other`, counted(n).map(simple), {
      paths: counted(n).map(() => 'kernel'),
    }),
  ),
  sequence(
    '20 requests of growing size, both ways',
    counted(20).map((i) => ({
      request: [post({ fill: 1 + i * 500, seed: i })],
      response: [join(okHead(1 + i * 3000), { fill: 1 + i * 3000, seed: i })],
    })),
    { paths: counted(20).map(() => 'kernel') },
  ),
  sequence(
    'kernel, relay, kernel, relay …',
    counted(12).map((i) =>
      i % 2 === 0
        ? simple(i)
        : { request: [get(`/n/${i}`)], response: [`${chunkedHead}3\r\nabc\r\n0\r\n\r\n`] },
    ),
  ),
  sequence('every kind of request in turn', [
    simple(0),
    { request: [postChunked('3\r\nabc\r\n0\r\n\r\n')], response: [plain] },
    simple(1),
    { request: ['GET /cut HT', 'TP/1.1\r\nHost: x\r\n\r\n'], response: [plain] },
    { request: [head('HEAD', '/h')], response: [okHead(10_000)] },
    { request: [get('/big')], response: [join(okHead(300_000), { fill: 300_000, seed: 3 })] },
    simple(2),
    { request: [post({ fill: 100_000, seed: 4 })], response: [plain] },
    { request: [get('/early')], response: [lines('HTTP/1.1 103 Early Hints'), ok('x')] },
    { request: [get('/none')], response: [lines('HTTP/1.1 204 No Content')] },
    simple(3),
  ]),
  sequence(
    '20 responses over the budget, one after the other',
    counted(20).map((i) => ({
      request: [get(`/n/${i}`)],
      response: [join(okHead(70_000 + i), { fill: 70_000 + i, seed: i })],
    })),
  ),
  {
    name: 'a client that thinks between its requests',
    client: [...asking(simple(0)), pause(300), ...asking(simple(1)), pause(30), ...asking(simple(2))],
    server: [0, 1, 2].flatMap((i) => answering(simple(i))),
    paths: ['kernel', 'kernel', 'kernel'],
  },
  {
    name: 'a server that thinks before its answer',
    client: asking({ request: [get()], response: [plain] }),
    server: [read(get().length), pause(400), send(plain)],
    paths: ['kernel'],
  },
  {
    name: 'a server that thinks in its answer',
    client: asking({ request: [get()], response: [okHead(10), '0123456789'] }),
    server: [read(get().length), slowly(150, okHead(10) + '01', '234', '56789')],
    paths: ['kernel'],
  },
  {
    name: 'a client that asks again before it has read the last answer',
    client: [
      { do: 'hold' },
      send(get('/1')),
      pause(50),
      { do: 'resume' },
      read(ok('one').length),
      ...asking(simple(2)),
    ],
    server: [...answering({ request: [get('/1')], response: [ok('one')] }), ...answering(simple(2))],
  },
];

/** Longer than what is kept to be sent again. */
const long: Exchange = { request: [get('/long', `X-Fill: ${'f'.repeat(3000)}`)], response: [plain] };
const unsizedAnswer: Exchange = {
  request: [get('/kept')],
  response: [`${chunkedHead}3\r\nabc\r\n0\r\n\r\n`],
};
const kept: readonly Shape[] = [
  {
    name: 'a POST that the server resets at once, on a connection whose first request was kept to be sent again',
    client: [pause(300), ...asking(unsizedAnswer), pause(10), ...asking(long), send(post('lost')), ending],
    server: [...answering(unsizedAnswer), ...answering(long), read(lengthOf(post('lost'))), reset],
  },
];

const near: Place = 'near';
const far: Place = 'far';
const hop = (to: Place, i: number, ...more: readonly string[]): Routed => ({
  to,
  request: get(`/hop/${i}`, `to: ${to}`, ...more),
  response: ok(`from hop ${i}`),
});
const big = (to: Place, i: number): Routed => ({
  ...hop(to, i),
  response: `${okHead(7000)}${'b'.repeat(7000)}`,
});
const unsized = (to: Place, i: number): Routed => ({
  ...hop(to, i),
  response: `${chunkedHead}3\r\nabc\r\n0\r\n\r\n`,
});
const uploaded = (to: Place, i: number): Routed => ({
  ...hop(to, i),
  request: head('POST', `/hop/${i}`, `to: ${to}`, 'Content-Length: 300') + 'u'.repeat(300),
});
const carriedAll = (n: number): { paths: string[] } => ({ paths: counted(n).map(() => 'kernel') });
const switching: readonly Shape[] = [
  routed('near, then far', [hop(near, 0), hop(far, 1)], carriedAll(2)),
  routed('far, then near', [hop(far, 0), hop(near, 1)], carriedAll(2)),
  routed(
    'near and far by turns, 20 requests',
    counted(20).map((i) => hop(i % 2 === 0 ? near : far, i)),
    carriedAll(20),
  ),
  routed(
    'near, near, far, far, near',
    [near, near, far, far, near].map((to, i) => hop(to, i)),
    carriedAll(5),
  ),
  routed(
    'larger responses by turns',
    counted(8).map((i) => big(i % 2 === 0 ? far : near, i)),
    carriedAll(8),
  ),
  routed(
    'uploads by turns',
    counted(8).map((i) => uploaded(i % 2 === 0 ? near : far, i)),
    carriedAll(8),
  ),
  routed(
    'chunked responses by turns',
    counted(8).map((i) => unsized(i % 2 === 0 ? near : far, i)),
  ),
  routed(
    'kernel near, relay far',
    counted(8).map((i) => (i % 2 === 0 ? hop(near, i) : unsized(far, i))),
  ),
  routed(
    'relay near, kernel far',
    counted(8).map((i) => (i % 2 === 0 ? unsized(near, i) : hop(far, i))),
  ),
  routed('from the kernel path to the relay and back, by turns', [
    hop(near, 0),
    unsized(far, 1),
    hop(far, 2),
    big(near, 3),
    unsized(near, 4),
    hop(near, 5),
    uploaded(far, 6),
  ]),
];

export const sequences: readonly Shape[] = [...keepAlive, ...kept, ...switching];
