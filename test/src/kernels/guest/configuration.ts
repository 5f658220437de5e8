/** What the datapath is told: one HTTP listener that routes by path, header and regular expression, and a TCP listener of each family. */
import {
  CLUSTER_TYPE,
  LISTENER_TYPE,
  xdsSetOf,
  type JsonObject,
  type XdsResource,
  type XdsSet,
} from '@onehop/core/resources/model.js';
import {
  ECHO_PORT,
  HTTP_PORT,
  HTTP_VIP,
  OTHER_SERVER,
  SERVER,
  SERVER_PORT,
  TCP_PORT,
  TCP_VIP,
} from './place.js';

const EXTENSIONS = 'type.googleapis.com/envoy.extensions.filters';

/** Cluster by name: the first segment of a path chooses it. */
const HTTP_CLUSTERS: Readonly<Record<string, string>> = {
  local: SERVER[0],
  other: OTHER_SERVER[0],
  local6: SERVER[1],
  other6: OTHER_SERVER[1],
};
const TCP_CLUSTERS: Readonly<Record<string, string>> = { tcp4: OTHER_SERVER[0], tcp6: OTHER_SERVER[1] };

export function configuration(): XdsSet {
  const vips = Object.keys(TCP_CLUSTERS).map((name, i) => tcpListener(name, TCP_VIP[i] ?? ''));
  return xdsSetOf([
    ...Object.entries(HTTP_CLUSTERS).map(([name, address]) => cluster(name, address, SERVER_PORT)),
    ...Object.entries(TCP_CLUSTERS).map(([name, address]) => cluster(name, address, ECHO_PORT)),
    ...vips,
    httpListener(),
  ]);
}

function cluster(name: string, address: string, port: number): XdsResource {
  const endpoint = { endpoint: { address: socketAddress(address, port) } };
  const loadAssignment = { clusterName: name, endpoints: [{ lbEndpoints: [endpoint] }] };
  const value = { name, type: 'STATIC', connectTimeout: '1s', loadAssignment };
  return { typeUrl: CLUSTER_TYPE, name, value };
}

function httpListener(): XdsResource {
  const byPath = Object.keys(HTTP_CLUSTERS).map((name) => ({
    name,
    match: { pathSeparatedPrefix: `/${name}` },
    route: { cluster: name },
  }));
  const header = { name: 'x-node', stringMatch: { exact: 'other' } };
  const byHeader = { name: 'header', match: { prefix: '/', headers: [header] }, route: { cluster: 'other' } };
  const byRegex = {
    name: 'regex',
    match: {
      safeRegex: { regex: '/v[0-9]+(/.*)?' },
      headers: [{ name: 'x-user', stringMatch: { safeRegex: { regex: '(?i)[a-z]{2,8}\\b.{0,2}' } } }],
    },
    route: { cluster: 'other' },
  };
  const rest = { name: 'rest', match: { prefix: '/' }, route: { cluster: 'local' } };
  const virtualHost = { name: 'web', domains: ['web.test'], routes: [...byPath, byHeader, byRegex, rest] };
  const manager = {
    '@type': `${EXTENSIONS}.network.http_connection_manager.v3.HttpConnectionManager`,
    statPrefix: 'web',
    routeConfig: { name: 'web', virtualHosts: [virtualHost] },
    httpFilters: [
      { name: 'envoy.filters.http.router', typedConfig: { '@type': `${EXTENSIONS}.http.router.v3.Router` } },
    ],
  };
  const value = {
    name: 'web',
    address: socketAddress(HTTP_VIP[0], HTTP_PORT),
    additionalAddresses: [{ address: socketAddress(HTTP_VIP[1], HTTP_PORT) }],
    filterChains: [
      { filters: [{ name: 'envoy.filters.network.http_connection_manager', typedConfig: manager }] },
    ],
  };
  return { typeUrl: LISTENER_TYPE, name: 'web', value };
}

function tcpListener(name: string, vip: string): XdsResource {
  const proxy = { '@type': `${EXTENSIONS}.network.tcp_proxy.v3.TcpProxy`, statPrefix: name, cluster: name };
  const filters = [{ name: 'envoy.filters.network.tcp_proxy', typedConfig: proxy }];
  const value = { name, address: socketAddress(vip, TCP_PORT), filterChains: [{ filters }] };
  return { typeUrl: LISTENER_TYPE, name, value };
}

function socketAddress(address: string, port: number): JsonObject {
  return { socketAddress: { address, portValue: port } };
}
