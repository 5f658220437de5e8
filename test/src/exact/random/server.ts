/**
 * The server of the differential run. Each request names its exchange in the header X-Key, so that any number of
 * conversations may share ports and connections: what the server does for a request follows from the key.
 */
import { createServer, type Socket } from 'node:net';
import { Change } from '../change.js';
import { Connection } from '../connection.js';
import { ConnectionLine } from '../connectionLine.js';
import { onLines, writeLine } from '../lines.js';
import { play, type Stuck } from '../player.js';
import { octets } from '../step.js';
import { exchangeAt, exchangeCount, type Exchange, type Reduction } from './conversation.js';
import { patienceMs, type FromRandomServer, type TakeRandom, type ToRandomServer } from './messages.js';
import { all, stuckText, waitedEnd, wrongBytes } from './verdict.js';

const seed = Number(process.argv[2]);
const port = Number(process.argv[3]);
/** How long a server may still wait when its client is done, in ms. */
const graceMs = 3_000;

/** What was seen of one conversation, by number of the exchange. */
class Book {
  readonly seen = new Map<number, string[]>();
  readonly changed = new Change();
  /** Exchanges that have begun and not ended. */
  running = 0;
}

const books = new Map<number, Book>();
const reductions = new Map<number, Reduction>();

function bookOf(number: number): Book {
  const known = books.get(number);
  if (known !== undefined) return known;
  const book = new Book();
  books.set(number, book);
  return book;
}

class Serving {
  /** The request under way. */
  #run: ConnectionLine | undefined;
  #waiting: Buffer = Buffer.alloc(0);

  constructor(private readonly connection: Connection) {
    connection.listener = { data: (chunk) => this.#data(chunk), ended: () => this.#ended() };
  }

  #data(chunk: Buffer): void {
    if (this.#run !== undefined) {
      this.#run.recording.push(chunk);
      this.#run.happened();
      return;
    }
    this.#waiting = this.#waiting.length === 0 ? chunk : Buffer.concat([this.#waiting, chunk]);
    this.#begin();
  }

  #ended(): void {
    if (this.#run !== undefined) {
      this.#run.happened();
      return;
    }
    if (this.#waiting.length > 0) this.#lost('the connection ended');
    if (!this.connection.closed) this.connection.close();
  }

  #begin(): void {
    if (this.#waiting.length === 0) return;
    const text = this.#waiting.toString('latin1');
    const key = /\r\nx-key: (\d+)\.(\d+)\r\n/i.exec(text);
    if (key === null) {
      if (this.#waiting.length > 100_000) this.#lost('no key in 100,000 bytes');
      return;
    }
    const [number, index] = [Number(key[1]), Number(key[2])];
    const own =
      index < exchangeCount(seed, number)
        ? exchangeAt(seed, number, index, reductions.get(number) ?? {})
        : undefined;
    if (own === undefined) {
      this.#lost(`no exchange ${number}.${index}`);
      return;
    }
    const run = new ConnectionLine(this.connection);
    run.recording.push(this.#waiting);
    this.#waiting = Buffer.alloc(0);
    this.#run = run;
    void this.#play(run, own, number, index);
  }

  async #play(
    run: ConnectionLine,
    { request, server }: Exchange,
    number: number,
    index: number,
  ): Promise<void> {
    const book = bookOf(number);
    book.running++;
    const stuck: Stuck | undefined = await play(run, server, patienceMs);
    const end = waitedEnd(run, server);
    const wrong = all(stuckText(stuck), wrongBytes(run.recording.taken, octets(request)));
    const seen = all(wrong, end === '' ? '' : `end ${end}`);
    const before = book.seen.get(index);
    if (before === undefined) book.seen.set(index, [seen]);
    else before.push(seen);
    book.running--;
    book.changed.happened();
    this.#run = undefined;
    this.#waiting = run.recording.rest;
    if (this.connection.end === 'open') this.#begin();
    else this.#ended();
  }

  #lost(why: string): void {
    reply({ type: 'lost', text: `${why}: ${this.#waiting.toString('latin1', 0, 300)}` });
    this.#waiting = Buffer.alloc(0);
    this.connection.close();
  }
}

async function take({ id, conversation: number, exchanges }: TakeRandom): Promise<void> {
  const book = bookOf(number);
  const deadline = Date.now() + graceMs;
  const complete = (): boolean => book.running === 0 && exchanges.every((index) => book.seen.has(index));
  while (!complete() && Date.now() < deadline)
    await Promise.race([book.changed.next(), new Promise((resolve) => setTimeout(resolve, 100))]);
  books.delete(number);
  const seen = Object.fromEntries(book.seen);
  const running = book.running > 0 ? { [-1]: ['still running'] } : {};
  reply({ type: 'heard', id, seen: { ...seen, ...running } });
}

function reply(message: FromRandomServer): void {
  writeLine(process.stdout, message);
}

const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket: Socket) => {
  new Serving(new Connection(socket, true));
});
server.listen({ port, host: '::', backlog: 4096 }, () => reply({ type: 'ready' }));
onLines<ToRandomServer>(process.stdin, (message) => {
  if (message.type === 'take') {
    void take(message);
    return;
  }
  reductions.set(message.conversation, message.reduction);
  reply({ type: 'heard', id: message.id, seen: {} });
});
process.stdin.on('end', () => process.exit(0));
