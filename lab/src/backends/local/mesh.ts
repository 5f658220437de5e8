import { setTimeout as sleep } from 'node:timers/promises';
import type { ResourceState } from '@onehop/core/api/agent.generated.js';
import { CLUSTER_TYPE, LISTENER_TYPE } from '@onehop/core/resources/model.js';
import { AgentClient } from '../../agent/client.js';
import { AgentError } from '../../agent/errors.js';
import { getState } from '../../controlplane/client.js';
import { LabError } from '../errors.js';
import type { LabNames } from './names.js';
import { ownAddresses } from './network.js';
import { agentCommand, controlPlaneCommand, systemEnvironment } from './programs.js';
import { saidReady, start, untilReady } from './starting.js';
import type { Building } from './building.js';

/** Milliseconds between two questions to an agent that has no configuration yet. */
const ASK_EVERY = 25;
/** Milliseconds that the connections to endpoints may take to be made. */
const WARM_MS = 2_000;

export async function startControlPlane(building: Building): Promise<void> {
  const { names, cgroups, options, report } = building;
  const started = start(
    {
      kind: 'control-plane',
      name: 'control',
      place: { cgroup: cgroups.control },
      argv: controlPlaneCommand(names, options.config ?? []),
      env: systemEnvironment(),
      ready: saidReady,
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
          topology.nodes.flatMap((node, index) => ownAddresses(node, index + 1)),
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

/**
 * Waits until every agent has answered for every resource: those that it accepted are in force, those that it refused
 * are reported. Of another control plane it is not known what it will send: there, until nothing is waited for.
 */
export async function untilConfigured(building: Building): Promise<void> {
  const { topology, names, options, report, signal, timeoutMs } = building;
  const served = options.agent?.controlPlane === undefined ? await servedAtOnce(names) : undefined;
  const deadline = Date.now() + timeoutMs;
  for (const { name: node } of topology.nodes) {
    using client = new AgentClient({ lab: names.lab, node, socket: names.agentSocket(node) });
    for (;;) {
      const { generation, resources } = await statusBy(client, deadline);
      const answered = new Map(
        resources.filter(({ state }) => state !== 'requested').map((resource) => [key(resource), resource]),
      );
      const waits = (served ?? resources).filter((resource) => !answered.has(key(resource)));
      waits.push(...resources.filter(({ state }) => state === 'requested'));
      const refused = resources.filter(({ state }) => state === 'nacked');
      const inForce = generation > 0 || (served !== undefined && served.length === refused.length);
      if (waits.length === 0 && inForce) {
        for (const resource of refused)
          report({ step: 'configuration', detail: refusal(node, resource), done: false });
        break;
      }
      if (Date.now() > deadline) throw notConfigured(node, waits.map(title), timeoutMs);
      await sleep(ASK_EVERY, undefined, { signal });
    }
    await warm(client, signal);
    report({ step: 'configuration', detail: node, done: false });
  }
  report({ step: 'configuration', detail: 'answered by every node', done: true });
}

/** An agent that puts its first, large configuration in force on a busy machine has no time for questions. */
async function statusBy(client: AgentClient, deadline: number): ReturnType<AgentClient['status']> {
  for (;;) {
    try {
      return await client.status();
    } catch (error) {
      if (!AgentError.is(error, 'deadline') || Date.now() > deadline) throw error;
    }
  }
}

/**
 * Until each endpoint has an idle connection: the first request would take the relay otherwise. Agents start before the
 * workloads do, so their first attempts find nobody. An endpoint that does not answer holds up nobody for long.
 */
async function warm(client: AgentClient, signal: AbortSignal | undefined): Promise<void> {
  const deadline = Date.now() + WARM_MS;
  while (Date.now() < deadline) {
    const { pools } = await client.counters();
    if (pools.every(({ idle }) => idle > 0)) return;
    await sleep(ASK_EVERY, undefined, signal === undefined ? {} : { signal });
  }
}

type Named = Pick<ResourceState, 'typeUrl' | 'name'>;

/** Listeners and clusters of the lab's control plane: what agents are sent without naming it. */
async function servedAtOnce(names: LabNames): Promise<Named[]> {
  const { resources } = await getState(names.controlPlaneSocket);
  return resources.filter(({ typeUrl }) => typeUrl === LISTENER_TYPE || typeUrl === CLUSTER_TYPE);
}

function key({ typeUrl, name }: Named): string {
  return `${typeUrl} ${name}`;
}

/** `Listener reviews` */
function title({ typeUrl, name }: Named): string {
  return `${typeUrl.split('.').at(-1) ?? typeUrl} ${name}`;
}

function refusal(node: string, resource: ResourceState): string {
  const why = resource.errors.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`));
  return `${node} refuses ${title(resource)}: ${why.join('; ')}`;
}

function notConfigured(node: string, waits: readonly string[], timeoutMs: number): LabError {
  const what = [...new Set(waits)].join(', ');
  return new LabError(
    'timeout',
    `The agent of ${node} has no complete configuration after ${timeoutMs / 1000} s${what && `; it waits for ${what}`}.`,
    'Check the files with `onehop validate`: a route or cluster may name a resource that no file has.',
  );
}
