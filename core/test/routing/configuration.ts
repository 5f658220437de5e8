/** Short ways to write resources in tests. */
import {
  CLUSTER_TYPE,
  ENDPOINT_TYPE,
  LISTENER_TYPE,
  ROUTE_TYPE,
  xdsSetOf,
  type JsonObject,
  type JsonValue,
  type XdsResource,
  type XdsSet,
} from '../../src/resources/model.js';
import { HTTP_CONNECTION_MANAGER, TCP_PROXY } from '../../src/routing/support/listener.js';
import { ROUTER } from '../../src/routing/support/http.js';

export function resource(typeUrl: string, value: JsonObject): XdsResource {
  return { typeUrl, name: String(value['name'] ?? value['clusterName'] ?? ''), value };
}

/** "10.0.0.1:80" or "[fd00::1]:80". */
export function address(text: string): JsonObject {
  const colon = text.lastIndexOf(':');
  const host = text.slice(0, colon).replace(/[[\]]/g, '');
  return { socketAddress: { address: host, portValue: Number(text.slice(colon + 1)) } };
}

export function listenerWith(
  name: string,
  at: readonly string[],
  filter: JsonObject,
  more: JsonObject = {},
): XdsResource {
  const [first, ...others] = at.map(address);
  return resource(LISTENER_TYPE, {
    name,
    ...(first === undefined ? {} : { address: first }),
    ...(others.length === 0 ? {} : { additionalAddresses: others.map((one) => ({ address: one })) }),
    filterChains: [{ filters: [{ name: 'filter', typedConfig: filter }] }],
    ...more,
  });
}

export const routerFilter: JsonObject = { name: 'router', typedConfig: { '@type': ROUTER } };

export function hcm(more: JsonObject = {}): JsonObject {
  return { '@type': HTTP_CONNECTION_MANAGER, statPrefix: 'http', httpFilters: [routerFilter], ...more };
}

export function rds(name: string): JsonObject {
  return { rds: { configSource: { ads: {} }, routeConfigName: name } };
}

export function httpListener(
  name: string,
  at: readonly string[],
  routes: string,
  more: JsonObject = {},
): XdsResource {
  return listenerWith(name, at, hcm({ ...rds(routes), ...more }));
}

export function tcpListener(name: string, at: readonly string[], action: JsonObject): XdsResource {
  return listenerWith(name, at, { '@type': TCP_PROXY, statPrefix: 'tcp', ...action });
}

export function routeConfiguration(
  name: string,
  virtualHosts: JsonValue[],
  more: JsonObject = {},
): XdsResource {
  return resource(ROUTE_TYPE, { name, virtualHosts, ...more });
}

export function virtualHost(
  name: string,
  domains: JsonValue[],
  routes: JsonValue[],
  more: JsonObject = {},
): JsonObject {
  return { name, domains, routes, ...more };
}

/** A route to a cluster, or by weight to several. */
export function route(
  match: JsonObject,
  to: string | Readonly<Record<string, number>>,
  more: JsonObject = {},
): JsonObject {
  return { match, route: action(to), ...more };
}

export function action(to: string | Readonly<Record<string, number>>): JsonObject {
  if (typeof to === 'string') return { cluster: to };
  return { weightedClusters: { clusters: Object.entries(to).map(([name, weight]) => ({ name, weight })) } };
}

export function staticCluster(
  name: string,
  endpoints: readonly string[],
  more: JsonObject = {},
): XdsResource {
  return resource(CLUSTER_TYPE, {
    name,
    connectTimeout: '1s',
    loadAssignment: assignmentValue(name, endpoints),
    ...more,
  });
}

export function edsCluster(name: string, more: JsonObject = {}): XdsResource {
  return resource(CLUSTER_TYPE, { name, type: 'EDS', edsClusterConfig: { edsConfig: { ads: {} } }, ...more });
}

export function assignment(name: string, endpoints: readonly string[]): XdsResource {
  return resource(ENDPOINT_TYPE, assignmentValue(name, endpoints));
}

/** "10.0.0.1:80", or with a health status "10.0.0.1:80 DRAINING". */
export function assignmentValue(clusterName: string, endpoints: readonly string[]): JsonObject {
  const lbEndpoints = endpoints.map((text): JsonObject => {
    const [at = '', healthStatus] = text.split(' ');
    return { endpoint: { address: address(at) }, ...(healthStatus === undefined ? {} : { healthStatus }) };
  });
  return { clusterName, endpoints: [{ lbEndpoints }] };
}

export function setOf(...resources: XdsResource[]): XdsSet {
  return xdsSetOf(resources);
}
