/** Serves and takes large bodies of known content. Argument: port. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createHash } from 'node:crypto';
import { writeLine } from '../../exact/lines.js';
import { matches, piece } from '../pattern.js';

const port = Number(process.argv[2]);
/** ms between two reads of a slow upload. */
const readEvery = 100;

/** GET /small: a short answer; GET /body?bytes=&seed=: that body. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://server');
  const number = (name: string): number => Number(searchParams.get(name) ?? 0);
  if (request.method === 'POST') take(request, response, number('seed'), number('rate'));
  else if (pathname === '/body') send(response, number('seed'), number('bytes'));
  else response.end('small\n');
}

function send(response: ServerResponse, seed: number, bytes: number): void {
  response.setHeader('content-length', bytes);
  let at = 0;
  const more = (): void => {
    while (at < bytes) {
      const part = piece(seed, at, Math.min(64 * 1024, bytes - at));
      at += part.length;
      if (!response.write(part)) {
        response.once('drain', more);
        return;
      }
    }
    response.end();
  };
  more();
}

/** Compares what comes; answers with its length and hash, or where it went wrong. */
function take(request: IncomingMessage, response: ServerResponse, seed: number, rate: number): void {
  const hash = createHash('sha256');
  let at = 0;
  let wrong = -1;
  const eat = (chunk: Buffer): void => {
    if (wrong < 0 && !matches(seed, at, chunk)) wrong = at;
    hash.update(chunk);
    at += chunk.length;
  };
  request.on('end', () => {
    response.statusCode = wrong < 0 ? 200 : 409;
    response.end(`${at} ${hash.digest('hex')} ${wrong}`);
  });
  if (rate === 0) {
    request.on('data', eat);
    return;
  }
  let fast = false;
  const turn = (): void => {
    let room = fast ? Infinity : (rate * readEvery) / 1000;
    while (room > 0 && request.readableLength > 0) {
      const chunk = request.read(Math.min(room, request.readableLength)) as Buffer | null;
      if (chunk === null) break;
      eat(chunk);
      room -= chunk.length;
    }
    // the end is told only to who asks for more
    if (request.readableLength === 0) request.read(0);
  };
  const timer = setInterval(turn, readEvery);
  const hurry = (): void => {
    fast = true;
    turn();
  };
  request.on('readable', () => {
    if (fast) turn();
  });
  hurries.add(hurry);
  request.on('close', () => {
    clearInterval(timer);
    hurries.delete(hurry);
  });
}

/** Uploads that are read slowly. Any line makes an end of that. */
const hurries = new Set<() => void>();
process.stdin.on('data', () => {
  for (const hurry of hurries) hurry();
});
process.stdin.on('end', () => process.exit(0));

createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 }, answer).listen(
  port,
  '::',
  4096,
  () => writeLine(process.stdout, { type: 'ready' }),
);
