/** A lab of these tests, driven without the command line. */
import { readFileSync } from 'node:fs';
import type { Counters } from '@onehop/core/api/agent.generated.js';
import type { XdsResource } from '@onehop/core/resources/model.js';
import { parseTopology } from '@onehop/core/topology/parse.js';
import { AgentClient } from '@onehop/lab/agent/client.js';
import type { AgentOptions } from '@onehop/lab/backends/backend.js';
import { createLocalBackend } from '@onehop/lab/backends/local/backend.js';
import { labNames } from '@onehop/lab/backends/local/names.js';
import { applyResources } from '@onehop/lab/controlplane/client.js';
import { Program } from '../exact/program.js';

export const nodes = ['node-1', 'node-2'] as const;
export type Node = (typeof nodes)[number];

const fixtures = new URL('../../../fixtures/', import.meta.url);

export class FaultLab {
  readonly #programs: Program<{ readonly type: string }>[] = [];

  private constructor(
    readonly name: string,
    /** APIs of the agents; none without a mesh. */
    readonly agents: ReadonlyMap<Node, AgentClient>,
  ) {}

  /** `fixture`: a file of test/fixtures with the nodes {@link nodes}. */
  static async up(suffix: string, agent: AgentOptions = {}, fixture = 'faults.lab.yaml'): Promise<FaultLab> {
    const name = `t-${process.pid}-${suffix}`;
    const { topology, problems } = parseTopology(readFileSync(new URL(fixture, fixtures), 'utf8'));
    if (topology === undefined) throw new Error(`${fixture}: ${problems[0]?.message}`);
    await createLocalBackend().up({ ...topology, name }, { agent });
    return new FaultLab(
      name,
      new Map(
        nodes.map((node) => [
          node,
          new AgentClient({ lab: name, node, socket: labNames(name).agentSocket(node) }),
        ]),
      ),
    );
  }

  agent(node: Node): AgentClient {
    const agent = this.agents.get(node);
    if (agent === undefined) throw new Error(`lab ${this.name} has no agent on ${node}`);
    return agent;
  }

  /** Makes `resources` the whole configuration; resolves when every node has it in force. Gives the time that it took, in ms. */
  async apply(resources: readonly XdsResource[], timeoutMs = 30_000): Promise<number> {
    const begin = performance.now();
    const applying = applyResources(labNames(this.name).controlPlaneSocket, resources, { timeoutMs });
    for await (const { done, node, state, rejections } of applying)
      if (!done && state !== 'acked') throw new Error(`${node}: ${state} ${JSON.stringify(rejections)}`);
    return performance.now() - begin;
  }

  /** Runs a program of these tests in a workload until the lab goes down; resolves when it is ready. */
  async run<From extends { readonly type: string }>(
    workload: string,
    module: URL,
    ...args: readonly string[]
  ): Promise<Program<From>> {
    const program = await Program.start<From>(this.name, workload, module.href, ...args);
    this.#programs.push(program as unknown as Program<{ readonly type: string }>);
    return program;
  }

  /** Until each pool that there is has `idle` connections on its stack. */
  async warm(idle: number, timeoutMs = 20_000): Promise<void> {
    await this.eventually(async () => {
      const cold: string[] = [];
      for (const agent of this.agents.values())
        for (const pool of (await agent.counters()).pools)
          if (pool.idle < idle) cold.push(`${pool.endpoint} ${pool.idle}`);
      return cold.length === 0 ? '' : `without warm connections: ${cold.join(', ')}`;
    }, timeoutMs);
  }

  counters(node: Node): Promise<Counters> {
    return this.agent(node).counters();
  }

  /** `wrong` says what is not yet as it should be; empty: nothing. */
  async eventually(wrong: () => Promise<string>, timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const still = await wrong();
      if (still === '') return;
      if (Date.now() > deadline) throw new Error(`after ${timeoutMs / 1000} s: ${still}`);
      await sleep(100);
    }
  }

  async down(): Promise<void> {
    for (const agent of this.agents.values()) agent.close();
    await Promise.all(this.#programs.map((program) => program.stop()));
    await createLocalBackend().down(this.name);
  }
}

/** Process ids of the agents of a lab. */
export async function agentPids(lab: string): Promise<number[]> {
  const { processes } = await createLocalBackend().inspect(lab);
  return processes.filter(({ kind }) => kind === 'agent').map(({ pid }) => pid);
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
