/** The raw client, run in a workload: plays scripts over connections of their own, many at once. */
import { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { Change } from './change.js';
import { Connection, type Listener } from './connection.js';
import { onLines, writeLine } from './lines.js';
import { play, type Line } from './player.js';
import { hostPort, type FromClient, type Play } from './protocol.js';
import { Recording, type End } from './recording.js';

/** What comes too much comes within this time after the end of a script, in ms. */
const quietMs = 10;

class ClientLine implements Line, Listener {
  readonly recording = new Recording();
  readonly #change = new Change();
  firstAt = -1;

  constructor(readonly connection: Connection) {
    connection.listener = this;
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

async function run({ id, address, port, steps, patienceMs }: Play): Promise<void> {
  const started = performance.now();
  const socket = new Socket({ allowHalfOpen: true });
  const line = new ClientLine(new Connection(socket, false));
  socket.connect({ host: address, port });
  await new Promise<void>((resolve) => {
    socket.once('connect', resolve);
    socket.once('close', resolve);
  });
  const local = hostPort(socket.localAddress, socket.localPort);
  const peer = hostPort(socket.remoteAddress, socket.remotePort);
  const stuck = await play(line, steps, patienceMs);
  if (!socket.destroyed) await new Promise((resolve) => setTimeout(resolve, quietMs));
  const end = line.end;
  socket.destroy();
  const played: FromClient = {
    type: 'played',
    id,
    received: line.recording.received(),
    end,
    stuck,
    local,
    peer,
    target: hostPort(address, port),
    firstMs: line.firstAt < 0 ? -1 : line.firstAt - started,
    startUs: Math.round((performance.timeOrigin + started) * 1000),
    endUs: Math.round((performance.timeOrigin + performance.now()) * 1000),
  };
  writeLine(process.stdout, played);
}

onLines<Play>(process.stdin, (message) => void run(message));
process.stdin.on('end', () => process.exit(0));
writeLine(process.stdout, { type: 'ready' } satisfies FromClient);
