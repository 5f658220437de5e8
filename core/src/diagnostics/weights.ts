/** Shares of a split that are never drawn. What a split cannot be drawn from at all is `bad-weight`. */
import type { FieldDescriptor } from '../envoy/schema.js';
import type { Visited } from '../envoy/walk.js';
import { isJsonObject } from '../envoy/wellKnown.js';
import type { Family, Finding } from './finding.js';

/** Shares of a split that have the weight 0. */
export const zeroWeight: Family = { concerns: (_, field) => isShare(field), find: shareOfNothing };

function isShare({ typeName }: FieldDescriptor): boolean {
  return typeName?.endsWith('WeightedCluster.ClusterWeight') === true;
}

function shareOfNothing({ field, value, path }: Visited): Finding | undefined {
  if (!isShare(field)) return undefined;
  if (!isJsonObject(value) || value['weight'] !== 0) return undefined;
  return {
    rule: 'zero-weight',
    severity: 'info',
    path: [...path, 'weight'],
    message: `Cluster "${String(value['name'] ?? '')}" has the weight 0: no request goes to it.`,
    hint: 'Give it a weight, or leave it out.',
  };
}
