/** What the relay needs from the router: the meaning of the configuration in force. */
import type { RouteCare } from '@onehop/core/routing/care.js';
import type { Drawn } from '@onehop/core/router/decision.js';
import type { RouteDecision } from '../pool/kernelPools.js';

/** Who asks: the listener that the client connected to, and the client. */
export interface RequestOrigin {
  readonly listenerId: number;
  readonly vip: string;
  readonly vipPort: number;
  /** Cookie of the client's socket. */
  readonly cookie: bigint;
  /** "198.18.0.1:4711" */
  readonly client: string;
}

/** What a route changes of a request that is forwarded, and of its response. */
export interface ForwardChanges {
  /** The head to send in place of the one that was decided about; absent: that one. */
  readonly request?: Buffer;
  /** The head of the final response, as it is to be told to the client; absent: as it came. */
  readonly response?: (head: Buffer) => Buffer;
}

/** How long the relay waits for a request, and how it sends it again. */
export interface AttemptPlan {
  readonly care: RouteCare;
  /** This request may be sent again. */
  readonly mayRetry: boolean;
  /** Where the next attempt goes; without an endpoint when there is none. */
  again(): RouteDecision;
}

/** `delayMs`: the answer counts only after so long. */
export type RouterAnswer = { readonly delayMs?: number } & (
  | {
      readonly kind: 'forward';
      readonly decision: RouteDecision;
      readonly changes?: ForwardChanges;
      /** Of an answer that the relay gives in place of the endpoint. */
      readonly replyHeaders?: ReplyHeaders;
      readonly attempts?: AttemptPlan;
    }
  | {
      /** The route answers by itself (direct_response). */
      readonly kind: 'respond';
      readonly decision: RouteDecision;
      readonly status: number;
      readonly body: Uint8Array;
      /** In the order to write; without content-length, which the relay adds. */
      readonly headers: ReplyHeaders;
      /** Told to a gRPC request in place of what follows from `status`. */
      readonly grpcStatus?: number;
    }
  /** No way on; `decision.reason` is OH_R_NO_VHOST, _NO_ROUTE, _NO_CLUSTER or _NO_ENDPOINT. */
  | {
      readonly kind: 'refuse';
      readonly decision: RouteDecision;
      /** Of the answer; absent: as the reason has it. */
      readonly status?: number;
      readonly replyHeaders?: ReplyHeaders;
    }
);

export type ReplyHeaders = readonly (readonly [name: string, value: string])[];

export interface Router {
  /** What the listener speaks; 'none' when no listener has this id in the generation in force. */
  protocol(listenerId: number): 'http' | 'tcp' | 'none';
  /**
   * Decides one HTTP request; `decision.endpoint` is the endpoint to use.
   *
   * `head` is a request head up to and with its empty line, in the form that the C router reads: origin-form
   * target and one Host header. It is what the client sent, byte for byte, when that already has this form. Up to 60 KiB, any number of headers. It is
   * valid during the call only.
   *
   * `drawn` is what a program had drawn for it before it passed it here: that is not drawn again.
   */
  decide(origin: RequestOrigin, head: Uint8Array, drawn?: Drawn): RouterAnswer;
  /** Decides one connection to a TCP listener. Never 'respond'. */
  decideTcp(origin: RequestOrigin): RouterAnswer;
}
