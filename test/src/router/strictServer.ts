/** What Node's HTTP server, whose parser is llhttp without its lenient flags, makes of the bytes of a connection. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Duplex } from 'node:stream';

export interface StrictRequest {
  readonly method: string;
  readonly target: string;
  /** All values of Host, in order. */
  readonly hosts: readonly string[];
  readonly lengths: readonly string[];
  /** Undefined: the request is not for the server's usual handler (Upgrade, CONNECT). */
  readonly keepAlive?: boolean;
}

export interface StrictVerdict {
  /** The requests whose heads were taken, in order. */
  readonly requests: readonly StrictRequest[];
  /** llhttp's error, such as HPE_INVALID_METHOD; undefined: none so far. */
  readonly error?: string;
}

export class StrictServer {
  // A missing Host is not the parser's matter.
  readonly #server = createServer({
    insecureHTTPParser: false,
    requireHostHeader: false,
    maxHeaderSize: 1 << 20,
    connectionsCheckingInterval: 1 << 30,
  });
  #requests: StrictRequest[] = [];
  #error: string | undefined;

  constructor() {
    const take = (message: IncomingMessage, response?: ServerResponse): void => {
      this.#requests.push(requestOf(message, response));
      message.resume();
    };
    const server = this.#server;
    for (const event of ['request', 'checkContinue', 'checkExpectation']) server.on(event, take);
    for (const event of ['upgrade', 'connect'])
      server.on(event, (message: IncomingMessage) => void this.#requests.push(requestOf(message)));
    server.on('clientError', (error: NodeJS.ErrnoException) => (this.#error ??= error.code ?? error.message));
  }

  /** The bytes come in one piece, and nothing comes after them. The whole of it happens before this returns. */
  parse(bytes: Uint8Array): StrictVerdict {
    this.#requests = [];
    this.#error = undefined;
    const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
    this.#server.emit('connection', socket);
    // As the socket's stream would, but now.
    socket.emit('data', Buffer.from(bytes));
    const verdict = {
      requests: this.#requests,
      ...(this.#error === undefined ? {} : { error: this.#error }),
    };
    socket.destroy();
    return verdict;
  }

  close(): void {
    this.#server.close();
  }
}

function requestOf(message: IncomingMessage, response?: ServerResponse): StrictRequest {
  const all = (name: string): string[] =>
    message.rawHeaders.filter((_, i) => i % 2 === 1 && message.rawHeaders[i - 1]?.toLowerCase() === name);
  return {
    method: message.method ?? '',
    target: message.url ?? '',
    hosts: all('host'),
    lengths: all('content-length'),
    ...(response === undefined ? {} : { keepAlive: response.shouldKeepAlive }),
  };
}
