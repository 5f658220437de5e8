/** Plays random conversations without a mesh and on the arms, and finds the smallest part of one that differs. */
import { arms, noMesh, type Arm, type Place } from '../arms.js';
import { isHttp } from '../conversations.js';
import type { ExactLab } from '../exactLab.js';
import { conversation, exchangeCount, type Reduction } from './conversation.js';
import type {
  FromRandomClient,
  FromRandomServer,
  HeardRandom,
  PlayedRandom,
  PlayRandom,
  ReduceRandom,
  TakeRandom,
} from './messages.js';
import { Rng } from './rng.js';

export type RandomLab = ExactLab<FromRandomClient, FromRandomServer>;

export interface Difference {
  readonly conversation: number;
  readonly arm: Arm;
  readonly texts: readonly string[];
}

export interface Tally {
  /** Exchanges that were compared: played on an arm and without a mesh. */
  exchanges: number;
  readonly byWay: Map<string, number>;
  readonly differences: Difference[];
}

/** What both ends said, in words that are the same for the same behaviour. */
type Outcome = readonly string[];

export class RandomRun {
  readonly tally: Tally = { exchanges: 0, byWay: new Map(), differences: [] };
  /** Bytes that came to a server and belong to no exchange. */
  readonly lost: string[] = [];
  #id = 0;
  readonly #client = new Map<number, (played: PlayedRandom) => void>();
  readonly #servers = new Map<number, (heard: HeardRandom) => void>();

  constructor(
    private readonly lab: RandomLab,
    private readonly seed: number,
  ) {
    lab.client.onMessage = (message) => {
      if (message.type === 'played') take(this.#client, message.id)?.(message);
    };
    for (const place of ['near', 'far'] as const)
      lab.servers[place].onMessage = (message) => {
        if (message.type === 'heard') take(this.#servers, message.id)?.(message);
        else if (message.type === 'lost') this.lost.push(`${place}: ${message.text}`);
      };
  }

  /** Conversations from `from` on until `exchanges` were compared in all; each on one arm of `ways`. Gives the next number. */
  async play(from: number, exchanges: number, ways: readonly string[], atOnce: number): Promise<number> {
    const { tally } = this;
    const some = arms.filter(({ way }) => ways.includes(way));
    let next = from;
    const worker = async (): Promise<void> => {
      while (tally.exchanges < exchanges && tally.differences.length < differencesMost) {
        const number = next++;
        const arm = new Rng(this.seed, number, -1).pick(some);
        const texts = await this.compare(number, arm, {});
        const count = exchangeCount(this.seed, number);
        tally.exchanges += count;
        tally.byWay.set(arm.way, (tally.byWay.get(arm.way) ?? 0) + count);
        if (texts.length > 0) tally.differences.push({ conversation: number, arm, texts });
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    return next;
  }

  /** How a conversation on an arm differs from the one without a mesh. */
  async compare(number: number, arm: Arm, reduction: Reduction): Promise<string[]> {
    const without = noMesh.find(({ place, family }) => place === arm.place && family === arm.family) ?? arm;
    const expected = await this.#one(number, without, reduction);
    const got = await this.#one(number, arm, reduction);
    return [
      ...got.filter((text) => !expected.includes(text)).map((text) => `${arm.name}: ${text}`),
      ...expected.filter((text) => !got.includes(text)).map((text) => `without a mesh: ${text}`),
    ];
  }

  /** The smallest part of a conversation that still differs, tried some times; undefined: it does not differ again. */
  async reduce({ conversation: number, arm }: Difference): Promise<Reduction | undefined> {
    const all = Array.from({ length: exchangeCount(this.seed, number) }, (_, i) => i);
    let found: Reduction | undefined;
    const fails = async (reduction: Reduction): Promise<boolean> => {
      await this.#announce(number, reduction);
      for (let i = 0; i < 4; i++)
        if ((await this.compare(number, arm, reduction)).length > 0) {
          found = reduction;
          return true;
        }
      return false;
    };
    if (!(await fails({ keep: all }))) return undefined;
    let keep: readonly number[] = all;
    for (let size = Math.ceil(keep.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
      for (let at = 0; at < keep.length && keep.length > 1;) {
        const less = keep.filter((_, i) => i < at || i >= at + size);
        if (less.length > 0 && (await fails({ keep: less }))) keep = less;
        else at += size;
      }
    await fails({ keep, whole: true });
    return found;
  }

  async #one(number: number, arm: Arm, reduction: Reduction): Promise<Outcome> {
    const id = this.#id++;
    const client = await new Promise<PlayedRandom>((resolve) => {
      this.#client.set(id, resolve);
      const port = this.lab.ports[0] ?? 0;
      const message: PlayRandom = {
        type: 'play',
        id,
        conversation: number,
        reduction,
        address: arm.address,
        port,
      };
      this.lab.client.send(message);
    });
    const { exchanges } = conversation(this.seed, number, reduction);
    const indices = reduction.keep ?? exchanges.map((_, i) => i);
    const at = (i: number): Place => (isHttp(arm) ? (exchanges[i]?.to ?? arm.place) : arm.place);
    const outcome = [`client: ${client.wrong}, end ${client.end}`];
    for (const place of ['near', 'far'] as const) {
      const own = indices.filter((_, i) => at(i) === place);
      if (own.length === 0) continue;
      const { seen } = await this.#take(place, number, own);
      // an exchange may be at another server than the one without a mesh: only what it saw is compared
      for (const [index, texts] of Object.entries(seen))
        outcome.push(`server, exchange ${index}: ${texts.length} times, ${texts.join(' | ')}`);
      for (const index of own)
        if (seen[index] === undefined) outcome.push(`server, exchange ${index}: it never came`);
    }
    return outcome;
  }

  #take(place: Place, number: number, exchanges: readonly number[]): Promise<HeardRandom> {
    return this.#ask(place, (id): TakeRandom => ({ type: 'take', id, conversation: number, exchanges }));
  }

  async #announce(number: number, reduction: Reduction): Promise<void> {
    for (const place of ['near', 'far'] as const)
      await this.#ask(place, (id): ReduceRandom => ({ type: 'reduce', id, conversation: number, reduction }));
  }

  #ask(place: Place, message: (id: number) => TakeRandom | ReduceRandom): Promise<HeardRandom> {
    const id = this.#id++;
    return new Promise((resolve) => {
      this.#servers.set(id, resolve);
      this.lab.servers[place].send(message(id));
    });
  }
}

/** After so many there is no need to go on. */
const differencesMost = 20;

function take<K, V>(map: Map<K, V>, key: K): V | undefined {
  const value = map.get(key);
  map.delete(key);
  return value;
}
