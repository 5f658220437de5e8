/** {@link Router} for the relay: the wasm build of the datapath's router over the tables in force. */
import type { RoutingModel } from '@onehop/core/routing/model.js';
import type { Answer, WasmRouter } from '@onehop/core/router/wasmRouter.js';
import { reasons } from '@onehop/core/wire/wire.generated.js';
import type { RouteDecision } from '../pool/kernelPools.js';
import type { RequestOrigin, Router, RouterAnswer } from '../relay/router.js';

/** What an id of the generation in force stands for. */
export interface ModelInForce {
  readonly model: RoutingModel;
  /** Key of a route in the model. */
  routeKey(id: number): string | undefined;
  /** Name of a listener in the model. */
  listenerName(id: number): string | undefined;
}

const DIRECT_RESPONSE = reasons.findIndex((reason) => reason.name === 'direct-response');

export class RelayRouter implements Router {
  readonly #router: WasmRouter;
  readonly #inForce: () => ModelInForce | undefined;

  constructor(router: WasmRouter, inForce: () => ModelInForce | undefined) {
    this.#router = router;
    this.#inForce = inForce;
  }

  protocol(listenerId: number): 'http' | 'tcp' | 'none' {
    const inForce = this.#inForce();
    const name = inForce?.listenerName(listenerId);
    return name === undefined ? 'none' : (inForce?.model.listeners.get(name)?.kind ?? 'none');
  }

  decide(origin: RequestOrigin, head: Uint8Array): RouterAnswer {
    return this.#answer(this.#router.decide(head, origin.listenerId));
  }

  decideTcp(origin: RequestOrigin): RouterAnswer {
    return this.#answer(this.#router.connect(origin.listenerId));
  }

  #answer({ stopped, decision: d }: Answer): RouterAnswer {
    const decision: RouteDecision = {
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
    if (stopped === 0) return { kind: 'forward', decision };
    if (stopped === DIRECT_RESPONSE) {
      const action = this.#action(d.route);
      if (action !== undefined)
        return { kind: 'respond', decision, status: action.status, body: action.body, headers: [] };
    }
    return { kind: 'refuse', decision };
  }

  #action(routeId: number): { readonly status: number; readonly body: Uint8Array } | undefined {
    const inForce = this.#inForce();
    const key = inForce?.routeKey(routeId);
    for (const configuration of inForce?.model.routeConfigurations.values() ?? []) {
      for (const host of configuration.virtualHosts) {
        const route = host.routes.find((one) => one.key === key);
        if (route?.action.kind === 'directResponse') return route.action;
      }
    }
    return undefined;
  }
}
