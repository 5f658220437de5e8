import type { FieldPath, JsonObject } from '../../resources/model.js';
import { isObject, numberOf, objectOf, textOf } from '../fields.js';
import type { Reading } from '../reading.js';
import { readHeaders } from '../readMatch.js';
import { readFraction, readMs } from './common.js';
import type { FaultConfig } from './model.js';

/** envoy.extensions.filters.http.fault.v3.HTTPFault */
export function readFault(reading: Reading, value: JsonObject, path: FieldPath): FaultConfig | undefined {
  const headers = readHeaders(reading, value['headers'], [...path, 'headers']);
  if (headers === undefined) return undefined;
  const delay = value['delay'];
  const abort = value['abort'];
  return {
    kind: 'fault',
    ...(isObject(delay) ? { delay: readDelay(delay) } : {}),
    ...(isObject(abort) ? { abort: readAbort(abort) } : {}),
    headers,
    cluster: textOf(value['upstreamCluster']) ?? '',
  };
}

function readDelay(delay: JsonObject): NonNullable<FaultConfig['delay']> {
  const fraction = readFraction(delay['percentage']);
  if (delay['headerDelay'] !== undefined) return { fraction, byHeader: true };
  return { fraction, ms: Math.trunc(readMs(delay['fixedDelay'])) };
}

function readAbort(abort: JsonObject): NonNullable<FaultConfig['abort']> {
  const fraction = readFraction(objectOf(abort)['percentage']);
  if (abort['headerAbort'] !== undefined) return { fraction, byHeader: true };
  const grpcStatus = numberOf(abort['grpcStatus']);
  // FaultFilter::getAbortStatus: with a status of gRPC the one of HTTP is 200
  if (grpcStatus !== undefined) return { fraction, status: 200, grpcStatus };
  return { fraction, status: numberOf(abort['httpStatus']) ?? 200 };
}
