import type { Event } from '@onehop/core/api/agent.generated.js';
import type { AnswerLine } from '../../traffic/lines.js';

/** An answer with the event that tells how the request went; `missing` says why there is none. */
export interface Joined {
  readonly answer: AnswerLine;
  readonly cookie: string | undefined;
  readonly event: Event | undefined;
  readonly missing: string | undefined;
}

/**
 * Pairs a runner's answers with the agent's events: by the cookie of the client's socket and the number of the request
 * on it. The answer may come before its event or after it. No clock of its own: `now` is in milliseconds.
 */
export class EventJoin {
  readonly #sockets = new Map<number, Socket>();
  readonly #events = new Map<string, Event>();
  readonly #opened = new Map<string, Event>();
  readonly #waiting = new Map<string, { readonly joined: Joined; readonly since: number }>();
  #closed: string | undefined;

  constructor(private readonly deliver: (joined: Joined) => void) {}

  /** Answers that wait for their event. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** The socket of a connection. No cookie: `why` tells the reader. */
  connected(connection: number, client: string, cookie: string | undefined, why = ''): void {
    this.#sockets.set(connection, { client, cookie, why });
  }

  /** No event will come any more. */
  closed(why: string): void {
    this.#closed = why;
    this.expire(Infinity, 0);
  }

  event(event: Event): void {
    if (event.type === 'open') this.#open(event);
    if (event.type !== 'request') return;
    const key = `${event.cookie}/${event.seq}`;
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) {
      this.#waiting.delete(key);
      this.deliver({ ...waiting.joined, event });
      return;
    }
    remember(this.#events, key, event);
  }

  answer(answer: AnswerLine, now: number): void {
    const socket = this.#sockets.get(answer.connection);
    const cookie = socket?.cookie ?? this.#opened.get(socket?.client ?? '')?.cookie;
    const joined: Joined = { answer, cookie, event: undefined, missing: undefined };
    const opened = this.#opened.get(cookie ?? '');
    const key = `${cookie}/${answer.connectionSeq}`;
    const event = this.#events.get(key);
    if (event !== undefined) {
      this.#events.delete(key);
      this.deliver({ ...joined, event });
    } else if (opened?.path === 'direct') {
      // Nothing looks at single requests of such a connection: what connect() decided holds for all.
      this.deliver({ ...joined, event: opened });
    } else if (cookie === undefined) {
      this.deliver({ ...joined, missing: socket?.why ?? 'the connection is not known' });
    } else if (this.#closed !== undefined) {
      this.deliver({ ...joined, missing: this.#closed });
    } else {
      this.#waiting.set(key, { joined, since: now });
    }
  }

  /** Gives up on answers that have waited for `afterMs`. */
  expire(now: number, afterMs: number): void {
    for (const [key, { joined, since }] of this.#waiting) {
      if (now - since < afterMs) break;
      this.#waiting.delete(key);
      const missing = this.#closed ?? `no event of this request came within ${afterMs / 1000} s`;
      this.deliver({ ...joined, missing });
    }
  }

  #open(event: Event): void {
    remember(this.#opened, event.cookie, event);
    remember(this.#opened, event.client, event);
    if (event.path !== 'direct') return;
    for (const [key, { joined }] of this.#waiting) {
      if (joined.cookie !== event.cookie) continue;
      this.#waiting.delete(key);
      this.deliver({ ...joined, event });
    }
  }
}

/** Other programs of the workload have events too: keep the newest only. */
const rememberMax = 16_384;

function remember(events: Map<string, Event>, key: string, event: Event): void {
  events.set(key, event);
  if (events.size <= rememberMax) return;
  for (const [oldest] of events) {
    events.delete(oldest);
    break;
  }
}

interface Socket {
  readonly client: string;
  readonly cookie: string | undefined;
  readonly why: string;
}
