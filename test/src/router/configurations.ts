/** Random configurations with every kind of match that OneHop knows, as xDS resources. */
import {
  CLUSTER_TYPE,
  LISTENER_TYPE,
  ROUTE_TYPE,
  type JsonObject,
  type XdsResource,
} from '@onehop/core/resources/model.js';
import type { Random } from './random.js';
import {
  addresses,
  headerNames,
  methods,
  parameters,
  pathRegexes,
  ports,
  segments,
  valueRegexes,
  values,
} from './vocabulary.js';

/** Some have no endpoint, or do not exist. */
const clusters = [
  ...['one', 'two', 'three', 'six', 'mixed', 'none', 'missing'],
  ...['weighted', 'ring', 'maglev', 'least', 'tiers', 'localities', 'subsets'],
] as const;

const domains = [
  'reviews',
  'Reviews:9080',
  'example.com',
  '*.example.com',
  '*.a.example.com',
  '*.com',
  '*e.com',
  'api.*',
  'api.e*',
  'a*',
  '[fd00::1]:80',
] as const;

/** Two to four listeners of which one may be TCP and one may take any address, their routes, and all clusters. */
export function randomConfiguration(random: Random): XdsResource[] {
  const places = addresses.flatMap((ip) => ports.map((port) => ({ ip: ip as string, port: port as number })));
  const chosen = random.some(places, random.between(2, 4));
  if (random.chance(0.5)) chosen.push({ ip: '0.0.0.0', port: random.pick(ports) });
  const tcp = random.chance(0.5) ? random.below(chosen.length) : -1;
  return [
    ...chosen.flatMap(({ ip, port }, i) => {
      const name = `listener-${i}`;
      return i === tcp ? [tcpListener(random, name, ip, port)] : httpListener(random, name, ip, port);
    }),
    ...clusterResources(),
  ];
}

function listener(name: string, ip: string, port: number, filter: JsonObject): XdsResource {
  return {
    typeUrl: LISTENER_TYPE,
    name,
    value: {
      name,
      address: { socketAddress: { address: ip, portValue: port } },
      filterChains: [{ filters: [{ name: 'filter', typedConfig: filter }] }],
    },
  };
}

const extensions = 'type.googleapis.com/envoy.extensions.filters';

function tcpListener(random: Random, name: string, ip: string, port: number): XdsResource {
  const type = `${extensions}.network.tcp_proxy.v3.TcpProxy`;
  return listener(name, ip, port, { '@type': type, statPrefix: 'tcp', ...split(random) });
}

/** A listener and its routes. */
export function httpListener(random: Random, name: string, ip: string, port: number): XdsResource[] {
  const routes = `routes-of-${name}`;
  const rds = { configSource: { ads: {} }, routeConfigName: routes };
  const filter = {
    '@type': `${extensions}.network.http_connection_manager.v3.HttpConnectionManager`,
    statPrefix: 'http',
    httpFilters: [{ name: 'router', typedConfig: { '@type': `${extensions}.http.router.v3.Router` } }],
    rds,
  };
  const ignorePortInHostMatching = random.chance(0.3);
  const value = { name: routes, virtualHosts: virtualHosts(random), ignorePortInHostMatching };
  return [listener(name, ip, port, filter), { typeUrl: ROUTE_TYPE, name: routes, value }];
}

function virtualHosts(random: Random): JsonObject[] {
  const free = random.some(domains, random.between(0, domains.length));
  if (random.chance(0.7)) free.push('*' as never);
  const hosts: JsonObject[] = [];
  while (free.length > 0) {
    const own = free.splice(0, random.between(1, 4));
    const routes = random.list(random.between(0, 12), (i) => route(random, i));
    hosts.push({ name: `host-${hosts.length}`, domains: own, routes });
  }
  return hosts;
}

function route(random: Random, index: number): JsonObject {
  const match = { ...pathMatch(random), ...headerMatches(random), ...otherMatches(random) };
  const name = random.chance(0.5) ? { name: `route-${index}` } : {};
  if (random.chance(0.1)) return { ...name, match, directResponse: { status: random.pick([200, 404, 503]) } };
  if (random.chance(0.05)) return { ...name, match, redirect: { pathRedirect: '/x' } };
  const version = random.pick(['1', '2', '3']);
  const criteria = random.chance(0.3)
    ? { metadataMatch: { filterMetadata: { 'envoy.lb': { version } } } }
    : {};
  return { ...name, match, route: { ...split(random), ...hashPolicy(random), ...criteria } };
}

