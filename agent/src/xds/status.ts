import { formatFieldPath } from '@onehop/core/resources/model.js';
import type { ResourceStatus } from '../parts.js';
import type { Entry, TypeState } from './typeState.js';

/** The state of each resource of a type, as CSDS tells it. */
export function statusesOf(state: TypeState): ResourceStatus[] {
  return [...state.entries].map(([name, entry]) => ({
    typeUrl: state.typeUrl,
    name,
    state: stateOf(entry),
    version: entry.inForce?.version ?? '',
    failedVersion: entry.failed?.version ?? '',
    errors: (entry.failed?.problems ?? []).map(({ path, message }) => ({
      field: formatFieldPath(path),
      message,
    })),
  }));
}

function stateOf({ wanted, inForce, failed, missing }: Entry): ResourceStatus['state'] {
  if (failed !== undefined) return 'nacked';
  if (missing) return 'does-not-exist';
  return wanted !== undefined && wanted === inForce ? 'acked' : 'requested';
}
