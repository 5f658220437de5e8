/** Configuration of the labs of these tests: one cluster a server, listeners that route by a header or by weights. */
import { validateFiles } from '@onehop/core/diagnostics/validate.js';
import type { XdsResource } from '@onehop/core/resources/model.js';

export const port = 8080;

/** As in test/fixtures/faults.lab.yaml. */
export const services = {
  near: '198.18.100.30',
  far: '198.18.100.31',
  both: '198.18.100.32',
} as const;
export const servers = {
  near: '198.18.1.21',
  'near-2': '198.18.1.22',
  far: '198.18.2.21',
  'far-2': '198.18.2.22',
} as const;

export type Service = keyof typeof services;
export type Server = keyof typeof servers;

type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json };

const type = (name: string): string => `type.googleapis.com/envoy.${name}`;

/** Address and port of an endpoint. */
export interface EndpointAddress {
  readonly address: string;
  readonly port: number;
}

export function cluster(name: string, endpoints: readonly EndpointAddress[]): Json {
  return {
    '@type': type('config.cluster.v3.Cluster'),
    name,
    type: 'STATIC',
    connect_timeout: '1s',
    load_assignment: {
      cluster_name: name,
      endpoints: [
        {
          lb_endpoints: endpoints.map(({ address, port: port_value }) => ({
            endpoint: { address: { socket_address: { address, port_value } } },
          })),
        },
      ],
    },
  };
}

/** A cluster with the servers of these workloads. */
export function clusterOf(name: string, members: readonly Server[]): Json {
  return cluster(
    name,
    members.map((member) => ({ address: servers[member], port })),
  );
}

export interface VirtualHost {
  readonly name: string;
  readonly domains: readonly string[];
  readonly routes: readonly Json[];
}

export function listener(name: string, address: string, virtualHosts: readonly VirtualHost[]): Json {
  return {
    '@type': type('config.listener.v3.Listener'),
    name,
    address: { socket_address: { address, port_value: port } },
    filter_chains: [
      {
        filters: [
          {
            name: 'envoy.filters.network.http_connection_manager',
            typed_config: {
              '@type': type('extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'),
              stat_prefix: name,
              route_config: { name, virtual_hosts: virtualHosts as unknown as Json },
              http_filters: [
                {
                  name: 'envoy.filters.http.router',
                  typed_config: { '@type': type('extensions.filters.http.router.v3.Router') },
                },
              ],
            },
          },
        ],
      },
    ],
  };
}

/** A listener of `service`: the header `to` names a cluster, else it is `cluster`. */
export function serviceListener(service: Service, clusters: readonly string[], otherwise: string): Json {
  const routes = clusters.map((name) => ({
    name,
    match: { prefix: '/', headers: [{ name: 'to', string_match: { exact: name } }] },
    route: { cluster: name },
  }));
  return listener(service, services[service], [
    {
      name: service,
      domains: ['*'],
      routes: [...routes, { name: 'otherwise', match: { prefix: '/' }, route: { cluster: otherwise } }],
    },
  ]);
}

/** Checks what is meant to be valid. */
export function resourcesOf(resources: readonly Json[]): XdsResource[] {
  const { set, problems, hasErrors } = validateFiles([
    { path: 'faults.xds.yaml', text: JSON.stringify({ resources }) },
  ]);
  if (hasErrors) throw new Error(`The configuration is refused: ${problems[0]?.message}`);
  return [set.listeners, set.routes, set.clusters, set.endpoints].flatMap((one) => [...one.values()]);
}