function pathMatch(random: Random): JsonObject {
  const path = `/${random.some(segments, random.between(0, 3)).join('/')}`;
  const caseless = random.chance(0.3) ? { caseSensitive: false } : {};
  switch (random.below(6)) {
    case 5:
      return { safeRegex: { regex: random.pick(pathRegexes) } };
    case 0:
      return { path, ...caseless };
    case 1:
      return path.length < 2 ? { prefix: '' } : { pathSeparatedPrefix: path, ...caseless };
    case 2:
      return { prefix: path.slice(0, random.between(1, path.length)), ...caseless };
    default:
      return { prefix: '/', ...caseless };
  }
}

/** Query parameters, a fraction that leaves nothing to chance, and what only the relay checks. */
function otherMatches(random: Random): JsonObject {
  const query = random.chance(0.15)
    ? { queryParameters: random.list(random.between(1, 2), () => parameter(random)) }
    : {};
  const numerator = random.pick([0, 100, 100]);
  const fraction = random.chance(0.1) ? { runtimeFraction: { defaultValue: { numerator } } } : {};
  return { ...query, ...fraction, ...(random.chance(0.03) ? { grpc: {} } : {}) };
}

function parameter(random: Random): JsonObject {
  const name = random.pick(parameters);
  const kind = random.below(3);
  if (kind === 0) return { name, presentMatch: random.chance(0.7) };
  return kind === 1
    ? { name }
    : { name, stringMatch: stringMatch(random, random.pick(['v', 'V1', 'v1', 'x=y', ''])) };
}

function headerMatches(random: Random): JsonObject {
  if (random.chance(0.4)) return {};
  return { headers: random.list(random.between(1, random.chance(0.1) ? 8 : 2), () => headerMatch(random)) };
}

function headerMatch(random: Random): JsonObject {
  const flags = {
    ...(random.chance(0.25) ? { invertMatch: true } : {}),
    ...(random.chance(0.2) ? { treatMissingHeaderAsEmpty: true } : {}),
  };
  const kind = random.below(10);
  if (kind === 0)
    return { name: ':method', stringMatch: stringMatch(random, random.pick(methods)), ...flags };
  if (kind === 1)
    return { name: ':path', stringMatch: stringMatch(random, random.pick([...segments, '?k=v'])), ...flags };
  if (kind === 2)
    return {
      name: random.pick([':authority', 'host']),
      stringMatch: stringMatch(random, random.pick(['reviews', 'example.com', ':9080'])),
      ...flags,
    };
  const name = random.pick(headerNames);
  if (random.chance(0.1)) {
    const start = random.between(0, 12) - 4;
    return { name, rangeMatch: { start: String(start), end: String(start + random.below(10)) }, ...flags };
  }
  if (kind === 3) return { name, presentMatch: random.chance(0.7), ...flags };
  return { name, stringMatch: stringMatch(random, random.pick(values)), ...flags };
}

function stringMatch(random: Random, value: string): JsonObject {
  const part = value.slice(0, random.between(1, Math.max(value.length, 1)));
  const caseless = random.chance(0.3) ? { ignoreCase: true } : {};
  if (part === '') return { exact: '', ...caseless };
  if (random.chance(0.2)) return { safeRegex: { regex: random.pick(valueRegexes) }, ...caseless };
  const kind = random.pick(['exact', 'exact', 'prefix', 'suffix', 'contains']);
  return { [kind]: kind === 'exact' ? value : part, ...caseless };
}

/** One cluster, or several by weight, of which some may be 0. */
function split(random: Random): JsonObject {
  if (random.chance(0.7)) return { cluster: random.pick(clusters) };
  const named = random.some(clusters, random.between(2, 4));
  const weighted = named.map((name, i) => ({ name, weight: i === 0 ? 1 : random.between(0, 99) }));
  return { weightedClusters: { clusters: weighted } };
}

