import type { AdsNode } from '@onehop/core/api/ads.js';
import { rejectionsOfStatus, type Rejection } from '@onehop/core/api/rejections.js';
import { RESOURCE_TYPES, type ResourceType } from '@onehop/core/resources/model.js';
import type { Log } from './log.js';
import { followerOf, planRollout, type Step } from './rollout.js';
import type { Snapshot, TypeContent } from './snapshot.js';
import type { TypeSubscription } from './subscription.js';

/** How the client of a stream has answered a snapshot as a whole. */
export type Answer = 'pending' | 'acked' | 'nacked';

/** The part of a request that both protocols have. */
export interface AdsRequest {
  readonly node: AdsNode | null;
  readonly typeUrl: string;
}

export interface AdsStreamOptions<Request, Response> {
  readonly snapshot: Snapshot;
  /** State of the world or incremental. */
  readonly subscribe: (typeUrl: ResourceType) => TypeSubscription<Request, Response>;
  readonly send: (response: Response) => void;
  /** Called after every request and every step. */
  readonly onChange: () => void;
  readonly log: Log;
  /** A client that does not answer a step for so long gets the next one all the same. */
  readonly stepTimeoutMs: number;
}

/** What the control plane needs to know of a stream, whatever it speaks. */
export interface NodeStream {
  readonly snapshot: Snapshot;
  readonly answer: Answer;
  /** What the client refused since the snapshot is served. */
  readonly rejections: readonly Rejection[];
  /** Version of the last snapshot that the client has taken as a whole; "" before the first. */
  readonly inForce: string;
  readonly subscriptions: readonly Pick<
    TypeSubscription<never, unknown>,
    'typeUrl' | 'sent' | 'acked' | 'error'
  >[];
  /** From now on the client is led to this snapshot. */
  serve(snapshot: Snapshot): void;
  close(): void;
}

/** One client's ADS stream, in either protocol. Knows nothing of gRPC: `send` goes out, `receive` comes in. */
export class AdsStream<Request extends AdsRequest, Response> implements NodeStream {
  readonly #options: AdsStreamOptions<Request, Response>;
  readonly #subscriptions = new Map<ResourceType, TypeSubscription<Request, Response>>();
  #snapshot: Snapshot;
  /** What a response holds now; lags behind the snapshot while steps are open. */
  #serving: Record<ResourceType, TypeContent>;
  #steps: Step[] = [];
  #stepStarted = false;
  #stepTimer: NodeJS.Timeout | undefined;
  #rejections: Rejection[] = [];
  #nonce = 0;
  #inForce = '';

  constructor(options: AdsStreamOptions<Request, Response>) {
    this.#options = options;
    this.#snapshot = options.snapshot;
    this.#serving = { ...options.snapshot.types };
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  get answer(): Answer {
    if (this.#steps.length > 0 || this.#hasOutstanding(RESOURCE_TYPES)) return 'pending';
    return this.#rejections.length > 0 ? 'nacked' : 'acked';
  }

  get rejections(): readonly Rejection[] {
    return this.#rejections;
  }

  get inForce(): string {
    return this.#inForce;
  }

  get subscriptions(): readonly TypeSubscription<Request, Response>[] {
    return RESOURCE_TYPES.flatMap((typeUrl) => this.#subscriptions.get(typeUrl) ?? []);
  }

  serve(snapshot: Snapshot): void {
    this.#endStep();
    this.#snapshot = snapshot;
    this.#rejections = [];
    this.#steps = planRollout(snapshot, (typeUrl) => this.#subscriptions.get(typeUrl)?.held);
    this.#advance();
    this.#options.onChange();
  }

  receive(request: Request): void {
    const { typeUrl } = request;
    if (!isServed(typeUrl)) {
      // Envoy asks for secrets, runtime layers and more when its bootstrap says so: it then waits for what never comes.
      this.#options.log.warn({ typeUrl }, 'a client asks for a type that is not served');
      return;
    }
    const subscription = this.#subscribe(typeUrl);
    const { answer, asks } = subscription.take(request, this.#serving[typeUrl]);
    if (answer === 'nack') this.#refused(subscription);
    if (asks) this.#send((nonce) => subscription.answerTo(this.#serving[typeUrl], nonce));
    this.#advance();
    this.#options.onChange();
  }

  close(): void {
    this.#endStep();
    this.#steps = [];
  }

  #subscribe(typeUrl: ResourceType): TypeSubscription<Request, Response> {
    let subscription = this.#subscriptions.get(typeUrl);
    if (subscription === undefined)
      this.#subscriptions.set(typeUrl, (subscription = this.#options.subscribe(typeUrl)));
    return subscription;
  }

  #refused(subscription: TypeSubscription<Request, Response>): void {
    const { typeUrl, error, sent } = subscription;
    this.#options.log.warn(
      { typeUrl, version: sent?.version, error: error?.message },
      'a client refused resources',
    );
    if (error !== undefined) this.#rejections.push(...rejectionsOfStatus(error, typeUrl));
    // What comes next may rely on what was refused.
    this.#endStep();
    this.#steps = [];
  }

  #advance(): void {
    for (let step = this.#steps[0]; step !== undefined; step = this.#steps[0]) {
      if (!this.#stepStarted) this.#startStep(step);
      if (this.#hasOutstanding(step.keys())) return;
      this.#endStep();
      this.#steps.shift();
    }
    if (this.answer === 'acked') this.#inForce = this.#snapshot.version;
  }

  #startStep(step: Step): void {
    this.#stepStarted = true;
    let leader: ResourceType | undefined;
    for (const [typeUrl, content] of step) {
      this.#serving[typeUrl] = content;
      const subscription = this.#subscriptions.get(typeUrl);
      if (subscription === undefined) continue;
      const follows = leader !== undefined && followerOf[leader] === typeUrl;
      if (subscription.held?.version === content.version && subscription.error === undefined && !follows)
        continue;
      if (this.#send((nonce) => subscription.lead(content, nonce, follows))) leader = typeUrl;
    }
    this.#stepTimer = setTimeout(() => this.#giveUpOnStep(step), this.#options.stepTimeoutMs).unref();
  }

  #giveUpOnStep(step: Step): void {
    const types = [...step.keys()].filter((typeUrl) => this.#subscriptions.get(typeUrl)?.outstanding);
    this.#options.log.warn({ types }, 'a client does not answer; it gets the next resources all the same');
    this.#endStep();
    this.#steps.shift();
    this.#advance();
    this.#options.onChange();
  }

  #endStep(): void {
    clearTimeout(this.#stepTimer);
    this.#stepStarted = false;
  }

  #send(make: (nonce: string) => Response | undefined): boolean {
    const response = make(String(this.#nonce + 1));
    if (response === undefined) return false;
    this.#nonce++;
    this.#options.send(response);
    return true;
  }

  #hasOutstanding(typeUrls: Iterable<ResourceType>): boolean {
    for (const typeUrl of typeUrls) if (this.#subscriptions.get(typeUrl)?.outstanding) return true;
    return false;
  }
}

function isServed(typeUrl: string): typeUrl is ResourceType {
  return (RESOURCE_TYPES as readonly string[]).includes(typeUrl);
}
