import type { RpcStatus } from '@onehop/core/api/ads.js';
import { rejectionOf, statusOfRejections } from '@onehop/core/api/rejections.js';
import { MissingTimers } from './missingTimers.js';
import { adsNodeOf, type NodeIdentity } from './node.js';
import type { Dialect } from './protocol.js';
import type { Pending, TypeState } from './typeState.js';

export interface SubscriptionsOptions {
  readonly node: NodeIdentity;
  readonly version: string;
  readonly dialect: Dialect;
  readonly send: (request: object) => void;
  /** A name has had `missingAfterMs` to come. */
  readonly onMissing: () => void;
  readonly missingAfterMs: number;
}

/** Asks for resources: everything of the listed types, names of the others. */
export class Subscriptions {
  readonly #options: SubscriptionsOptions;
  readonly #names = new Map<TypeState, ReadonlySet<string>>();
  readonly #timers = new Map<TypeState, MissingTimers>();
  #introduced = false;

  constructor(options: SubscriptionsOptions) {
    this.#options = options;
  }

  /** On a new stream: subscribes to all that is wanted, with the versions that are in force. */
  open(states: Iterable<TypeState>): void {
    this.#introduced = false;
    this.#options.dialect.open();
    for (const state of states) {
      state.reopen();
      if (state.listed || this.#namesOf(state).size > 0) this.#subscribe(state);
      this.watch(state);
    }
  }

  /** The stream ended: what cannot come now is not missing. */
  pause(): void {
    for (const timers of this.#timers.values()) timers.watch([]);
  }

  /** Subscribes to exactly these names, and forgets what is held of others. False when that changes nothing. */
  set(state: TypeState, names: ReadonlySet<string>): boolean {
    const before = this.#namesOf(state);
    if (before.size === names.size && [...names].every((name) => before.has(name))) return false;
    this.#names.set(state, names);
    for (const name of state.entries.keys()) if (!names.has(name)) state.entries.delete(name);
    for (const name of names) if (!state.entries.has(name)) state.entries.set(name, { missing: false });
    this.#subscribe(state);
    this.watch(state);
    return true;
  }

  isAskedFor(state: TypeState, name: string): boolean {
    return state.listed || this.#namesOf(state).has(name);
  }

  /** Answers the pending response of a type, after those before it: ACK, or NACK with what is wrong. */
  answer(state: TypeState, pending: Pending): void {
    const { dialect, send } = this.#options;
    const names = this.#namesOf(state);
    const errorOf = ({ problems }: Pending): RpcStatus | null =>
      problems.length === 0 ? null : statusOfRejections(problems.map(rejectionOf));
    for (const one of pending.earlier) send(dialect.answer(state, one.nonce, errorOf(one), names));
    state.wasAnswered(pending.problems.length === 0);
    send(dialect.answer(state, pending.nonce, errorOf(pending), names));
  }

  /** Starts and stops the timers of a type after its entries changed. */
  watch(state: TypeState): void {
    if (state.listed) return;
    const waiting = [...state.entries].filter(
      ([, { wanted, missing, failed }]) => !wanted && !missing && !failed,
    );
    this.#timersOf(state).watch(waiting.map(([name]) => name));
  }

  #subscribe(state: TypeState): void {
    const { node, version, dialect, send } = this.#options;
    // The first request of a stream speaks for all that follow.
    const introduction = this.#introduced ? null : adsNodeOf(node, version);
    send(dialect.subscribe(state, this.#namesOf(state), introduction));
    this.#introduced = true;
  }

  #namesOf(state: TypeState): ReadonlySet<string> {
    return this.#names.get(state) ?? new Set();
  }

  #timersOf(state: TypeState): MissingTimers {
    let timers = this.#timers.get(state);
    if (timers === undefined) {
      timers = new MissingTimers(this.#options.missingAfterMs, (name) => {
        const entry = state.entries.get(name);
        if (entry !== undefined) entry.missing = true;
        this.#options.onMissing();
      });
      this.#timers.set(state, timers);
    }
    return timers;
  }
}
