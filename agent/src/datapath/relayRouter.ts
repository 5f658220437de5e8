/** {@link Router} for the relay: the wasm build of the datapath's router over the tables in force, and the evaluator. */
import { addressHash } from '@onehop/core/balance/xxHash.js';
import {
  hashesChanged,
  routeRequest,
  type ModelInForce,
  type RoutedRequest,
  type SentRequest,
} from '@onehop/core/router/fullRouter.js';
import type { WasmRouter } from '@onehop/core/router/wasmRouter.js';
import type { Answer, Drawn } from '@onehop/core/router/decision.js';
import { locationOf, redirectUri } from '@onehop/core/evaluate/redirect.js';
import { mayRetry } from '@onehop/core/evaluate/retry.js';
import type { RouteCare } from '@onehop/core/routing/care.js';
import { reasonId } from '@onehop/core/wire/reasons.js';
import type { RouteDecision } from '../pool/kernelPools.js';
import type { AttemptPlan, ForwardChanges, RequestOrigin, Router, RouterAnswer } from '../relay/router.js';
import { Changer } from './changer.js';
import { Filtered } from './filters.js';

export class RelayRouter implements Router {
  readonly #router: WasmRouter;
  readonly #inForce: () => ModelInForce | undefined;
  readonly #sources = new Sources();

  constructor(router: WasmRouter, inForce: () => ModelInForce | undefined) {
    this.#router = router;
    this.#inForce = inForce;
  }

  protocol(listenerId: number): 'http' | 'tcp' | 'none' {
    const inForce = this.#inForce();
    const name = inForce?.listenerName(listenerId);
    return name === undefined ? 'none' : (inForce?.model.listeners.get(name)?.kind ?? 'none');
  }

  decide(origin: RequestOrigin, sent: Uint8Array, drawn?: Drawn): RouterAnswer {
    const inForce = this.#inForce();
    this.#router.setSource(this.#sources.of(origin.client));
    const routed = routeRequest(this.#router, inForce, { ...placeOf(origin), head: sent }, drawn);
    const head = routed.head ?? sent;
    const filtered = Filtered.of(routed, origin, inForce, head, performance.now());
    if (filtered === undefined) return this.#route(routed, origin, inForce, head);
    const reply = filtered.reply({ ...decisionOf(routed), reason: routeFilter });
    if (reply !== undefined) return reply;
    return filtered.answer(this.#route(filtered.routed(routed), origin, inForce, filtered.head ?? head));
  }

  /** What the route says, behind all filters. */
  #route(
    first: RoutedRequest,
    origin: RequestOrigin,
    inForce: ModelInForce | undefined,
    head: Uint8Array,
  ): RouterAnswer {
    const sent = hashesChanged(first)
      ? Changer.of(first, origin, inForce)?.forwarding(head).request
      : undefined;
    const routed = sent === undefined ? first : { ...first, ...this.#router.rehash(sent) };
    const decision = decisionOf(routed);
    const { found } = routed;
    if (found === undefined) return { kind: routed.stopped === 0 ? 'forward' : 'refuse', decision };
    const { action } = found.route;
    const changer = Changer.of(routed, origin, inForce);
    switch (action.kind) {
      case 'directResponse': {
        const { status, body } = action;
        const location = locationOf(status, routed.request);
        return { kind: 'respond', decision, status, body, headers: answerHeaders(changer, location) };
      }
      case 'redirect': {
        const location = redirectUri(action, found.route.match, routed.request);
        const headers = answerHeaders(changer, location);
        return { kind: 'respond', decision, status: action.status, body: noBody, headers };
      }
    }
    const replyHeaders = changer === undefined ? {} : { replyHeaders: changer.replyHeaders([]) };
    if (routed.stopped !== 0) {
      const status = routed.stopped === noCluster ? { status: action.missing } : {};
      return { kind: 'refuse', decision, ...status, ...replyHeaders };
    }
    const changes = changesOf(changer, routed, head);
    const { care } = found.route;
    const attempts = care && { attempts: this.#attempts(care, routed, origin, Buffer.from(head)) };
    return { kind: 'forward', decision, ...changes, ...replyHeaders, ...attempts };
  }

  #attempts(
    care: RouteCare,
    { request, decision }: RoutedRequest,
    origin: RequestOrigin,
    head: Buffer,
  ): AttemptPlan {
    const again = (): RouteDecision => {
      this.#router.setSource(this.#sources.of(origin.client));
      const routed = routeRequest(this.#router, this.#inForce(), { ...placeOf(origin), head });
      // A split is drawn once for a request, unless its configuration has changed meanwhile.
      const moved = routed.decision.gen !== decision.gen || routed.decision.cluster === decision.cluster;
      return decisionOf(moved ? routed : this.#router.endpointOf(decision.cluster));
    };
    return { care, again, mayRetry: care.retry !== undefined && mayRetry(care.retry, request) };
  }

  decideTcp(origin: RequestOrigin): RouterAnswer {
    const answer = this.#router.connect(origin.listenerId);
    return { kind: answer.stopped === 0 ? 'forward' : 'refuse', decision: decisionOf(answer) };
  }
}

function placeOf({ listenerId, vipPort }: RequestOrigin): Omit<SentRequest, 'head'> {
  return { listener: listenerId, port: vipPort };
}

/** Of a listener that changes Host, the head that it makes is sent where the route makes none. */
function changesOf(
  changer: Changer | undefined,
  { head: stripped }: RoutedRequest,
  head: Uint8Array,
): { readonly changes?: ForwardChanges } {
  const own = stripped === undefined ? {} : { request: Buffer.from(head) };
  const changes = { ...own, ...changer?.forwarding(head) };
  return changes.request === undefined && changes.response === undefined ? {} : { changes };
}

/** Hashes of the addresses of clients, which are few. */
class Sources {
  readonly #known = new Map<string, bigint>();

  /** @param client "198.18.0.1:4711" */
  of(client: string): bigint {
    const address = client.slice(0, client.lastIndexOf(':')).replace(/^\[|\]$/g, '');
    let hash = this.#known.get(address);
    if (hash === undefined) {
      if (this.#known.size >= mostSources) this.#known.clear();
      this.#known.set(address, (hash = addressHash(address)));
    }
    return hash;
  }
}

const mostSources = 1024;

function answerHeaders(
  changer: Changer | undefined,
  location: string | undefined,
): readonly (readonly [string, string])[] {
  const own = location === undefined ? [] : ([['location', location]] as const);
  return changer?.replyHeaders(own) ?? own;
}

function decisionOf({ stopped, decision: d }: Answer | RoutedRequest): RouteDecision {
  return {
    generation: d.gen,
    listener: d.listener,
    routeConfig: d.rconf,
    virtualHost: d.vhost,
    route: d.route,
    cluster: d.cluster,
    endpoint: d.endpoint,
    draw: d.draw,
    turn: d.turn,
    reason: stopped,
  };
}

const noBody = new Uint8Array();
const noCluster = reasonId('no-cluster');
const routeFilter = reasonId('route-filter');
