import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { isUtf8 } from 'node:buffer';
import type { Exchange, Handler } from './httpService.js';
import type { Identity } from './identity.js';
import { patternBytes } from './pattern.js';

const CHUNK = 16 * 1024;
const MAX_BODY = 1024 * 1024;

/**
 * A service to try a mesh with. The path says what to do:
 *
 *     /bytes/N      N bytes (see pattern.ts) with Content-Length
 *     /chunked/N    N bytes, chunked
 *     /status/N     status N
 *     /delay/MS     answers MS milliseconds later
 *     /close        ends the connection after the answer
 *     /abort/N      promises N bytes, sends half of them and resets the connection
 *     /digest       length and SHA-256 of the request's body
 *     /peer         the server's view of the connection: getpeername() and getsockname()
 *     other paths   the request as JSON: method, target, headers, body
 */
export function echo(self: Identity): Handler {
  return async (exchange) => {
    const [what, argument] = exchange.segments;
    const number = Number(argument ?? 0);
    const { request, response, reply } = exchange;
    if (!Number.isInteger(number) || number < 0) return echoRequest(exchange, self);
    switch (what) {
      case 'bytes':
        return sendBytes(response, number, true);
      case 'chunked':
        return sendBytes(response, number, false);
      case 'status':
        return sendStatus(exchange, number);
      case 'delay':
        await sleep(number);
        return reply(200, { podname: self.workload, delayMs: number });
      case 'close':
        response.setHeader('connection', 'close');
        return reply(200, { podname: self.workload });
      case 'abort':
        return abort(response, number);
      case 'digest':
        return reply(200, { podname: self.workload, ...(await digest(request)) });
      case 'peer':
        return reply(200, { podname: self.workload, ...connectionOf(request) });
      default:
        return echoRequest(exchange, self);
    }
  };
}

async function sendBytes(response: ServerResponse, length: number, sized: boolean): Promise<void> {
  response.writeHead(200, {
    'content-type': 'application/octet-stream',
    ...(sized && { 'content-length': length }),
  });
  if (sized && length <= MAX_BODY) {
    response.end(patternBytes(length));
    return;
  }
  for (let sent = 0; sent < length && !response.destroyed; sent += CHUNK) {
    const more = response.write(patternBytes(Math.min(CHUNK, length - sent), sent));
    if (!more) await drained(response);
  }
  response.end();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once('drain', resolve);
    response.once('close', resolve);
  });
}

function sendStatus({ response, reply }: Exchange, status: number): void {
  if (status < 200 || status > 599) return reply(400, { error: 'a status is 200 to 599' });
  if (status !== 204 && status !== 304) return reply(status, { status });
  response.writeHead(status);
  response.end();
}

function abort(response: ServerResponse, length: number): void {
  response.writeHead(200, { 'content-length': length });
  response.write(patternBytes(Math.floor(length / 2)), () => response.socket?.resetAndDestroy());
}

async function digest(request: IncomingMessage): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

function connectionOf({ socket }: IncomingMessage): object {
  return {
    remote: { address: socket.remoteAddress, port: socket.remotePort },
    local: { address: socket.localAddress, port: socket.localPort },
  };
}

async function echoRequest({ request, reply }: Exchange, self: Identity): Promise<void> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_BODY) chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  const bodyEncoding = isUtf8(body) ? 'utf8' : 'base64';
  reply(200, {
    podname: self.workload,
    method: request.method,
    target: request.url,
    httpVersion: request.httpVersion,
    headers: pairs(request.rawHeaders),
    body: body.toString(bodyEncoding),
    bodyEncoding,
    bodyBytes: bytes,
  });
}

/** As they came: order, case and repetitions. */
function pairs(raw: readonly string[]): [string, string][] {
  const found: [string, string][] = [];
  for (let index = 0; index + 1 < raw.length; index += 2)
    found.push([raw[index] ?? '', raw[index + 1] ?? '']);
  return found;
}
