import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { AgentClient } from '../../agent/client.js';
import { LabError } from '../errors.js';
import { agentCommand, controlPlaneCommand, systemEnvironment } from './programs.js';
import { saidReady, start, untilReady } from './starting.js';
import type { Building } from './up.js';

/** Milliseconds between two questions to an agent that has no configuration yet. */
const ASK_EVERY = 25;

export async function startControlPlane(building: Building): Promise<void> {
  const { names, cgroups, options, report } = building;
  const started = start(
    {
      kind: 'control-plane',
      name: 'control',
      place: { cgroup: cgroups.control },
      argv: controlPlaneCommand(names, options.config ?? []),
      env: systemEnvironment(),
      ready: async (process) => saidReady(process) || (await accepts(names.controlPlaneSocket)),
    },
    names,
    building.recorder,
  );
  await untilReady([started], {
    ...building,
    onReady: () => report({ step: 'control-plane', detail: names.controlPlaneSocket, done: true }),
  });
}

/** Starts the agents of all nodes at once. */
export async function startAgents(building: Building): Promise<void> {
  const { topology, names, cgroups, options, report, recorder } = building;
  const numbered = topology.workloads.map((workload, index) => ({ ...workload, id: index + 1 }));
  const started = topology.nodes.map(({ name }) =>
    start(
      {
        kind: 'agent',
        name,
        node: name,
        place: { cgroup: cgroups.agent(name), namespace: names.nodeNamespace(name), bpffs: names.bpffs },
        argv: agentCommand(
          name,
          numbered.filter((workload) => workload.node === name),
          names,
          cgroups,
          options.agent ?? {},
        ),
        env: systemEnvironment(),
        ready: saidReady,
      },
      names,
      recorder,
    ),
  );
  await untilReady(started, {
    ...building,
    onReady: ({ name }) => report({ step: 'agents', detail: name, done: false }),
  });
  report({ step: 'agents', detail: `${started.length} ready`, done: true });
}

/** Waits until every agent has a generation in force and an answer for each resource that it asked for. */
export async function untilConfigured({
  topology,
  names,
  report,
  signal,
  timeoutMs,
}: Building): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (const { name: node } of topology.nodes) {
    using client = new AgentClient({ lab: names.lab, node, socket: names.agentSocket(node) });
    for (;;) {
      const { generation, resources } = await client.status();
      const open = resources.filter(({ state }) => state === 'requested');
      if (generation > 0 && open.length === 0) break;
      if (Date.now() > deadline) throw notConfigured(node, open, timeoutMs);
      await sleep(ASK_EVERY, undefined, { signal });
    }
    report({ step: 'configuration', detail: node, done: false });
  }
  report({ step: 'configuration', detail: 'in force on every node', done: true });
}

function notConfigured(
  node: string,
  open: readonly { typeUrl: string; name: string }[],
  timeoutMs: number,
): LabError {
  const waits = open.map(({ typeUrl, name }) => `${typeUrl.split('.').at(-1)} ${name}`).join(', ');
  return new LabError(
    'timeout',
    `The agent of ${node} has no complete configuration after ${timeoutMs / 1000} s${waits ? `; it waits for ${waits}` : ''}.`,
    'Check the files with `onehop validate`: a route or cluster may name a resource that no file has.',
  );
}

/** Does somebody accept connections on the unix socket? */
function accepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}
