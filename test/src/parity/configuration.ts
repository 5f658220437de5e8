/** A batch of configurations: each a listener and its routes, all over the same clusters. */
import {
  LISTENER_TYPE,
  ROUTE_TYPE,
  type FieldPath,
  type JsonObject,
  type JsonValue,
  type XdsResource,
} from '@onehop/core/resources/model.js';
import { checkSupport, isError } from '@onehop/core/routing/support.js';
import type { Random } from '../router/random.js';
import { batchClusters, type Clusters } from './clusters.js';
import { isObject } from './json.js';
import { randomRoutes } from './routes.js';

/** As in test/fixtures/parity.lab.yaml. */
const mesh = { 4: '198.18.100.20', 6: 'fd00:198:18:100::20' } as const;
const firstPort = 10_000;

export interface Batch {
  readonly clusters: Clusters;
  readonly configurations: readonly Configuration[];
}

export interface Configuration {
  /** Of the listener, of its routes, and how names of routes begin. */
  readonly name: string;
  readonly family: 4 | 6;
  /** Where OneHop takes connections. */
  readonly address: string;
  readonly port: number;
  /** Fields of the HttpConnectionManager beside the routes. */
  readonly manager: JsonObject;
  /** A RouteConfiguration. */
  readonly routes: JsonObject;
}

export function randomBatch(random: Random, first: number, count: number): Batch {
  const clusters = batchClusters(random);
  const configurations: Configuration[] = [];
  while (configurations.length < count) {
    const name = `c${first + configurations.length}`;
    const family = random.chance(0.2) ? 6 : 4;
    const place = { name, family, address: mesh[family], port: firstPort + configurations.length } as const;
    const whole = {
      ...place,
      manager: randomManager(random),
      routes: randomRoutes(random, name, clusters.names),
    };
    const supported = supportedPart(whole);
    if (supported !== undefined) configurations.push(supported);
  }
  return { clusters, configurations };
}

/** The resources that OneHop gets. */
export function resourcesOf({ clusters, configurations }: Batch): XdsResource[] {
  return [
    ...clusters.resources,
    ...clusters.assignments.values(),
    ...configurations.flatMap((one) => [listenerOf(one), routesOf(one)]),
  ];
}

export function listenerOf({ name, address, port, manager }: Configuration): XdsResource {
  const rds = { configSource: { ads: {}, resourceApiVersion: 'V3' }, routeConfigName: name };
  return { typeUrl: LISTENER_TYPE, name, value: listenerValue(name, address, port, { ...manager, rds }) };
}

export function routesOf({ name, routes }: Configuration): XdsResource {
  return { typeUrl: ROUTE_TYPE, name, value: routes };
}

const filters = 'type.googleapis.com/envoy.extensions.filters';

export function listenerValue(
  name: string,
  address: string,
  portValue: number,
  manager: JsonObject,
): JsonObject {
  const typedConfig = {
    '@type': `${filters}.network.http_connection_manager.v3.HttpConnectionManager`,
    statPrefix: name,
    httpFilters: [
      { name: 'envoy.filters.http.router', typedConfig: { '@type': `${filters}.http.router.v3.Router` } },
    ],
    ...manager,
  };
  const filterChains = [
    { filters: [{ name: 'envoy.filters.network.http_connection_manager', typedConfig }] },
  ];
  return { name, address: { socketAddress: { address, portValue } }, filterChains };
}

function randomManager(random: Random): JsonObject {
  return {
    ...(random.chance(0.1)
      ? { stripMatchingHostPort: true }
      : random.chance(0.1)
        ? { stripAnyHostPort: true }
        : {}),
    ...(random.chance(0.05) ? { stripTrailingHostDot: true } : {}),
    ...(random.chance(0.1) ? { normalizePath: true } : {}),
    ...(random.chance(0.1) ? { mergeSlashes: true } : {}),
    ...(random.chance(0.05)
      ? {
          pathWithEscapedSlashesAction: random.pick([
            'UNESCAPE_AND_FORWARD',
            'UNESCAPE_AND_REDIRECT',
            'REJECT_REQUEST',
            'KEEP_UNCHANGED',
          ]),
        }
      : {}),
  };
}

/** The configuration without what OneHop refuses, by its own word; undefined when no route is left. */
function supportedPart(whole: Configuration): Configuration | undefined {
  const routes = withoutRefused(routesOf(whole), []);
  const manager = withoutRefused(listenerOf(whole), ['filterChains', 0, 'filters', 0, 'typedConfig']);
  const { virtualHosts } = routes;
  const left = Array.isArray(virtualHosts)
    ? (virtualHosts as readonly JsonValue[]).filter(
        (one) => isObject(one) && Array.isArray(one['routes']) && one['routes'].length > 0,
      )
    : [];
  if (left.length === 0) return undefined;
  const { rds: _, '@type': __, statPrefix: ___, httpFilters: ____, ...rest } = manager;
  return { ...whole, manager: rest, routes: { ...routes, virtualHosts: left } };
}

/** The part of the resource at `base`, with every route, or else field, left out that has an error. */
function withoutRefused(resource: XdsResource, base: FieldPath): JsonObject {
  let { value } = resource;
  for (let rounds = 0; rounds < 100; rounds++) {
    const error = checkSupport({ ...resource, value }).find(isError);
    if (error === undefined) return valueAt(value, base) as JsonObject;
    const at = error.path.lastIndexOf('routes');
    value = without(
      value,
      at >= 0 && error.path.length > at + 1 ? error.path.slice(0, at + 2) : error.path,
    ) as JsonObject;
  }
  throw new Error(`${resource.name} stays refused`);
}

function valueAt(value: JsonValue, path: FieldPath): JsonValue {
  return path.reduce<JsonValue>((at, step) => (at as Readonly<Record<string, JsonValue>>)[step] ?? {}, value);
}

function without(value: JsonValue, [step, ...rest]: FieldPath): JsonValue {
  if (step === undefined) throw new Error('nothing to leave out');
  if (Array.isArray(value)) {
    const list = value as readonly JsonValue[];
    return rest.length === 0
      ? list.filter((_, i) => i !== step)
      : list.map((item, i) => (i === step ? without(item, rest) : item));
  }
  const { [step]: old, ...others } = value as JsonObject;
  return rest.length === 0 || old === undefined
    ? others
    : { ...(value as JsonObject), [step]: without(old, rest) };
}
