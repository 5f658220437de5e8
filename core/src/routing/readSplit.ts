import type { FieldPath, JsonObject } from '../resources/model.js';
import { listOf, numberOf, objectOf, textOf, type Json } from './fields.js';
import { readFilterLevel } from './filters/read.js';
import type { ClusterShare } from './model.js';
import { readChanges, readLevel } from './readChanges.js';
import type { Reading } from './reading.js';

/**
 * The clusters of a route action or tcp_proxy, in which `cluster` or `weightedClusters` is set. Shares of weight 0
 * stay: they are shown, and never drawn. Undefined, with a problem, when there is nothing to draw from.
 */
export function readSplit(
  reading: Reading,
  value: Json,
  path: FieldPath,
): readonly ClusterShare[] | undefined {
  const action = objectOf(value);
  const single = textOf(action['cluster']);
  if (single !== undefined && single !== '') {
    const source = reading.source([...path, 'cluster']);
    return [{ cluster: single, weight: 1, ...readCriteria(action), source }];
  }
  if (action['weightedClusters'] === undefined) {
    reading.error('bad-cluster', path, 'No cluster is named.', 'Set cluster or weighted_clusters.');
    return undefined;
  }
  return readWeighted(reading, action, [...path, 'weightedClusters', 'clusters']);
}

/** Metadata that endpoints must have: that of the share counts before that of the action. */
function readCriteria(action: JsonObject, share: JsonObject = {}): Pick<ClusterShare, 'criteria'> {
  const [general, own] = [action, share].map((of) =>
    objectOf(objectOf(objectOf(of['metadataMatch'])['filterMetadata'])['envoy.lb']),
  );
  const criteria = { ...general, ...own };
  return Object.keys(criteria).length === 0 ? {} : { criteria };
}

const MAX_TOTAL = 0xffffffff;

function readWeighted(
  reading: Reading,
  action: JsonObject,
  path: FieldPath,
): readonly ClusterShare[] | undefined {
  const value = objectOf(action['weightedClusters'])['clusters'];
  const shares: ClusterShare[] = [];
  let total = 0;
  let complete = true;
  for (const [index, item] of listOf(value).entries()) {
    const share = objectOf(item);
    const at = [...path, index];
    const cluster = textOf(share['name']) ?? '';
    const weight = numberOf(share['weight']);
    if (cluster === '') {
      reading.error('bad-cluster', at, 'No cluster is named.', 'Set name.');
      complete = false;
    }
    if (weight === undefined) {
      reading.error(
        'bad-weight',
        at,
        'The weight is missing.',
        'Set weight; 0 takes the cluster out of the split.',
      );
      complete = false;
    }
    total += weight ?? 0;
    const changes = readChanges(reading, share, at, [readLevel(reading, share, at)]);
    const changed = changes === undefined ? {} : { changes };
    const criteria = readCriteria(action, share);
    const filters = readFilterLevel(reading, share['typedPerFilterConfig'], [...at, 'typedPerFilterConfig']);
    const filtered = filters === undefined ? {} : { filters };
    shares.push({
      cluster,
      weight: weight ?? 0,
      ...changed,
      ...criteria,
      ...filtered,
      source: reading.source(at),
    });
  }
  if (!complete) return undefined;
  if (total < 1 || total > MAX_TOTAL) {
    reading.error(
      'bad-weight',
      path,
      shares.length === 0
        ? 'The split has no cluster.'
        : `The weights add up to ${total}; that must be 1 to ${MAX_TOTAL}.`,
      'Give at least one cluster a weight above 0.',
    );
    return undefined;
  }
  return shares;
}
