/** A small configuration without a fault: what each kind of bad resource is a change of. */
import {
  CLUSTER_TYPE,
  ENDPOINT_TYPE,
  type JsonObject,
  LISTENER_TYPE,
  ROUTE_TYPE,
  type XdsResource,
} from '@onehop/core/resources/model.js';

const HCM =
  'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
const TCP = 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy';
const ROUTER = 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router';
const ADS: JsonObject = { ads: {}, resourceApiVersion: 'V3' };

const socket = (address: string, portValue: number): JsonObject => ({
  socketAddress: { address, portValue },
});
const lbEndpoint = (address: string): JsonObject => ({ endpoint: { address: socket(address, 9080) } });

const web: JsonObject = {
  name: 'web',
  address: socket('198.18.100.1', 80),
  filterChains: [
    {
      filters: [
        {
          name: 'envoy.filters.network.http_connection_manager',
          typedConfig: {
            '@type': HCM,
            statPrefix: 'web',
            rds: { configSource: ADS, routeConfigName: 'web' },
            httpFilters: [{ name: 'envoy.filters.http.router', typedConfig: { '@type': ROUTER } }],
          },
        },
      ],
    },
  ],
};

const db: JsonObject = {
  name: 'db',
  address: socket('198.18.100.2', 3306),
  filterChains: [
    {
      filters: [
        {
          name: 'envoy.filters.network.tcp_proxy',
          typedConfig: { '@type': TCP, statPrefix: 'db', cluster: 'a' },
        },
      ],
    },
  ],
};

const routes: JsonObject = {
  name: 'web',
  virtualHosts: [
    {
      name: 'v',
      domains: ['web'],
      routes: [
        {
          name: 'jason',
          match: { prefix: '/', headers: [{ name: 'end-user', stringMatch: { exact: 'jason' } }] },
          route: { cluster: 'a' },
        },
        {
          name: 'rest',
          match: { prefix: '/' },
          route: {
            weightedClusters: {
              clusters: [
                { name: 'a', weight: 90 },
                { name: 'e', weight: 10 },
              ],
            },
          },
        },
      ],
    },
  ],
};

export const goodResources: Readonly<Record<'web' | 'db' | 'routes' | 'a' | 'e' | 'endpoints', XdsResource>> =
  {
    web: { typeUrl: LISTENER_TYPE, name: 'web', value: web },
    db: { typeUrl: LISTENER_TYPE, name: 'db', value: db },
    routes: { typeUrl: ROUTE_TYPE, name: 'web', value: routes },
    a: {
      typeUrl: CLUSTER_TYPE,
      name: 'a',
      value: {
        name: 'a',
        type: 'STATIC',
        connectTimeout: '1s',
        loadAssignment: { clusterName: 'a', endpoints: [{ lbEndpoints: [lbEndpoint('198.18.1.12')] }] },
      },
    },
    e: {
      typeUrl: CLUSTER_TYPE,
      name: 'e',
      value: { name: 'e', type: 'EDS', edsClusterConfig: { edsConfig: ADS }, connectTimeout: '1s' },
    },
    endpoints: {
      typeUrl: ENDPOINT_TYPE,
      name: 'e',
      value: { clusterName: 'e', endpoints: [{ lbEndpoints: [lbEndpoint('198.18.1.12')] }] },
    },
  };
export type GoodName = keyof typeof goodResources;
