/** Makes the heads of a request and its response that a route changes. */
import { changeRequest, changeResponse } from '@onehop/core/evaluate/changes.js';
import type { FormatContext } from '@onehop/core/evaluate/format.js';
import type { HeaderLine } from '@onehop/core/evaluate/headerChanges.js';
import type { ModelInForce, RoutedRequest } from '@onehop/core/router/fullRouter.js';
import type { RouteChanges, RouteMatch } from '@onehop/core/routing/model.js';
import { formatAddress } from '@onehop/core/wire/ip.js';
import type { ForwardChanges, RequestOrigin } from '../relay/router.js';

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
    const { found, share, decision } = routed;
    const all = [share?.changes, found?.route.changes].filter((changes) => changes !== undefined);
    if (found === undefined || all.length === 0) return undefined;
    const cluster = inForce?.clusterName(decision.cluster);
    const upstream = inForce?.endpointAddress(decision.endpoint);
    return new Changer(all, found.route.match, {
      request: routed.request,
      protocol: 'HTTP/1.1',
      downstream: origin.client,
      local: formatAddress(origin.vip, origin.vipPort),
      route: found.route.given,
      virtualHost: found.virtualHost.name,
      startMs: Date.now(),
      ...(cluster === undefined ? {} : { cluster }),
      ...(upstream === undefined ? {} : { upstream }),
    });
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
    const own = lines.filter(([name]) => name.toLowerCase() !== 'host');
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

/** The lines of a head; a folded value becomes one line. */
function readLines(head: Uint8Array): { readonly first: string; readonly lines: HeaderLine[] } {
  const text = Buffer.from(head.buffer, head.byteOffset, head.length).toString('latin1');
  const [first = '', ...rest] = text.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/);
  const lines = rest
    .filter((line) => line.includes(':'))
    .map((line): HeaderLine => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '')];
    });
  return { first, lines };
}

function writeLines(first: string, lines: readonly HeaderLine[]): Buffer {
  const text = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.from(`${first}\r\n${text}\r\n`, 'latin1');
}
