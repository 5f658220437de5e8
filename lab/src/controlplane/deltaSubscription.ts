import type { DeltaRequest, DeltaResponse } from '@onehop/core/api/ads.js';
import type { TypeContent } from './snapshot.js';
import {
  controlPlane,
  isListable,
  SubscriptionState,
  type Taken,
  type TypeSubscription,
} from './subscription.js';

/**
 * One resource type on one ADS stream, incremental: which version of each resource the client was given, so that a
 * response holds what differs and nothing else. Follows "xDS REST and gRPC protocol" of Envoy's documentation.
 */
export class DeltaSubscription
  extends SubscriptionState
  implements TypeSubscription<DeltaRequest, DeltaResponse>
{
  readonly #names = new Set<string>();
  #wildcard = false;
  #first = true;
  /** By name: the version that the client was given; "" when it is not sure to have it. */
  readonly #versions = new Map<string, string>();
  /** Names that do not exist, and the client was told so. */
  readonly #absent = new Set<string>();
  /** What the client has just asked for, also if it was given it before. */
  readonly #asked = new Set<string>();
  #asksForAll = false;
  readonly #unanswered = new Map<string, DeltaResponse>();

  get outstanding(): boolean {
    return this.#unanswered.size > 0;
  }

  take(request: DeltaRequest, serving: TypeContent): Taken {
    const first = this.#first;
    this.#first = false;
    const answer = this.#takeAnswer(request);
    if (first) this.#takeHeld(request.initialResourceVersions);
    for (const name of request.resourceNamesUnsubscribe) this.#unsubscribe(name);
    for (const name of request.resourceNamesSubscribe) this.#subscribe(name, first);
    const silent = request.resourceNamesSubscribe.length === 0;
    if (first && silent && isListable(this.typeUrl)) this.#wildcard = true;
    // Somebody who starts with nothing waits for an answer, even if there is nothing.
    if (first && this.#wildcard) this.#asksForAll = this.#versions.size === 0;
    const asks = first || this.#asked.size > 0;
    if (asks && this.#isSatisfied(serving)) {
      this.#asked.clear();
      this.#reached(serving);
      return answer === undefined ? { asks: false } : { answer, asks: false };
    }
    return answer === undefined ? { asks } : { answer, asks };
  }

  answerTo(content: TypeContent, nonce: string): DeltaResponse | undefined {
    // After a refusal only what is asked for now: the client would refuse the rest again.
    const only = this.lastError === undefined ? undefined : new Set(this.#asked);
    return this.#respond(content, nonce, this.#asked, only);
  }

  lead(content: TypeContent, nonce: string, whole: boolean): DeltaResponse | undefined {
    return this.#respond(content, nonce, whole ? this.#wanted(content) : this.#asked);
  }

  #respond(
    content: TypeContent,
    nonce: string,
    again: ReadonlySet<string>,
    only?: ReadonlySet<string>,
  ): DeltaResponse | undefined {
    const wanted = this.#wanted(content);
    const changed = [...wanted].filter(
      (name) =>
        content.resources.has(name) &&
        (again.has(name) || this.#versions.get(name) !== content.versions.get(name)) &&
        (only?.has(name) ?? true),
    );
    const gone = [...new Set([...this.#versions.keys(), ...this.#names])].filter(
      (name) => !content.resources.has(name) && (again.has(name) || !this.#absent.has(name)),
    );
    const empty = changed.length === 0 && gone.length === 0 && !this.#asksForAll;
    this.#asked.clear();
    this.#asksForAll = false;
    if (empty) {
      this.#reached(content);
      return undefined;
    }
    for (const name of changed) {
      this.#versions.set(name, content.versions.get(name)!);
      this.#absent.delete(name);
    }
    for (const name of gone) {
      this.#versions.delete(name);
      if (this.#names.has(name)) this.#absent.add(name);
    }
    const response: DeltaResponse = {
      systemVersionInfo: content.version,
      resources: changed.map((name) => ({
        name,
        version: content.versions.get(name)!,
        resource: content.resources.get(name)!,
      })),
      typeUrl: this.typeUrl,
      removedResources: gone,
      nonce,
      controlPlane,
    };
    this.lastSent = content;
    this.lastError = undefined;
    this.#unanswered.set(nonce, response);
    return response;
  }

  #wanted(content: TypeContent): Set<string> {
    return this.#wildcard ? new Set([...content.resources.keys(), ...this.#names]) : new Set(this.#names);
  }

  /** Nothing had to be said to bring the client to `content`. */
  #reached(content: TypeContent): void {
    this.lastSent = content;
    if (!this.outstanding && this.lastError === undefined) this.lastAcked = content;
  }

  #isSatisfied(content: TypeContent): boolean {
    if (this.#asksForAll || this.#asked.size > 0 || this.lastError !== undefined) return false;
    const wanted = this.#wanted(content);
    return (
      [...wanted].every((name) =>
        content.resources.has(name)
          ? this.#versions.get(name) === content.versions.get(name)
          : this.#absent.has(name),
      ) && [...this.#versions.keys()].every((name) => content.resources.has(name))
    );
  }

  #takeAnswer({ responseNonce, errorDetail }: DeltaRequest): 'ack' | 'nack' | undefined {
    const response = this.#unanswered.get(responseNonce);
    if (response === undefined) return undefined;
    this.#unanswered.delete(responseNonce);
    if (errorDetail === null) {
      if (!this.outstanding && this.lastError === undefined) this.lastAcked = this.lastSent;
      return 'ack';
    }
    this.lastError = errorDetail;
    // It may have taken some of them. Whatever is served next, it gets.
    for (const { name } of response.resources) if (this.#versions.has(name)) this.#versions.set(name, '');
    for (const name of response.removedResources) {
      this.#absent.delete(name);
      if (this.#wildcard || this.#names.has(name)) this.#versions.set(name, '');
    }
    return 'nack';
  }

  #takeHeld(versions: Readonly<Record<string, string>>): void {
    for (const [name, version] of Object.entries(versions)) this.#versions.set(name, version);
  }

  #subscribe(name: string, first: boolean): void {
    if (name === '*') {
      this.#asksForAll ||= !this.#wildcard && this.#versions.size === 0;
      this.#wildcard = true;
      return;
    }
    this.#names.add(name);
    this.#absent.delete(name);
    // Asked for again, it is sent again: the client may have dropped it. On a new stream it has said what it holds.
    if (!first) this.#asked.add(name);
  }

  #unsubscribe(name: string): void {
    if (name === '*') this.#wildcard = false;
    this.#names.delete(name);
    this.#absent.delete(name);
    this.#asked.delete(name);
    if (name === '*') {
      for (const held of this.#versions.keys()) if (!this.#names.has(held)) this.#versions.delete(held);
    } else if (this.#wildcard) {
      // Still wanted by the wildcard: as the protocol has it, the client must be told again.
      if (this.#versions.has(name)) this.#asked.add(name);
    } else {
      this.#versions.delete(name);
    }
  }
}
