import { performance } from 'node:perf_hooks';
import { Socket } from 'node:net';
import { Change } from './change.js';
import { Connection, type Listener } from './connection.js';
import type { Line } from './player.js';
import { Recording, type End } from './recording.js';

/** The client's end of a conversation. */
export class ClientLine implements Line, Listener {
  readonly recording = new Recording();
  readonly #change = new Change();
  firstAt = -1;

  constructor(readonly connection: Connection) {
    connection.listener = this;
  }

  /** Resolves when the connection stands, or never will: then `end` is `refused`. */
  static async connect(address: string, port: number): Promise<ClientLine> {
    const socket = new Socket({ allowHalfOpen: true });
    const line = new ClientLine(new Connection(socket, false));
    socket.connect({ host: address, port });
    await new Promise<void>((resolve) => {
      socket.once('connect', resolve);
      socket.once('close', () => resolve());
    });
    return line;
  }

  get end(): End {
    return this.connection.end;
  }

  changed(): Promise<void> {
    return this.#change.next();
  }

  data(chunk: Buffer): void {
    if (this.firstAt < 0) this.firstAt = performance.now();
    this.recording.push(chunk);
    this.#change.happened();
  }

  ended(): void {
    this.#change.happened();
  }

  send(bytes: Buffer): Promise<void> {
    return this.connection.send(bytes);
  }

  finish(): void {
    this.connection.finish();
  }

  reset(): void {
    this.connection.reset();
  }

  close(): void {
    this.connection.close();
  }

  abandon(): void {
    this.recording.forget();
    this.connection.close();
  }

  hold(): void {
    this.connection.hold();
  }

  resume(): void {
    this.connection.resume();
  }
}
