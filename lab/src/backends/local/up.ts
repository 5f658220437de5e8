import type { Building } from './building.js';
import { mkdirSync } from 'node:fs';
import type { ProgressListener, UpOptions } from '../backend.js';
import { LabError } from '../errors.js';
import type { LabTopology, LabWorkload } from '../topology.js';
import { createCgroup, labCgroups } from './cgroups.js';
import { assertUsable } from './helpers.js';
import { writeNameFiles } from './hosts.js';
import { inspectLab } from './inspect.js';
import { listeningOn } from './listening.js';
import { handOver, handOverAllIn, showDirectory } from './invoker.js';
import { lockLab } from './lock.js';
import { startAgents, startControlPlane, untilConfigured } from './mesh.js';
import { labNames, type LabNames } from './names.js';
import { createNetwork } from './network.js';
import { workloadCommand, workloadEnvironment } from './programs.js';
import { removeLab } from './remove.js';
import { start, untilReady, type StartSpec } from './starting.js';
import { StateRecorder, writeTopology } from './stateFile.js';

const READY_TIMEOUT = 30_000;

export async function bringUp(
  topology: LabTopology,
  options: UpOptions,
  report: ProgressListener,
  signal: AbortSignal,
): Promise<void> {
  assertUsable();
  assertBuildable(topology);
  const names = labNames(topology.name);
  using _lock = await lockLab(names.lab, 'up');
  await removeRemains(names, report);
  try {
    signal.throwIfAborted();
    await build(topology, options, names, report, signal);
  } catch (error) {
    const why = signal.aborted ? cancelled(names.lab, error) : error;
    await removeLab(names, () => undefined).catch((left: unknown) => {
      throw withRemains(why, left);
    });
    throw why;
  }
}

function cancelled(lab: string, cause: unknown): LabError {
  return new LabError(
    'cancelled',
    `\`up\` of lab ${lab} was cancelled.`,
    'Nothing is left of it; run it again whenever you like.',
    {
      cause,
    },
  );
}

/** The first failure says more than what followed from it. */
function withRemains(why: unknown, left: unknown): LabError {
  const hint = LabError.is(left) ? left.hint : 'Run `onehop down` to try again.';
  return new LabError(
    'system',
    `${text(why)} What was made until then could not all be removed: ${text(left)}`,
    hint,
    { cause: why },
  );
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function removeRemains(names: LabNames, report: ProgressListener): Promise<void> {
  const { phase } = inspectLab(names);
  if (phase === 'absent') return;
  if (phase === 'running') {
    throw new LabError(
      'already-running',
      `Lab ${names.lab} is running already.`,
      `Use it as it is, end it with \`onehop down --name ${names.lab}\`, or give the topology another name.`,
    );
  }
  report({ step: 'clean', detail: `remains of an earlier lab ${names.lab}`, done: false });
  const removed = await removeLab(names, () => undefined);
  report({ step: 'clean', detail: `${removed.length} remains removed`, done: true });
}

async function build(
  topology: LabTopology,
  options: UpOptions,
  names: LabNames,
  report: ProgressListener,
  signal: AbortSignal,
): Promise<void> {
  const mesh = options.mesh ?? true;
  for (const directory of [names.stateDirectory, names.logDirectory, names.bpffs]) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }
  for (const directory of [names.stateDirectory, names.logDirectory]) showDirectory(directory);
  const recorder = new StateRecorder(names, mesh);
  const cgroups = labCgroups(names.lab);
  const timeoutMs = options.readyTimeoutMs ?? READY_TIMEOUT;
  const building: Building = { topology, options, names, cgroups, recorder, report, signal, timeoutMs };

  writeTopology(names, topology);
  writeNameFiles(topology, names, options.names ?? (mesh ? 'vip' : 'workload'));
  createCgroups(building);
  await createNetwork(topology, names, cgroups.control);
  report({ step: 'network', detail: topology.nodes.map((node) => node.name).join(', '), done: true });
  signal.throwIfAborted();

  if (mesh) {
    if (options.agent?.controlPlane === undefined) await startControlPlane(building);
    await startAgents(building);
  }
  await startWorkloads(building);
  if (mesh) await untilConfigured(building);
  for (const path of socketsOf(building)) handOver(path);
  handOverAllIn(names.logDirectory);
  recorder.running();
}

function socketsOf({ topology, options, names }: Building): string[] {
  if (options.mesh === false) return [];
  const agents = topology.nodes.map(({ name }) => names.agentSocket(name));
  return options.agent?.controlPlane === undefined ? [names.controlPlaneSocket, ...agents] : agents;
}

function createCgroups({ topology, names, cgroups }: Building): void {
  createCgroup(cgroups.control, names.lab);
  for (const node of topology.nodes) createCgroup(cgroups.agent(node.name), names.lab);
  for (const workload of topology.workloads)
    createCgroup(cgroups.workload(workload.node, workload.name), names.lab);
}

async function startWorkloads({
  topology,
  options,
  names,
  cgroups,
  recorder,
  report,
  signal,
  timeoutMs,
}: Building): Promise<void> {
  const specs = topology.workloads.flatMap((workload): StartSpec[] => {
    const argv = workloadCommand(workload);
    if (argv === undefined) return [];
    const namespace = names.nodeNamespace(workload.node);
    const port = workload.service?.port;
    return [
      {
        kind: 'workload',
        name: workload.name,
        node: workload.node,
        place: {
          cgroup: cgroups.workload(workload.node, workload.name),
          namespace,
          names: names.stateDirectory,
        },
        argv,
        env: workloadEnvironment(names.lab, workload),
        directory: options.directory,
        ready: port === undefined ? undefined : ({ pid }) => listens(pid, names, workload, port),
      },
    ];
  });
  const started = specs.map((spec) => start(spec, names, recorder));
  await untilReady(started, {
    timeoutMs,
    signal,
    onReady: ({ name }) => report({ step: 'workloads', detail: name, done: false }),
  });
  report({
    step: 'workloads',
    detail: `${topology.workloads.length} on ${topology.nodes.length} nodes`,
    done: true,
  });
}

/** A sample service listens on all of its addresses; a program of the user may have chosen one. */
function listens(
  pid: number,
  names: LabNames,
  { node, addresses, command }: LabWorkload,
  port: number,
): boolean {
  const found = listeningOn(pid, names.nodeNamespace(node), addresses, port).length;
  return command === undefined ? found === addresses.length : found > 0;
}

/** What would make a lab that cannot be told apart from itself; `core/topology` checks the rest. */
function assertBuildable(topology: LabTopology): void {
  const refuse = (message: string): never => {
    throw new LabError('invalid', message, 'Correct the topology; `onehop validate` shows the line.');
  };
  const nodes = topology.nodes.map((node) => node.name);
  for (const reserved of ['control', 'switch']) {
    if (nodes.includes(reserved))
      refuse(`A node cannot be named ${reserved}: the lab has a part of that name itself.`);
  }
  for (const name of [...nodes, ...topology.workloads.map((workload) => workload.name)]) {
    if (!/^[a-z0-9][a-z0-9.-]*$/.test(name)) refuse(`"${name}" cannot be the name of a node or workload.`);
  }
  for (const { name, node } of topology.workloads) {
    if (!nodes.includes(node))
      refuse(`Workload ${name} is on node ${node}, which the topology does not have.`);
  }
}
