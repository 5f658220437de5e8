import type { AnyBytes, DiscoveryRequest, DiscoveryResponse, RpcStatus } from '@onehop/core/api/ads.js';
import { CLUSTER_TYPE, LISTENER_TYPE, type ResourceType } from '@onehop/core/resources/model.js';
import type { TypeContent } from './snapshot.js';

/** What a request of the client meant. */
export interface Taken {
  readonly answer?: 'ack' | 'nack';
  /** It asks for something that no response has given it yet. */
  readonly asks: boolean;
}

/** One resource type on one ADS stream, in either protocol. */
export interface TypeSubscription<Request, Response> {
  readonly typeUrl: ResourceType;
  /** A response was sent that the client has not answered. */
  readonly outstanding: boolean;
  readonly sent: TypeContent | undefined;
  readonly acked: TypeContent | undefined;
  /** Of the last response, if the client refused it. */
  readonly error: RpcStatus | undefined;
  /** What the client may be using: it takes a response in before it answers, and keeps the one before if it refuses. */
  readonly held: TypeContent | undefined;
  /** Takes a request in. `serving` is what a response would hold now. */
  take(request: Request, serving: TypeContent): Taken;
  /** The response that is due when the client asks. */
  answerTo(content: TypeContent, nonce: string): Response | undefined;
  /** The response that brings the client to `content`; undefined when it would say nothing. `whole`: all it asked for. */
  lead(content: TypeContent, nonce: string, whole: boolean): Response | undefined;
}

/** What both protocols remember of a type's last response. */
export abstract class SubscriptionState {
  protected lastSent: TypeContent | undefined;
  protected lastAcked: TypeContent | undefined;
  protected lastError: RpcStatus | undefined;

  constructor(readonly typeUrl: ResourceType) {}

  get sent(): TypeContent | undefined {
    return this.lastSent;
  }

  get acked(): TypeContent | undefined {
    return this.lastAcked;
  }

  get error(): RpcStatus | undefined {
    return this.lastError;
  }

  get held(): TypeContent | undefined {
    return this.lastError === undefined ? this.lastSent : this.lastAcked;
  }
}

/**
 * One resource type on one ADS stream, state of the world: what the client asked for, what it was sent and how it
 * answered. Follows "xDS REST and gRPC protocol" of Envoy's documentation.
 */
export class Subscription
  extends SubscriptionState
  implements TypeSubscription<DiscoveryRequest, DiscoveryResponse>
{
  #names = new Set<string>();
  #wildcard = false;
  #first = true;
  #nonce = '';
  #outstanding = false;

  get outstanding(): boolean {
    return this.#outstanding;
  }

  take(request: DiscoveryRequest, serving: TypeContent): Taken {
    // An answer to a response that a newer one has replaced: the client answers that too, with its names of then.
    if (request.responseNonce !== '' && request.responseNonce !== this.#nonce && this.#nonce !== '')
      return { asks: false };
    const first = this.#first;
    const answer = this.#takeAnswer(request);
    const gained = this.#takeNames(request.resourceNames);
    if (first && this.#isKept(request, serving)) {
      this.lastSent = this.lastAcked = serving;
      return { asks: false };
    }
    return answer === undefined ? { asks: first || gained } : { answer, asks: gained };
  }

  answerTo(content: TypeContent, nonce: string): DiscoveryResponse | undefined {
    return this.lead(content, nonce);
  }

  lead(content: TypeContent, nonce: string): DiscoveryResponse | undefined {
    const resources = this.#select(content);
    if (resources === undefined) return undefined;
    this.lastSent = content;
    this.lastError = undefined;
    this.#nonce = nonce;
    this.#outstanding = true;
    const { typeUrl } = this;
    return { versionInfo: content.version, resources, typeUrl, nonce, controlPlane };
  }

  #select(content: TypeContent): AnyBytes[] | undefined {
    // Without a wildcard, absence says nothing: a missing name is not a removed resource.
    if (this.#wildcard) return [...content.resources.values()];
    const found = [...this.#names].flatMap((name) => content.resources.get(name) ?? []);
    return found.length === 0 ? undefined : found;
  }

  #takeAnswer(request: DiscoveryRequest): 'ack' | 'nack' | undefined {
    if (request.responseNonce === '' || request.responseNonce !== this.#nonce || !this.#outstanding)
      return undefined;
    this.#outstanding = false;
    if (request.errorDetail !== null) {
      this.lastError = request.errorDetail;
      return 'nack';
    }
    this.lastError = undefined;
    this.lastAcked = this.lastSent;
    return 'ack';
  }

  /** True when the client asks for more than before. */
  #takeNames(names: readonly string[]): boolean {
    const next = new Set(names);
    // Listeners and clusters: a client that has never named any means all of them.
    const implied = names.length === 0 && (this.#first || this.#wildcard) && isListable(this.typeUrl);
    const wildcard = implied || next.delete('*');
    const gained = (wildcard && !this.#wildcard) || [...next].some((name) => !this.#names.has(name));
    this.#names = next;
    this.#wildcard = wildcard;
    this.#first = false;
    return gained;
  }

  /** The client kept everything over a reconnect. Only sure for a wildcard: of names, it may lack a new one. */
  #isKept(request: DiscoveryRequest, serving: TypeContent): boolean {
    return this.#wildcard && this.#nonce === '' && request.versionInfo === serving.version;
  }
}

export const controlPlane = { identifier: 'onehop' };

/** Listeners and clusters: who names none asks for all. */
export function isListable(typeUrl: string): boolean {
  return typeUrl === LISTENER_TYPE || typeUrl === CLUSTER_TYPE;
}
