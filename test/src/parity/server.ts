// Runs in a workload: `node server.js FIRST COUNT` answers on COUNT ports which endpoint it is and what it was asked.
import { createServer } from 'node:http';
import { createServer as listenOn } from 'node:net';
import { identity } from '@onehop/lab/services/identity.js';
import { writeLine } from '../exact/lines.js';
import type { Served } from './protocol.js';

const [first = 0, count = 0] = process.argv.slice(2).map(Number);
const self = identity();

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
    const body = JSON.stringify(served);
    response.sendDate = false;
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
