import type { Event } from '@onehop/core/api/agent.generated.js';
import { formatAddress } from '@onehop/core/wire/ip.js';
import type { Joined } from './join.js';

/** What was asked for. */
export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly from: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/**
 * One request as `request --json` prints it. What the decision says (`path` to `generation`) is what the event of this
 * very request said; all of it is null when none came, and `decisionMissing` says why. Microseconds and bytes.
 */
export interface RequestResult {
  readonly method: string;
  readonly url: string;
  readonly from: string;
  readonly status: number;
  readonly path: string | null;
  readonly listener: string | null;
  readonly virtualHost: string | null;
  readonly route: string | null;
  readonly cluster: string | null;
  readonly endpoint: string | null;
  readonly reason: string | null;
  /** From the head of the request to the last byte of the response, as the kernel or the relay saw it. */
  readonly durationUs: number | null;
  readonly firstByteUs: number | null;
  /** As the client saw it. */
  readonly clientDurationUs: number;
  readonly cookie: string | null;
  /** Requests on the connection before this one. */
  readonly seq: number;
  readonly client: string;
  readonly destination: string | null;
  readonly sameNode: boolean | null;
  readonly generation: number | null;
  /** kernel | relay: who reported the decision. */
  readonly source: string | null;
  readonly requestBytes: number | null;
  readonly responseBytes: number | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly bodyEncoding: 'utf8' | 'base64';
  readonly bodyBytes: number;
  readonly decisionMissing: string | null;
}

export function resultOf(asked: Asked, { answer, cookie, event, missing }: Joined): RequestResult {
  return {
    method: asked.method,
    url: asked.url,
    from: asked.from,
    status: answer.status,
    ...decisionOf(event),
    clientDurationUs: answer.durationUs,
    cookie: cookie ?? null,
    seq: answer.connectionSeq,
    client: formatAddress(answer.local.address, answer.local.port),
    headers: answer.headers,
    body: answer.body,
    bodyEncoding: answer.bodyEncoding,
    bodyBytes: answer.bodyBytes,
    decisionMissing: missing ?? null,
  };
}

type Decision = Pick<
  RequestResult,
  | 'path'
  | 'listener'
  | 'virtualHost'
  | 'route'
  | 'cluster'
  | 'endpoint'
  | 'reason'
  | 'durationUs'
  | 'firstByteUs'
  | 'destination'
  | 'sameNode'
  | 'generation'
  | 'source'
  | 'requestBytes'
  | 'responseBytes'
>;

/** A step that the decision did not get to (or that the path does not have) is null, not "". */
function decisionOf(event: Event | undefined): Decision {
  const text = (value: string | undefined): string | null =>
    value === undefined || value === '' ? null : value;
  // An `open` event is of the connection: its times and bytes are not the request's.
  const request = event?.type === 'request' ? event : undefined;
  return {
    path: text(event?.path),
    listener: text(event?.listener),
    virtualHost: text(event?.virtualHost),
    route: text(event?.route),
    cluster: text(event?.cluster),
    endpoint: text(event?.endpoint),
    reason: text(event?.reason),
    durationUs: request?.durationUs ?? null,
    firstByteUs: request?.firstByteUs ?? null,
    destination: text(event?.destination),
    sameNode: event?.sameNode ?? null,
    generation: event?.generation ?? null,
    source: text(event?.source),
    requestBytes: request?.requestBytes ?? null,
    responseBytes: request?.responseBytes ?? null,
  };
}
