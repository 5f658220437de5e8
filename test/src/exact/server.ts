/** The raw server, run in a workload: on each of its ports it plays one conversation after the other. */
import { createServer, type Socket } from 'node:net';
import { Change } from './change.js';
import { Connection, type Listener } from './connection.js';
import { onLines, writeLine } from './lines.js';
import { play, type Line, type Stuck } from './player.js';
import type { Arm, FromServer, Settle } from './protocol.js';
import { Recording, type End } from './recording.js';

/** A server that still waits is given this long after its client is done, in ms, and again as long as bytes come. */
const graceMs = 2_000;
/** What comes too much comes within this time, in ms. */
const quietMs = 10;

/**
 * What a server gets in one conversation. Without a mesh that is one connection; a mesh may bring each request on
 * another one. The script speaks on the one that spoke last.
 */
class Conversation implements Line {
  readonly recording = new Recording();
  readonly used = new Set<Connection>();
  readonly #change = new Change();
  readonly #giveUp = new AbortController();
  readonly #finished: Promise<void>;
  #finish: () => void = () => undefined;
  #begun = false;
  #over = false;
  #current: Connection | undefined;
  #stuck: Stuck | undefined;
  #end: End = 'open';

  constructor(readonly arm: Arm) {
    this.#finished = new Promise((resolve) => (this.#finish = resolve));
    if (arm.steps.length === 0) this.#begin();
  }

  get end(): End {
    return this.#current?.end ?? 'open';
  }

  opened(connection: Connection): void {
    if (!this.arm.greets) return;
    this.#current = connection;
    this.used.add(connection);
    this.#begin();
  }

  data(connection: Connection, chunk: Buffer): void {
    this.#current = connection;
    this.used.add(connection);
    this.recording.push(chunk);
    this.#begin();
    this.#change.happened();
  }

  ended(connection: Connection): void {
    if (connection === this.#current) this.#change.happened();
  }

  /** Resolves when the script is over, or nothing comes any more. */
  async settle(): Promise<FromServer> {
    for (let length = -1; !this.#over && length !== this.recording.length;) {
      length = this.recording.length;
      await Promise.race([this.#finished, sleep(graceMs)]);
    }
    this.#giveUp.abort();
    if (this.#begun) await this.#finished;
    else this.#stuck = { step: 0, why: 'no byte came' };
    await sleep(quietMs);
    for (const connection of this.used)
      if (connection.end !== 'open' && !connection.closed) connection.close();
    return {
      type: 'heard',
      id: this.arm.id,
      received: this.recording.received(),
      end: this.#end,
      stuck: this.#stuck,
      connections: this.used.size,
    };
  }

  changed(): Promise<void> {
    return this.#change.next();
  }

  send(bytes: Buffer): Promise<void> {
    return this.#current?.send(bytes) ?? Promise.resolve();
  }

  finish(): void {
    this.#current?.finish();
  }

  reset(): void {
    this.#current?.reset();
  }

  close(): void {
    this.#current?.close();
  }

  abandon(): void {
    this.recording.forget();
    const current = this.#current;
    if (current === undefined) return;
    current.listener = undefined;
    current.close();
  }

  hold(): void {
    this.#current?.hold();
  }

  resume(): void {
    this.#current?.resume();
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    const { steps, patienceMs } = this.arm;
    void play(this, steps, patienceMs, this.#giveUp.signal).then((stuck) => {
      this.#stuck = stuck;
      this.#end = this.end;
      this.#over = true;
      this.#finish();
    });
  }
}

/** One port: the conversation that is played there, and its connections. */
class Port {
  #conversation: Conversation | undefined;

  constructor(readonly port: number) {}

  listen(): Promise<void> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    server.on('connection', (socket) => this.#accept(socket));
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port: this.port, host: '::', backlog: 4096 }, resolve);
    });
  }

  arm(arm: Arm): void {
    this.#conversation = new Conversation(arm);
    reply({ type: 'armed', id: arm.id });
  }

  async settle({ id }: Settle): Promise<void> {
    const conversation = this.#conversation;
    if (conversation?.arm.id !== id) throw new Error(`conversation ${id} is not on port ${this.port}`);
    const heard = await conversation.settle();
    this.#conversation = undefined;
    reply(heard);
  }

  #accept(socket: Socket): void {
    const connection = new Connection(socket, true);
    const listener: Listener = {
      data: (chunk) => {
        if (this.#conversation === undefined)
          reply({ type: 'stray', port: this.port, text: chunk.toString('latin1', 0, 200) });
        else this.#conversation.data(connection, chunk);
      },
      ended: () => {
        const conversation = this.#conversation;
        if (conversation?.used.has(connection) === true) conversation.ended(connection);
        else if (!connection.closed) connection.close();
      },
    };
    connection.listener = listener;
    this.#conversation?.opened(connection);
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function reply(message: FromServer): void {
  writeLine(process.stdout, message);
}

const ports = new Map<number, Port>();
for (const text of process.argv.slice(2)) ports.set(Number(text), new Port(Number(text)));
await Promise.all([...ports.values()].map((port) => port.listen()));
onLines<Arm | Settle>(process.stdin, (message) => {
  const port = ports.get(message.port);
  if (port === undefined) throw new Error(`no port ${message.port}`);
  if (message.type === 'arm') port.arm(message);
  else void port.settle(message);
});
process.stdin.on('end', () => process.exit(0));
reply({ type: 'ready' });
