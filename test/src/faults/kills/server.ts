/** Answers in many ways, and ends connections that lie idle at random. Argument: port. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setPriority } from 'node:os';
import { onLines, writeLine } from '../../exact/lines.js';
import { piece } from '../pattern.js';
import type { FromServer, ToServer } from './protocol.js';

const sockets = new Set<Socket>();
const busy = new Set<Socket>();
/** ms when a connection was last used. A server that ends one that was just in use loses requests without a mesh, too. */
const used = new WeakMap<Socket, number>();
const idleMs = 400;
/**
 * A look at the sockets longer ago than this, in ms, tells nothing: a request may have come meanwhile, and the server would
 * end a connection that is not idle.
 */
const freshMs = 5;
/** The request that each connection has answered last, and those of the connections that were ended. */
const last = new WeakMap<Socket, string>();
const ended = new Set<string>();

/** GET or POST /n?form=: n bytes of body n, sized, chunked or until the end of the connection. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://server');
  const length = Number(pathname.slice(1));
  const id = String(request.headers['x-request']);
  busy.add(request.socket);
  response.setHeader('x-answers', id);
  response.on('close', () => {
    last.set(request.socket, id);
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
// held up between its look and the end of a connection, it would end one that is not idle any more
setPriority(-20);

function mayEnd(socket: Socket): boolean {
  return !busy.has(socket) && Date.now() - (used.get(socket) ?? 0) > idleMs;
}

function end(socket: Socket): void {
  ended.add(last.get(socket) ?? '');
  if (Math.random() < 0.5) socket.destroy();
  else socket.resetAndDestroy();
}

const killing = setInterval(() => {
  const looked = performance.now();
  // after a look at what has arrived
  setImmediate(() => {
    for (const socket of sockets) {
      if (performance.now() - looked > freshMs) return;
      if (mayEnd(socket) && Math.random() < 0.1) end(socket);
    }
  });
}, 50);
server.listen(Number(process.argv[2]), '::', 4096, () =>
  writeLine(process.stdout, { type: 'ready' } satisfies FromServer),
);
onLines<ToServer>(process.stdin, (message) => {
  if (message.type === 'stop') clearInterval(killing);
  else
    writeLine(process.stdout, {
      type: 'ended',
      ids: message.ids.filter((id) => ended.has(id)),
    } satisfies FromServer);
});
process.stdin.on('end', () => process.exit(0));
