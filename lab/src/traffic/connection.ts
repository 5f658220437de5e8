import { Agent, request, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { isUtf8 } from 'node:buffer';
import { sourceFor, type Identity } from '../services/identity.js';
import type { AnswerLine, ConnectedLine, SocketAddress } from './lines.js';
import type { RunnerOptions } from './options.js';

/** One keep-alive connection, with one request on it at a time. Connects anew when the server closed it. */
export class Connection {
  #socket: Socket | undefined;
  #opened = 0;
  /** Requests on the present socket. */
  #sent = 0;
  readonly #agent: Agent;
  readonly #headers: readonly string[];

  constructor(
    readonly number: number,
    private readonly options: RunnerOptions,
    private readonly self: Identity,
    private readonly onConnected: (line: ConnectedLine) => void,
  ) {
    this.#agent = new SocketAgent(() => this.#socket);
    this.#headers = allHeaders(options);
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
    const from = performance.now();
    const { response, firstByteUs } = await this.#ask(from);
    const { body, bodyBytes } = await readBody(response, this.options.maxBody);
    const durationUs = since(from);
    const bodyEncoding = isUtf8(body) ? 'utf8' : 'base64';
    return {
      type: 'answer',
      connection: this.number,
      seq,
      connectionSeq,
      local,
      status: response.statusCode ?? 0,
      headers: headersOf(response.rawHeaders),
      body: body.toString(bodyEncoding),
      bodyEncoding,
      bodyBytes,
      durationUs,
      firstByteUs,
    };
  }

  close(): void {
    this.#agent.destroy();
    this.#socket?.destroy();
  }

  #ask(from: number): Promise<{ response: IncomingMessage; firstByteUs: number }> {
    const { url, method, body, timeoutMs } = this.options;
    return new Promise((resolve, reject) => {
      const path = `${url.pathname}${url.search}`;
      const outgoing = request(
        { agent: this.#agent, host: url.hostname, path, method, headers: this.#headers },
        (response) => resolve({ response, firstByteUs: since(from) }),
      );
      const timer = setTimeout(
        () => outgoing.destroy(timedOut(`no complete answer in ${timeoutMs} ms`)),
        timeoutMs,
      );
      outgoing.on('close', () => clearTimeout(timer));
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }
}

/** Hands its only socket to every request: Node's HTTP client on a connection that exists before the first request. */
class SocketAgent extends Agent {
  constructor(private readonly socket: () => Socket | undefined) {
    super({ keepAlive: true, maxSockets: 1 });
  }

  override createConnection(): Socket | undefined {
    return this.socket();
  }
}

/** As given, then those that HTTP/1.1 needs. */
function allHeaders({ url, headers, body, method }: RunnerOptions): string[] {
  const given = new Set(headers.map(([name]) => name.toLowerCase()));
  const sized = body !== undefined || ['POST', 'PUT', 'PATCH'].includes(method);
  const needed: [string, string][] = [
    ['Host', url.host],
    ['User-Agent', 'onehop'],
    ['Accept', '*/*'],
    ...(sized && !given.has('transfer-encoding')
      ? [['Content-Length', String(body?.length ?? 0)] as [string, string]]
      : []),
  ];
  // Host first, as RFC 9110 7.2 asks for.
  const [host, ...others] = needed.filter(([name]) => !given.has(name.toLowerCase()));
  return [...(host ? [host] : []), ...headers, ...others].flat();
}

async function readBody(
  response: IncomingMessage,
  max: number,
): Promise<{ body: Buffer; bodyBytes: number }> {
  const kept: Buffer[] = [];
  let bodyBytes = 0;
  let room = max;
  await new Promise<void>((resolve, reject) => {
    response.on('data', (chunk: Buffer) => {
      bodyBytes += chunk.length;
      if (room > 0) kept.push(chunk.subarray(0, room));
      room -= chunk.length;
    });
    response.on('end', resolve);
    response.on('error', reject);
  });
  return { body: Buffer.concat(kept), bodyBytes };
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
