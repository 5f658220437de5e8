import type { FieldPath, JsonObject } from '../../resources/model.js';
import { isObject, listOf, objectOf, textOf, type Json } from '../fields.js';
import type { Reading } from '../reading.js';
import { idleFilter, ROUTER } from '../support/http.js';
import { FILTER_CONFIG, FILTERS, ROUTE_FILTERS } from '../support/filters.js';
import { readCorsPolicy } from './cors.js';
import { readFault } from './fault.js';
import { readHeaderMutation } from './headerMutation.js';
import { readLocalRateLimit } from './localRateLimit.js';
import type { FilterConfig, FilterLevel, FilterOverride, HttpFilter } from './model.js';
import { readRbac, readRbacOfRoute } from './rbac.js';

type Read = (reading: Reading, value: JsonObject, path: FieldPath) => FilterConfig | undefined;

const OF_LISTENER: Readonly<Record<string, Read>> = {
  [FILTERS.fault]: readFault,
  [FILTERS.cors]: () => ({ kind: 'cors' }),
  [FILTERS.rbac]: readRbac,
  [FILTERS.localRateLimit]: readLocalRateLimit,
  [FILTERS.headerMutation]: readHeaderMutation,
};

const OF_ROUTE: Readonly<Record<string, Read>> = {
  [ROUTE_FILTERS.fault]: readFault,
  [ROUTE_FILTERS.cors]: readCorsPolicy,
  [ROUTE_FILTERS.rbac]: readRbacOfRoute,
  [ROUTE_FILTERS.localRateLimit]: readLocalRateLimit,
  [ROUTE_FILTERS.headerMutation]: readHeaderMutation,
};

/** The filters of an HttpConnectionManager at `path` that run before its router, or may where a route wants it. */
export function readHttpFilters(reading: Reading, manager: JsonObject, path: FieldPath): HttpFilter[] {
  return listOf(manager['httpFilters']).flatMap((item, index): HttpFilter[] => {
    const filter = objectOf(item);
    const at = [...path, 'httpFilters', index];
    const value = objectOf(filter['typedConfig']);
    const type = textOf(value['@type']) ?? '';
    if (type === ROUTER || idleFilter(filter) !== undefined) return [];
    const config = OF_LISTENER[type]?.(reading, value, [...at, 'typedConfig']);
    if (config === undefined) return [];
    return [{ name: textOf(filter['name']) ?? '', disabled: filter['disabled'] === true, config, path: at }];
  });
}

/** typed_per_filter_config; undefined: it says nothing. */
export function readFilterLevel(reading: Reading, value: Json, path: FieldPath): FilterLevel | undefined {
  if (!isObject(value)) return undefined;
  const level = new Map<string, FilterOverride>();
  for (const [name, item] of Object.entries(value))
    level.set(name, readOverride(reading, objectOf(item), [...path, name]));
  return level.size === 0 ? undefined : level;
}

function readOverride(reading: Reading, value: JsonObject, path: FieldPath): FilterOverride {
  const type = textOf(value['@type']) ?? '';
  if (type !== FILTER_CONFIG) {
    const config = OF_ROUTE[type]?.(reading, value, path);
    return { disabled: false, ...(config === undefined ? {} : { config }) };
  }
  const inner = value['config'];
  if (!isObject(inner) && value['disabled'] !== true)
    reading.error(
      'bad-match',
      path,
      'This neither switches the filter off nor has settings for it: Envoy refuses it, too.',
      'Set disabled: true, or config.',
    );
  const wrapped = isObject(inner) ? readOverride(reading, inner, [...path, 'config']) : {};
  return { ...wrapped, disabled: value['disabled'] === true };
}
