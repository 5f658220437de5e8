/** Runs the HTTP filters of a listener for a request that is decided, and puts what they make of it into the answer. */
import type { FormatContext } from '@onehop/core/evaluate/format.js';
import { filtersFor } from '@onehop/core/routing/filters/effective.js';
import type { HttpFilter } from '@onehop/core/routing/filters/model.js';
import { readRequest } from '@onehop/core/evaluate/request.js';
import type { ModelInForce, RoutedRequest } from '@onehop/core/router/fullRouter.js';
import { refusalReply } from '../relay/localReply.js';
import { runChain, type ChainResult } from '../relay/filters/chain.js';
import type { ForwardChanges, ReplyHeaders, RequestOrigin, RouterAnswer } from '../relay/router.js';
import { contextOf } from './changer.js';
import { readLines, withoutHost, writeLines } from './headLines.js';

/** What the filters of a listener have made of a request. */
export class Filtered {
  readonly #chain: ChainResult;
  readonly #context: FormatContext;
  /** The head as the filters have left it; undefined: as it came. */
  readonly head: Buffer | undefined;

  /** Undefined when no filter runs. */
  static of(
    routed: RoutedRequest,
    origin: RequestOrigin,
    inForce: ModelInForce | undefined,
    head: Uint8Array,
    nowMs: number,
  ): Filtered | undefined {
    const filters = filtersOf(inForce, origin.listenerId);
    if (filters.length === 0) return undefined;
    const { found, share } = routed;
    const levels = [share?.filters, ...(found?.route.filters ?? [])].filter((one) => one !== undefined);
    const effective = filtersFor(filters, levels);
    if (effective.length === 0) return undefined;
    const context = contextOf(routed, origin, inForce);
    const { first, lines } = readLines(head);
    const kind = found?.route.action.kind;
    const chain = runChain(effective, {
      context,
      lines: withoutHost(lines),
      cluster: kind === 'clusters' || kind === 'clusterHeader' ? (context.cluster ?? '') : undefined,
      nowMs,
      random: Math.random,
    });
    return new Filtered(chain, context, first);
  }

  private constructor(chain: ChainResult, context: FormatContext, first: string) {
    this.#chain = chain;
    this.#context = context;
    this.head =
      chain.lines === undefined
        ? undefined
        : writeLines(first, [['Host', context.request.host], ...chain.lines]);
  }

  /** The answer of a filter in place of everything behind it. */
  reply(decision: RouterAnswer['decision']): RouterAnswer | undefined {
    const { reply, delayMs } = this.#chain;
    if (reply === undefined) return undefined;
    const { status, body, headers = [], grpcStatus } = reply;
    return {
      kind: 'respond',
      decision,
      status,
      body: typeof body === 'string' ? Buffer.from(body) : body,
      headers: this.#told(headers, status),
      ...(grpcStatus === undefined ? {} : { grpcStatus }),
      delayMs,
    };
  }

  /** The request as the filters have left it. */
  routed(routed: RoutedRequest): RoutedRequest {
    return this.head === undefined ? routed : { ...routed, request: readRequest(this.head) };
  }

  /** The answer of the route, with what the filters have to do with it. */
  answer(answer: RouterAnswer): RouterAnswer {
    const { delayMs } = this.#chain;
    switch (answer.kind) {
      case 'respond':
        return { ...answer, delayMs, headers: this.#told(answer.headers, answer.status) };
      case 'refuse':
        return {
          ...answer,
          delayMs,
          replyHeaders: this.#told(
            answer.replyHeaders ?? [],
            answer.status ?? refusalReply(answer.decision.reason).status,
          ),
        };
      case 'forward':
        return {
          ...answer,
          delayMs,
          changes: this.#changes(answer.changes ?? {}),
          replyHeaders: this.#told(answer.replyHeaders ?? [], unreached),
        };
    }
  }

  #changes({ request = this.head, response }: ForwardChanges): ForwardChanges {
    const told = this.#chain.response === undefined ? response : this.#responseHead(response);
    return {
      ...(request === undefined ? {} : { request }),
      ...(told === undefined ? {} : { response: told }),
    };
  }

  #responseHead(route: ForwardChanges['response']): (head: Buffer) => Buffer {
    return (head) => {
      const { first, lines } = readLines(route?.(head) ?? head);
      return writeLines(first, this.#told(lines, Number(first.slice(9, 12))));
    };
  }

  #told(headers: ReplyHeaders, responseCode: number): ReplyHeaders {
    return this.#chain.response?.(headers, { ...this.#context, responseCode }) ?? headers;
  }
}

/** Of the answer for an endpoint that cannot be reached. */
const unreached = 503;

function filtersOf(inForce: ModelInForce | undefined, listenerId: number): readonly HttpFilter[] {
  const name = inForce?.listenerName(listenerId);
  const listener = name === undefined ? undefined : inForce?.model.listeners.get(name);
  return listener?.kind === 'http' ? (listener.filters ?? []) : [];
}
