import { existsSync } from 'node:fs';
import type {
  DownReport,
  LabBackend,
  LabProcess,
  LabState,
  ProgressListener,
  RunOptions,
  UpOptions,
} from '../backend.js';
import { LabError } from '../errors.js';
import type { LabTopology } from '../topology.js';
import { labCgroups } from './cgroups.js';
import { assertUsable } from './helpers.js';
import { existingLabs, inspectLab } from './inspect.js';
import { launch } from './launch.js';
import { lockLab } from './lock.js';
import { labNames } from './names.js';
import { workloadEnvironment } from './programs.js';
import { removeLab } from './remove.js';
import { readTopology } from './stateFile.js';
import { bringUp } from './up.js';

/** The backend that uses network namespaces and cgroups of this machine. Needs root. */
export function createLocalBackend(): LabBackend {
  return new LocalBackend();
}

class LocalBackend implements LabBackend {
  readonly kind = 'local';

  async up(
    topology: LabTopology,
    options: UpOptions,
    progress?: ProgressListener,
    signal?: AbortSignal,
  ): Promise<LabState> {
    await bringUp(topology, options, progress ?? ignore, signal ?? new AbortController().signal);
    return this.inspect(topology.name);
  }

  async down(lab: string, progress?: ProgressListener): Promise<DownReport> {
    const names = labNames(lab);
    assertUsable();
    using _lock = await lockLab(lab, 'down');
    return { lab, removed: await removeLab(names, progress ?? ignore) };
  }

  inspect(lab: string): Promise<LabState> {
    return Promise.resolve(inspectLab(labNames(lab)));
  }

  list(): Promise<string[]> {
    return Promise.resolve(existingLabs());
  }

  runIn(
    lab: string,
    workload: string,
    argv: readonly string[],
    options: RunOptions = {},
  ): Promise<LabProcess> {
    return Promise.resolve(runInWorkload(lab, workload, argv, options));
  }
}

function runInWorkload(lab: string, name: string, argv: readonly string[], options: RunOptions): LabProcess {
  const names = labNames(lab);
  const topology = readTopology(names);
  if (topology === undefined) {
    throw new LabError(
      'no-lab',
      `There is no lab ${lab} here.`,
      'Bring it up with `onehop up`; `onehop status` lists the labs.',
    );
  }
  const workload = topology.workloads.find((candidate) => candidate.name === name);
  const cgroup = workload && labCgroups(lab).workload(workload.node, name);
  if (workload === undefined || cgroup === undefined || !existsSync(cgroup)) {
    const known = topology.workloads.map((candidate) => candidate.name).join(', ');
    throw new LabError('no-workload', `Lab ${lab} has no workload ${name}.`, `Its workloads are ${known}.`);
  }
  const child = launch(
    { cgroup, namespace: names.nodeNamespace(workload.node), names: names.stateDirectory },
    argv,
    {
      stdio: [options.stdin ?? 'pipe', options.stdout ?? 'pipe', options.stderr ?? 'pipe'],
      env: { ...workloadEnvironment(lab, workload), ...options.env },
      killSignal: 'SIGKILL',
      signal: options.signal,
    },
  );
  const exited = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal }));
    // Comes instead of `close` when the process could not be started, and before it when `signal` ended it.
    child.on('error', () => child.pid ?? resolve({ code: 127, signal: null }));
  });
  return {
    pid: child.pid,
    stdin: child.stdin ?? undefined,
    stdout: child.stdout ?? undefined,
    stderr: child.stderr ?? undefined,
    exited,
    kill: (signal = 'SIGTERM') => void child.kill(signal),
  };
}

function ignore(): void {
  // Nobody follows the progress.
}
