import type { FieldPath, JsonObject, JsonValue } from '../resources/model.js';
import { isUnset, listOf, objectOf, textOf } from './fields.js';
import type {
  HostStrip,
  HttpListener,
  ListenerAddress,
  ListenerNode,
  RouteConfigurationNode,
  TcpListener,
} from './model.js';
import { readHttpFilters } from './filters/read.js';
import { readAddress } from './readAddress.js';
import { readRouteConfiguration } from './readRoutes.js';
import { readSplit } from './readSplit.js';
import type { Reading } from './reading.js';
import { idleFilter, ROUTER } from './support/http.js';
import { HTTP_CONNECTION_MANAGER, TCP_PROXY } from './support/listener.js';

export interface ListenerContent {
  readonly listener: ListenerNode;
  /** The route configuration that it has inline. */
  readonly routeConfiguration?: RouteConfigurationNode;
}

/** A listener; undefined when there is an error in it, which `reading` then has. */
export function readListener(reading: Reading, value: JsonObject): ListenerContent | undefined {
  const addresses = readAddresses(reading, value);
  const chain = chainOf(reading, value);
  const filter = chain && filterOf(reading, chain);
  if (filter === undefined || addresses.length === 0) return undefined;
  const base = { name: reading.resource, addresses, source: reading.source([]) };
  const content =
    filter.config['@type'] === TCP_PROXY ? readTcp(reading, filter, base) : readHttp(reading, filter, base);
  return reading.problems.some(({ severity }) => severity === 'error') ? undefined : content;
}

type Base = Pick<ListenerNode, 'name' | 'addresses' | 'source'>;

interface Place {
  readonly config: JsonObject;
  readonly path: FieldPath;
}

function readAddresses(reading: Reading, value: JsonObject): ListenerAddress[] {
  const found = new Map<string, ListenerAddress>();
  const add = (address: unknown, path: FieldPath): void => {
    const read = readAddress(reading, address as JsonObject | undefined, path);
    if (read === undefined) return;
    if (read.ip === '0.0.0.0' || read.ip === '::') reportAnyAddress(reading, read, path);
    const ip = read.ip === '0.0.0.0' ? '::' : read.ip;
    const key = `${ip} ${read.port}`;
    if (!found.has(key)) found.set(key, { ip, port: read.port, source: reading.source(path) });
  };
  add(value['address'], ['address']);
  for (const [index, item] of listOf(value['additionalAddresses']).entries()) {
    add(objectOf(item)['address'], ['additionalAddresses', index, 'address']);
  }
  return [...found.values()];
}

function reportAnyAddress(
  reading: Reading,
  { ip, port }: { ip: string; port: number },
  path: FieldPath,
): void {
  const other = ip === '::' ? 'IPv4' : 'IPv6';
  reading.report(
    'info',
    'any-address',
    [...path, 'socketAddress', 'address'],
    `The listener takes every connection to port ${port}, also those of ${other}.`,
  );
}

function chainOf(reading: Reading, value: JsonObject): Place | undefined {
  const chains = listOf(value['filterChains']);
  const fallback = value['defaultFilterChain'];
  const count = chains.length + (fallback === undefined ? 0 : 1);
  if (count !== 1) {
    reading.error(
      'not-supported',
      ['filterChains'],
      count === 0
        ? 'The listener has no filter chain.'
        : `The listener has ${count} filter chains; OneHop does one.`,
      'Use one filter chain without filter_chain_match, and a listener for each address.',
    );
    return undefined;
  }
  return chains.length === 1
    ? { config: objectOf(chains[0]), path: ['filterChains', 0] }
    : { config: objectOf(fallback), path: ['defaultFilterChain'] };
}

function filterOf(reading: Reading, chain: Place): Place | undefined {
  const filters = listOf(chain.config['filters']);
  const path = [...chain.path, 'filters'];
  const config = objectOf(objectOf(filters[0])['typedConfig']);
  if (filters.length === 1 && [HTTP_CONNECTION_MANAGER, TCP_PROXY].includes(textOf(config['@type']) ?? '')) {
    return { config, path: [...path, 0, 'typedConfig'] };
  }
  reading.error(
    'not-supported',
    path,
    `The filter chain has ${filters.length} filters that say what to do; OneHop does one.`,
    'Use one http_connection_manager or one tcp_proxy.',
  );
  return undefined;
}

function readTcp(reading: Reading, { config, path }: Place, base: Base): ListenerContent | undefined {
  const split = readSplit(reading, config, path);
  if (split === undefined) return undefined;
  const listener: TcpListener = { ...base, kind: 'tcp', path: 'direct', reason: 'none', split };
  return { listener };
}

function readHttp(reading: Reading, { config, path }: Place, base: Base): ListenerContent | undefined {
  checkRouter(reading, config, path);
  const filters = readHttpFilters(reading, config, path);
  const some = filters.length === 0 ? {} : { filters };
  const hostStrip = readHostStrip(config);
  if (hostStrip !== undefined)
    reading.report(
      'info',
      'in-relay',
      path,
      'The agent changes the Host header of every request of this listener, so they leave the kernel path.',
    );
  const choice =
    hostStrip === undefined ? KERNEL : ({ path: 'relay', reason: 'host-changes', hostStrip } as const);
  const http = { ...base, kind: 'http', ...choice, ...some } as const;
  if (config['routeConfig'] !== undefined) {
    // Not a name that anybody gives to a route configuration.
    const key = `\n${base.name}`;
    const place = { key, path: [...path, 'routeConfig'], validateClusters: true };
    const routeConfiguration = readRouteConfiguration(reading, config['routeConfig'], place);
    return routeConfiguration && { listener: { ...http, routeConfiguration: key }, routeConfiguration };
  }
  const rds = objectOf(config['rds']);
  const name = textOf(rds['routeConfigName']) ?? '';
  const source = objectOf(rds['configSource']);
  if (name === '')
    reading.error(
      'bad-match',
      [...path, 'rds'],
      'The listener has no routes.',
      'Set route_config, or rds with route_config_name.',
    );
  else if (source['ads'] === undefined && source['self'] === undefined) {
    reading.error(
      'not-supported',
      [...path, 'rds', 'configSource'],
      'The routes have no source.',
      'Set config_source to ads: {}.',
    );
  }
  const listener: HttpListener = { ...http, routeConfiguration: name };
  return { listener };
}

const KERNEL = { path: 'kernel', reason: 'none' } as const;

function readHostStrip(config: JsonObject): HostStrip | undefined {
  const dot = config['stripTrailingHostDot'] === true;
  const any = config['stripAnyHostPort'] === true;
  const port = any ? 'any' : config['stripMatchingHostPort'] === true ? 'matching' : 'none';
  return dot || port !== 'none' ? { port, dot } : undefined;
}

function checkRouter(reading: Reading, config: JsonObject, path: FieldPath): void {
  const active = listOf(config['httpFilters']).filter((filter) => idleFilter(objectOf(filter)) === undefined);
  const isRouter = (filter: JsonValue | undefined): boolean =>
    objectOf(objectOf(filter)['typedConfig'])['@type'] === ROUTER && objectOf(filter)['disabled'] !== true;
  const routers = active.filter(isRouter);
  if (routers.length === 1 && isRouter(active.at(-1))) return;
  reading.error(
    isUnset(config['httpFilters']) ? 'bad-match' : 'not-supported',
    [...path, 'httpFilters'],
    routers.length === 0
      ? 'The filter router is missing.'
      : 'The filter router must be there once, as the last one.',
    'Add envoy.filters.http.router as the last filter.',
  );
}
