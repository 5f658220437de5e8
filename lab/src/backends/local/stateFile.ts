import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { LabProcessState } from '../backend.js';
import type { LabTopology } from '../topology.js';
import { handOver } from './invoker.js';
import type { LabNames } from './names.js';

export type RecordedProcess = Omit<LabProcessState, 'alive'>;

/** What `up` writes down as it goes; `down` does not depend on it. */
export interface RecordedLab {
  /** running: every step was done. */
  readonly phase: 'starting' | 'running';
  readonly mesh: boolean;
  readonly processes: readonly RecordedProcess[];
}

/** Keeps state.json: each change is on disk, whole, before the next step begins. */
export class StateRecorder {
  #lab: RecordedLab;

  constructor(
    private readonly names: LabNames,
    mesh: boolean,
  ) {
    this.#lab = { phase: 'starting', mesh, processes: [] };
    this.#write();
  }

  started(process: RecordedProcess): void {
    this.#lab = { ...this.#lab, processes: [...this.#lab.processes, process] };
    this.#write();
  }

  running(): void {
    this.#lab = { ...this.#lab, phase: 'running' };
    this.#write();
  }

  #write(): void {
    writeWhole(this.names.stateFile, this.#lab);
  }
}

/** Undefined when nothing was recorded. */
export function readRecorded(names: LabNames): RecordedLab | undefined {
  return readJson(names.stateFile) as RecordedLab | undefined;
}

export function writeTopology(names: LabNames, topology: LabTopology): void {
  writeWhole(names.topologyFile, topology);
}

export function readTopology(names: LabNames): LabTopology | undefined {
  return readJson(names.topologyFile) as LabTopology | undefined;
}

/** A reader sees the old file or the new one, never a part. */
function writeWhole(path: string, value: unknown): void {
  writeFileSync(`${path}.new`, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600 });
  handOver(`${path}.new`);
  renameSync(`${path}.new`, path);
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
