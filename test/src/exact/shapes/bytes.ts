/** What is not HTTP: plain TCP. On HTTP listeners it is turned away, by design. */
import type { Expected, Shape } from '../shape.js';
import {
  close,
  ending,
  finish,
  hold,
  lengthOf,
  pause,
  read,
  reset,
  resume,
  send,
  until,
  type Bytes,
  type Step,
} from '../step.js';
import { refusal } from './refusal.js';

/** On an HTTP listener: the first bytes are no request. */
const notHttp: Expected = {
  why: 'the bytes are no HTTP request: 400, as Envoy',
  client: refusal.bad,
  clientEnd: 'fin',
  server: '',
  serverSteps: [],
};
/** On an HTTP listener nothing goes to a server before a request has come. */
const silence = (
  clientSteps: readonly Step[],
  why = 'a server is chosen by a request, and none came',
): Expected => ({
  why,
  client: '',
  server: '',
  clientSteps,
  serverSteps: [],
});
const afterRefusal: readonly Step[] = [ending, finish];

const hello = `\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03${'r'.repeat(32)}\x20${'s'.repeat(32)}\x00\x04\x13\x01\x13\x02\x01\x00\x00\x77${'e'.repeat(119)}`;
const serverHello = `\x16\x03\x03\x00\x5a\x02\x00\x00\x56\x03\x03${'R'.repeat(32)}`;

export const plainBytes: readonly Shape[] = [
  {
    name: 'TLS: ClientHello, ServerHello, application data',
    client: [send(hello), read(serverHello.length), send('\x17\x03\x03\x00\x05hello'), until('world')],
    server: [read(hello.length), send(serverHello), until('hello'), send('\x17\x03\x03\x00\x05world')],
    byDesign: { ...notHttp, clientSteps: [send(hello), ...afterRefusal] },
  },
  {
    name: 'TLS: a ClientHello cut after three bytes',
    client: [send(hello.slice(0, 3), hello.slice(3)), read(serverHello.length)],
    server: [read(hello.length), send(serverHello)],
    byDesign: { ...notHttp, clientSteps: [send(hello.slice(0, 3), hello.slice(3)), ...afterRefusal] },
  },
  {
    name: 'a server that speaks first (SSH)',
    client: [until('SSH-2.0-raw\r\n'), send('SSH-2.0-client\r\n'), until('kex')],
    server: [send('SSH-2.0-raw\r\n'), until('SSH-2.0-client\r\n'), send('kex')],
    greets: true,
    prompt: true,
    byDesign: silence([pause(60), close]),
  },
  {
    name: 'a server that speaks first (SMTP), a whole session',
    client: [
      until('220 mail\r\n'),
      ...['EHLO x', 'MAIL FROM:<a@b>', 'RCPT TO:<c@d>', 'QUIT'].flatMap((line): Step[] => [
        send(`${line}\r\n`),
        until('250 ok\r\n'),
      ]),
      ending,
      finish,
    ],
    server: [
      send('220 mail\r\n'),
      ...['EHLO x', 'MAIL FROM:<a@b>', 'RCPT TO:<c@d>', 'QUIT'].flatMap((line): Step[] => [
        until(`${line}\r\n`),
        send('250 ok\r\n'),
      ]),
      finish,
      ending,
    ],
    greets: true,
    prompt: true,
    byDesign: silence([pause(60), close]),
  },
  {
    name: 'a server that speaks first (MySQL), 100 ms after the connection',
    client: [until('8.0.0\0'), send('login'), until('OK')],
    server: [pause(100), send('\x4a\0\0\0\x0a8.0.0\0'), until('login'), send('OK')],
    greets: true,
    prompt: true,
    byDesign: silence([pause(150), close]),
  },
  {
    name: 'a server that speaks first and closes at once',
    client: [until('bye'), ending, finish],
    server: [send('bye'), finish, ending],
    greets: true,
    byDesign: silence([pause(60), close]),
  },
  {
    name: 'a server that sends 300,000 bytes first',
    client: [read(300_000), send('thanks'), until('ok')],
    server: [send({ fill: 300_000, seed: 9 }), until('thanks'), send('ok')],
    greets: true,
    byDesign: silence([pause(60), close]),
  },
  {
    name: 'a connection on which nobody says anything, closed by the client',
    client: [pause(30), close],
    server: [ending],
    greets: true,
    byDesign: silence([pause(30), close]),
  },
  bytes('one NUL', '\0', '\0'),
  bytes('all 256 octets, both ways', allOctets(), allOctets()),
  bytes('a line without an end', 'PING', 'PONG'),
  bytes('text lines', 'hello\n', 'world\n'),
  {
    name: 'a binary protocol, 200 small messages by turns',
    client: Array.from({ length: 200 }, (_, i) => [send(`\0\0\0\x05${text5(i)}`), read(9)]).flat(),
    server: Array.from({ length: 200 }, (_, i) => [read(9), send(`\0\0\0\x05${text5(i)}`)]).flat(),
    byDesign: { ...notHttp, clientSteps: [send(`\0\0\0\x05${text5(0)}`), ...afterRefusal] },
  },
  {
    name: '2 MiB each way at once',
    client: [send({ fill: 2 << 20, seed: 1 }), read(2 << 20), finish, ending],
    server: [read(1), send({ fill: 2 << 20, seed: 2 }), read((2 << 20) - 1), ending, finish],
    byDesign: { ...notHttp, clientSteps: [send({ fill: 10_000, seed: 1 }), ...afterRefusal] },
  },
  {
    name: 'a client that does not read for a while, 2 MiB',
    client: [send('\x01go'), hold, pause(200), resume, read(2 << 20)],
    server: [until('go'), send({ fill: 2 << 20, seed: 3 })],
    byDesign: { ...notHttp, clientSteps: [send('\x01go'), ...afterRefusal] },
  },
  ...(
    [
      [
        'the client ends its side, the server goes on',
        [send('\x01a'), finish, until('after'), ending],
        [until('a'), ending, send('after'), finish],
      ],
      [
        'the server ends its side, the client goes on',
        [send('\x01a'), ending, send('after'), pause(10), finish],
        [until('a'), finish, until('after'), ending],
      ],
      ['the client resets', [send('\x01a'), until('b'), pause(30), reset], [until('a'), send('b'), ending]],
      ['the server resets', [send('\x01a'), ending], [until('a'), pause(30), reset]],
      ['the server closes without a word', [send('\x01a'), ending, finish], [until('a'), close]],
      [
        'the client closes without reading',
        [hold, send('\x01a'), pause(60), close],
        [until('a'), send('unread'), ending],
      ],
    ] satisfies [string, Step[], Step[]][]
  ).map(([what, client, server]): Shape => ({
    name: `bytes: ${what}`,
    client,
    server,
    byDesign: { ...notHttp, clientSteps: [send('\x01a'), ...afterRefusal] },
  })),
];

function bytes(name: string, question: Bytes, answer: Bytes): Shape {
  const text = typeof question === 'string' ? question : '';
  return {
    name: `bytes: ${name}`,
    client: [send(question), read(lengthOf(answer)), send(question), read(lengthOf(answer)), finish, ending],
    server: [read(lengthOf(question)), send(answer), read(lengthOf(question)), send(answer), ending, finish],
    byDesign: /^[!-~]*$/.test(text)
      ? silence([send(question), pause(60), close], 'what came may still become a request')
      : { ...notHttp, clientSteps: [send(question), ...afterRefusal] },
  };
}

function text5(i: number): string {
  return String(i).padStart(5, '0');
}

function allOctets(): string {
  return String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i));
}
