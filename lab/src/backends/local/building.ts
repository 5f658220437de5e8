import type { ProgressListener, UpOptions } from '../backend.js';
import type { LabTopology } from '../topology.js';
import { type LabCgroups } from './cgroups.js';
import { type LabNames } from './names.js';
import { StateRecorder } from './stateFile.js';

/** What the steps of one `up` share. */
export interface Building {
  readonly topology: LabTopology;
  readonly options: UpOptions;
  readonly names: LabNames;
  readonly cgroups: LabCgroups;
  readonly recorder: StateRecorder;
  readonly report: ProgressListener;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}
