import type { LabState } from '@onehop/lab/backends/backend.js';

/** What decides which lab a window works with. */
export interface LabChoice {
  /** The setting; "" when it is not set. */
  readonly setting: string;
  /** What the user picked in this window, until it is gone. */
  readonly picked: string | undefined;
  /** The name in the workspace's `*.lab.yaml`, when there is one. */
  readonly workspace: string | undefined;
}

export const sampleLab = 'bookinfo';

/** The setting; what was picked; the workspace's own; of a workspace without one the only lab that is up, else the sample's. */
export function chooseLab({ setting, picked, workspace }: LabChoice, states: readonly LabState[]): string {
  if (setting !== '') return setting;
  const exists = (name: string | undefined): name is string => states.some(({ lab }) => lab === name);
  if (exists(picked)) return picked;
  if (workspace !== undefined) return workspace;
  const up = states.filter(({ phase }) => phase !== 'remains' && phase !== 'absent');
  const [only] = up.length > 0 ? up : states;
  if (only !== undefined && up.length < 2) return only.lab;
  return sampleLab;
}
