/** How long a route waits, and what it sends again: what the relay takes care of beside passing bytes on. */
import type { HeaderCondition } from './model.js';

export interface RouteCare {
  /** From the end of the request to the end of the response, in ms; 0: as long as it takes. */
  readonly timeoutMs: number;
  /** The longest time without a byte in either direction, in ms; 0: as long as it takes. */
  readonly idleMs: number;
  readonly retry?: RetryPolicy;
}

/** Envoy's RetryPolicy. */
export interface RetryPolicy {
  readonly on: readonly RetryCause[];
  /** Attempts after the first one. */
  readonly retries: number;
  /** From the end of the request to the head of the response of each attempt, in ms; 0: no limit. */
  readonly perTryMs: number;
  /** With `retriable-status-codes`. */
  readonly statuses: readonly number[];
  /** With `retriable-headers`: of responses, one must hold. */
  readonly responseHeaders: readonly HeaderCondition[];
  /** Of requests, one must hold; none: all requests may be sent again. */
  readonly requestHeaders: readonly HeaderCondition[];
  /** The first wait is up to this long, each one after it up to twice as long as the one before, in ms. */
  readonly baseMs: number;
  readonly maxMs: number;
  /** So often another endpoint is asked for when the one that was chosen has failed already; 0: it is taken. */
  readonly otherEndpointTries: number;
}

export const RETRY_CAUSES = [
  '5xx',
  'gateway-error',
  'reset',
  'reset-before-request',
  'connect-failure',
  'envoy-ratelimited',
  'retriable-4xx',
  'refused-stream',
  'retriable-status-codes',
  'retriable-headers',
  'cancelled',
  'deadline-exceeded',
  'internal',
  'resource-exhausted',
  'unavailable',
] as const;

export type RetryCause = (typeof RETRY_CAUSES)[number];
