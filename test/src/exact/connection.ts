import type { Socket } from 'node:net';
import { keepReading, wasReset } from './keepReading.js';
import type { End } from './recording.js';

/** Who hears of a connection. */
export interface Listener {
  data(chunk: Buffer): void;
  ended(end: End): void;
}

/** A TCP connection: what came, in order, and how the other side ended it. */
export class Connection {
  /** How the other side ended first: RST after FIN is still `fin`. */
  end: End = 'open';
  /** Nothing comes or goes any more. */
  closed = false;
  listener: Listener | undefined;
  #connected: boolean;

  constructor(
    readonly socket: Socket,
    connected: boolean,
  ) {
    this.#connected = connected;
    const writes = keepReading(socket);
    socket.setNoDelay(true);
    socket.on('connect', () => {
      this.#connected = true;
    });
    socket.on('data', (chunk: Buffer) => this.listener?.data(chunk));
    socket.on('end', () => this.#ended(writes.lost || wasReset(socket) ? 'rst' : 'fin'));
    socket.on('error', () => this.#ended(this.#connected ? 'rst' : 'refused'));
    socket.on('close', () => {
      this.closed = true;
      this.listener?.ended(this.end);
    });
  }

  /** Resolves when the kernel has the bytes, or will never take them. */
  send(bytes: Buffer): Promise<void> {
    const { socket } = this;
    if (this.closed || socket.destroyed || socket.writableEnded) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        socket.off('close', done);
        resolve();
      };
      socket.once('close', done);
      socket.write(bytes, done);
    });
  }

  finish(): void {
    this.socket.end();
  }

  reset(): void {
    this.socket.resetAndDestroy();
  }

  close(): void {
    this.socket.destroy();
  }

  hold(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  #ended(end: End): void {
    if (this.end === 'open') this.end = end;
    this.listener?.ended(this.end);
  }
}
