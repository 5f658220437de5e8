/** Makes the heads of a request and its response that a route changes. */
import { changeRequest, changeResponse } from '@onehop/core/evaluate/changes.js';
import type { FormatContext } from '@onehop/core/evaluate/format.js';
import type { HeaderLine } from '@onehop/core/evaluate/headerChanges.js';
import type { ModelInForce, RoutedRequest } from '@onehop/core/router/fullRouter.js';
import type { RouteChanges, RouteMatch } from '@onehop/core/routing/model.js';
import { formatAddress } from '@onehop/core/wire/ip.js';
import type { ForwardChanges, RequestOrigin } from '../relay/router.js';
import { readLines, withoutHost, writeLines } from './headLines.js';

export class Changer {
  readonly #all: readonly RouteChanges[];
  readonly #match: RouteMatch;
  readonly #context: FormatContext;

  /** Undefined when the route changes nothing. */
  static of(
    routed: RoutedRequest,
    origin: RequestOrigin,
    inForce: ModelInForce | undefined,
  ): Changer | undefined {
    const { found, share } = routed;
    const all = [share?.changes, found?.route.changes].filter((changes) => changes !== undefined);
    if (found === undefined || all.length === 0) return undefined;
    return new Changer(all, found.route.match, contextOf(routed, origin, inForce));
  }

  private constructor(all: readonly RouteChanges[], match: RouteMatch, context: FormatContext) {
    this.#all = all;
    this.#match = match;
    this.#context = context;
  }

  /** @param head in the form that the router reads */
  forwarding(head: Uint8Array): ForwardChanges {
    const asked = this.#all.some(
      ({ requestHeaders, host, path }) => requestHeaders.length > 0 || host || path,
    );
    const told = this.#all.some(({ responseHeaders }) => responseHeaders.length > 0);
    return {
      ...(asked ? { request: this.#requestHead(head) } : {}),
      ...(told ? { response: (answer: Buffer) => this.#responseHead(answer) } : {}),
    };
  }

  /** Headers of an answer that the relay gives by itself. */
  replyHeaders(own: readonly HeaderLine[]): readonly HeaderLine[] {
    return changeResponse(this.#all, own, this.#context);
  }

  #requestHead(head: Uint8Array): Buffer {
    const { first, lines } = readLines(head);
    const [method = '', , version = ''] = first.split(' ');
    const own = withoutHost(lines);
    const { target, host, headers } = changeRequest(this.#all, this.#match, own, this.#context);
    const asked = method === 'CONNECT' ? host : target;
    return writeLines(`${method} ${asked} ${version}`, [['Host', host], ...headers]);
  }

  #responseHead(head: Buffer): Buffer {
    const { first, lines } = readLines(head);
    const responseCode = Number(first.slice(9, 12));
    return writeLines(first, changeResponse(this.#all, lines, { ...this.#context, responseCode }));
  }
}

/** Who asked whom for what. */
export function contextOf(
  { found, decision, request }: RoutedRequest,
  origin: RequestOrigin,
  inForce: ModelInForce | undefined,
): FormatContext {
  const cluster = inForce?.clusterName(decision.cluster);
  const upstream = inForce?.endpointAddress(decision.endpoint);
  return {
    request,
    protocol: 'HTTP/1.1',
    downstream: origin.client,
    local: formatAddress(origin.vip, origin.vipPort),
    ...(found === undefined ? {} : { route: found.route.given, virtualHost: found.virtualHost.name }),
    startMs: Date.now(),
    ...(cluster === undefined ? {} : { cluster }),
    ...(upstream === undefined ? {} : { upstream }),
  };
}
