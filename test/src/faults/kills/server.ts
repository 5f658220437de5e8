/** Answers in many ways, and ends connections that lie idle at random. Argument: port. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { writeLine } from '../../exact/lines.js';
import { piece } from '../pattern.js';

const sockets = new Set<Socket>();
const busy = new Set<Socket>();
/** ms when a connection was last used. A server that ends one that was just in use loses requests without a mesh, too. */
const used = new WeakMap<Socket, number>();
const idleMs = 400;

/** GET or POST /n?form=: n bytes of body n, sized, chunked or until the end of the connection. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://server');
  const length = Number(pathname.slice(1));
  busy.add(request.socket);
  response.on('close', () => {
    busy.delete(request.socket);
    used.set(request.socket, Date.now());
  });
  request.resume().on('end', () => {
    const form = searchParams.get('form');
    if (form === 'sized') response.setHeader('content-length', length);
    if (form === 'close') response.setHeader('connection', 'close');
    response.end(piece(length, 0, length));
  });
}

const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 }, answer);
server.on('connection', (socket) => {
  sockets.add(socket);
  used.set(socket, Date.now());
  socket.on('close', () => sockets.delete(socket));
});
const killing = setInterval(() => {
  // after a look at what has arrived
  setImmediate(() => {
    for (const socket of sockets)
      if (!busy.has(socket) && Date.now() - (used.get(socket) ?? 0) > idleMs && Math.random() < 0.1) {
        if (Math.random() < 0.5) socket.destroy();
        else socket.resetAndDestroy();
      }
  });
}, 50);
server.listen(Number(process.argv[2]), '::', 4096, () => writeLine(process.stdout, { type: 'ready' }));
// any line makes an end of the killing
process.stdin.on('data', () => clearInterval(killing));
process.stdin.on('end', () => process.exit(0));
