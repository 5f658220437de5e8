import { parseDuration } from '../envoy/time.js';
import type { FieldPath, JsonObject } from '../resources/model.js';
import { RETRY_CAUSES, type RetryCause, type RetryPolicy, type RouteCare } from './care.js';
import { listOf, numberOf, objectOf, textOf, type Json } from './fields.js';
import { readHeaders } from './readMatch.js';
import type { Reading } from './reading.js';

/** envoy/config/route/v3/route_components.proto: of a route that says nothing about it. */
const DEFAULT_TIMEOUT_MS = 15_000;
const DEFAULT_BASE_MS = 25;
/** Longer than this a timer cannot wait: 24 days are as good as for ever. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Of a route action at `path`; undefined: it waits as long as it takes and sends nothing again. A route that says something
 * about waiting has Envoy's 15 s where it names no timeout.
 *
 * @param around the retry_policy of the virtual host, which holds where the route has none
 */
export function readCare(
  reading: Reading,
  action: JsonObject,
  path: FieldPath,
  around: PolicyAt | undefined,
): RouteCare | undefined {
  const own = action['retryPolicy'];
  const at = own === undefined ? around : { value: objectOf(own), path: [...path, 'retryPolicy'] };
  const retry = at && readRetry(reading, at);
  const given = action['timeout'];
  const timeoutMs = given === undefined ? DEFAULT_TIMEOUT_MS : millis(given);
  const idleMs = millis(action['idleTimeout']);
  if ((given === undefined || timeoutMs === 0) && idleMs === 0 && retry === undefined) return undefined;
  return { timeoutMs, idleMs, ...(retry === undefined ? {} : { retry }) };
}

/** A retry_policy and where it is. */
export interface PolicyAt {
  readonly value: JsonObject;
  readonly path: FieldPath;
}

function readRetry(reading: Reading, { value, path }: PolicyAt): RetryPolicy | undefined {
  const on = readCauses(reading, textOf(value['retryOn']) ?? '', [...path, 'retryOn']);
  const perTryMs = millis(value['perTryTimeout']);
  const responseHeaders = readHeaders(reading, value['retriableHeaders'], [...path, 'retriableHeaders']);
  const requestHeaders = readHeaders(reading, value['retriableRequestHeaders'], [
    ...path,
    'retriableRequestHeaders',
  ]);
  if (responseHeaders === undefined || requestHeaders === undefined) return undefined;
  if (on.length === 0 && perTryMs === 0) return undefined;
  const backOff = objectOf(value['retryBackOff']);
  // RetryPolicyImpl: less than a millisecond is one.
  const baseMs =
    backOff['baseInterval'] === undefined ? DEFAULT_BASE_MS : millis(backOff['baseInterval']) || 1;
  const maxMs = backOff['maxInterval'] === undefined ? 10 * baseMs : millis(backOff['maxInterval']) || 1;
  const other = listOf(value['retryHostPredicate']).length > 0;
  return {
    on,
    retries: numberOf(value['numRetries']) ?? 1,
    perTryMs,
    statuses: listOf(value['retriableStatusCodes']).filter((one) => typeof one === 'number'),
    responseHeaders,
    requestHeaders,
    baseMs,
    maxMs,
    otherEndpointTries: other ? Math.max(1, Number(value['hostSelectionRetryMaxAttempts'] ?? 1)) : 0,
  };
}

function readCauses(reading: Reading, text: string, path: FieldPath): RetryCause[] {
  const causes: RetryCause[] = [];
  for (const word of text.split(',').map((one) => one.trim())) {
    const cause = RETRY_CAUSES.find((one) => one === word);
    if (cause !== undefined) causes.push(cause);
    else if (word !== '')
      reading.error(
        'not-supported',
        path,
        `OneHop does not send requests again on "${word}".`,
        `The causes are ${RETRY_CAUSES.join(', ')}.`,
      );
  }
  return causes;
}

/** Whole milliseconds of a duration, as Envoy takes them; 0 where there is none or it is beyond every timer. */
function millis(value: Json): number {
  const nanos = parseDuration(textOf(value) ?? '0s') ?? 0n;
  const whole = Number(nanos / 1_000_000n);
  return whole > LONGEST_MS ? 0 : Math.max(0, whole);
}
