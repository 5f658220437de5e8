// A server of the tests: HTTP/1.1 on SERVER_PORT, echo on ECHO_PORT. Arguments: its name, then its addresses.
import { createServer, type Socket } from 'node:net';
import { pattern, readMessages } from './http.js';
import { ECHO_PORT, SERVER_PORT } from './place.js';

const [name = '', ...addresses] = process.argv.slice(2);
const open = new Set<Socket>();
let flooded: Socket | undefined;

/** What the last segments of a path ask for; anything else is answered with the bytes of the request's body. */
const ASKED: readonly (readonly [RegExp, (socket: Socket, argument: number) => void])[] = [
  [/\/bytes\/(\d+) /, (socket, length) => answer(socket, pattern(length))],
  // Many bytes at once, and how many of them the kernel has taken so far.
  [/\/flood\/(\d+) /, (socket, length) => answer((flooded = socket), Buffer.alloc(length))],
  [
    /\/flooded() /,
    (socket) =>
      answer(socket, String(flooded === undefined ? 0 : flooded.bytesWritten - flooded.writableLength)),
  ],
  [/\/wait\/(\d+) /, (socket, ms) => void setTimeout(() => answer(socket, 'late'), ms)],
  [/\/close() /, (socket) => answer(socket, 'the last', 'connection: close\r\n').end()],
  // After a while, the other connections.
  [
    /\/end-others\/(\d+) /,
    (socket, ms) => {
      const others = (): Socket[] => [...open].filter((other) => other !== socket);
      setTimeout(() => others().forEach((other) => other.end()), ms);
      answer(socket, String(others().length));
    },
  ],
];

function serve(socket: Socket): void {
  socket.setNoDelay(true);
  open.add(socket);
  socket.on('error', () => socket.destroy());
  socket.on('close', () => open.delete(socket));
  readMessages(socket, (message) => {
    for (const [path, reply] of ASKED) {
      const argument = path.exec(message.start)?.[1];
      if (argument !== undefined) return reply(socket, Number(argument));
    }
    answer(socket, message.body);
  });
}

/** One write, and so one message of the kernel. */
function answer(socket: Socket, body: Buffer | string, headers = ''): Socket {
  const bytes = Buffer.from(body);
  const head = `HTTP/1.1 200 OK\r\ncontent-length: ${bytes.length}\r\nx-served-by: ${name}\r\n${headers}\r\n`;
  socket.write(Buffer.concat([Buffer.from(head, 'latin1'), bytes]));
  return socket;
}

function echo(socket: Socket): void {
  socket.on('error', () => socket.destroy());
  socket.pipe(socket);
}

const servers = addresses.flatMap((host) => [
  createServer(serve).listen(SERVER_PORT, host),
  createServer(echo).listen(ECHO_PORT, host),
]);
await Promise.all(servers.map((server) => new Promise((resolve) => server.once('listening', resolve))));
process.send?.('ready');
process.on('disconnect', () => process.exit(0));
