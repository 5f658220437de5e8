import { join } from 'node:path';
import type { Status } from '@onehop/core/api/agent.generated.js';
import { AgentError } from '../agent/errors.js';
import type { LabBackend, LabPhase, LabProcessState } from '../backends/backend.js';
import { getState } from '../controlplane/client.js';
import { ControlPlaneError } from '../controlplane/errors.js';
import { agentOf } from './labs.js';

/** All that is known of a lab now. */
export interface LabStatus {
  readonly lab: string;
  readonly backend: string;
  readonly phase: LabPhase;
  readonly mesh: boolean;
  readonly controlPlane: ControlPlaneStatus | null;
  readonly nodes: readonly NodeStatus[];
  readonly workloads: readonly WorkloadStatus[];
  readonly services: readonly { readonly name: string; readonly addresses: readonly string[] }[];
  readonly processes: readonly LabProcessState[];
  readonly stateDirectory: string;
}

export interface ControlPlaneStatus {
  /** What the agents were told: the socket of the lab's own, or the address of another, of which no more is known. */
  readonly address: string;
  readonly own: boolean;
  /** Of the snapshot that is served; empty before the first. */
  readonly version: string;
  readonly resources: number;
  readonly error: string | null;
}

export interface NodeStatus {
  readonly name: string;
  readonly addresses: readonly string[];
  /** What the agent says of itself; null when it did not answer: see `error`. */
  readonly agent: Status | null;
  readonly error: string | null;
}

export interface WorkloadStatus {
  readonly name: string;
  readonly node: string;
  readonly addresses: readonly string[];
  readonly app: string | null;
  readonly port: number | null;
  /** null: nothing runs in it by itself. */
  readonly alive: boolean | null;
}

/** Asks the system, the control plane and every agent. A part that does not answer is told, not thrown. */
export async function labStatus(backend: LabBackend, lab: string): Promise<LabStatus> {
  const state = await backend.inspect(lab);
  const { topology, processes } = state;
  const up = topology !== undefined && (state.phase === 'running' || state.phase === 'degraded');
  const nodes = topology?.nodes ?? [];
  const asks = up && state.mesh;
  const statuses = await Promise.all(
    nodes.map(async (node) => ({
      name: node.name,
      addresses: node.addresses ?? [],
      ...(asks
        ? await agentStatus(() => agentOf({ name: lab, backend, state, topology }, node.name))
        : noAgent),
    })),
  );
  const own = processes.some(({ kind }) => kind === 'control-plane');
  const socket = join(state.stateDirectory, 'xds.sock');
  return {
    lab,
    backend: backend.kind,
    phase: state.phase,
    mesh: state.mesh,
    controlPlane: !asks ? null : own ? await controlPlaneStatus(socket) : otherControlPlane(statuses),
    nodes: statuses,
    workloads: (topology?.workloads ?? []).map(({ name, node, addresses, service }) => ({
      name,
      node,
      addresses,
      app:
        service === undefined
          ? null
          : [service.app, service.version].filter((part) => part !== undefined).join(' '),
      port: service?.port ?? null,
      alive: processes.find((process) => process.kind === 'workload' && process.name === name)?.alive ?? null,
    })),
    services: topology?.services ?? [],
    processes,
    stateDirectory: state.stateDirectory,
  };
}

/** What is wrong with a lab, a sentence each; empty when it is as it should be. */
export function troubles(status: LabStatus): string[] {
  if (status.phase !== 'running' && status.phase !== 'degraded')
    return [`lab ${status.lab} is ${phaseText[status.phase]}`];
  const ended = status.processes.filter(({ alive }) => !alive);
  const silent = status.nodes.filter(
    ({ name }) => !ended.some((one) => one.kind === 'agent' && one.name === name),
  );
  return [
    ...ended.map(({ kind, name, log }) => `${kind} ${name} has ended (log: ${log})`),
    ...silent.flatMap(({ error }) => (error === null ? [] : [error])),
    ...(typeof status.controlPlane?.error === 'string' ? [status.controlPlane.error] : []),
  ];
}

export const phaseText: Readonly<Record<LabPhase, string>> = {
  absent: 'not running',
  starting: 'starting',
  running: 'running',
  degraded: 'running with parts missing',
  remains: 'not running; a crash left something behind',
};

const noAgent = { agent: null, error: null };

async function agentStatus(
  open: () => ReturnType<typeof agentOf>,
): Promise<Pick<NodeStatus, 'agent' | 'error'>> {
  using agent = open();
  try {
    return { agent: await agent.status(), error: null };
  } catch (error) {
    if (!AgentError.is(error)) throw error;
    return { agent: null, error: error.message };
  }
}

async function controlPlaneStatus(socket: string): Promise<ControlPlaneStatus> {
  const which = { address: `unix:${socket}`, own: true };
  try {
    const { version, resources } = await getState(socket);
    return { ...which, version, resources: resources.length, error: null };
  } catch (error) {
    if (!(error instanceof ControlPlaneError)) throw error;
    return { ...which, version: '', resources: 0, error: error.message };
  }
}

/** Of a control plane elsewhere only the agents know. */
function otherControlPlane(nodes: readonly NodeStatus[]): ControlPlaneStatus {
  const known = nodes.flatMap(({ name, agent }) =>
    agent?.controlPlane ? [{ name, ...agent.controlPlane }] : [],
  );
  const address = known[0]?.address ?? '';
  const lost = known.filter(({ state }) => state === 'lost');
  const error =
    lost.length === 0
      ? null
      : lost
          .map(({ name, error: why }) => `${name} has lost the control plane ${address}: ${why}`)
          .join('; ');
  return { address, own: false, version: '', resources: 0, error };
}
