import { performance } from 'node:perf_hooks';
import { Socket } from 'node:net';
import { Connection, type Listener } from './connection.js';
import { ConnectionLine } from './connectionLine.js';

/** The client's end of a conversation. */
export class ClientLine extends ConnectionLine implements Listener {
  firstAt = -1;

  constructor(connection: Connection) {
    super(connection);
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

  data(chunk: Buffer): void {
    if (this.firstAt < 0) this.firstAt = performance.now();
    this.recording.push(chunk);
    this.happened();
  }

  ended(): void {
    this.happened();
  }

  override abandon(): void {
    this.recording.forget();
    super.abandon();
  }
}
