/** A fast client: short requests one after the other on a few connections. Arguments: address port pairs as address:port. */
import { connect, type Socket } from 'node:net';
import { onLines, writeLine } from '../../exact/lines.js';

export interface Measure {
  readonly type: 'measure';
  readonly ms: number;
  /** Between an answer and the next request; 0: none. */
  readonly pauseMs: number;
}

export type FromFast =
  | { readonly type: 'ready' }
  | { readonly type: 'measured'; readonly requests: number; readonly ms: number; readonly wrong: number };

const connectionsEach = 4;
const request = 'GET /small HTTP/1.1\r\nhost: fast\r\n\r\n';

let running = false;
let pauseMs = 0;
let requests = 0;
let wrong = 0;

class Line {
  readonly #socket: Socket;
  #text = '';
  #busy = false;

  constructor(host: string, port: number) {
    this.#socket = connect({ host, port, noDelay: true });
    this.#socket.setEncoding('latin1').on('data', (text: string) => this.#heard(text));
    this.#socket.on('error', () => wrong++);
    this.#socket.on('close', () => wrong++);
  }

  next(): void {
    if (!running || this.#busy) return;
    this.#busy = true;
    this.#socket.write(request);
  }

  #heard(text: string): void {
    this.#text += text;
    if (!this.#text.endsWith('\r\n\r\nsmall\n')) return;
    if (!this.#text.startsWith('HTTP/1.1 200 ')) wrong++;
    this.#text = '';
    this.#busy = false;
    requests++;
    if (pauseMs === 0) this.next();
    else setTimeout(() => this.next(), pauseMs);
  }
}

const lines = process.argv.slice(2).flatMap((where) => {
  const [host = '', port] = where.split(':');
  return Array.from({ length: connectionsEach }, () => new Line(host, Number(port)));
});

onLines<Measure>(process.stdin, ({ ms, pauseMs: pause }) => {
  pauseMs = pause;
  const before = requests;
  const begin = performance.now();
  running = true;
  for (const line of lines) line.next();
  setTimeout(() => {
    running = false;
    writeLine(process.stdout, {
      type: 'measured',
      requests: requests - before,
      ms: performance.now() - begin,
      wrong,
    } satisfies FromFast);
  }, ms);
});
process.stdin.on('end', () => process.exit(0));
writeLine(process.stdout, { type: 'ready' } satisfies FromFast);
