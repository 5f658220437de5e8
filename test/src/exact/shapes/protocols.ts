/** Connections that change their protocol: Upgrade and CONNECT. */
import type { Shape } from '../shape.js';
import { ending, finish, pause, read, reset, send, until, type Step } from '../step.js';
import { answering, asking, get, lines, ok, plain, twice } from './http.js';

const switchingTo = lines('HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: websocket');
const upgrade = get(
  '/chat',
  'Connection: keep-alive, Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Key: eHg=',
);
const connect = lines('CONNECT exact.example:443 HTTP/1.1', 'Host: exact.example:443');
const established = lines('HTTP/1.1 200 Connection established');

function tunnel(
  name: string,
  request: string,
  response: string,
  end: 'client' | 'server' | 'reset' | 'server resets',
): Shape {
  const ping = '\x00\x01GET / HTTP/1.1\r\n\r\n';
  const pong = '\x81\x04pong';
  const clientEnds: Record<typeof end, Step[]> = {
    client: [finish, until('last words'), ending],
    server: [ending, send('not yet'), pause(10), finish],
    reset: [pause(30), reset],
    'server resets': [ending],
  };
  const serverEnds: Record<typeof end, Step[]> = {
    client: [ending, send('last words'), finish],
    server: [finish, until('not yet'), ending],
    reset: [ending],
    'server resets': [pause(30), reset],
  };
  return {
    name,
    client: [send(request), until('\r\n\r\n'), send(ping), until(pong), ...clientEnds[end]],
    server: [read(request.length), send(response), until(ping), send(pong), ...serverEnds[end]],
    paths: ['upgrade'],
  };
}

export const protocols: readonly Shape[] = [
  tunnel('Upgrade, ended by the client', upgrade, switchingTo, 'client'),
  tunnel('Upgrade, ended by the server', upgrade, switchingTo, 'server'),
  tunnel('Upgrade, reset by the client', upgrade, switchingTo, 'reset'),
  tunnel('Upgrade, reset by the server', upgrade, switchingTo, 'server resets'),
  tunnel('CONNECT, ended by the client', connect, established, 'client'),
  tunnel('CONNECT, ended by the server', connect, established, 'server'),
  tunnel('CONNECT, reset by the client', connect, established, 'reset'),
  {
    name: 'Upgrade: the first frame comes with the 101',
    client: [send(upgrade), until('\x81\x05hello'), send('\x81\x02ok'), until('done')],
    server: [read(upgrade.length), send(`${switchingTo}\x81\x05hello`), until('ok'), send('done')],
  },
  {
    name: 'Upgrade: 300,000 bytes each way',
    client: [send(upgrade), until('\r\n\r\n'), send({ fill: 300_000, seed: 1 }), read(300_000)],
    server: [read(upgrade.length), send(switchingTo), read(300_000), send({ fill: 300_000, seed: 2 })],
  },
  {
    name: 'Upgrade: a hundred small frames by turns',
    client: [
      send(upgrade),
      until('\r\n\r\n'),
      ...Array.from({ length: 100 }, () => [send('ping'), read(4)]).flat(),
    ],
    server: [
      read(upgrade.length),
      send(switchingTo),
      ...Array.from({ length: 100 }, () => [read(4), send('pong')]).flat(),
    ],
  },
  {
    name: 'Upgrade refused, the connection goes on',
    client: [
      ...asking({ request: [upgrade], response: [ok('no')] }),
      ...asking({ request: [get()], response: [plain] }),
    ],
    server: [
      ...answering({ request: [upgrade], response: [ok('no')] }),
      ...answering({ request: [get()], response: [plain] }),
    ],
  },
  {
    name: 'Upgrade after two requests',
    client: [
      ...twice(get(), plain).client,
      send(upgrade),
      until('101 Switching'),
      until('\r\n\r\n'),
      send('a'),
      until('b'),
    ],
    server: [...twice(get(), plain).server, read(upgrade.length), send(switchingTo), read(1), send('b')],
  },
  {
    name: 'CONNECT refused, the connection goes on',
    client: [
      ...asking({ request: [connect], response: [ok('no')] }),
      ...asking({ request: [get()], response: [plain] }),
    ],
    server: [
      ...answering({ request: [connect], response: [ok('no')] }),
      ...answering({ request: [get()], response: [plain] }),
    ],
  },
];
