/**
 * What the kernel path leaves to the relay of connections that it has not accepted yet: a client may send at once, and
 * its answer may be here before the event loop comes to the accept().
 */
import type { KernelUpstream } from '../pool/kernelPools.js';
import type { Upstream } from '../pool/upstream.js';
import type { Finish } from './exchange.js';
import type { KernelConns } from './kernelConns.js';

/** The client's connection, once it is accepted. */
export interface Accepted {
  readonly cookie: bigint;
  takeOver(upstream: Upstream, state: KernelUpstream): boolean;
  kernelUpstreamLost(how: Finish, kept: Uint8Array | undefined): void;
}

type Word =
  | { readonly upstream: Upstream; readonly state: KernelUpstream }
  | { readonly how: Finish; readonly kept: Uint8Array | undefined };

/** How often is looked whether clients that are waited for will come, in ms. */
const lookMs = 1000;

export class EarlyWords {
  readonly #words = new Map<bigint, Word>();
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly kernel: KernelConns) {}

  /** True: `upstream` will be claimed when the client is accepted. */
  handover(client: bigint, upstream: Upstream, state: KernelUpstream): boolean {
    const before = this.#words.get(client);
    if (before !== undefined) return 'upstream' in before && before.upstream === upstream;
    return this.#keep(client, { upstream, state });
  }

  lost(client: bigint, how: Finish, kept: Uint8Array | undefined): void {
    // whoever claims a connection hears of its end
    if (!this.#words.has(client)) this.#keep(client, { how, kept });
  }

  tell(connection: Accepted): void {
    const word = this.#words.get(connection.cookie);
    if (word === undefined) return;
    this.#words.delete(connection.cookie);
    if (!('upstream' in word)) connection.kernelUpstreamLost(word.how, word.kept);
    else if (!connection.takeOver(word.upstream, word.state)) word.upstream.release(false);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#words.clear();
  }

  #keep(client: bigint, word: Word): boolean {
    if (!this.kernel.awaited(client)) return false;
    this.#words.set(client, word);
    this.#timer ??= setInterval(() => this.#look(), lookMs).unref();
    return true;
  }

  /** Nobody is left behind by an accept() that failed. */
  #look(): void {
    for (const [client, word] of this.#words) {
      if (this.kernel.awaited(client)) continue;
      this.#words.delete(client);
      if ('upstream' in word) word.upstream.release(false);
    }
    if (this.#words.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
