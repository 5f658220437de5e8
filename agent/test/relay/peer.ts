/** One end of a TCP connection in a test: sends raw bytes, remembers what came and how the connection ended. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export type PeerEnd = 'open' | 'fin' | 'rst';

/** Nothing that a test waits for takes longer, in ms. */
const patience = 4000;

export class Peer {
  end: PeerEnd = 'open';
  closed = false;
  readonly #chunks: Buffer[] = [];
  #length = 0;
  #joined: Buffer | undefined;
  #taken = 0;
  readonly #waiting = new Set<() => void>();

  constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#length += chunk.length;
      this.#joined = undefined;
      this.#wake();
    });
    socket.on('end', () => {
      if (this.end === 'open') this.end = 'fin';
      this.#wake();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') this.end = 'rst';
      this.#wake();
    });
    socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
  }

  static async connect(port: number, host = '127.0.0.1'): Promise<Peer> {
    const socket = connect({ port, host, allowHalfOpen: true, noDelay: true });
    const peer = new Peer(socket);
    await once(socket, 'connect');
    return peer;
  }

  /** Everything received so far. */
  get received(): Buffer {
    this.#joined ??= Buffer.concat(this.#chunks);
    return this.#joined;
  }

  get receivedLength(): number {
    return this.#length;
  }

  send(bytes: string | Buffer): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** Sends the pieces one after the other, each in a segment of its own as far as that can be had. */
  async sendPieces(...pieces: (string | Buffer)[]): Promise<void> {
    for (const piece of pieces) {
      this.send(piece);
      await turn();
    }
  }

  finish(): void {
    this.socket.end();
  }

  reset(): void {
    this.socket.resetAndDestroy();
  }

  /** Waits for `count` bytes after those taken before. */
  async bytes(count: number): Promise<Buffer> {
    await this.#until(() => this.#length >= this.#taken + count, `${count} bytes`);
    const taken = this.received.subarray(this.#taken, this.#taken + count);
    this.#taken += count;
    return taken;
  }

  /** Waits for `text` after what was taken before; takes it and what is before it. */
  async until(text: string): Promise<string> {
    let at = -1;
    await this.#until(() => {
      at = this.received.indexOf(text, this.#taken, 'latin1');
      return at >= 0;
    }, JSON.stringify(text));
    const taken = this.received.toString('latin1', this.#taken, at + text.length);
    this.#taken = at + text.length;
    return taken;
  }

  /** Waits until the other side has ended the connection. */
  async ending(): Promise<PeerEnd> {
    await this.#until(() => this.end !== 'open' || this.closed, 'the end of the connection');
    return this.end;
  }

  async #until(holds: () => boolean, what: string): Promise<void> {
    const deadline = Date.now() + patience;
    while (!holds()) {
      if (this.closed || this.end === 'rst')
        throw new Error(`${this.end} while waiting for ${what}; got ${this.#tail()}`);
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`no ${what} in ${patience} ms; got ${this.#tail()}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, left);
        const waiting = this.#waiting;
        function done(): void {
          clearTimeout(timer);
          waiting.delete(done);
          resolve();
        }
        waiting.add(done);
      });
    }
  }

  #tail(): string {
    return JSON.stringify(this.received.toString('latin1', Math.max(0, this.#length - 200)));
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}

/** A short while: enough for loopback and another event loop turn. */
export function turn(ms = 2): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Waits until `holds`, looking every few ms. */
export async function eventually(holds: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + patience;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${patience} ms`);
    await turn(5);
  }
}
