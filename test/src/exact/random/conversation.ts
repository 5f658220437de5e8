/** Random conversations: what the client does, and what the server does for each request. All follows from two numbers. */
import type { Place } from '../arms.js';
import {
  close,
  cutAt,
  ending,
  finish,
  join,
  lengthOf,
  pause,
  read,
  reset,
  type Bytes,
  type Step,
} from '../step.js';
import {
  bytesOf,
  interimOf,
  requestOf,
  responseOf,
  sizeOf,
  wholeLength,
  type Message,
  type RequestOptions,
} from './message.js';
import { Rng } from './rng.js';

/** One request, and what becomes of it. */
export interface Exchange {
  readonly to: Place;
  /** What the server gets. */
  readonly request: Bytes;
  /** What the client gets. */
  readonly response: Bytes;
  readonly client: readonly Step[];
  /** From the first byte of the request on. */
  readonly server: readonly Step[];
  /** The next request is sent before this answer is read. */
  readonly pipelined?: boolean;
}

export interface Conversation {
  readonly exchanges: readonly Exchange[];
  readonly client: readonly Step[];
}

/** What is left of a conversation, to find the smallest one that fails. */
export interface Reduction {
  /** Numbers of the exchanges that are kept; undefined: all. */
  readonly keep?: readonly number[];
  /** Every message in one write, without pauses between writes. */
  readonly whole?: boolean;
}

export function conversation(seed: number, number: number, reduction: Reduction = {}): Conversation {
  const kept = reduction.keep ?? Array.from({ length: exchangeCount(seed, number) }, (_, i) => i);
  const exchanges = kept.map((index) => exchangeAt(seed, number, index, reduction));
  return { exchanges, client: clientSteps(exchanges) };
}

export function exchangeCount(seed: number, number: number): number {
  const rng = new Rng(seed, number);
  return rng.weighted([
    [20, 1],
    [50, rng.between(2, 6)],
    [25, rng.between(7, 15)],
    [5, rng.between(16, 40)],
  ]);
}

/** The exchange of that index, whatever is kept of the others. */
export function exchangeAt(seed: number, number: number, index: number, reduction: Reduction): Exchange {
  const rng = new Rng(seed, number, index);
  const to = rng.pick(['near', 'far'] as const);
  const last = index === exchangeCount(seed, number) - 1;
  return new Maker(rng, { key: `${number}.${index}`, to }, reduction.whole ?? false).make(last);
}

function clientSteps(exchanges: readonly Exchange[]): Step[] {
  const steps: Step[] = [];
  let waiting = 0;
  for (const [i, { client, response, pipelined }] of exchanges.entries()) {
    steps.push(...client);
    if (pipelined === true) {
      waiting += lengthOf(response);
      const next = exchanges[i + 1];
      if (next?.pipelined === true && next !== undefined) continue;
      steps.push(read(waiting));
      waiting = 0;
    }
  }
  return steps;
}

/** Kinds of exchanges after which the connection goes on, by how often they occur. */
const ongoing = [
  [70, 'plain'],
  [14, 'pipelined'],
  [4, 'interim'],
  [4, 'expect'],
  [4, 'early'],
  [3, 'slow'],
  [1, 'idle'],
] as const;
/** Kinds of last exchanges. */
const final = [
  [60, 'ongoing'],
  [8, 'closing'],
  [4, 'until the end'],
  [4, 'HTTP/1.0'],
  [4, 'upgrade'],
  [4, 'half-close'],
  [4, 'client leaves while it waits'],
  [4, 'client leaves in its body'],
  [4, 'client leaves in the response'],
  [4, 'server ends before the response'],
  [4, 'server ends in the response'],
] as const;

/** Long enough that an end cannot be that of an idle connection, in ms. */
const lateMs = 60;
/** Long enough that what was sent has arrived, in ms. */
const arrivedMs = 40;

/** More than a window arrives only as fast as processes read it, and a reset drops what is still here: without a mesh, too. */
function arrivedAfter(bytes: Bytes): number {
  return arrivedMs + Math.ceil(lengthOf(bytes) / 1000);
}

class Maker {
  constructor(
    private readonly rng: Rng,
    private readonly to: Pick<RequestOptions, 'key' | 'to'>,
    private readonly whole: boolean,
  ) {}

  make(last: boolean): Exchange {
    const kind = last ? this.rng.weighted(final) : 'ongoing';
    return kind === 'ongoing' ? this.ongoing(this.rng.weighted(ongoing)) : this.final(kind);
  }