/** What every request has, and query parameters that some have. */
function hashPolicy(random: Random): JsonObject {
  if (random.chance(0.3)) return {};
  const items: readonly JsonObject[] = [
    { header: { headerName: ':path' } },
    { header: { headerName: ':authority' } },
    { header: { headerName: ':method' } },
    { queryParameter: { name: random.pick(['k', 'a', 'x']) } },
  ];
  const chosen = random.some(items, random.between(1, 3));
  return { hashPolicy: chosen.map((item) => (random.chance(0.2) ? { ...item, terminal: true } : item)) };
}

function clusterResources(): XdsResource[] {
  const four = (n: number): string[] => Array.from({ length: n }, (_, i) => `198.18.1.${10 + i}`);
  return [
    cluster('one', four(1)),
    cluster('two', four(2)),
    cluster('three', four(3), 'RANDOM'),
    cluster('six', ['fd00:198:18:1::10']),
    cluster('mixed', ['198.18.2.10', 'fd00:198:18:2::10']),
    cluster('none', []),
    of('weighted', {}, group(four(3), { weights: [1, 2, 5] })),
    of('ring', { lbPolicy: 'RING_HASH', ringHashLbConfig: { minimumRingSize: '64' } }, group(four(4))),
    of(
      'maglev',
      { lbPolicy: 'MAGLEV', maglevLbConfig: { tableSize: '53' } },
      group(four(3), { weights: [3, 1, 1] }),
    ),
    of('least', { lbPolicy: 'LEAST_REQUEST' }, group(four(3))),
    of(
      'tiers',
      {},
      group(four(2), { health: 'UNHEALTHY' }),
      group(['198.18.1.15'], {}),
      group(['198.18.1.16'], { health: 'DEGRADED' }),
      group(['198.18.1.17'], { priority: 1 }),
    ),
    of(
      'localities',
      { commonLbConfig: { localityWeightedLbConfig: {} } },
      group(four(2), { zone: 'a', localityWeight: 1 }),
      group(['198.18.1.15'], { zone: 'b', localityWeight: 3 }),
    ),
    of(
      'subsets',
      { lbSubsetConfig: { fallbackPolicy: 'ANY_ENDPOINT', subsetSelectors: [{ keys: ['version'] }] } },
      group(four(2), { version: '1' }),
      group(['198.18.1.15'], { version: '2' }),
    ),
  ];
}

interface GroupOptions {
  readonly weights?: readonly number[];
  readonly health?: string;
  readonly priority?: number;
  readonly zone?: string;
  readonly localityWeight?: number;
  readonly version?: string;
}

function group(ips: readonly string[], options: GroupOptions = {}): JsonObject {
  const { weights, health, priority, zone, localityWeight, version } = options;
  return {
    lbEndpoints: ips.map((address, i) => ({
      endpoint: { address: { socketAddress: { address, portValue: 8080 } } },
      ...(weights === undefined ? {} : { loadBalancingWeight: weights[i] ?? 1 }),
      ...(health === undefined ? {} : { healthStatus: health }),
      ...(version === undefined ? {} : { metadata: { filterMetadata: { 'envoy.lb': { version } } } }),
    })),
    ...(priority === undefined ? {} : { priority }),
    ...(zone === undefined ? {} : { locality: { zone } }),
    ...(localityWeight === undefined ? {} : { loadBalancingWeight: localityWeight }),
  };
}

function of(name: string, fields: JsonObject, ...endpoints: readonly JsonObject[]): XdsResource {
  const loadAssignment = { clusterName: name, endpoints };
  return { typeUrl: CLUSTER_TYPE, name, value: { name, connectTimeout: '1s', ...fields, loadAssignment } };
}

function cluster(name: string, ips: readonly string[], lbPolicy = 'ROUND_ROBIN'): XdsResource {
  const lbEndpoints = ips.map((address) => ({
    endpoint: { address: { socketAddress: { address, portValue: 8080 } } },
  }));
  const loadAssignment = { clusterName: name, endpoints: [{ lbEndpoints }] };
  return { typeUrl: CLUSTER_TYPE, name, value: { name, connectTimeout: '1s', lbPolicy, loadAssignment } };
}
