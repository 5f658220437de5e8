import type { DiscoveryRequest, DiscoveryResponse } from '@onehop/core/api/ads.js';
import { rejectionsOfStatus, type Rejection } from '@onehop/core/api/rejections.js';
import { RESOURCE_TYPES, type ResourceType } from '@onehop/core/resources/model.js';
import type { Log } from './log.js';
import { followerOf, planRollout, type Step } from './rollout.js';
import type { Snapshot, TypeContent } from './snapshot.js';
import { Subscription } from './subscription.js';

/** How the client of a stream has answered a snapshot as a whole. */
export type Answer = 'pending' | 'acked' | 'nacked';

export interface AdsStreamOptions {
  readonly snapshot: Snapshot;
  readonly send: (response: DiscoveryResponse) => void;
  /** Called after every request and every step. */
  readonly onChange: () => void;
  readonly log: Log;
  /** A client that does not answer a step for so long gets the next one all the same. */
  readonly stepTimeoutMs: number;
}

/** One client's ADS stream, state of the world. Knows nothing of gRPC: `send` goes out, `receive` comes in. */
export class AdsStream {
  readonly #options: AdsStreamOptions;
  readonly #subscriptions = new Map<ResourceType, Subscription>();
  #snapshot: Snapshot;
  /** What a response holds now; lags behind the snapshot while steps are open. */
  #serving: Record<ResourceType, TypeContent>;
  #steps: Step[] = [];
  #stepStarted = false;
  #stepTimer: NodeJS.Timeout | undefined;
  #rejections: Rejection[] = [];
  #nonce = 0;
  #inForce = '';

  constructor(options: AdsStreamOptions) {
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

  /** What the client refused since the snapshot is served. */
  get rejections(): readonly Rejection[] {
    return this.#rejections;
  }

  /** Version of the last snapshot that the client has taken as a whole; "" before the first. */
  get inForce(): string {
    return this.#inForce;
  }

  get subscriptions(): readonly Subscription[] {
    return RESOURCE_TYPES.flatMap((typeUrl) => this.#subscriptions.get(typeUrl) ?? []);
  }

  /** From now on the client is led to this snapshot. */
  serve(snapshot: Snapshot): void {
    this.#endStep();
    this.#snapshot = snapshot;
    this.#rejections = [];
    this.#steps = planRollout(snapshot, (typeUrl) => this.#subscriptions.get(typeUrl)?.held);
    this.#advance();
    this.#options.onChange();
  }

  receive(request: DiscoveryRequest): void {
    const { typeUrl } = request;
    if (!isServed(typeUrl)) {
      // Envoy asks for secrets, runtime layers and more when its bootstrap says so: it then waits for what never comes.
      this.#options.log.warn(
        { typeUrl, names: request.resourceNames },
        'a client asks for a type that is not served',
      );
      return;
    }
    const subscription = this.#subscribe(typeUrl);
    const { answer, asks } = subscription.take(request, this.#serving[typeUrl]);
    if (answer === 'nack') this.#refused(subscription);
    if (asks) this.#respond(subscription);
    this.#advance();
    this.#options.onChange();
  }

  close(): void {
    this.#endStep();
    this.#steps = [];
  }

  #subscribe(typeUrl: ResourceType): Subscription {
    let subscription = this.#subscriptions.get(typeUrl);
    if (subscription === undefined)
      this.#subscriptions.set(typeUrl, (subscription = new Subscription(typeUrl)));
    return subscription;
  }

  #refused(subscription: Subscription): void {
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
      if (this.#respond(subscription)) leader = typeUrl;
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

  #respond(subscription: Subscription): boolean {
    const { typeUrl } = subscription;
    const content = this.#serving[typeUrl];
    const resources = subscription.select(content);
    if (resources === undefined) return false;
    const nonce = String(++this.#nonce);
    subscription.wasSent(content, nonce);
    this.#options.send({
      versionInfo: content.version,
      resources,
      typeUrl,
      nonce,
      controlPlane: { identifier: 'onehop' },
    });
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
