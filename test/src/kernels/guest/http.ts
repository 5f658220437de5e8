/** As much of HTTP/1.1 as the tests speak: messages with a Content-Length. */
import { connect, type Socket } from 'node:net';

export interface Message {
  /** Request or status line, with a space at its end. */
  readonly start: string;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** Bytes that show where they were lost or doubled. */
export function pattern(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) & 0xff));
}

/** Calls back with each whole message that arrives. */
export function readMessages(socket: Socket, onMessage: (message: Message) => void): void {
  let chunks: Buffer[] = [];
  let have = 0;
  let need = 0;
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    have += chunk.length;
    if (have < need) return;
    let bytes = Buffer.concat(chunks);
    for (;;) {
      const head = bytes.indexOf('\r\n\r\n');
      const message = head < 0 ? undefined : parseHead(bytes.toString('latin1', 0, head));
      const end = head + 4 + Number(message?.headers.get('content-length') ?? 0);
      if (message === undefined || bytes.length < end) {
        need = message === undefined ? 0 : end;
        break;
      }
      onMessage({ ...message, body: bytes.subarray(head + 4, end) });
      bytes = bytes.subarray(end);
    }
    chunks = [bytes];
    have = bytes.length;
  });
}

function parseHead(text: string): Omit<Message, 'body'> {
  const [start = '', ...lines] = text.split('\r\n');
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { start: `${start} `, headers: new Map(headers) };
}

export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** A keep-alive connection of a client. */
export class HttpConnection {
  readonly #socket: Socket;
  readonly #answers: Message[] = [];
  readonly #waiting: { resolve(message: Message): void; reject(error: Error): void }[] = [];
  #error: Error | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    readMessages(socket, (message) => {
      const next = this.#waiting.shift();
      if (next === undefined) this.#answers.push(message);
      else next.resolve(message);
    });
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the connection was closed')));
  }

  static async open(host: string, port: number): Promise<HttpConnection> {
    return new HttpConnection(await openSocket(host, port));
  }

  /** As getpeername() says, `address:port`. */
  get peer(): string {
    return `${this.#socket.remoteAddress}:${this.#socket.remotePort}`;
  }

  /** As getsockname() says. */
  get localAddress(): string | undefined {
    return this.#socket.localAddress;
  }

  /** Sends bytes in one system call. */
  send(bytes: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** The next response, whole. */
  answer(): Promise<Message> {
    const ready = this.#answers.shift();
    if (ready !== undefined) return Promise.resolve(ready);
    if (this.#error !== undefined) return Promise.reject(this.#error);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  async request(target: string, options: RequestOptions = {}): Promise<Message> {
    await this.send(requestBytes(target, options));
    return this.answer();
  }

  close(): void {
    this.#socket.destroy();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #fail(error: Error): void {
    this.#error ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#error);
  }
}

/** A whole request: head and body together. */
export function requestBytes(target: string, { headers = {}, body }: RequestOptions = {}): Buffer {
  const all = { host: 'web.test', ...headers, ...(body && { 'content-length': String(body.length) }) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `${body === undefined ? 'GET' : 'POST'} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), body ?? Buffer.alloc(0)]);
}

/** A connected socket. */
export function openSocket(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}
