import type { JsonObject } from '../resources/model.js';
import { subsetOf, type SubsetHost, type SubsetOptions } from './subsets.js';
import type { BalanceOptions } from './tiers.js';

/** What requests with these criteria are balanced over: each subset is as a cluster of its own. */
export function subsetBalance<H extends SubsetHost>(
  hosts: readonly H[],
  criteria: JsonObject | undefined,
  subsets: SubsetOptions,
  options: BalanceOptions,
): { readonly hosts: readonly H[]; readonly options: BalanceOptions } {
  const own = subsetOf(hosts, criteria, subsets);
  const localityWeighted = options.localityWeighted && subsets.localityWeightAware;
  const scaled = localityWeighted && subsets.scaleLocalityWeight;
  return { hosts: scaled ? scaleWeights(own, hosts) : own, options: { ...options, localityWeighted } };
}

/** PrioritySubsetImpl: a locality counts as much as it has hosts in the subset. */
function scaleWeights<H extends SubsetHost>(own: readonly H[], all: readonly H[]): readonly H[] {
  const placeOf = ({ priority, locality }: H): string => JSON.stringify([priority, locality ?? {}]);
  const count = (hosts: readonly H[]): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const host of hosts) counts.set(placeOf(host), (counts.get(placeOf(host)) ?? 0) + 1);
    return counts;
  };
  const some = count(own);
  const whole = count(all);
  return own.map((host) => {
    const part = (some.get(placeOf(host)) ?? 0) / (whole.get(placeOf(host)) ?? 1);
    return { ...host, localityWeight: Math.round(part * (host.localityWeight ?? 0)) };
  });
}
