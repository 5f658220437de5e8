import type { ValueCodec } from '@onehop/core/btf/codec.js';
import type { OhEvent } from '../datapath/entries.js';
import type { Part } from '../parts.js';
import { describeKernelEvent, type Words } from './describe.js';
import type { EventHub } from './hub.js';

/** How often the count of events that found the ring full is looked at, while somebody watches. */
const lostIntervalMs = 500;

export interface KernelEventsOptions {
  readonly hub: EventHub;
  /** Of struct oh_event, from the object's BTF. */
  readonly codec: ValueCodec;
  readonly words: Words;
  /** Events that the programs could not write because the ring was full, ever. */
  readonly lost: () => number;
}

/** Takes records of the ring oh_events to the hub. What nobody watches is dropped without a look at it. */
export class KernelEvents implements Part {
  #sinceNs = 0n;
  #lost = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: KernelEventsOptions) {}

  /** Somebody watches from now on: what lay in the ring before is not for them. */
  start(): void {
    this.#sinceNs = process.hrtime.bigint();
    this.#lost = this.options.lost();
    this.#timer ??= setInterval(() => this.#countLost(), lostIntervalMs).unref();
  }

  /** Nobody watches any more. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  close(): void {
    this.stop();
  }

  /** A batch of raw struct oh_event. */
  take(records: readonly { readonly data: Uint8Array }[]): void {
    const { hub, codec, words } = this.options;
    if (!hub.watched) return;
    for (const { data } of records) {
      const event = codec.decode(data) as unknown as OhEvent;
      if (event.end >= this.#sinceNs || event.start >= this.#sinceNs)
        hub.emit(describeKernelEvent(event, words));
    }
  }

  #countLost(): void {
    const now = this.options.lost();
    if (now > this.#lost) this.options.hub.addLost(now - this.#lost);
    this.#lost = now;
  }
}
