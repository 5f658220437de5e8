import type { FieldPath, JsonObject } from '../../resources/model.js';
import { listOf, objectOf, textOf, type Json } from '../fields.js';
import type { Reading } from '../reading.js';
import { readStringMatch } from '../readText.js';
import { readRuntimeFraction } from './common.js';
import type { CorsConfig } from './model.js';

/** envoy.extensions.filters.http.cors.v3.CorsPolicy */
export function readCorsPolicy(reading: Reading, value: JsonObject, path: FieldPath): CorsConfig | undefined {
  const origins = listOf(value['allowOriginStringMatch']).map((item, index) =>
    readStringMatch(reading, objectOf(item), [...path, 'allowOriginStringMatch', index]),
  );
  const there = origins.filter((one) => one !== undefined);
  if (there.length < origins.length) return undefined;
  return {
    kind: 'cors',
    policy: {
      origins: there,
      methods: textOf(value['allowMethods']) ?? '',
      headers: textOf(value['allowHeaders']) ?? '',
      expose: textOf(value['exposeHeaders']) ?? '',
      maxAge: textOf(value['maxAge']) ?? '',
      ...said('credentials', value['allowCredentials']),
      ...said('privateNetwork', value['allowPrivateNetworkAccess']),
      ...said('forwardOthers', value['forwardNotMatchingPreflights']),
      enabled: readRuntimeFraction(value['filterEnabled'], 100),
    },
  };
}

function said<K extends string>(name: K, value: Json): Partial<Record<K, boolean>> {
  return (typeof value === 'boolean' ? { [name]: value } : {}) as Partial<Record<K, boolean>>;
}
