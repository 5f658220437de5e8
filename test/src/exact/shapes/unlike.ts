/** What is different on HTTP listeners by design, because a client's connection is not tied to one of a server. */
import type { Shape } from '../shape.js';
import { abandon, close, ending, finish, pause, read, reset, send, type Step } from '../step.js';
import { answering, asking, get, head, lines, ok, okHead, plain } from './http.js';

const one = { request: [get('/1')], response: [ok('one')] };
const two = { request: [get('/2')], response: [ok('two')] };
const both = ok('one') + ok('two');
const untied = 'the client keeps its connection: the next request goes out on another one';

/** The server ends the connection after an answer in which it did not say so; the client asks again, `ms` later. */
function endsIdle(name: string, how: Step, ms: number, second = two): Shape {
  return {
    name,
    client: [...asking(one), ending, ...(how.do === 'reset' ? [] : [finish])],
    server: [...answering(one), pause(20), how],
    byDesign: {
      why: untied,
      client: both,
      clientEnd: 'open',
      server: get('/1') + second.request.join(''),
      clientSteps: [...asking(one), pause(20 + ms), ...asking(second)],
      serverSteps: [...answering(one), pause(20), how, ...answering(second)],
    },
  };
}

/** The server ends a connection that has been idle for long, at the same time as a request leaves. */
function race(offset: number): Shape {
  const idle = 320;
  return {
    name: `the server ends an idle connection ${offset} ms ${offset < 0 ? 'after' : 'before'} a request leaves`.replace(
      '-',
      '',
    ),
    client: [...asking(one), ending, finish],
    server: [...answering(one), pause(idle), abandon],
    byDesign: {
      why: untied,
      client: both,
      clientEnd: 'open',
      server: get('/1') + get('/2'),
      clientSteps: [...asking(one), pause(idle + offset), ...asking(two)],
      serverSteps: [...answering(one), pause(idle), abandon, ...answering(two)],
    },
  };
}

const posted = { request: [head('POST', '/2', 'Content-Length: 3') + 'abc'], response: [ok('two')] };

export const unlike: readonly Shape[] = [
  endsIdle('the server closes after an answer, the next request comes later', close, 60),
  endsIdle('the server ends its side after an answer, the next request comes later', finish, 60),
  endsIdle('the server resets after an answer, the next request comes later', reset, 60),
  endsIdle('the server closes after an answer, the next POST comes later', close, 60, posted),
  ...[-1, 0, 0.5, 1, 2, 5].map(race),
  {
    name: 'the client ends its side while idle',
    client: [...asking(one), finish, ending],
    server: [...answering(one), ending, finish],
    byDesign: {
      why: 'the server is not told that a client is done',
      clientEnd: 'fin',
      serverSteps: answering(one),
    },
  },
  {
    name: 'the client closes while idle',
    client: [...asking(one), pause(10), close],
    server: [...answering(one), ending],
    byDesign: { why: 'the server is not told that a client is done', serverSteps: answering(one) },
  },
  {
    name: 'the client resets while idle',
    client: [...asking(one), pause(10), reset],
    server: [...answering(one), ending],
    byDesign: { why: 'the server is not told that a client is done', serverSteps: answering(one) },
  },
  {
    name: 'the client ends its side before any request',
    client: [finish, ending],
    server: [ending, finish],
    greets: true,
    byDesign: { why: 'no server was chosen', client: '', clientEnd: 'fin', server: '', serverSteps: [] },
  },
  {
    name: 'the client closes in the head of a request',
    client: [send('GET /half HTTP/1.1\r\nHo'), pause(20), close],
    server: [read(22), ending],
    byDesign: { why: 'no server was chosen', client: '', server: '', serverSteps: [] },
  },
  {
    name: 'bytes behind the end of a response',
    client: [send(get('/1')), read(plain.length + 4)],
    server: [read(get('/1').length), send(`${plain}more`)],
    byDesign: {
      why: 'they belong to no response',
      client: plain,
      clientSteps: [send(get('/1')), read(plain.length), pause(30)],
    },
  },
  {
    name: 'a body behind 204',
    client: [send(get('/1')), read(lines('HTTP/1.1 204 No Content').length + 4)],
    server: [read(get('/1').length), send(lines('HTTP/1.1 204 No Content') + 'more')],
    byDesign: {
      why: 'they belong to no response',
      client: lines('HTTP/1.1 204 No Content'),
      clientSteps: [send(get('/1')), until204(), pause(30)],
    },
  },
  {
    name: 'a body in the answer to HEAD',
    client: [send(head('HEAD', '/1')), read(okHead(4).length + 4)],
    server: [read(head('HEAD', '/1').length), send(`${okHead(4)}more`)],
    byDesign: {
      why: 'they belong to no response',
      client: okHead(4),
      clientSteps: [send(head('HEAD', '/1')), read(okHead(4).length), pause(30)],
    },
  },
  {
    name: 'a second request after Connection: close',
    client: [send(get('/1', 'Connection: close') + get('/2')), ending, finish],
    server: [
      read(get('/1', 'Connection: close').length + get('/2').length),
      send(ok('one', 'Connection: close')),
      finish,
    ],
    byDesign: {
      why: 'the client has said that it sends no other request',
      client: ok('one', 'Connection: close'),
      clientEnd: 'fin',
      server: get('/1', 'Connection: close'),
      serverSteps: [
        read(get('/1', 'Connection: close').length),
        send(ok('one', 'Connection: close')),
        finish,
      ],
    },
  },
];

function until204(): Step {
  return read(lines('HTTP/1.1 204 No Content').length);
}
