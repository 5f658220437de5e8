import type { FieldPath, JsonObject } from '../../resources/model.js';
import { isObject, numberOf, objectOf, textOf } from '../fields.js';
import { readAdditions } from '../readChanges.js';
import type { Reading } from '../reading.js';
import { readMs, readRuntimeFraction } from './common.js';
import type { RateLimitConfig } from './model.js';

/** envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit */
export function readLocalRateLimit(reading: Reading, value: JsonObject, path: FieldPath): RateLimitConfig {
  const bucket = value['tokenBucket'];
  const code = statusOf(objectOf(value['status'])['code']);
  return {
    kind: 'rateLimit',
    ...(isObject(bucket) ? { bucket: readBucket(reading, bucket, [...path, 'tokenBucket']) } : {}),
    // FilterConfig::toErrorCode: what is no error becomes 429
    status: code >= 400 ? code : 429,
    enabled: readRuntimeFraction(value['filterEnabled'], 0),
    enforced: readRuntimeFraction(value['filterEnforced'], 0),
    responseHeaders: {
      remove: [],
      add: readAdditions(reading, value['responseHeadersToAdd'], [...path, 'responseHeadersToAdd']),
    },
    asResourceExhausted: value['rateLimitedAsResourceExhausted'] === true,
  };
}

function readBucket(
  reading: Reading,
  bucket: JsonObject,
  path: FieldPath,
): NonNullable<RateLimitConfig['bucket']> {
  const fillMs = readMs(bucket['fillInterval']);
  if (fillMs < 50)
    reading.error(
      'not-supported',
      [...path, 'fillInterval'],
      'Envoy fills a bucket every 50 ms at most.',
      'Set fill_interval to 0.05s or more.',
    );
  return {
    most: numberOf(bucket['maxTokens']) ?? 0,
    perFill: numberOf(bucket['tokensPerFill']) ?? 1,
    fillMs,
  };
}

/** An enum whose names are those of envoy.type.v3.StatusCode, or its number. */
function statusOf(code: JsonObject[string] | undefined): number {
  return numberOf(code) ?? STATUS[textOf(code) ?? ''] ?? 0;
}

const STATUS: Readonly<Record<string, number>> = {
  BadRequest: 400,
  Unauthorized: 401,
  PaymentRequired: 402,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  ProxyAuthenticationRequired: 407,
  RequestTimeout: 408,
  Conflict: 409,
  Gone: 410,
  LengthRequired: 411,
  PreconditionFailed: 412,
  PayloadTooLarge: 413,
  URITooLong: 414,
  UnsupportedMediaType: 415,
  RangeNotSatisfiable: 416,
  ExpectationFailed: 417,
  MisdirectedRequest: 421,
  UnprocessableEntity: 422,
  Locked: 423,
  FailedDependency: 424,
  UpgradeRequired: 426,
  PreconditionRequired: 428,
  TooManyRequests: 429,
  RequestHeaderFieldsTooLarge: 431,
  InternalServerError: 500,
  NotImplemented: 501,
  BadGateway: 502,
  ServiceUnavailable: 503,
  GatewayTimeout: 504,
  HTTPVersionNotSupported: 505,
  VariantAlsoNegotiates: 506,
  InsufficientStorage: 507,
  LoopDetected: 508,
  NotExtended: 510,
  NetworkAuthenticationRequired: 511,
};
