import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join, relative, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LabError } from '../errors.js';
import { mounts, type Mount } from './mounts.js';
import { labNames, labOf } from './names.js';
import { describeProcess } from './processes.js';

/** Milliseconds until processes that were killed must be gone. */
const KILL_TIMEOUT = 10_000;

/** The mount point of the cgroup2 file system: a pure v2 machine has it at /sys/fs/cgroup, a hybrid one elsewhere. */
export function cgroup2Mount(all: readonly Mount[] = mounts()): string {
  const found = findCgroup2Mount(all);
  if (found !== undefined) return found;
  throw new LabError(
    'unsupported',
    'No cgroup2 file system is mounted here; the lab keeps its processes and its BPF programs in cgroups of their own.',
    'Mount one: mkdir -p /sys/fs/cgroup/unified && mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified',
  );
}

function findCgroup2Mount(all: readonly Mount[]): string | undefined {
  const points = all.filter((mount) => mount.type === 'cgroup2').map((mount) => mount.mountPoint);
  return ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'].find((usual) => points.includes(usual)) ?? points[0];
}

/**
 * Throws LabError `unsafe-cgroup` unless `path` is the lab's own cgroup or below it. Everything that kills, removes or
 * attaches goes through here: in the root cgroup it would hit every process of the machine.
 */
export function assertBelowLab(path: string, lab: string, mount: string = cgroup2Mount()): void {
  const below = relative(realOrSame(mount), realOrSame(path)).split(sep);
  if (below[0] === labNames(lab).cgroup && !below.includes('..')) return;
  throw new LabError(
    'unsafe-cgroup',
    `The cgroup ${path} is not below ${join(mount, labNames(lab).cgroup)}; lab ${lab} does not touch it.`,
    'Only cgroups that the lab made itself are used; never the root cgroup.',
  );
}

function realOrSame(path: string): string {
  return existsSync(path) ? realpathSync(path) : join(path);
}

/** Paths of a lab's cgroups. */
export interface LabCgroups {
  readonly root: string;
  /** Control plane, and programs that set the lab up. */
  readonly control: string;
  node(node: string): string;
  agent(node: string): string;
  workload(node: string, workload: string): string;
}

export function labCgroups(lab: string, mount: string = cgroup2Mount()): LabCgroups {
  const root = join(mount, labNames(lab).cgroup);
  const below = (...parts: string[]): string => {
    const path = join(root, ...parts);
    assertBelowLab(path, lab, mount);
    return path;
  };
  return {
    root: below(),
    control: below('control'),
    node: (node) => below(node),
    agent: (node) => below(node, 'agent'),
    workload: (node, workload) => below(node, 'workloads', workload),
  };
}

export function createCgroup(path: string, lab: string): void {
  assertBelowLab(path, lab);
  mkdirSync(path, { recursive: true });
}

/** Labs that have a cgroup. */
export function labsWithCgroup(): string[] {
  const mount = findCgroup2Mount(mounts());
  if (mount === undefined) return [];
  return readdirSync(mount).flatMap((name) => labOf(name) ?? []);
}

/** The lab's cgroups that exist, parents first. */
export function existingCgroups(lab: string): string[] {
  const mount = findCgroup2Mount(mounts());
  return mount === undefined ? [] : tree(labCgroups(lab, mount).root);
}

function tree(path: string): string[] {
  let names: string[];
  try {
    names = readdirSync(path, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [entry.name] : [],
    );
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENODEV')) return [];
    throw error;
  }
  return [path, ...names.sort().flatMap((name) => tree(join(path, name)))];
}

/** Pids of the processes in these cgroups (not in their children). */
export function processesIn(cgroups: readonly string[]): number[] {
  return cgroups.flatMap((cgroup) =>
    (readIfThere(join(cgroup, 'cgroup.procs')) ?? '').split('\n').filter(Boolean).map(Number),
  );
}

/**
 * Kills whatever is in the lab's cgroups and removes them, deepest first. Once it returns, no process of the lab runs
 * and none that was still starting can join. Returns what was there; processes are described, by pid.
 */
export async function removeCgroups(
  lab: string,
): Promise<{ processes: ReadonlyMap<number, string>; cgroups: string[] }> {
  const processes = new Map<number, string>();
  const cgroups = new Set<string>();
  const deadline = Date.now() + KILL_TIMEOUT;
  for (;;) {
    const present = existingCgroups(lab);
    const root = present[0];
    if (root === undefined) return { processes, cgroups: [...cgroups] };
    assertBelowLab(root, lab);
    const pids = describeAll(present, processes);
    if (pids.length > 0) killAll(root, pids);
    for (const path of present.toReversed()) if (removeDirectory(path)) cgroups.add(path);
    if (!existsSync(root)) continue;
    if (Date.now() > deadline) throw stuck(lab, root);
    await sleep(5);
  }
}

/** Adds the processes in the cgroups to `known`, each with the cgroup in which it is. Returns their pids. */
function describeAll(cgroups: readonly string[], known: Map<number, string>): number[] {
  const [root = ''] = cgroups;
  return cgroups.flatMap((cgroup) => {
    const pids = processesIn([cgroup]);
    for (const pid of pids) if (!known.has(pid)) known.set(pid, describeProcess(pid, relative(root, cgroup)));
    return pids;
  });
}

/** At once and with all children that are being forked (cgroup.kill, Linux 5.14); one by one where there is no such file. */
function killAll(root: string, pids: readonly number[]): void {
  const all = join(root, 'cgroup.kill');
  if (existsSync(all)) {
    writeFileSync(all, '1');
    return;
  }
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if (!isCode(error, 'ESRCH')) throw error;
    }
  }
}

/** A cgroup is busy until the last of its processes has let go of it, a little after it died. */
function removeDirectory(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    if (isCode(error, 'EBUSY', 'ENOENT', 'ENOTEMPTY')) return false;
    throw error;
  }
}

function stuck(lab: string, root: string): LabError {
  const pids = processesIn(existingCgroups(lab)).map((pid) => describeProcess(pid));
  return new LabError(
    'system',
    `The cgroup ${root} cannot be removed: ${pids.length > 0 ? `processes ${pids.join(', ')} do not end` : 'it stays busy'}.`,
    `Look at them with \`ps -o pid,stat,wchan:20,args\`, then run \`onehop down --name ${lab}\` again.`,
  );
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENODEV')) return undefined;
    throw error;
  }
}

function isCode(error: unknown, ...codes: string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException).code ?? '');
}
