import type { Routes, Status, Traffic } from '@onehop/core/api/agent.generated.js';
import type { Rejection } from '@onehop/core/api/rejections.js';
import type { State as ControlPlaneState } from '@onehop/core/api/controlplane.generated.js';
import type { LabState } from '@onehop/lab/backends/backend.js';
import type { ConnectionState } from '../agent/connectionState.js';

/** Everything that the views show. Immutable: a change is a new object, and what did not change is the same object. */
export interface State {
  /** Why no lab can run here; undefined when one can. */
  readonly impossible: Impossible | undefined;
  /** Names of the labs of which anything exists here. */
  readonly labs: readonly string[];
  /** The lab of this window. Its phase is `absent` when it does not exist. */
  readonly lab: LabState;
  /** The lab exists, but it is another user's: nothing more can be known of it. */
  readonly hidden: boolean;
  /** What this window is doing with the lab. */
  readonly operation: Operation | undefined;
  /** By node name, in the order of the topology. */
  readonly nodes: ReadonlyMap<string, NodeState>;
  readonly controlPlane: ControlPlaneLink;
  /** The last apply of this window. */
  readonly apply: ApplyState;
}

export interface ApplyState {
  readonly kind: 'none' | 'applying' | 'done';
  /** Why the control plane itself did not take it; empty when it did. */
  readonly rejections: readonly Rejection[];
}

/** Why the last apply, of whomever, was refused; empty when it was not. */
export function rejectionsIn({ apply, controlPlane }: State): readonly Rejection[] {
  return apply.rejections.length > 0 ? apply.rejections : (controlPlane.state?.rejections ?? []);
}

export type Impossible = 'untrusted' | 'notLinux';

export interface Operation {
  readonly kind: 'starting' | 'stopping';
  /** What is being done, for people. */
  readonly detail: string;
}

export interface NodeState {
  readonly connection: ConnectionState;
  /** The last that was heard; undefined before the first. */
  readonly status: Status | undefined;
  readonly routes: Routes | undefined;
  /** By `routeKey`: since when (milliseconds since the epoch) the agent is known to count the route. */
  readonly countedSince: ReadonlyMap<string, number>;
  /** Of the last minute, oldest first; empty while nobody watches. */
  readonly traffic: readonly Traffic[];
}

export interface ControlPlaneLink {
  /** Undefined: the lab has no control plane of its own. */
  readonly connection: ConnectionState | undefined;
  readonly state: ControlPlaneState | undefined;
}

/** The lab before anything is known of it. */
export function absentLab(lab: string): LabState {
  return {
    lab,
    phase: 'absent',
    mesh: false,
    topology: undefined,
    processes: [],
    namespaces: [],
    cgroups: [],
    stateDirectory: '',
  };
}

export function emptyState(lab: string): State {
  return {
    impossible: undefined,
    labs: [],
    lab: absentLab(lab),
    hidden: false,
    operation: undefined,
    nodes: new Map(),
    controlPlane: { connection: undefined, state: undefined },
    apply: { kind: 'none', rejections: [] },
  };
}
