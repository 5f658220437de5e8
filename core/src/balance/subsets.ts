import type { JsonObject, JsonValue } from '../resources/model.js';
import type { Host } from './hostSet.js';

/** envoy.config.cluster.v3.Cluster.LbSubsetConfig */
export interface SubsetOptions {
  readonly fallback: Fallback;
  readonly defaultSubset: JsonObject;
  readonly selectors: readonly SubsetSelector[];
  /** Whether weights of localities count in subsets. */
  readonly localityWeightAware: boolean;
  /** Whether they are scaled by how many of a locality's hosts are in the subset. */
  readonly scaleLocalityWeight: boolean;
  /** Whether requests go to any host where the fallback has none. */
  readonly panicModeAny: boolean;
  /** Whether a list in the metadata of a host matches with any of its items. */
  readonly listAsAny: boolean;
  /** Whether criteria may have more keys than a selector. */
  readonly redundantKeys: boolean;
}

export type Fallback = 'none' | 'any' | 'default';

export interface SubsetSelector {
  /** In order, each once. */
  readonly keys: readonly string[];
  readonly fallback: Fallback | 'keys' | undefined;
  /** Of `keys`: those that are left of the criteria. */
  readonly fallbackKeys: readonly string[];
}

/** A host with the metadata that subsets are made by: "envoy.lb" of its endpoint. */
export interface SubsetHost extends Host {
  readonly metadata: JsonObject;
}

/**
 * The hosts that a request with these criteria (metadata_match, "envoy.lb") is decided among, as SubsetLoadBalancer of
 * Envoy 1.40 finds them; none when there is no subset and no fallback.
 */
export function subsetOf<H extends SubsetHost>(
  hosts: readonly H[],
  criteria: JsonObject | undefined,
  options: SubsetOptions,
): readonly H[] {
  const { selectors, redundantKeys } = options;
  let wanted = criteria;
  if (wanted !== undefined && redundantKeys) {
    const has = wanted;
    const fits = selectors.find(({ keys }) => keys.every((key) => Object.hasOwn(has, key)));
    if (fits !== undefined) wanted = only(has, fits.keys);
  }
  const found = wanted === undefined ? undefined : choose(hosts, wanted, options);
  if (found !== undefined) return found;
  const fallback = fallbackOf(hosts, options.fallback, options);
  return fallback.length === 0 && options.fallback !== 'none' && options.panicModeAny ? hosts : fallback;
}

/** Undefined: the fallback of the cluster decides. */
function choose<H extends SubsetHost>(
  hosts: readonly H[],
  criteria: JsonObject,
  options: SubsetOptions,
): readonly H[] | undefined {
  const keys = Object.keys(criteria).sort();
  const selector = keys.length === 0 ? undefined : options.selectors.find((one) => same(one.keys, keys));
  if (selector === undefined) return undefined;
  const found = hosts.filter((host) => matches(host.metadata, criteria, options.listAsAny));
  if (found.length > 0) return found;
  switch (selector.fallback) {
    case undefined:
      return undefined;
    case 'keys':
      return subsetOf(hosts, only(criteria, selector.fallbackKeys), options);
    default:
      return fallbackOf(hosts, selector.fallback, options);
  }
}

function fallbackOf<H extends SubsetHost>(
  hosts: readonly H[],
  fallback: Fallback,
  { defaultSubset, listAsAny }: SubsetOptions,
): readonly H[] {
  switch (fallback) {
    case 'none':
      return [];
    case 'any':
      return hosts;
    case 'default':
      return hosts.filter(({ metadata }) => matches(metadata, defaultSubset, listAsAny));
  }
}

function matches(metadata: JsonObject, criteria: JsonObject, listAsAny: boolean): boolean {
  return Object.entries(criteria).every(([key, wanted]) => {
    const own = Object.hasOwn(metadata, key) ? metadata[key] : undefined;
    if (own === undefined) return false;
    if (listAsAny && Array.isArray(own))
      return own.some((item) => equal(item as JsonValue, wanted as JsonValue));
    return equal(own, wanted as JsonValue);
  });
}

function equal(a: JsonValue, b: JsonValue): boolean {
  return canonicalText(a) === canonicalText(b);
}

/** One text for one value, in whatever order its fields are. */
export function canonicalText(value: JsonValue): string {
  return JSON.stringify(value, (_, item: JsonValue) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}

function only(criteria: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(criteria).filter(([key]) => keys.includes(key)));
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((key, i) => key === b[i]);
}
