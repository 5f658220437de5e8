/** The two labs of a run, their load generators and agents; everything is gone after close(). */
import { mkdirSync } from 'node:fs';
import { AgentClient } from '../agent/client.js';
import type { LabBackend, LabState } from '../backends/backend.js';
import { createLocalBackend } from '../backends/local/backend.js';
import { labCgroups, type LabCgroups } from '../backends/local/cgroups.js';
import { labNames } from '../backends/local/names.js';
import type { Arm } from './plan.js';
import { envoyWorkloads } from './envoyConfig.js';
import { nginxWorkloads, type FamiliarPrograms } from './nginx.js';
import { Generator } from './generator.js';
import {
  envoyPorts,
  envoyRoles,
  meshTopology,
  nginxAddress,
  plainTopology,
  ports,
  serverAddress,
  vip,
  writeMeshConfiguration,
} from './labs.js';
import type { NativePrograms } from './native.js';
import { benchBuild } from './paths.js';

export interface BenchLab {
  readonly name: string;
  readonly state: LabState;
  readonly cgroups: LabCgroups;
  readonly generator: Generator;
}

export interface EnvironmentOptions {
  /** Start of the labs' names. */
  readonly name: string;
  readonly programs: NativePrograms;
  /** Path of the Envoy binary; undefined: no Envoys. */
  readonly envoy: string | undefined;
  readonly familiar: FamiliarPrograms | undefined;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

export class Environment {
  private constructor(
    readonly backend: LabBackend,
    readonly plain: BenchLab,
    readonly mesh: BenchLab,
    /** By node. */
    readonly agents: ReadonlyMap<string, AgentClient>,
    readonly hasEnvoy: boolean,
  ) {}

  static async up(options: EnvironmentOptions): Promise<Environment> {
    const { programs, envoy, familiar, progress, signal } = options;
    const backend = createLocalBackend();
    const names = labsOf(options.name);
    mkdirSync(benchBuild, { recursive: true });
    const configuration = `${benchBuild}mesh.xds.yaml`;
    writeMeshConfiguration(configuration, familiar !== undefined);
    const nginx = familiar === undefined ? [] : nginxWorkloads(familiar.nginx, benchBuild);
    const envoys = envoy === undefined ? [] : envoyWorkloads(envoy, benchBuild);
    try {
      progress(`lab ${names.plain}: client, servers, ${envoys.length} Envoys`);
      const plainState = await backend.up(
        plainTopology(names.plain, programs.server, [...envoys, ...nginx]),
        { mesh: false },
        undefined,
        signal,
      );
      progress(`lab ${names.mesh}: client, servers, OneHop on two nodes`);
      const meshState = await backend.up(
        meshTopology(names.mesh, programs.server, nginx),
        { config: [configuration] },
        undefined,
        signal,
      );
      const start = async (state: LabState): Promise<BenchLab> => ({
        name: state.lab,
        state,
        cgroups: labCgroups(state.lab),
        generator: await Generator.start(backend, state.lab, 'client', programs.loadgen),
      });
      const agents = new Map(
        ['node-1', 'node-2'].map((node) => [
          node,
          new AgentClient({ lab: names.mesh, node, socket: labNames(names.mesh).agentSocket(node) }),
        ]),
      );
      return new Environment(
        backend,
        await start(plainState),
        await start(meshState),
        agents,
        envoy !== undefined,
      );
    } catch (error) {
      await downAll(backend, options.name);
      throw error;
    }
  }

  labOf({ name }: Arm): BenchLab {
    return name === 'no-mesh' || name.startsWith('envoy') ? this.plain : this.mesh;
  }

  /** Where the client of an arm connects. */
  addressOf({ name, placement, variant }: Arm): string {
    if (name === 'no-mesh') return `${serverAddress(placement)}:${ports.v1}`;
    if (name === 'direct') return `${vip('tcp', placement)}:${ports.v1}`;
    if (!name.startsWith('envoy')) return `${vip('http', placement)}:${ports.v1}`;
    const role = envoyRoles.find(
      (one) =>
        one.role === (name === 'envoy-hop' ? 'hop' : 'out') &&
        one.concurrency === (variant === 'all-cores' ? undefined : 1),
    );
    if (role === undefined) throw new Error(`no Envoy for ${name} ${variant ?? ''}`);
    return `${role.address}:${envoyPorts[placement]}`;
  }

  /** Where wrk asks. */
  nginxAddressOf({ name, placement }: Arm): string {
    return `${name === 'no-mesh' ? nginxAddress(placement) : vip('nginx', placement)}:${ports.v1}`;
  }

  bulkAddressOf({ name, placement }: Arm): string {
    return `${name === 'no-mesh' ? serverAddress(placement) : vip('tcp', placement)}:${ports.bulk}`;
  }

  /** The client's agent: it carries the requests. */
  get clientAgent(): AgentClient {
    const agent = this.agents.get('node-1');
    if (agent === undefined) throw new Error('no agent on node-1');
    return agent;
  }

  /** Cgroups whose CPU time is a request's, by participant. */
  participants(arm: Arm): readonly { readonly participant: string; readonly cgroup: string }[] {
    const lab = this.labOf(arm);
    const { cgroups } = lab;
    const workloads = (lab.state.topology?.workloads ?? []).map(({ name, node }) => ({
      participant: name.replace(/-(near|far|wide)\b/g, ''),
      cgroup: cgroups.workload(node, name),
    }));
    const mesh =
      lab === this.mesh
        ? [
            ...['node-1', 'node-2'].map((node) => ({ participant: 'agent', cgroup: cgroups.agent(node) })),
            { participant: 'control-plane', cgroup: cgroups.control },
          ]
        : [];
    return [...workloads, ...mesh];
  }

  async close(): Promise<void> {
    for (const agent of this.agents.values()) agent.close();
    await downAll(this.backend, this.plain.name.replace(/-plain$/, ''));
  }
}

function labsOf(name: string): { readonly plain: string; readonly mesh: string } {
  return { plain: `${name}-plain`, mesh: `${name}-mesh` };
}

/** Both, also when the first cannot be removed. */
async function downAll(backend: LabBackend, name: string): Promise<void> {
  const { plain, mesh } = labsOf(name);
  const results = await Promise.allSettled([backend.down(mesh), backend.down(plain)]);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
