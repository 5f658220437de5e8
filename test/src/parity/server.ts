// Runs in a workload: `node server.js FIRST COUNT` answers on COUNT ports which endpoint it is and what it was asked.
import { createServer } from 'node:http';
import { createServer as listenOn } from 'node:net';
import { identity } from '@onehop/lab/services/identity.js';
import { writeLine } from '../exact/lines.js';
import type { Served } from './protocol.js';
import { answerAs } from './script.js';

const [first = 0, count = 0] = process.argv.slice(2).map(Number);
const self = identity();

const attempts = new Map<string, number>();

const server = createServer(
  { keepAliveTimeout: 0, headersTimeout: 0, requestTimeout: 0 },
  (request, response) => {
    const { localAddress = '', localPort = 0 } = request.socket;
    const headers: [string, string][] = [];
    for (let i = 0; i + 1 < request.rawHeaders.length; i += 2)
      headers.push([(request.rawHeaders[i] ?? '').toLowerCase(), request.rawHeaders[i + 1] ?? '']);
    const served: Served = {
      endpoint: `${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${localPort}`,
      method: request.method ?? '',
      target: request.url ?? '',
      headers,
    };
    response.sendDate = false;
    // A request that says how: `x-do: 503,drop,200` for each attempt, told apart by `x-key` and by who sends it.
    const script = request.headers['x-do'];
    if (typeof script === 'string') {
      const key = `${request.socket.remoteAddress} ${request.headers['x-key']}`;
      const attempt = (attempts.get(key) ?? 0) + 1;
      attempts.set(key, attempt);
      answerAs(script, { ...served, attempt }, request, response);
      return;
    }
    const body = JSON.stringify(served);
    response.writeHead(200, { 'content-length': Buffer.byteLength(body), 'x-endpoint': served.endpoint });
    // A body that nobody read would block the next request of the connection.
    request.resume();
    request.on('end', () => response.end(body));
  },
);
await Promise.all(
  self.addresses.flatMap((host) =>
    Array.from(
      { length: count },
      (_, i) =>
        new Promise<void>((resolve, reject) => {
          const one = listenOn((socket) => server.emit('connection', socket));
          one.on('error', reject).listen({ host, port: first + i }, resolve);
        }),
    ),
  ),
);
writeLine(process.stdout, { type: 'ready' });
process.stdin.resume().on('end', () => process.exit(0));
