// The load runner, executed inside a workload: PROFILE RATE SECONDS URL. It ends after SECONDS (0: never), on SIGTERM and SIGINT,
// and when its standard input ends: with whoever started it.
import { identity } from '../../services/identity.js';
import { Connection } from '../connection.js';
import { latency } from '../summary.js';
import type { LoadLine } from './lines.js';
import { Dealer, Pacer, profileNames, profiles, type ProfileName, type Variant } from './profiles.js';

const tickMs = 10;
const lineMs = 1_000;
const connectionsEach = 16;
const timeoutMs = 10_000;

/** Connections that send requests of one kind. */
class Sender {
  readonly #idle: Connection[] = [];
  #opened = 0;

  constructor(
    private readonly url: URL,
    private readonly variant: Variant,
  ) {}

  /** A free connection, or a new one; undefined when all are busy and there may be no more. */
  take(): Connection | undefined {
    const free = this.#idle.pop();
    if (free !== undefined || this.#opened >= connectionsEach) return free;
    const url = new URL(this.url);
    if (this.variant.path !== undefined) url.pathname = this.variant.path;
    const options = {
      url,
      method: 'GET',
      headers: this.variant.headers,
      body: undefined,
      count: 1,
      connections: 1,
      gate: false,
      quiet: true,
      maxBody: 0,
      timeoutMs,
      family: undefined,
    };
    return new Connection(this.#opened++, options, identity(), () => undefined);
  }

  giveBack(connection: Connection): void {
    this.#idle.push(connection);
  }
}

class Load {
  readonly #pacer: Pacer;
  readonly #dealer: Dealer;
  readonly #senders: readonly Sender[];
  readonly #from = performance.now();
  readonly #byStatus: Record<string, number> = {};
  #durations: number[] = [];
  #answers = 0;
  #errors = 0;
  #skipped = 0;
  #told = { answers: 0, at: 0 };

  constructor(name: ProfileName, rate: number, url: URL) {
    const { factor, mix } = profiles[name];
    this.#pacer = new Pacer(rate, factor);
    this.#dealer = new Dealer(mix.map(({ weight }) => weight));
    this.#senders = mix.map((variant) => new Sender(url, variant));
  }

  tick(): void {
    for (let due = this.#pacer.due(this.#seconds()); due > 0; due--) {
      const sender = this.#senders[this.#dealer.next()];
      const connection = sender?.take();
      if (sender === undefined || connection === undefined) this.#skipped++;
      else void this.#send(sender, connection);
    }
  }

  line(done: boolean): LoadLine {
    const seconds = this.#seconds();
    const { answers: before, at } = this.#told;
    this.#told = { answers: this.#answers, at: seconds };
    const times = latency(this.#durations);
    this.#durations = [];
    return {
      type: 'load',
      elapsedMs: Math.round(seconds * 1000),
      wanted: done ? 0 : this.#pacer.wanted(seconds),
      rate: Math.round(((this.#answers - before) / Math.max(seconds - at, 1e-3)) * 10) / 10,
      answers: this.#answers,
      errors: this.#errors,
      skipped: this.#skipped,
      byStatus: { ...this.#byStatus },
      p50Us: times?.p50 ?? null,
      p99Us: times?.p99 ?? null,
      done,
    };
  }

  async #send(sender: Sender, connection: Connection): Promise<void> {
    try {
      const { status, durationUs } = await connection.send(0);
      this.#answers++;
      this.#byStatus[status] = (this.#byStatus[status] ?? 0) + 1;
      this.#durations.push(durationUs);
    } catch {
      this.#errors++;
    }
    sender.giveBack(connection);
  }

  #seconds(): number {
    return (performance.now() - this.#from) / 1000;
  }
}

const [name = '', rate = '', seconds = '', url = ''] = process.argv.slice(2);
const profile = profileNames.find((one) => one === name);
if (profile === undefined || !(Number(rate) > 0) || !(Number(seconds) >= 0) || !URL.canParse(url)) {
  process.stderr.write('usage: PROFILE RATE SECONDS URL\n');
  process.exit(2);
}
const load = new Load(profile, Number(rate), new URL(url));
const print = (done: boolean): boolean => process.stdout.write(`${JSON.stringify(load.line(done))}\n`);
setInterval(() => load.tick(), tickMs);
setInterval(() => print(false), lineMs);
const end = (): void => {
  print(true);
  process.stdout.write('', () => process.exit(0));
};
if (Number(seconds) > 0) setTimeout(end, Number(seconds) * 1000);
process.once('SIGTERM', end).once('SIGINT', end);
process.stdin.on('end', end).on('error', end).resume();
process.stdout.on('error', () => process.exit(0));
