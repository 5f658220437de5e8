import type { ResourceProblem, XdsSet } from '@onehop/core/resources/model.js';

/** What became of a set that was handed to the applier. */
export interface ApplyOutcome {
  /** The generation in force; 0 before the first. */
  readonly generation: number;
  /**
   * The resources in force. A resource of the set that was taken is the same object here; for one that was refused it
   * is the version before, or nothing.
   */
  readonly inForce: XdsSet;
  /** Why resources were refused. One without type and name stands for everything that changed. */
  readonly refused: readonly ResourceProblem[];
}

export const emptySet: XdsSet = {
  listeners: new Map(),
  routes: new Map(),
  clusters: new Map(),
  endpoints: new Map(),
};
