import type { Fallback, SubsetOptions, SubsetSelector } from '../balance/subsets.js';
import type { FieldPath, JsonObject } from '../resources/model.js';
import { listOf, objectOf, textOf, type Json } from './fields.js';
import type { Reading } from './reading.js';

export type { SubsetOptions } from '../balance/subsets.js';

/** The subsets of a cluster; undefined without any selector: as in Envoy, there are no subsets then. */
export function readSubsets(reading: Reading, value: JsonObject, path: FieldPath): SubsetOptions | undefined {
  const items = listOf(value['subsetSelectors']);
  if (items.length === 0) return undefined;
  const selectors = items
    .map((item, i) => readSelector(reading, objectOf(item), [...path, 'subsetSelectors', i]))
    .map(withoutLost);
  return {
    fallback: FALLBACKS[textOf(value['fallbackPolicy']) ?? ''] ?? 'none',
    defaultSubset: objectOf(value['defaultSubset']),
    selectors,
    localityWeightAware: value['localityWeightAware'] === true,
    scaleLocalityWeight: value['scaleLocalityWeight'] === true,
    panicModeAny: value['panicModeAny'] === true,
    listAsAny: value['listAsAny'] === true,
    redundantKeys: value['allowRedundantKeys'] === true,
  };
}

function readSelector(reading: Reading, value: JsonObject, path: FieldPath): SubsetSelector {
  const keys = sorted(value['keys']);
  const policy = textOf(value['fallbackPolicy']) ?? 'NOT_DEFINED';
  const fallback = policy === 'KEYS_SUBSET' ? 'keys' : FALLBACKS[policy];
  const fallbackKeys = sorted(value['fallbackKeysSubset']);
  if (fallback === 'keys') {
    if (
      fallbackKeys.length === 0 ||
      fallbackKeys.some((key) => !keys.includes(key)) ||
      fallbackKeys.length === keys.length
    )
      reading.error(
        'bad-cluster',
        [...path, 'fallbackKeysSubset'],
        'The keys of the fallback must be some, and not all, of the keys of the selector.',
        'List those keys that are to be looked at when no endpoint has all of them.',
      );
  } else if (fallbackKeys.length > 0) {
    reading.error(
      'bad-cluster',
      [...path, 'fallbackKeysSubset'],
      'Keys of a fallback are for fallback_policy KEYS_SUBSET only.',
      'Set fallback_policy to KEYS_SUBSET, or leave the keys out.',
    );
  }
  return { keys, fallback, fallbackKeys };
}

/** Envoy loses the fallback of a selector whose keys begin those of one before it (initSubsetSelectorMap). */
function withoutLost(selector: SubsetSelector, at: number, all: readonly SubsetSelector[]): SubsetSelector {
  const { keys } = selector;
  const lost = all.slice(0, at).some((one) => keys.every((key, i) => one.keys[i] === key));
  return lost ? { ...selector, fallback: undefined } : selector;
}

/** NOT_DEFINED has none: the fallback of the cluster decides. */
const FALLBACKS: Readonly<Record<string, Fallback>> = {
  NO_FALLBACK: 'none',
  ANY_ENDPOINT: 'any',
  DEFAULT_SUBSET: 'default',
};

function sorted(value: Json): string[] {
  return [...new Set(listOf(value).map((key) => textOf(key) ?? ''))].sort();
}
