/** Shares of a split that are never drawn. What a split cannot be drawn from at all is `bad-weight`. */
import type { Visited } from '../envoy/walk.js';
import { isJsonObject } from '../envoy/wellKnown.js';
import type { Finding } from './finding.js';

/** undefined for a field that is no share of a split, or one with a weight. */
export function zeroWeight({ field, value, path }: Visited): Finding | undefined {
  if (field.typeName?.endsWith('WeightedCluster.ClusterWeight') !== true) return undefined;
  if (!isJsonObject(value) || value['weight'] !== 0) return undefined;
  return {
    rule: 'zero-weight',
    severity: 'info',
    path: [...path, 'weight'],
    message: `Cluster "${String(value['name'] ?? '')}" has the weight 0: no request goes to it.`,
    hint: 'Give it a weight, or leave it out.',
  };
}
