/** A lab with one service whose virtual hosts are splits to measure, and a fast client and servers written in C. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { AgentClient } from '@onehop/lab/agent/client.js';
import type { LabBackend } from '@onehop/lab/backends/backend.js';
import { createLocalBackend } from '@onehop/lab/backends/local/backend.js';
import { labNames } from '@onehop/lab/backends/local/names.js';
import type { LabTopology } from '@onehop/lab/backends/topology.js';
import { Generator, type Report } from '@onehop/lab/bench/generator.js';
import { routerFilter, socketAddress, staticCluster } from '@onehop/lab/bench/labs.js';
import { buildNative } from '@onehop/lab/bench/native.js';

/** Weights by cluster: `one`, `two` and `three`, each a server of its own. */
export type Split = Partial<Readonly<Record<ClusterName, number>>>;
export type ClusterName = (typeof clusterNames)[number];
export const clusterNames = ['one', 'two', 'three'] as const;

const client = '198.18.1.10';
const vip = '198.18.100.1';
const port = 9080;
const countPort = 9082;
/** The third is on the other node. */
const servers: Readonly<Record<ClusterName, { readonly node: string; readonly address: string }>> = {
  one: { node: 'node-1', address: '198.18.1.11' },
  two: { node: 'node-1', address: '198.18.1.12' },
  three: { node: 'node-2', address: '198.18.2.11' },
};

export class CanaryLab {
  private constructor(
    private readonly name: string,
    private readonly backend: LabBackend,
    private readonly generator: Generator,
    private readonly directory: string,
  ) {}

  /** `splits` by the name of the host that they are for. */
  static async up(name: string, splits: Readonly<Record<string, Split>>): Promise<CanaryLab> {
    const programs = await buildNative();
    const backend = createLocalBackend();
    const directory = mkdtempSync(join(tmpdir(), 'onehop-canary-'));
    const config = join(directory, 'canary.xds.yaml');
    writeFileSync(config, JSON.stringify({ resources: resources(splits) }));
    try {
      await backend.up(topology(name, programs.server), { config: [config] });
      const generator = await Generator.start(backend, name, 'client', programs.loadgen);
      return new CanaryLab(name, backend, generator, directory);
    } catch (error) {
      await backend.down(name);
      rmSync(directory, { recursive: true });
      throw error;
    }
  }

  /** At least `count` requests for a host, over keep-alive connections. */
  send(host: string, count: number): Promise<Report> {
    return this.generator.http({
      to: `${vip}:${port}`,
      host,
      connections: 16,
      mode: 'keep',
      bytes: 64,
      warmMs: 0,
      ms: 100,
      minRequests: count,
      maxMs: 60_000,
    });
  }

  /** How many requests each server has answered so far, as it says itself. */
  async served(): Promise<Readonly<Record<ClusterName, number>>> {
    const counts = { one: 0, two: 0, three: 0 };
    for (const cluster of clusterNames) {
      const script = `exec 3<>/dev/tcp/${servers[cluster].address}/${countPort}; echo count >&3; cat <&3`;
      const process = await this.backend.runIn(this.name, 'client', ['bash', '-c', script], {
        stderr: 'inherit',
      });
      if (process.stdout !== undefined) counts[cluster] = Number(await text(process.stdout));
      await process.exited;
    }
    return counts;
  }

  /** Requests that the client's node decided so far: in the kernel, and in the relay. */
  async decided(): Promise<{
    readonly byCluster: Readonly<Record<string, number>>;
    readonly relayed: number;
  }> {
    using agent = new AgentClient({
      lab: this.name,
      node: 'node-1',
      socket: labNames(this.name).agentSocket('node-1'),
    });
    const { clusters, relay } = await agent.counters();
    return {
      byCluster: Object.fromEntries(clusters.map(({ cluster, requests }) => [cluster, requests])),
      relayed: relay?.requests ?? 0,
    };
  }

  async down(): Promise<void> {
    await this.generator.close();
    await this.backend.down(this.name);
    rmSync(this.directory, { recursive: true });
  }
}

function topology(name: string, server: string): LabTopology {
  return {
    name,
    nodes: [
      { name: 'node-1', addresses: ['198.18.1.1'] },
      { name: 'node-2', addresses: ['198.18.2.1'] },
    ],
    services: [{ name: 'shop', addresses: [vip] }],
    workloads: [
      { name: 'client', node: 'node-1', addresses: [client] },
      ...clusterNames.map((cluster) => {
        const { node, address } = servers[cluster];
        return {
          name: `server-${cluster}`,
          node,
          addresses: [address],
          service: { app: 'server', port },
          command: [server, address, String(port), String(countPort)],
        };
      }),
    ],
  };
}

function resources(splits: Readonly<Record<string, Split>>): object[] {
  const routes = {
    name: 'shop',
    virtual_hosts: Object.entries(splits).map(([host, split]) => ({
      name: host,
      domains: [host],
      routes: [
        {
          match: { prefix: '/' },
          route: {
            weighted_clusters: {
              clusters: Object.entries(split).map(([cluster, weight]) => ({ name: cluster, weight })),
            },
          },
        },
      ],
    })),
  };
  return [
    {
      '@type': 'type.googleapis.com/envoy.config.listener.v3.Listener',
      name: 'shop',
      address: socketAddress(vip, port),
      filter_chains: [
        {
          filters: [
            {
              name: 'envoy.filters.network.http_connection_manager',
              typed_config: {
                '@type':
                  'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
                stat_prefix: 'shop',
                route_config: routes,
                http_filters: [routerFilter()],
              },
            },
          ],
        },
      ],
    },
    ...clusterNames.map((name) => ({
      '@type': 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
      ...staticCluster(name, servers[name].address, port),
    })),
  ];
}
