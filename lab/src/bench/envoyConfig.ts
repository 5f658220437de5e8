/** Bootstraps of the Envoys: the same routes as the mesh's, as sidecars have them. */
import { writeFileSync } from 'node:fs';
import type { LabWorkload } from '../backends/topology.js';
import {
  envoyPorts,
  envoyRoles,
  ports,
  routerFilter,
  serverAddress,
  socketAddress,
  staticCluster,
  virtualHost,
  type EnvoyRole,
} from './labs.js';
import type { Placement } from './results.js';

/** The workloads of the Envoys; writes a bootstrap for each into `directory`. */
export function envoyWorkloads(binary: string, directory: string): LabWorkload[] {
  return envoyRoles.map((role) => {
    const path = `${directory}${role.workload}.json`;
    writeFileSync(path, `${JSON.stringify(bootstrap(role), undefined, 2)}\n`);
    const threads = role.concurrency === undefined ? [] : ['--concurrency', String(role.concurrency)];
    return {
      name: role.workload,
      node: role.node,
      addresses: [role.address],
      service: { app: 'envoy', port: listeningPort(role) },
      command: [binary, '-c', path, '--disable-hot-restart', '--log-level', 'error', ...threads],
    };
  });
}

function listeningPort({ role }: EnvoyRole): number {
  return role === 'in' ? ports.v1 : envoyPorts['same-node'];
}

export function bootstrap(role: EnvoyRole): object {
  const { listeners, clusters } = role.role === 'in' ? inbound(role) : outbound(role);
  return {
    node: { id: role.workload, cluster: 'bench' },
    static_resources: { listeners, clusters },
  };
}

interface Static {
  readonly listeners: object[];
  readonly clusters: object[];
}

/** Beside the client (or in the middle): routes, then goes to the server or to the server's sidecar. */
function outbound({ role, address, concurrency }: EnvoyRole): Static {
  const placements: readonly Placement[] = ['same-node', 'cross-node'];
  const to = (placement: Placement): string =>
    role === 'hop'
      ? serverAddress(placement)
      : (envoyRoles.find(
          (one) =>
            one.role === 'in' &&
            one.concurrency === concurrency &&
            one.node === (placement === 'same-node' ? 'node-1' : 'node-2'),
        )?.address ?? serverAddress(placement));
  return {
    listeners: placements.map((placement) =>
      listener(
        placement,
        address,
        envoyPorts[placement],
        virtualHost((version) => `${version}-${placement}`),
      ),
    ),
    clusters: placements.flatMap((placement) =>
      (['v1', 'v2'] as const).map((version) =>
        staticCluster(`${version}-${placement}`, to(placement), ports[version]),
      ),
    ),
  };
}

/** Beside the server: everything goes to the port of the same number. */
function inbound({ address, node }: EnvoyRole): Static {
  const server = serverAddress(node === 'node-1' ? 'same-node' : 'cross-node');
  const versions = ['v1', 'v2'] as const;
  return {
    listeners: versions.map((version) =>
      listener(version, address, ports[version], {
        name: 'inbound',
        domains: ['*'],
        routes: [{ match: { prefix: '/' }, route: { cluster: version } }],
      }),
    ),
    clusters: versions.map((version) => staticCluster(version, server, ports[version])),
  };
}

function listener(name: string, address: string, port: number, host: object): object {
  return {
    name,
    address: socketAddress(address, port),
    filter_chains: [
      {
        filters: [
          {
            name: 'envoy.filters.network.http_connection_manager',
            typed_config: {
              '@type':
                'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
              stat_prefix: name,
              generate_request_id: false,
              route_config: { name, virtual_hosts: [host] },
              http_filters: [routerFilter()],
            },
          },
        ],
      },
    ],
  };
}
