/** Decides what becomes of a request whose head is scanned: forwarded to an endpoint, or answered here. */
import type { Drawn } from '@onehop/core/router/decision.js';
import { reasonId } from '@onehop/core/wire/reasons.js';
import type { Upstream, UpstreamLink } from '../pool/upstream.js';
import { Attempts } from './attempts.js';
import { Exchange, type ExchangeClient } from './exchange.js';
import { faultReply, refusalReply, type LocalReply } from './localReply.js';
import type { RelayContext } from './relayContext.js';
import { readRequestHead, type RequestHead } from './requestHead.js';
import type { ScannedHead } from './requestInput.js';
import type { RequestRecord } from './requestRecord.js';
import { ResponseReader } from './responseReader.js';
import type { ForwardChanges, ReplyHeaders, RequestOrigin, RouterAnswer } from './router.js';
import { routerView } from './routerView.js';

export type Admission =
  | {
      /** A filter makes the request wait. */
      readonly kind: 'later';
      readonly delayMs: number;
      /** What becomes of it then. */
      then(): SettledAdmission;
    }
  | SettledAdmission;

export type SettledAdmission =
  | {
      readonly kind: 'forward';
      readonly head: RequestHead;
      readonly upstream: UpstreamLink;
      /** May be sent again when the connection turns out to have ended. */
      readonly repeatable: boolean;
      readonly changes?: ForwardChanges;
      /** Of an answer that the relay gives in place of the endpoint. */
      readonly replyHeaders?: ReplyHeaders;
    }
  | {
      readonly kind: 'reply';
      readonly reply: LocalReply;
      /** Undefined: the head is no head, and nothing after it can be understood. */
      readonly head: RequestHead | undefined;
      /** No further request is served on this connection. */
      readonly close: boolean;
    };

/**
 * Fills `record` with what the request is and what was decided. `entryReason`: enum oh_reason, why the connection
 * came to the relay with this request; 0 when it was here already. `drawn`: of {@link Router.decide}.
 */
export function admit(
  context: RelayContext,
  origin: RequestOrigin,
  { scanner, bytes, base }: ScannedHead,
  record: RequestRecord,
  entryReason: number,
  drawn: Drawn | undefined,
): Admission {
  const head = readRequestHead(scanner, bytes, base);
  if ('status' in head) {
    if (context.events.watched) record.describe(scanner, bytes, base, undefined);
    record.reason = headBad;
    record.detail = head.detail;
    return { kind: 'reply', reply: faultReply(head), head: undefined, close: true };
  }
  if (context.events.watched) record.describe(scanner, bytes, base, head);
  record.isHead = head.isHead;
  record.isGrpc = head.grpc;
  const answer = context.router.decide(origin, routerView(scanner, bytes, base, head), drawn);
  record.decision = answer.decision;
  const { minor } = scanner;
  const settled = (): SettledAdmission => settle(context, answer, head, minor, record, entryReason);
  const { delayMs = 0 } = answer;
  return delayMs > 0 ? { kind: 'later', delayMs, then: settled } : settled();
}

function settle(
  context: RelayContext,
  answer: RouterAnswer,
  head: RequestHead,
  minor: number,
  record: RequestRecord,
  entryReason: number,
): SettledAdmission {
  const { decision } = answer;
  // with a body still to come, or an HTTP/1.0 client, the connection ends with the answer, as Envoy's does
  const close = !head.keepAlive || minor === 0 || head.body !== 'none';
  if (answer.kind === 'forward') {
    record.reason = entryReason || decision.reason;
    const { changes, replyHeaders, attempts } = answer;
    const repeatable = head.idempotent;
    const first = context.pools.acquire(decision.endpoint, repeatable);
    if (first !== undefined) {
      const acquire = (endpoint: number, fresh: boolean): Upstream | undefined =>
        fresh ? context.pools.connect(endpoint) : context.pools.acquire(endpoint, repeatable);
      const upstream = attempts ? new Attempts({ ...attempts, first, record, repeatable, acquire }) : first;
      return {
        kind: 'forward',
        head,
        upstream,
        repeatable: repeatable && attempts === undefined,
        ...(changes === undefined ? {} : { changes }),
        ...(replyHeaders === undefined ? {} : { replyHeaders }),
      };
    }
    record.reason = noEndpoint;
    return { kind: 'reply', reply: withHeaders(refusalReply(noEndpoint), replyHeaders), head, close };
  }
  record.reason = decision.reason;
  if (answer.kind === 'respond') return { kind: 'reply', reply: answer, head, close };
  const refusal = refusalReply(decision.reason);
  const reply = { ...refusal, status: answer.status ?? refusal.status };
  return { kind: 'reply', reply: withHeaders(reply, answer.replyHeaders), head, close };
}

/** The exchange of a request that is forwarded. */
export function exchangeFor(
  client: ExchangeClient,
  admission: Extract<SettledAdmission, { kind: 'forward' }>,
  record: RequestRecord,
): Exchange {
  const { head, upstream, repeatable, changes, replyHeaders } = admission;
  const reader = new ResponseReader(head);
  const { keepAlive } = head;
  const changeHead = changes?.response;
  return new Exchange({ client, upstream, record, reader, keepAlive, repeatable, changeHead, replyHeaders });
}

function withHeaders(reply: LocalReply, headers: ReplyHeaders | undefined): LocalReply {
  return headers === undefined ? reply : { ...reply, headers };
}

const headBad = reasonId('head-bad');
const noEndpoint = reasonId('no-endpoint');
