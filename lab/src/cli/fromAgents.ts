import type { AgentClient } from '../agent/client.js';
import { agentOf, agentsOf, type RunningLab } from './labs.js';

export interface FromAgent<T> {
  readonly node: string;
  readonly value: T;
}

/** Asks the agents of all nodes (or of `node`) at once; answers in the order of the topology. Rejects with AgentError. */
export async function fromAgents<T>(
  lab: RunningLab,
  ask: (agent: AgentClient) => Promise<T>,
  node?: string,
): Promise<readonly FromAgent<T>[]> {
  const agents = node === undefined ? agentsOf(lab) : [agentOf(lab, node)];
  try {
    return await Promise.all(
      agents.map(async (agent) => ({ node: agent.address.node, value: await ask(agent) })),
    );
  } finally {
    for (const agent of agents) agent.close();
  }
}
