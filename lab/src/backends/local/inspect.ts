import { readdirSync, statSync } from 'node:fs';
import type { LabPhase, LabState } from '../backend.js';
import { existingCgroups, labsWithCgroup } from './cgroups.js';
import { lockHolder } from './lock.js';
import { isLabName, labNames, labOf, RUN_DIRECTORY, type LabNames } from './names.js';
import { allNamespaces, existingNamespaces } from './network.js';
import { isAlive } from './processes.js';
import { readRecorded, readTopology } from './stateFile.js';

export function inspectLab(names: LabNames): LabState {
  const recorded = readRecorded(names);
  const processes = (recorded?.processes ?? []).map((process) => ({ ...process, alive: isAlive(process) }));
  const namespaces = existingNamespaces(names);
  const cgroups = existingCgroups(names.lab);
  const exists =
    recorded !== undefined ||
    namespaces.length > 0 ||
    cgroups.length > 0 ||
    directoryExists(names.stateDirectory);
  const phase = (): LabPhase => {
    if (!exists) return 'absent';
    if (recorded?.phase === 'running' && cgroups.length > 0 && namespaces.length > 0) {
      return processes.every((process) => process.alive) ? 'running' : 'degraded';
    }
    return lockHolder(names.lab)?.purpose === 'up' ? 'starting' : 'remains';
  };
  return {
    lab: names.lab,
    phase: phase(),
    mesh: recorded?.mesh ?? false,
    topology: readTopology(names),
    processes,
    namespaces,
    cgroups,
    stateDirectory: names.stateDirectory,
  };
}

/** Names of the labs of which anything exists, sorted. */
export function existingLabs(): string[] {
  const directories = entries(RUN_DIRECTORY).filter((name) => isLabName(name));
  const spaces = allNamespaces().flatMap((space) => labOf(space) ?? []);
  return [...new Set([...directories, ...spaces, ...labsWithCgroup()])]
    .sort()
    .map((lab) => labNames(lab).lab);
}

function directoryExists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function entries(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
