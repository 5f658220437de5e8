/** Chains of filters whose last one is not the one that ends a chain. */
import type { Visited } from '../envoy/walk.js';
import { isJsonObject } from '../envoy/wellKnown.js';
import { type JsonValue, messageNameOf } from '../resources/model.js';
import type { Family, Finding } from './finding.js';

const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
const ANY = 'google.protobuf.Any';
const FILTER_CHAIN = 'envoy.config.listener.v3.FilterChain';
const ROUTER = 'envoy.extensions.filters.http.router.v3.Router';

/** Every filter that ends a chain and is not its last one, and an HTTP chain that nothing ends. */
export const filterOrder: Family = {
  concerns: (_, { typeName }) => typeName === HCM || typeName === ANY || typeName === FILTER_CHAIN,
  find: misplacedFilters,
};

function misplacedFilters({ field, value, path }: Visited): Finding[] {
  if (!isJsonObject(value)) return [];
  if (field.typeName === HCM || value['@type'] === `type.googleapis.com/${HCM}`)
    return httpOrder(listOf(value['httpFilters']), [...path, 'httpFilters']);
  if (field.typeName === FILTER_CHAIN)
    return misplaced(listOf(value['filters']), [...path, 'filters'], NETWORK_ENDS, 'network');
  return [];
}

type Path = Finding['path'];

function httpOrder(filters: readonly JsonValue[], path: Path): Finding[] {
  const found = misplaced(filters, path, HTTP_ENDS, 'HTTP');
  const last = typeOf(filters.at(-1));
  // A filter whose type is not told, or that wraps another one, may be one that ends the chain.
  const isKnown = last?.startsWith('envoy.extensions.filters.http.') === true;
  if (found.length > 0 || !isKnown || HTTP_ENDS.has(last)) return found;
  return [
    {
      rule: 'filter-order',
      severity: 'error',
      path: [...path, filters.length - 1, 'name'],
      message:
        'The last HTTP filter must be the router; this one passes requests on, and nothing is behind it.',
      hint: 'Add envoy.filters.http.router after it.',
    },
  ];
}

function misplaced(
  filters: readonly JsonValue[],
  path: Path,
  ends: ReadonlySet<string>,
  kind: string,
): Finding[] {
  return filters.slice(0, -1).flatMap((filter, index): Finding[] => {
    const type = typeOf(filter);
    if (type === undefined || !ends.has(type)) return [];
    return [
      {
        rule: 'filter-order',
        severity: 'error',
        path: [...path, index, 'name'],
        message: `${type.replace(/^.*\./, '')} ends the chain of ${kind} filters, so it must be the last one.`,
        hint: 'Move it to the end, or take away what comes after it.',
        related: [{ path: [...path, index + 1, 'name'], message: 'This filter would never be asked.' }],
      },
    ];
  });
}

const HTTP_ENDS: ReadonlySet<string> = new Set([ROUTER]);
const NETWORK_ENDS: ReadonlySet<string> = new Set([
  HCM,
  'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
]);

function typeOf(filter: JsonValue | undefined): string | undefined {
  const config = isJsonObject(filter) ? filter['typedConfig'] : undefined;
  const type = isJsonObject(config) ? config['@type'] : undefined;
  return typeof type === 'string' ? messageNameOf(type) : undefined;
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}
