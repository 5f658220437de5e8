/**
 * Where the benchmark runs: one lab without a mesh (client, server, Envoys) and one with OneHop, side by side. Two labs,
 * because in a lab with agents programs of ours look at every connection of a workload: no mesh means none of them.
 */
import { writeFileSync } from 'node:fs';
import type { LabTopology, LabWorkload } from '../backends/topology.js';
import type { Placement } from './results.js';

export const clientAddress = '198.18.1.10';
const serverAddresses: Readonly<Record<Placement, string>> = {
  'same-node': '198.18.1.12',
  'cross-node': '198.18.2.12',
};
const nodes = [
  { name: 'node-1', addresses: ['198.18.1.1'] },
  { name: 'node-2', addresses: ['198.18.2.1'] },
];

const nginxAddresses: Readonly<Record<Placement, string>> = {
  'same-node': '198.18.1.14',
  'cross-node': '198.18.2.14',
};

/** The server under test answers on two HTTP ports, which stand for two versions of a service, and streams on the third. */
export const ports = { v1: 9080, v2: 9081, bulk: 9082 } as const;

/** nginx: as http, with nginx as its endpoint. */
type ServiceKind = 'http' | 'tcp' | 'nginx';

/** Addresses of services in the lab with a mesh. */
const services: readonly {
  readonly name: string;
  readonly kind: ServiceKind;
  readonly placement: Placement;
  readonly vip: string;
}[] = [
  { name: 'shop-near', kind: 'http', placement: 'same-node', vip: '198.18.100.1' },
  { name: 'shop-far', kind: 'http', placement: 'cross-node', vip: '198.18.100.2' },
  { name: 'tcp-near', kind: 'tcp', placement: 'same-node', vip: '198.18.100.3' },
  { name: 'tcp-far', kind: 'tcp', placement: 'cross-node', vip: '198.18.100.4' },
  { name: 'nginx-near', kind: 'nginx', placement: 'same-node', vip: '198.18.100.5' },
  { name: 'nginx-far', kind: 'nginx', placement: 'cross-node', vip: '198.18.100.6' },
];

/** Envoys, each a workload. hop: between client and server; out and in: the sidecars of client and server. */
export interface EnvoyRole {
  readonly workload: string;
  readonly role: 'hop' | 'out' | 'in';
  readonly node: 'node-1' | 'node-2';
  readonly address: string;
  /** undefined: as many threads as the machine has cores, as Envoy does by itself. */
  readonly concurrency: 1 | undefined;
}

export const envoyRoles: readonly EnvoyRole[] = [
  { workload: 'envoy-hop', role: 'hop', node: 'node-1', address: '198.18.1.21', concurrency: 1 },
  { workload: 'envoy-out', role: 'out', node: 'node-1', address: '198.18.1.22', concurrency: 1 },
  { workload: 'envoy-in', role: 'in', node: 'node-1', address: '198.18.1.23', concurrency: 1 },
  { workload: 'envoy-in-far', role: 'in', node: 'node-2', address: '198.18.2.23', concurrency: 1 },
  { workload: 'envoy-hop-wide', role: 'hop', node: 'node-1', address: '198.18.1.31', concurrency: undefined },
  { workload: 'envoy-out-wide', role: 'out', node: 'node-1', address: '198.18.1.32', concurrency: undefined },
  { workload: 'envoy-in-wide', role: 'in', node: 'node-1', address: '198.18.1.33', concurrency: undefined },
];

/** Ports of an Envoy of the client's side, by where the server is. */
export const envoyPorts: Readonly<Record<Placement, number>> = { 'same-node': 8080, 'cross-node': 8180 };

export function serverAddress(placement: Placement): string {
  return serverAddresses[placement];
}

export function nginxAddress(placement: Placement): string {
  return nginxAddresses[placement];
}

export function vip(kind: ServiceKind, placement: Placement): string {
  const found = services.find((service) => service.kind === kind && service.placement === placement);
  if (found === undefined) throw new Error(`no ${kind} service for ${placement}`);
  return found.vip;
}

function serverWorkloads(server: string): LabWorkload[] {
  return (['same-node', 'cross-node'] as const).map((placement) => ({
    name: placement === 'same-node' ? 'server-near' : 'server-far',
    node: placement === 'same-node' ? 'node-1' : 'node-2',
    addresses: [serverAddresses[placement]],
    service: { app: 'server', port: ports.v1 },
    command: [server, serverAddresses[placement], ...Object.values(ports).map(String)],
  }));
}

