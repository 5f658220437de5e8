/** Thousands of connections in one process, each with a request now and then. */
import { connect, type Socket } from 'node:net';
import { onLines, writeLine } from '../exact/lines.js';
import { port } from '../faults/mesh.js';
import { clusterOfEndpoint, clusters, endpointAt, service } from './configuration.js';
import type { FromClient, ToClient } from './protocol.js';

/** Connections that wait for an answer at the same time. */
const atOnce = 256;
/** Clusters that half of the connections ask, again and again; the others go round all of them. */
const hot = 50;
const patienceMs = 20_000;

let right = 0;
let wrong: Record<string, number> = {};
const lines: Line[] = [];

class Line {
  open = false;
  readonly #socket: Socket;
  #text = '';
  #heard: (why: string) => void = () => undefined;

  constructor(private readonly number: number) {
    this.#socket = connect({ host: service, port, noDelay: true });
    this.#socket.setEncoding('latin1').on('data', (text: string) => {
      this.#text += text;
      const head = this.#text.indexOf('\r\n\r\n');
      const length = Number(/\r\ncontent-length: (\d+)\r\n/i.exec(this.#text)?.[1] ?? NaN);
      if (head >= 0 && this.#text.length >= head + 4 + length) this.#heard('');
    });
    this.#socket.on('connect', () => (this.open = true));
    this.#socket.on('error', (error: NodeJS.ErrnoException) => this.#heard(error.code ?? error.message));
    this.#socket.on('close', () => {
      this.open = false;
      this.#heard('closed by the other side');
    });
  }

  /** One request; resolves to what is wrong with its answer. */
  ask(round: number): Promise<string> {
    const { number } = this;
    const cluster = number % 2 === 0 ? (number / 2) % hot : ((number >> 1) + round * 251) % clusters;
    const target = `/${number}/${round}`;
    // chunked is the relay's, the others are the kernel's where a warm connection waits
    const chunked = (number >> 1) % 2 === 1;
    const body = chunked ? `body-${number}` : '';
    const answer = new Promise<string>((resolve) => {
      const timer = setTimeout(() => this.#heard('no answer'), patienceMs);
      this.#heard = (why) => {
        clearTimeout(timer);
        this.#heard = () => undefined;
        resolve(why || judge(this.#text, cluster, target, body));
      };
    });
    this.#text = '';
    if (this.#socket.destroyed) this.#heard('the connection is gone');
    else
      this.#socket.write(
        chunked
          ? `POST ${target} HTTP/1.1\r\nhost: c${cluster}.mesh\r\ntransfer-encoding: chunked\r\n\r\n` +
              `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
          : `GET ${target} HTTP/1.1\r\nhost: c${cluster}.mesh\r\n\r\n`,
      );
    return answer;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.destroyed) return resolve();
      this.#socket.once('close', () => resolve());
      this.#socket.end();
    });
  }
}

/** What is wrong with an answer: who gave it, and to what. */
function judge(text: string, cluster: number, target: string, body: string): string {
  if (!text.startsWith('HTTP/1.1 200 ')) return text.slice(0, 160);
  const [place = '', at, to, echo] = text.slice(text.indexOf('\r\n\r\n') + 4, -1).split(' ');
  if (to !== target || echo !== body) return `the answer to another request: ${to} ${echo}`;
  const asked = clusterOfEndpoint(endpointAt(place, Number(at)));
  return asked === cluster ? '' : `answered by cluster ${asked}, not ${cluster}`;
}

/** Each of `todo` in turn, `atOnce` of them at the same time. */
async function all<T>(todo: readonly T[], one: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let item = todo[next++]; item !== undefined; item = todo[next++]) await one(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

async function ask(line: Line, round: number): Promise<void> {
  const why = await line.ask(round);
  if (why === '') right++;
  else wrong[why] = (wrong[why] ?? 0) + 1;
}

async function act(message: ToClient): Promise<void> {
  right = 0;
  wrong = {};
  if (message.type === 'open') {
    const numbers = Array.from({ length: message.count }, (_, i) => message.first + i);
    await all(numbers, async (number) => {
      const line = new Line(number);
      lines.push(line);
      await ask(line, 0);
    });
  } else if (message.type === 'round') {
    await all(lines, (line) => ask(line, message.round));
  } else {
    await Promise.all(lines.map((line) => line.close()));
    lines.length = 0;
  }
  const open = lines.filter((line) => line.open).length;
  writeLine(process.stdout, { type: 'done', open, right, wrong } satisfies FromClient);
}

onLines<ToClient>(process.stdin, (message) => void act(message));
process.stdin.on('end', () => process.exit(0));
writeLine(process.stdout, { type: 'ready' } satisfies FromClient);
