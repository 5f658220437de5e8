import {
  CLUSTER_TYPE,
  ENDPOINT_TYPE,
  LISTENER_TYPE,
  ROUTE_TYPE,
  type JsonObject,
  type XdsResource,
} from '@onehop/core/resources/model.js';

const ads = { ads: {}, resourceApiVersion: 'V3' };

/** A cluster that takes its endpoints over EDS. */
export function cluster(name: string, more: JsonObject = {}): XdsResource {
  const value = { name, type: 'EDS', edsClusterConfig: { edsConfig: ads }, connectTimeout: '1s', ...more };
  return { typeUrl: CLUSTER_TYPE, name, value };
}

export function endpoints(clusterName: string, address: string, portValue = 9080): XdsResource {
  const lbEndpoints = [{ endpoint: { address: { socketAddress: { address, portValue } } } }];
  return { typeUrl: ENDPOINT_TYPE, name: clusterName, value: { clusterName, endpoints: [{ lbEndpoints }] } };
}

/** A listener that takes the routes `routeConfigName` over RDS. */
export function listener(
  name: string,
  routeConfigName: string,
  portValue: number,
  address = '198.18.100.1',
): XdsResource {
  const manager = {
    '@type':
      'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    statPrefix: name,
    rds: { configSource: ads, routeConfigName },
    httpFilters: [
      {
        name: 'envoy.filters.http.router',
        typedConfig: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
      },
    ],
  };
  const filters = [{ name: 'envoy.filters.network.http_connection_manager', typedConfig: manager }];
  const value = { name, address: { socketAddress: { address, portValue } }, filterChains: [{ filters }] };
  return { typeUrl: LISTENER_TYPE, name, value };
}

/** All requests to one cluster. */
export function routes(name: string, to: string): XdsResource {
  const virtualHost = {
    name: 'all',
    domains: ['*'],
    routes: [{ match: { prefix: '/' }, route: { cluster: to } }],
  };
  return { typeUrl: ROUTE_TYPE, name, value: { name, virtualHosts: [virtualHost] } };
}
