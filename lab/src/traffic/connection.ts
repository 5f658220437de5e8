import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { sourceFor, type Identity } from '../services/identity.js';
import { asText, readBody } from './body.js';
import { allHeaders } from './headers.js';
import type { AnswerLine, ConnectedLine, SocketAddress } from './lines.js';
import type { RunnerOptions } from './options.js';

/** One keep-alive connection, with one request on it at a time. Connects anew when the server closed it. */
export class Connection {
  #socket: Socket | undefined;
  #agent: Agent | undefined;
  #opened = 0;
  /** Requests on the present socket. */
  #sent = 0;
  readonly #headers: readonly string[];

  constructor(
    readonly number: number,
    private readonly options: RunnerOptions,
    private readonly self: Identity,
    private readonly onConnected: (line: ConnectedLine) => void,
  ) {
    this.#headers = allHeaders(options).flat();
  }

  /** Rejects with the errors of `net.connect`, and with ETIMEDOUT. */
  async open(): Promise<void> {
    const host = bareHost(this.options.url);
    const port = Number(this.options.url.port || 80);
    const from = performance.now();
    const socket = connect({ host, port, noDelay: true, ...sourceFor(host, this.self, this.options.family) });
    await established(socket, this.options.timeoutMs);
    const again = this.#opened++ > 0;
    this.#socket = socket;
    this.#agent = new SocketAgent(socket);
    this.#sent = 0;
    // Errors while no request is out: the next one sees that the socket is gone and connects anew.
    socket.on('error', () => undefined);
    const { local, remote } = ends(socket);
    this.onConnected({
      type: 'connected',
      connection: this.number,
      again,
      local,
      remote,
      connectUs: since(from),
    });
  }

  async send(seq: number): Promise<AnswerLine> {
    if (this.#socket === undefined || this.#socket.destroyed || this.#socket.readableEnded) await this.open();
    const socket = this.#socket;
    if (socket === undefined) throw new Error('not connected');
    const { local } = ends(socket);
    const connectionSeq = this.#sent++;
    const { response, body, bodyBytes, firstByteUs, durationUs } = await this.#ask();
    return {
      type: 'answer',
      connection: this.number,
      seq,
      connectionSeq,
      local,
      status: response.statusCode ?? 0,
      headers: headersOf(response.rawHeaders),
      ...asText(body, body.length < bodyBytes),
      bodyBytes,
      durationUs,
      firstByteUs,
    };
  }

  close(): void {
    this.#agent?.destroy();
    this.#socket?.destroy();
  }

  async #ask(): Promise<Answer> {
    const { url, method, body, timeoutMs, maxBody } = this.options;
    const from = performance.now();
    const path = `${url.pathname}${url.search}`;
    const outgoing = request({
      agent: this.#agent,
      host: url.hostname,
      path,
      method,
      headers: this.#headers,
    });
    let late: Error | undefined;
    const timer = setTimeout(
      () => outgoing.destroy((late = timedOut(`no complete answer in ${timeoutMs} ms`))),
      timeoutMs,
    );
    try {
      const response = await responseTo(outgoing.end(body));
      const firstByteUs = since(from);
      const read = await readBody(response, maxBody);
      // The server said that it ends the connection; that it has ended is seen only later.
      if (!outgoing.shouldKeepAlive) this.#socket = undefined;
      return { response, ...read, firstByteUs, durationUs: since(from) };
    } catch (error) {
      throw late ?? error;
    } finally {
      clearTimeout(timer);
    }
  }
}

interface Answer {
  readonly response: IncomingMessage;
  readonly body: Buffer;
  readonly bodyBytes: number;
  readonly firstByteUs: number;
  readonly durationUs: number;
}

/** Gives every request the same socket: Node's HTTP client on a connection that exists before the first request. */
class SocketAgent extends Agent {
  constructor(private readonly socket: Socket) {
    super({ keepAlive: true, maxSockets: 1 });
  }

  override createConnection(
    _options: unknown,
    created?: (error: Error | null, socket: Duplex) => void,
  ): Socket | undefined {
    if (!this.socket.destroyed) return this.socket;
    created?.(
      Object.assign(new Error('the server ended the connection'), { code: 'ECONNRESET' }),
      this.socket,
    );
    return undefined;
  }
}

function responseTo(outgoing: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.on('response', resolve);
    outgoing.on('error', reject);
  });
}

function headersOf(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] ?? '').toLowerCase();
    const before = headers[name];
    const value = raw[index + 1] ?? '';
    headers[name] = before === undefined ? value : `${before}${name === 'set-cookie' ? '\n' : ', '}${value}`;
  }
  return headers;
}

function established(socket: Socket, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(timedOut(`no connection in ${timeoutMs} ms`)), timeoutMs);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', reject);
      resolve();
    });
    socket.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}

function timedOut(message: string): Error {
  return Object.assign(new Error(message), { code: 'ETIMEDOUT' });
}

function ends(socket: Socket): { local: SocketAddress; remote: SocketAddress } {
  return {
    local: { address: socket.localAddress ?? '', port: socket.localPort ?? 0 },
    remote: { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 },
  };
}

/** An IPv6 address without its brackets. */
function bareHost(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

/** Microseconds, rounded to tenths. */
function since(from: number): number {
  return Math.round((performance.now() - from) * 10_000) / 10;
}
