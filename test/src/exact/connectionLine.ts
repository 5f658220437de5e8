import { Change } from './change.js';
import type { Connection } from './connection.js';
import type { Line } from './player.js';
import { Recording, type End } from './recording.js';

/** A line over a connection: what it sends goes there; who owns it pushes what came into `recording` and says so. */
export class ConnectionLine implements Line {
  readonly recording = new Recording();
  readonly #change = new Change();

  constructor(readonly connection: Connection) {}

  get end(): End {
    return this.connection.end;
  }

  changed(): Promise<void> {
    return this.#change.next();
  }

  happened(): void {
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
    this.connection.close();
  }

  hold(): void {
    this.connection.hold();
  }

  resume(): void {
    this.connection.resume();
  }
}
