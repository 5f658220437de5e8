import {
  CLUSTER_TYPE,
  ENDPOINT_TYPE,
  LISTENER_TYPE,
  ROUTE_TYPE,
  type JsonObject,
  type XdsResource,
} from '../../src/resources/model.js';

/** A cluster that takes its endpoints over EDS. */
export function cluster(name: string, more: JsonObject = {}): XdsResource {
  const edsClusterConfig = { edsConfig: { ads: {}, resourceApiVersion: 'V3' } };
  return {
    typeUrl: CLUSTER_TYPE,
    name,
    value: { name, type: 'EDS', edsClusterConfig, connectTimeout: '1s', ...more },
  };
}

export function endpoints(clusterName: string, ...addresses: readonly string[]): XdsResource {
  const lbEndpoints = addresses.map((address) => ({
    endpoint: { address: { socketAddress: { address, portValue: 9080 } } },
  }));
  return { typeUrl: ENDPOINT_TYPE, name: clusterName, value: { clusterName, endpoints: [{ lbEndpoints }] } };
}

export function staticCluster(name: string, address = '198.18.1.11'): XdsResource {
  const loadAssignment = endpoints(name, address).value;
  return {
    typeUrl: CLUSTER_TYPE,
    name,
    value: { name, type: 'STATIC', connectTimeout: '1s', loadAssignment },
  };
}

/** A listener that takes its routes over RDS. */
export function listener(name: string, routeConfigName: string, port = 9080): XdsResource {
  const rds = { configSource: { ads: {}, resourceApiVersion: 'V3' }, routeConfigName };
  return listenerWith(name, { rds }, port);
}

/** A listener with an HTTP connection manager that has `routeSpecifier` beside what every one needs. */
export function listenerWith(name: string, routeSpecifier: JsonObject, port = 9080): XdsResource {
  const router = {
    name: 'envoy.filters.http.router',
    typedConfig: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
  };
  const manager = {
    '@type':
      'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    statPrefix: name,
    httpFilters: [router],
    ...routeSpecifier,
  };
  const filter = { name: 'envoy.filters.network.http_connection_manager', typedConfig: manager };
  const address = { socketAddress: { address: '198.18.100.1', portValue: port } };
  return { typeUrl: LISTENER_TYPE, name, value: { name, address, filterChains: [{ filters: [filter] }] } };
}

export function routes(name: string, ...clusters: readonly string[]): XdsResource {
  return { typeUrl: ROUTE_TYPE, name, value: routeConfiguration(name, clusters) };
}

/** All requests go to the clusters, with equal weights. */
export function routeConfiguration(name: string, clusters: readonly string[]): JsonObject {
  const weighted = { weightedClusters: { clusters: clusters.map((one) => ({ name: one, weight: 1 })) } };
  const route = {
    match: { prefix: '/' },
    route: clusters.length === 1 ? { cluster: clusters[0]! } : weighted,
  };
  return { name, virtualHosts: [{ name: `${name}-host`, domains: ['*'], routes: [route] }] };
}