  private ongoing(kind: (typeof ongoing)[number][1]): Exchange {
    const { rng } = this;
    const request = requestOf(rng, this.to);
    const response = responseOf(rng, { toHead: request.method === 'HEAD' });
    const asked = join(request.head, request.body);
    const answer = join(response.head, response.body);
    const usual = this.exchange(asked, answer, [], []);
    switch (kind) {
      case 'plain':
        return usual;
      case 'pipelined':
        return { ...usual, client: [this.send(asked)], pipelined: true };
      case 'interim': {
        const first = interimOf(rng);
        const all = join(first, answer);
        const server: Step[] = rng.chance(0.5)
          ? [read(wholeLength(request)), this.send(first), pause(rng.between(0, 3)), this.send(answer)]
          : [read(wholeLength(request)), this.send(all)];
        return { ...usual, response: all, client: [this.send(asked), read(lengthOf(all))], server };
      }
      case 'expect':
        return this.expect();
      case 'early':
        return this.early();
      case 'slow':
        return this.exchange(asked, answer, [pause(rng.between(1, 20))], [pause(rng.between(1, 30))]);
      case 'idle':
        return this.exchange(asked, answer, [pause(rng.between(255, 320))], []);
    }
  }

  private final(kind: Exclude<(typeof final)[number][1], 'ongoing'>): Exchange {
    const { rng } = this;
    switch (kind) {
      case 'closing': {
        const says = rng.pick(['client', 'server', 'both'] as const);
        const header = ['Connection: close'];
        const request = requestOf(rng, { ...this.to, ...(says === 'server' ? {} : { extra: header }) });
        const toHead = request.method === 'HEAD';
        const response = responseOf(rng, { toHead, ...(says === 'client' ? {} : { extra: header }) });
        return this.closing(request, response);
      }
      case 'until the end': {
        const request = requestOf(rng, { ...this.to, method: 'GET' });
        return this.closing(request, responseOf(rng, { toHead: false, framing: 'close', plain: true }));
      }
      case 'HTTP/1.0': {
        const request = requestOf(rng, { ...this.to, version: '1.0', method: 'GET', framing: 'none' });
        const version = rng.pick(['1.0', '1.1'] as const);
        const extra = version === '1.1' ? ['Connection: close'] : [];
        const framing = rng.pick(['sized', 'close'] as const);
        return this.closing(
          request,
          responseOf(rng, { toHead: false, framing, version, plain: true, extra }),
        );
      }
      case 'upgrade':
        return this.upgrade();
      case 'half-close': {
        const { asked, answer, base } = this.usual();
        return {
          ...base,
          client: [this.send(asked), finish, read(lengthOf(answer)), ending],
          server: [read(lengthOf(asked)), ending, this.send(answer), finish],
        };
      }
      case 'client leaves while it waits': {
        const { asked, base } = this.usual();
        const how = rng.pick([close, reset]);
        return {
          ...base,
          response: '',
          client: [this.send(asked), pause(arrivedAfter(asked)), how],
          server: [read(lengthOf(asked)), ending, close],
        };
      }
      case 'client leaves in its body': {
        const request = requestOf(rng, {
          ...this.to,
          method: 'POST',
          framing: rng.pick(['sized', 'chunked'] as const),
        });
        const length = lengthOf(request.body);
        const part = join(
          request.head,
          ...cutAt(request.body, length > 1 ? [rng.between(1, length - 1)] : []).slice(0, 1),
        );
        const how = rng.pick([close, reset]);
        // a whole body would be a request that only waits
        return {
          to: this.to.to,
          request: part,
          response: '',
          client: [this.send(part), pause(arrivedAfter(part)), how],
          server: [read(lengthOf(part)), ending, close],
        };
      }
      case 'client leaves in the response': {
        const { asked, base } = this.usual();
        const part = this.partOfResponse();
        const how = rng.pick([close, reset]);
        return {
          ...base,
          response: part,
          client: [this.send(asked), read(lengthOf(part)), pause(arrivedMs), how],
          server: [read(lengthOf(asked)), this.send(part), ending, close],
        };
      }
      case 'server ends before the response': {
        const { asked, base } = this.usual();
        return { ...base, response: '', ...this.serverEnds(asked, [pause(lateMs)]) };
      }
      case 'server ends in the response': {
        const { asked, base } = this.usual();
        const part = this.partOfResponse();
        return {
          ...base,
          response: part,
          ...this.serverEnds(asked, [this.send(part), pause(arrivedAfter(part))]),
        };
      }
    }
  }

  private usual(): { readonly asked: Bytes; readonly answer: Bytes; readonly base: Exchange } {
    const request = requestOf(this.rng, { ...this.to, method: this.rng.pick(['GET', 'POST']) });
    const response = responseOf(this.rng, { toHead: false });
    const asked = join(request.head, request.body);
    const answer = join(response.head, response.body);
    return { asked, answer, base: this.exchange(asked, answer, [], []) };
  }

  private exchange(
    asked: Bytes,
    answer: Bytes,
    before: readonly Step[],
    thinking: readonly Step[],
  ): Exchange {
    return {
      to: this.to.to,
      request: asked,
      response: answer,
      client: [...before, this.send(asked), read(lengthOf(answer))],
      server: [read(lengthOf(asked)), ...thinking, this.send(answer)],
    };
  }

