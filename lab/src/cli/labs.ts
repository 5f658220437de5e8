import { join } from 'node:path';
import { nearestName } from '@onehop/core/envoy/nearest.js';
import { AgentClient } from '../agent/client.js';
import type { LabBackend, LabState } from '../backends/backend.js';
import { isLabName } from '../backends/local/names.js';
import type { LabTopology } from '../backends/topology.js';
import { Failure } from './failure.js';

/** The lab of the sample: what `up` starts when nothing else is said. */
export const sampleLab = 'bookinfo';

/** Throws Failure `usage` when `name` breaks the rule of lab names. */
export function checkLabName(name: string): string {
  if (isLabName(name)) return name;
  throw new Failure(
    'usage',
    `"${name}" is not a lab name.`,
    'Use up to 32 lower-case letters, digits and dashes, with a letter or digit first and last.',
  );
}

/** A lab that is up, and how to reach it. */
export interface RunningLab {
  readonly name: string;
  readonly backend: LabBackend;
  readonly state: LabState;
  readonly topology: LabTopology;
}

/**
 * The lab that a command means: the one named; else the only one that is up, or else of which anything exists; else the
 * sample's. Throws Failure `several-labs`.
 */
export async function chooseLab(backend: LabBackend, named: string | undefined): Promise<string> {
  if (named !== undefined) return checkLabName(named);
  const states = await Promise.all((await backend.list()).map((lab) => backend.inspect(lab)));
  const up = states.filter(({ phase }) => phase !== 'remains' && phase !== 'absent');
  const labs = (up.length > 0 ? up : states).map(({ lab }) => lab);
  if (labs.length > 1)
    throw new Failure(
      'several-labs',
      `Several labs ${up.length > 0 ? 'are running' : 'exist'}: ${labs.join(', ')}.`,
      `Say which one, for example --lab ${labs[0] ?? sampleLab}.`,
    );
  return labs[0] ?? sampleLab;
}

/** The lab that a command means, when it is up. Throws Failure `no-lab`, `several-labs`. */
export async function runningLab(backend: LabBackend, named: string | undefined): Promise<RunningLab> {
  const name = await chooseLab(backend, named);
  const state = await backend.inspect(name);
  const up = state.phase === 'running' || state.phase === 'degraded';
  if (up && state.topology !== undefined) return { name, backend, state, topology: state.topology };
  throw notRunning(name, state, await backend.list());
}

function notRunning(name: string, state: LabState, labs: readonly string[]): Failure {
  const others = labs.filter((lab) => lab !== name);
  const start = name === sampleLab ? 'onehop up' : `onehop up --name ${name}`;
  switch (state.phase) {
    case 'starting':
      return new Failure('no-lab', `Lab ${name} is still starting.`, 'Try again in a moment.');
    case 'absent': {
      const also = others.length === 0 ? '' : ` Or name one that exists with --lab: ${others.join(', ')}.`;
      return new Failure('no-lab', `Lab ${name} is not running.`, `Start it: ${start}.${also}`);
    }
    default:
      return new Failure(
        'no-lab',
        `Lab ${name} is not running; something of a run that did not end cleanly is left.`,
        `Start it anew (${start}), or remove what is left: onehop down --name ${name}.`,
      );
  }
}

/** A client for each node's agent, in the order of the topology. Throws Failure `lab` for a lab without a mesh. */
export function agentsOf(lab: RunningLab): readonly AgentClient[] {
  if (!lab.state.mesh)
    throw new Failure(
      'lab',
      `Lab ${lab.name} was started without a mesh: it has no agents.`,
      `Start it with one: onehop down --name ${lab.name}, then onehop up.`,
    );
  return lab.topology.nodes.map((node) => agentOf(lab, node.name));
}

/** The agent of a node. Throws Failure `not-found` for a node that the lab does not have. */
export function agentOf(lab: RunningLab, node: string): AgentClient {
  const names = lab.topology.nodes.map(({ name }) => name);
  if (!names.includes(node)) throw unknown('node', node, names, lab.name);
  const log = lab.state.processes.find((process) => process.kind === 'agent' && process.name === node)?.log;
  return new AgentClient({
    lab: lab.name,
    node,
    socket: join(lab.state.stateDirectory, `agent-${node}.sock`),
    ...(log === undefined ? {} : { log }),
  });
}

/** The node that a workload runs on. Throws Failure `not-found`. */
export function nodeOf(lab: RunningLab, workload: string): string {
  const found = lab.topology.workloads.find(({ name }) => name === workload);
  if (found !== undefined) return found.node;
  const names = lab.topology.workloads.map(({ name }) => name);
  throw unknown('workload', workload, names, lab.name);
}

function unknown(kind: string, name: string, names: readonly string[], lab: string): Failure {
  const close = nearestName(name, names);
  const meant = close === undefined ? '' : ` Did you mean ${close}?`;
  return new Failure(
    'not-found',
    `Lab ${lab} has no ${kind} ${name}.${meant}`,
    `Its ${kind}s: ${names.join(', ')}.`,
  );
}
