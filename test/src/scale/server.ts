/** Many endpoints in one process. Arguments: place. Says for each request which endpoint it came to. */
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { onLines, writeLine } from '../exact/lines.js';
import { addressOfPlace, firstPort, portsEach } from './configuration.js';
import type { FromServer } from './protocol.js';

const place = process.argv[2] ?? '';
const asked = new Set<number>();
let connections = 0;

const http = createHttpServer(
  { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 },
  (request, response) => {
    const port = request.socket.localPort ?? 0;
    asked.add(port);
    let body = '';
    request.setEncoding('latin1').on('data', (text: string) => (body += text));
    request.on('end', () => response.end(`${place} ${port} ${request.url} ${body}\n`));
  },
);

await Promise.all(
  Array.from(
    { length: portsEach },
    (_, i) =>
      new Promise<void>((resolve, reject) => {
        const server = createServer({ noDelay: true }, (socket) => {
          connections++;
          socket.on('close', () => connections--);
          socket.on('error', () => socket.destroy());
          http.emit('connection', socket);
        });
        server.once('error', reject);
        server.listen({ port: firstPort + i, host: addressOfPlace(place), backlog: 256 }, resolve);
      }),
  ),
);

onLines(process.stdin, () => {
  writeLine(process.stdout, {
    type: 'asked',
    endpoints: asked.size,
    connections,
  } satisfies FromServer);
});
process.stdin.on('end', () => process.exit(0));
writeLine(process.stdout, { type: 'ready' } satisfies FromServer);