  private closing(request: Message, response: Message): Exchange {
    const asked = join(request.head, request.body);
    const answer = join(response.head, response.body);
    return {
      ...this.exchange(asked, answer, [], []),
      client: [this.send(asked), ending, finish],
      server: [read(lengthOf(asked)), this.send(answer), finish, ending],
    };
  }

  private serverEnds(asked: Bytes, before: readonly Step[]): Pick<Exchange, 'client' | 'server'> {
    return this.rng.chance(0.5)
      ? {
          client: [this.send(asked), ending, finish],
          server: [read(lengthOf(asked)), ...before, finish, ending],
        }
      : { client: [this.send(asked), ending], server: [read(lengthOf(asked)), ...before, reset] };
  }

  /** A response that is not complete. */
  private partOfResponse(): Bytes {
    const { rng } = this;
    const { head, body } = responseOf(rng, { toHead: false, plain: true });
    const whole = join(head, body);
    const length = lengthOf(whole);
    // with an empty body only a cut in the head leaves something to come
    return cutAt(whole, [rng.between(1, Math.max(1, length - 1))])[0] ?? '';
  }

  private expect(): Exchange {
    const { rng } = this;
    const framing = rng.pick(['sized', 'chunked'] as const);
    const extra = ['Expect: 100-continue'];
    const { head, body } = requestOf(rng, { ...this.to, method: 'POST', framing, extra });
    const response = responseOf(rng, { toHead: false });
    const answer = join(response.head, response.body);
    const goOn = 'HTTP/1.1 100 Continue\r\n\r\n';
    const patient = rng.chance(0.7);
    return {
      to: this.to.to,
      request: join(head, body),
      response: join(goOn, answer),
      client: patient
        ? [this.send(head), read(goOn.length), this.send(body), read(lengthOf(answer))]
        : [this.send(join(head, body)), read(goOn.length + lengthOf(answer))],
      server: [read(head.length), this.send(goOn), read(lengthOf(body)), this.send(answer)],
    };
  }

  /** An answer before the request is complete. */
  private early(): Exchange {
    const { rng } = this;
    const { head } = requestOf(rng, {
      ...this.to,
      method: 'POST',
      framing: 'none',
      extra: [`Content-Length: ${sizeLeft}`],
    });
    const body = bytesOf(rng, sizeLeft);
    const [first = '', second = ''] = cutAt(body, [rng.between(1, sizeLeft - 1)]);
    const response = responseOf(rng, { toHead: false });
    const answer = join(response.head, response.body);
    const begin = join(head, first);
    return {
      to: this.to.to,
      request: join(head, body),
      response: answer,
      client: [this.send(begin), read(lengthOf(answer)), this.send(second)],
      server: [read(lengthOf(begin)), this.send(answer), read(lengthOf(second))],
    };
  }

  private upgrade(): Exchange {
    const { rng } = this;
    const connect = rng.chance(0.3);
    const extra = connect ? [] : ['Connection: Upgrade', 'Upgrade: raw'];
    const target = connect ? { method: 'CONNECT', target: 'exact.example:80' } : { method: 'GET' };
    const { head } = requestOf(rng, { ...this.to, ...target, framing: 'none', extra });
    const switched = connect
      ? 'HTTP/1.1 200 OK\r\n\r\n'
      : 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: raw\r\n\r\n';
    const up = bytesOf(rng, 1 + sizeOf(rng));
    const down = bytesOf(rng, 1 + sizeOf(rng));
    const [client, server] = rng.pick<readonly [Step[], Step[]]>([
      [
        [finish, ending],
        [ending, finish],
      ],
      [
        [ending, finish],
        [finish, ending],
      ],
      [[pause(arrivedMs), reset], [ending]],
      [[ending], [pause(arrivedMs), reset]],
    ]);
    return {
      to: this.to.to,
      request: join(head, up),
      response: join(switched, down),
      client: [this.send(head), read(switched.length), this.send(up), read(lengthOf(down)), ...client],
      server: [read(head.length), this.send(switched), read(lengthOf(up)), this.send(down), ...server],
    };
  }

  /** The bytes in some writes. */
  private send(bytes: Bytes): Step {
    const { rng } = this;
    const length = lengthOf(bytes);
    const gap = rng.weighted([
      [6, 0],
      [3, 1],
      [1, rng.between(2, 6)],
    ]);
    const cuts = rng.weighted([
      [60, 0],
      [20, 1],
      [15, rng.between(2, 5)],
      [5, rng.between(6, 20)],
    ]);
    // most cuts in the first bytes: there are the heads
    const places = Array.from({ length: cuts }, () =>
      rng.between(1, Math.max(1, rng.chance(0.7) ? Math.min(400, length - 1) : length - 1)),
    );
    if (this.whole || length < 2) return { do: 'send', pieces: [bytes], gap: 0 };
    const rising = [...new Set(places)].sort((a, b) => a - b);
    return { do: 'send', pieces: cutAt(bytes, rising), gap };
  }
}

/** Bytes of a body whose answer comes before it is complete. */
const sizeLeft = 2000;
