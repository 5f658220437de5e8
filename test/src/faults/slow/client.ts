/** Many slow readers and uploaders in one process. */
import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { onLines, writeLine } from '../../exact/lines.js';
import { matches, piece } from '../pattern.js';
import type { FromClient, Report, ToClient, TransferPlan } from './protocol.js';

/** ms between two turns of a transfer. */
const turnMs = 1000;

const wrong: Record<string, number> = {};
let bytes = 0;
let complete = 0;

abstract class Transfer {
  protected readonly socket: Socket;
  protected fast = false;
  over = false;

  constructor(
    protected readonly plan: TransferPlan,
    protected readonly seed: number,
  ) {
    this.socket = connect({ host: plan.host, port: plan.port, noDelay: true });
    this.socket.on('error', (error: NodeJS.ErrnoException) => this.fail(error.code ?? error.message));
    this.socket.on('close', () => this.fail('closed too early'));
  }

  abstract turn(): void;

  finish(): void {
    this.fast = true;
  }

  stop(): void {
    this.over = true;
    this.socket.destroy();
  }

  protected fail(why: string): void {
    if (this.over) return;
    wrong[why] = (wrong[why] ?? 0) + 1;
    this.stop();
  }

  protected done(): void {
    complete++;
    this.stop();
  }

  /** Bytes for this turn. */
  protected get room(): number {
    return this.fast || this.plan.rate === 0 ? Infinity : (this.plan.rate * turnMs) / 1000;
  }
}

class Download extends Transfer {
  #head: Buffer | undefined = Buffer.alloc(0);
  #at = 0;

  constructor(plan: TransferPlan, seed: number) {
    super(plan, seed);
    this.socket.on('readable', () => {
      if (this.fast) this.turn();
    });
    this.socket.write(`GET /body?bytes=${plan.bytes}&seed=${seed} HTTP/1.1\r\nhost: slow\r\n\r\n`);
  }

  override finish(): void {
    super.finish();
    this.turn();
  }

  override turn(): void {
    let room = this.room;
    while (room > 0 && !this.over && this.socket.readableLength > 0) {
      const chunk = this.socket.read(Math.min(room, this.socket.readableLength)) as Buffer | null;
      if (chunk === null) return;
      room -= chunk.length;
      this.#take(chunk);
    }
  }

  #take(chunk: Buffer): void {
    let body = chunk;
    if (this.#head !== undefined) {
      const head = Buffer.concat([this.#head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) {
        this.#head = head;
        return;
      }
      const text = head.toString('latin1', 0, end).toLowerCase();
      if (!text.startsWith('http/1.1 200') || !text.includes(`\r\ncontent-length: ${this.plan.bytes}`)) {
        this.fail(`head: ${text.slice(0, 200)}`);
        return;
      }
      this.#head = undefined;
      body = head.subarray(end + 4);
    }
    if (!matches(this.seed, this.#at, body)) {
      this.fail('body differs');
      return;
    }
    this.#at += body.length;
    bytes += body.length;
    if (this.#at === this.plan.bytes) this.done();
    else if (this.#at > this.plan.bytes) this.fail('body too long');
  }
}

class Upload extends Transfer {
  #at = 0;
  #blocked = false;
  #answer = '';

  constructor(plan: TransferPlan, seed: number) {
    super(plan, seed);
    this.socket.on('drain', () => {
      this.#blocked = false;
      if (this.room === Infinity) this.turn();
    });
    this.socket.setEncoding('latin1').on('data', (text: string) => this.#heard(text));
    this.socket.write(
      `POST /upload?seed=${seed}&rate=${plan.serverRate} HTTP/1.1\r\nhost: slow\r\ncontent-length: ${plan.bytes}\r\n\r\n`,
    );
    if (plan.rate === 0) this.turn();
  }

  override finish(): void {
    super.finish();
    this.turn();
  }

  override turn(): void {
    let room = this.room;
    while (room > 0 && !this.#blocked && !this.over && this.#at < this.plan.bytes) {
      const part = piece(this.seed, this.#at, Math.min(room, 64 * 1024, this.plan.bytes - this.#at));
      this.#at += part.length;
      bytes += part.length;
      room -= part.length;
      this.#blocked = !this.socket.write(part);
    }
  }

  #heard(text: string): void {
    this.#answer += text;
    const [head, body] = this.#answer.split('\r\n\r\n');
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head ?? '')?.[1] ?? NaN);
    if (body === undefined || body.length < length) return;
    const expected = `${this.plan.bytes} ${hashOf(this.seed, this.plan.bytes)} -1`;
    if (head?.startsWith('HTTP/1.1 200 ') === true && body === expected) this.done();
    else this.fail(`answer: ${this.#answer.slice(0, 200)}`);
  }
}

function hashOf(seed: number, length: number): string {
  const hash = createHash('sha256');
  for (let at = 0; at < length;) {
    const part = piece(seed, at, Math.min(256 * 1024, length - at));
    hash.update(part);
    at += part.length;
  }
  return hash.digest('hex');
}

const plans: Transfer[][] = [];
let finishing = false;

function report(): Report {
  const open = plans.flat().filter((one) => !one.over).length;
  return { open, bytes, complete, wrong };
}

function tell(message: FromClient): void {
  writeLine(process.stdout, message);
}

onLines<ToClient>(process.stdin, (message) => {
  if (message.type === 'start') {
    const { plan } = message;
    const kind = plan.kind === 'download' ? Download : Upload;
    plans.push(Array.from({ length: plan.count }, (_, i) => new kind(plan, plan.seed + i)));
  } else if (message.type === 'finish') {
    finishing = true;
    for (const transfers of plans)
      for (const [i, one] of transfers.entries()) {
        if (i < message.count) one.finish();
        else one.stop();
      }
  } else {
    tell({ type: 'report', ...report() });
  }
});
process.stdin.on('end', () => process.exit(0));

/** All at once would be one burst a turn: a part of them at a time. */
const parts = 50;
let phase = 0;
setInterval(() => {
  phase = (phase + 1) % parts;
  for (const transfers of plans)
    for (let i = phase; i < transfers.length; i += parts) {
      const one = transfers[i];
      if (one !== undefined && !one.over) one.turn();
    }
  if (!finishing || report().open > 0) return;
  finishing = false;
  tell({ type: 'finished', ...report() });
}, turnMs / parts);

tell({ type: 'ready' });