const client: LabWorkload = { name: 'client', node: 'node-1', addresses: [clientAddress] };

export function plainTopology(name: string, server: string, others: readonly LabWorkload[]): LabTopology {
  return { name, nodes, services: [], workloads: [client, ...serverWorkloads(server), ...others] };
}

/** `nginx`: the workloads of the endpoints that everybody knows; empty without them. */
export function meshTopology(name: string, server: string, nginx: readonly LabWorkload[]): LabTopology {
  return {
    name,
    nodes,
    services: servicesWith(nginx.length > 0).map(({ name: service, vip: address }) => ({
      name: service,
      addresses: [address],
    })),
    workloads: [client, ...serverWorkloads(server), ...nginx],
  };
}

/** The routes of both meshes: one host, a header that decides, weights for the rest. */
export const host = 'shop';

export function virtualHost(cluster: (version: 'v1' | 'v2') => string): object {
  return {
    name: host,
    domains: [host, `${host}:${ports.v1}`],
    routes: [
      {
        name: 'jason',
        match: { prefix: '/', headers: [{ name: 'end-user', string_match: { exact: 'jason' } }] },
        route: { cluster: cluster('v2') },
      },
      {
        name: 'canary',
        match: { prefix: '/' },
        route: {
          weighted_clusters: {
            clusters: [
              { name: cluster('v1'), weight: 90 },
              { name: cluster('v2'), weight: 10 },
            ],
          },
        },
      },
    ],
  };
}

export function staticCluster(name: string, address: string, port: number): object {
  return {
    name,
    type: 'STATIC',
    connect_timeout: '1s',
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: socketAddress(address, port) } }] }],
    },
  };
}

export function socketAddress(address: string, port: number): object {
  return { socket_address: { address, port_value: port } };
}

export function routerFilter(): object {
  return {
    name: 'envoy.filters.http.router',
    typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
  };
}

/** The mesh's xDS, as `onehop apply` takes it. JSON is YAML. */
export function writeMeshConfiguration(path: string, nginx: boolean): void {
  writeFileSync(path, `${JSON.stringify({ resources: meshResources(nginx) }, undefined, 2)}\n`);
}

function servicesWith(nginx: boolean): typeof services {
  return nginx ? services : services.filter(({ kind }) => kind !== 'nginx');
}

function meshResources(nginx: boolean): object[] {
  return servicesWith(nginx).flatMap(({ name, kind, placement, vip: address }) => {
    const server = kind === 'nginx' ? nginxAddresses[placement] : serverAddresses[placement];
    return kind !== 'tcp' ? httpResources(name, address, server) : tcpResources(name, address, server);
  });
}

function httpResources(name: string, address: string, server: string): object[] {
  const cluster = (version: 'v1' | 'v2'): string => `${name}-${version}`;
  return [
    listener(name, address, ports.v1, {
      name: 'envoy.filters.network.http_connection_manager',
      typed_config: {
        '@type':
          'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
        stat_prefix: name,
        rds: { route_config_name: name, config_source: { ads: {}, resource_api_version: 'V3' } },
        http_filters: [routerFilter()],
      },
    }),
    {
      '@type': 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration',
      name,
      virtual_hosts: [virtualHost(cluster)],
    },
    ...(['v1', 'v2'] as const).map((version) => ({
      '@type': 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
      ...staticCluster(cluster(version), server, ports[version]),
    })),
  ];
}

function tcpResources(name: string, address: string, server: string): object[] {
  return [ports.v1, ports.bulk].flatMap((port) => [
    listener(`${name}-${port}`, address, port, {
      name: 'envoy.filters.network.tcp_proxy',
      typed_config: {
        '@type': 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
        stat_prefix: name,
        cluster: `${name}-${port}`,
      },
    }),
    {
      '@type': 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
      ...staticCluster(`${name}-${port}`, server, port),
    },
  ]);
}

function listener(name: string, address: string, port: number, filter: object): object {
  return {
    '@type': 'type.googleapis.com/envoy.config.listener.v3.Listener',
    name,
    address: socketAddress(address, port),
    filter_chains: [{ filters: [filter] }],
  };
}
