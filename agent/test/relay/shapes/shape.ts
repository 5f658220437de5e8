import type { Peer } from '../peer.js';

/** One conversation, played once with no mesh and once through the relay: both ends must see the same. */
export interface Shape {
  readonly name: string;
  client(peer: Peer): Promise<void>;
  /** Plays each connection that the server gets. */
  server(peer: Peer): Promise<void>;
  /** How the connection ends at the server must be the same too. Then the server waits for it. */
  readonly serverEnd?: boolean;
  /** The server gets only the beginning of what the client sends: the rest would not be served anyway. */
  readonly dropsRest?: boolean;
}

export const get = (path = '/1', ...headers: string[]): string => head('GET', path, ...headers);
export const head = (method: string, path: string, ...headers: string[]): string =>
  `${method} ${path} HTTP/1.1\r\nHost: example.com\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n`;

export const ok = (body: string, ...headers: string[]): string =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n${body}`;

/** Answers each of `count` bodyless requests with `response`. */
export const answering =
  (response: string | string[], count = 1) =>
  async (peer: Peer): Promise<void> => {
    for (let i = 0; i < count; i++) {
      await peer.until('\r\n\r\n');
      if (typeof response === 'string') peer.send(response);
      else await peer.sendPieces(...response);
    }
  };

/** Sends a request, waits for a response of this exact length. */
export const asking =
  (request: string | string[], responseLength: number) =>
  async (peer: Peer): Promise<void> => {
    if (typeof request === 'string') peer.send(request);
    else await peer.sendPieces(...request);
    await peer.bytes(responseLength);
  };

/** A request and its response, then another one on the same connection: framing was found right. */
export function exchange(
  name: string,
  request: string | string[],
  response: string | string[],
  bodyEnd = '\r\n\r\n',
): Shape {
  const sent = typeof response === 'string' ? response : response.join('');
  const probe = ok('probe');
  return {
    name,
    async client(peer) {
      await asking(request, sent.length)(peer);
      await asking(get('/1/probe'), probe.length)(peer);
    },
    async server(peer) {
      await peer.until('\r\n\r\n');
      if (bodyEnd !== '\r\n\r\n') await peer.until(bodyEnd);
      if (typeof response === 'string') peer.send(response);
      else await peer.sendPieces(...response);
      await answering(probe)(peer);
    },
  };
}

/** Every way to cut `text` once, as pairs. */
export function cuts(text: string): string[][] {
  return Array.from({ length: text.length - 1 }, (_, i) => [text.slice(0, i + 1), text.slice(i + 1)]);
}
