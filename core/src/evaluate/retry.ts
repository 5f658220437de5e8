/** Is a request sent again? Envoy's RetryStateImpl. */
import type { RetryCause, RetryPolicy } from '../routing/care.js';
import { headerHolds } from './conditions.js';
import { valuesOf, type RequestView } from './request.js';

/** How an attempt ended without a response. */
export type AttemptLoss = 'not-connected' | 'reset' | 'timeout';

/** May the request be sent again at all? What it says in x-envoy headers does not count: Envoy does not trust clients. */
export function mayRetry({ requestHeaders }: RetryPolicy, request: RequestView): boolean {
  return requestHeaders.length === 0 || requestHeaders.some((one) => headerHolds(one, request));
}

/** @param headers of the response, names in lower case */
export function retriesResponse(
  { on, statuses, responseHeaders }: RetryPolicy,
  status: number,
  headers: RequestView['headers'],
): boolean {
  const has = (cause: RetryCause): boolean => on.includes(cause);
  const response: RequestView = { method: '', target: '', host: '', scheme: '', headers };
  if (valuesOf(response, 'x-envoy-ratelimited').length > 0) return has('envoy-ratelimited');
  const [grpc] = valuesOf(response, 'grpc-status');
  return (
    (has('5xx') && status >= 500 && status <= 599) ||
    (has('gateway-error') && status >= 502 && status <= 504) ||
    (has('retriable-4xx') && status === 409) ||
    (has('retriable-status-codes') && statuses.includes(status)) ||
    (has('retriable-headers') && responseHeaders.some((one) => headerHolds(one, response))) ||
    GRPC.some(([cause, code]) => has(cause) && grpc === code)
  );
}

export function retriesLoss({ on }: RetryPolicy, loss: AttemptLoss): boolean {
  const has = (cause: RetryCause): boolean => on.includes(cause);
  if (has('reset') || has('5xx') || has('gateway-error')) return true;
  return loss === 'not-connected' && (has('connect-failure') || has('reset-before-request'));
}

/**
 * How long to wait before an attempt, in ms (JitteredExponentialBackOffStrategy).
 *
 * @param retry 1: the first one after the first attempt
 * @param random from 0 up to and without 1
 */
export function backOffMs({ baseMs, maxMs }: RetryPolicy, retry: number, random: number): number {
  return Math.floor(random * Math.min(maxMs, baseMs * 2 ** (retry - 1)));
}

const GRPC: readonly (readonly [RetryCause, string])[] = [
  ['cancelled', '1'],
  ['deadline-exceeded', '4'],
  ['resource-exhausted', '8'],
  ['internal', '13'],
  ['unavailable', '14'],
];
