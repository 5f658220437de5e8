import type { Event } from '@onehop/core/api/agent.generated.js';
import type { AgentEvent } from '../parts.js';

/** Takes one event at once; false: it is full for now, and `resume` is called when it is not. */
export type Deliver = (event: Event) => boolean;

/** One who watches events. */
export interface Subscriber {
  /** To be called after `deliver` said false, when there is room again. */
  resume(): void;
  close(): void;
}

/**
 * Hands every event to all who watch. Each has a queue of its own, bounded: who reads too slowly loses the newest
 * events, is told how many by the `lost` of the next one, and delays nobody else.
 */
export class EventHub {
  readonly #subscribers = new Set<Queue>();

  /** `onWatched` is called when the first one comes and when the last one has gone. */
  constructor(
    private readonly node: string,
    private readonly onWatched: (watched: boolean) => void = () => undefined,
    private readonly queueMax = 32_768,
  ) {}

  get watched(): boolean {
    return this.#subscribers.size > 0;
  }

  emit(event: AgentEvent): void {
    for (const subscriber of this.#subscribers) subscriber.push(event, this.node);
  }

  /** Events that never reached the hub: the kernel's ring was full. Everyone who watches lost them. */
  addLost(count: number): void {
    for (const subscriber of this.#subscribers) subscriber.lost += count;
  }

  /** `workloads` empty: events of all. */
  subscribe(workloads: readonly string[], deliver: Deliver): Subscriber {
    const queue = new Queue(new Set(workloads), deliver, this.queueMax);
    this.#subscribers.add(queue);
    if (this.#subscribers.size === 1) this.onWatched(true);
    return {
      resume: () => queue.resume(),
      close: () => {
        if (this.#subscribers.delete(queue) && this.#subscribers.size === 0) this.onWatched(false);
      },
    };
  }
}

class Queue {
  lost = 0;
  #full = false;
  #waiting: Event[] = [];
  #next = 0;

  constructor(
    readonly workloads: ReadonlySet<string>,
    readonly deliver: Deliver,
    readonly max: number,
  ) {}

  push(event: AgentEvent, node: string): void {
    if (this.workloads.size > 0 && !this.workloads.has(event.workload)) return;
    if (this.#full && this.#waiting.length - this.#next >= this.max) {
      this.lost += 1;
      return;
    }
    const whole = { ...event, node, lost: this.lost };
    this.lost = 0;
    if (this.#full) this.#waiting.push(whole);
    else this.#full = !this.deliver(whole);
  }

  resume(): void {
    this.#full = false;
    while (this.#next < this.#waiting.length) {
      const event = this.#waiting[this.#next++];
      if (event !== undefined && !this.deliver(event)) {
        this.#full = true;
        break;
      }
    }
    if (this.#next < this.#waiting.length && this.#next < 4096) return;
    this.#waiting = this.#waiting.slice(this.#next);
    this.#next = 0;
  }
}
