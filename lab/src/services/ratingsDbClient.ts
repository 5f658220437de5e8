import { connect, type Socket } from 'node:net';
import { sourceFor, type Identity } from './identity.js';

/** Milliseconds for an answer. */
const TIMEOUT = 3_000;

interface Waiting {
  readonly resolve: (line: string) => void;
  readonly reject: (error: Error) => void;
}

/** Asks the ratings database over one connection, which is opened when needed. Answers come in the order of questions. */
export class RatingsDbClient {
  #socket: Socket | undefined;
  #waiting: Waiting[] = [];

  constructor(
    private readonly host: string,
    private readonly port: number,
    private readonly self: Identity,
  ) {}

  async ratings(product: string): Promise<unknown> {
    const line = await this.#ask(`RATINGS ${product}`);
    if (!line.startsWith('OK ')) throw new Error(line);
    return JSON.parse(line.slice(3));
  }

  #ask(line: string): Promise<string> {
    const socket = (this.#socket ??= this.#open());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      socket.write(`${line}\n`);
    });
  }

  #open(): Socket {
    const socket = connect({
      host: this.host,
      port: this.port,
      noDelay: true,
      ...sourceFor(this.host, this.self),
    });
    let rest = '';
    socket.setEncoding('utf8');
    socket.setTimeout(TIMEOUT, () => {
      // Silence is an error only while somebody waits.
      if (this.#waiting.length > 0) socket.destroy(new Error(`no answer in ${TIMEOUT / 1000} s`));
    });
    socket.on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#waiting.shift()?.resolve(line);
    });
    const lost = (error: Error): void => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      for (const { reject } of this.#waiting.splice(0)) reject(error);
    };
    socket.on('error', lost);
    socket.on('end', () => socket.destroy());
    socket.on('close', () => lost(new Error('the connection ended')));
    return socket;
  }
}
