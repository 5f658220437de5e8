import { existsSync, lstatSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ProgressListener, Removed } from '../backend.js';
import { LabError } from '../errors.js';
import { removeCgroups } from './cgroups.js';
import { mountsBelow } from './mounts.js';
import { NETNS_DIRECTORY, type LabNames } from './names.js';
import { existingNamespaces } from './network.js';
import { describeProcess, killRecorded } from './processes.js';
import { readRecorded } from './stateFile.js';

const run = promisify(execFile);

/**
 * Removes all that exists of a lab. The caller holds its lock. The order matters: with its cgroups gone no program of
 * the lab runs or can still start, so nothing comes back of what is removed after them.
 */
export async function removeLab(names: LabNames, report: ProgressListener): Promise<Removed[]> {
  const removed: Removed[] = [];
  const note = (kind: Removed['kind'], list: readonly string[]): void => {
    removed.push(...list.map((name) => ({ kind, name })));
  };

  const { processes, cgroups } = await removeCgroups(names.lab);
  const ended = [...processes.values(), ...killStrays(names, processes)];
  note('process', ended);
  report({ step: 'processes', detail: count(ended.length, 'process', 'processes'), done: true });
  note('cgroup', cgroups);
  report({ step: 'cgroups', detail: count(cgroups.length, 'cgroup', 'cgroups'), done: true });

  const spaces = existingNamespaces(names);
  for (const space of spaces) await removeNamespace(space);
  note('namespace', spaces);
  report({
    step: 'network',
    detail: count(spaces.length, 'network namespace', 'network namespaces'),
    done: true,
  });

  const mounted = mountsBelow(names.stateDirectory);
  for (const point of mounted) await unmount(point);
  note('mount', mounted);
  report({ step: 'mounts', detail: count(mounted.length, 'mount', 'mounts'), done: true });

  const directory = isDirectory(names.stateDirectory) ? [names.stateDirectory] : [];
  for (const path of directory) rmSync(path, { recursive: true, force: true });
  note('directory', directory);
  report({ step: 'state', detail: names.stateDirectory, done: true });
  return removed;
}

/** Recorded processes that were not in the lab's cgroups: somebody moved them. */
function killStrays(names: LabNames, found: ReadonlyMap<number, string>): string[] {
  return recorded(names).flatMap((process) => {
    if (found.has(process.pid)) return [];
    const description = describeProcess(process.pid);
    return killRecorded(process) ? [description] : [];
  });
}

function recorded(names: LabNames): readonly { pid: number; startTime: string }[] {
  try {
    return readRecorded(names)?.processes ?? [];
  } catch {
    // Written by something else than this version: the cgroups still know every process.
    return [];
  }
}

async function removeNamespace(space: string): Promise<void> {
  const path = join(NETNS_DIRECTORY, space);
  try {
    // `ip netns add` that was killed half-way leaves a file that is no mount: ip removes that as well.
    await run('ip', ['netns', 'del', space]);
  } catch (error) {
    if (!existsSync(path)) return;
    throw new LabError(
      'system',
      `The network namespace ${space} cannot be removed: ${reason(error)}.`,
      `Try by hand: umount ${path}; rm ${path}`,
      { cause: error },
    );
  }
}

async function unmount(point: string): Promise<void> {
  try {
    await run('umount', ['--lazy', point]);
  } catch (error) {
    if (!mountsBelow(point).includes(point)) return;
    throw new LabError(
      'system',
      `${point} cannot be unmounted: ${reason(error)}.`,
      `Try by hand: umount ${point}`,
      { cause: error },
    );
  }
}

function isDirectory(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function reason(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message?: string };
  return (stderr?.trim() || message) ?? String(error);
}

function count(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`;
}
