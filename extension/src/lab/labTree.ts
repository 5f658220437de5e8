import type { LabProcessState } from '@onehop/lab/backends/backend.js';
import type { LabWorkload } from '@onehop/lab/backends/topology.js';
import type { NodeState, State } from '../store/state.js';

/** What the Lab view shows, as data: labels come from `labLabels.ts`. */
export type LabItem =
  | { readonly kind: 'lab' }
  | { readonly kind: 'nodes' }
  | { readonly kind: 'node'; readonly node: string }
  | {
      readonly kind: 'workload';
      readonly workload: LabWorkload;
      readonly process: LabProcessState | undefined;
    }
  | { readonly kind: 'controlPlane' }
  | { readonly kind: 'kernel' }
  | { readonly kind: 'limit'; readonly name: string; readonly lost: string };

/** Children of an item; of undefined the roots. Empty roots show the welcome content. */
export function childrenOf(item: LabItem | undefined, state: State): readonly LabItem[] {
  if (item === undefined)
    return state.lab.phase === 'absent' && state.operation === undefined && !state.hidden
      ? []
      : [{ kind: 'lab' }];
  switch (item.kind) {
    case 'lab':
      return labParts(state);
    case 'nodes':
      return (state.lab.topology?.nodes ?? []).map(({ name }) => ({ kind: 'node', node: name }));
    case 'node':
      return workloadsOf(item.node, state);
    case 'kernel':
      return limits(state).map(({ name, lost }) => ({ kind: 'limit', name, lost }));
    default:
      return [];
  }
}

/** What the kernel of the lab cannot do; undefined before any agent has told. */
export function limits({ nodes }: State): readonly { readonly name: string; readonly lost: string }[] {
  const [first] = statuses(nodes);
  return (first?.capabilities ?? []).filter(({ available }) => !available);
}

export function statuses(nodes: ReadonlyMap<string, NodeState>) {
  return [...nodes.values()].flatMap(({ status }) => (status === undefined ? [] : [status]));
}

function labParts(state: State): readonly LabItem[] {
  const parts: LabItem[] = [];
  if (state.lab.topology !== undefined) parts.push({ kind: 'nodes' });
  if (state.lab.processes.some(({ kind }) => kind === 'control-plane')) parts.push({ kind: 'controlPlane' });
  if (statuses(state.nodes).length > 0) parts.push({ kind: 'kernel' });
  return parts;
}

function workloadsOf(node: string, { lab }: State): readonly LabItem[] {
  return (lab.topology?.workloads ?? [])
    .filter((workload) => workload.node === node)
    .map((workload) => ({
      kind: 'workload',
      workload,
      process: lab.processes.find(({ kind, name }) => kind === 'workload' && name === workload.name),
    }));
}
