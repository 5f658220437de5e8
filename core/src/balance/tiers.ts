import { hostParts, maglevTable, ringOf, ringSize, type RingOptions, type RingPoint } from './consistent.js';
import { hostSets, type Host, type HostSet, type Hosts } from './hostSet.js';
import { priorityLoads, type HealthOptions } from './priorities.js';
import { weightedTurns, type WeightedTurns } from './turns.js';

export type Policy =
  | { readonly kind: 'roundRobin' }
  /** Weights of endpoints do not count, as in Envoy. */
  | { readonly kind: 'random' }
  /** `choices` endpoints are looked at, 0: all of them. */
  | { readonly kind: 'leastRequest'; readonly choices: number }
  | ({ readonly kind: 'ringHash' } & RingOptions)
  | { readonly kind: 'maglev'; readonly tableSize: number };

export interface BalanceOptions extends HealthOptions {
  readonly policy: Policy;
  /** Whether localities get requests by their weights. */
  readonly localityWeighted: boolean;
  /** Whether requests of a priority in panic fail, where its policy does not hash. */
  readonly failInPanic: boolean;
}

/** A priority, healthy or degraded, that gets `load` of 100 requests. */
export interface Tier<H> {
  readonly priority: number;
  readonly health: 'healthy' | 'degraded' | 'panic';
  readonly load: number;
  readonly group: Group<H>;
}

/** Hosts among which a request is decided. */
export type Group<H> =
  HostGroup<H> | { readonly kind: 'localities'; readonly turns: WeightedTurns<HostGroup<H>> };

export type HostGroup<H> =
  | { readonly kind: 'turns' | 'random' | 'maglev'; readonly hosts: readonly H[] }
  | { readonly kind: 'weighted'; readonly turns: WeightedTurns<H> }
  | { readonly kind: 'least'; readonly hosts: readonly H[]; readonly choices: number }
  | { readonly kind: 'ring'; readonly points: readonly RingPoint<H>[] };

/** Where the requests of a cluster go: all that depends on its hosts and their health alone. At least one tier. */
export function tiersOf<H extends Host>(hosts: readonly H[], options: BalanceOptions): Tier<H>[] {
  return loadedTiers(hosts, options).map(({ priority, health, load, set }) => ({
    priority,
    health,
    load,
    group: groupOf(set, health, options),
  }));
}

/** Points of rings and places of Maglev tables, of all tiers together. */
export interface TablePlaces {
  readonly ring: number;
  readonly maglev: number;
}

/** What `tiersOf` would need, without the work: a table may have millions of places. */
export function tablePlaces<H extends Host>(hosts: readonly H[], options: BalanceOptions): TablePlaces {
  const { policy, localityWeighted } = options;
  const places = { ring: 0, maglev: 0 };
  if (policy.kind !== 'ringHash' && policy.kind !== 'maglev') return places;
  for (const { health, set } of loadedTiers(hosts, options)) {
    const parts = hostParts(set, health === 'panic', localityWeighted);
    if (parts.length === 0) continue;
    if (policy.kind === 'ringHash') places.ring += ringSize(parts, policy);
    else places.maglev += policy.tableSize;
  }
  return places;
}

interface LoadedTier<H> extends Omit<Tier<H>, 'group'> {
  readonly set: HostSet<H>;
}

function loadedTiers<H extends Host>(hosts: readonly H[], options: BalanceOptions): LoadedTier<H>[] {
  const sets = hostSets(hosts);
  const { healthy, degraded, panic } = priorityLoads(sets, options);
  const tier = (which: 'healthy' | 'degraded', load: number, priority: number): LoadedTier<H>[] => {
    const set = sets[priority];
    if (load === 0 || set === undefined) return [];
    return [{ priority, health: panic[priority] === true ? 'panic' : which, load, set }];
  };
  return [
    ...healthy.flatMap((load, priority) => tier('healthy', load, priority)),
    ...degraded.flatMap((load, priority) => tier('degraded', load, priority)),
  ];
}

/** The hosts of a group. */
export function membersOf<H>(group: Group<H>): readonly H[] {
  switch (group.kind) {
    case 'localities':
      return group.turns.members.flatMap(({ item }) => membersOf(item));
    case 'weighted':
      return group.turns.members.map(({ item }) => item);
    case 'ring':
      return [...new Set(group.points.map(({ host }) => host))];
    case 'maglev':
      return [...new Set(group.hosts)];
    default:
      return group.hosts;
  }
}

function groupOf<H extends Host>(
  set: HostSet<H>,
  health: Tier<H>['health'],
  { policy, localityWeighted, failInPanic, overprovisioningFactor }: BalanceOptions,
): Group<H> {
  // As in Envoy, a hash chooses among healthy hosts also where the tier is one of degraded hosts.
  if (policy.kind === 'ringHash')
    return { kind: 'ring', points: ringOf(hostParts(set, health === 'panic', localityWeighted), policy) };
  if (policy.kind === 'maglev') {
    const parts = hostParts(set, health === 'panic', localityWeighted);
    return { kind: 'maglev', hosts: maglevTable(parts, policy.tableSize) };
  }
  if (health === 'panic') return hostGroup(failInPanic ? [] : set.all, policy);
  if (localityWeighted) {
    const weights = localityWeights(set, health, overprovisioningFactor);
    const groups = set.localities.map((locality) => hostGroup(locality[health], policy));
    const turns = weightedTurns(groups, weights);
    if (turns.total > 0) return { kind: 'localities', turns };
  }
  return hostGroup(set[health], policy);
}

function hostGroup<H extends Host>(hosts: readonly H[], policy: Policy): HostGroup<H> {
  if (policy.kind === 'random') return { kind: 'random', hosts };
  const weights = hosts.map(({ weight }) => weight);
  const alike = weights.every((weight) => weight === weights[0]);
  if (policy.kind === 'leastRequest') return { kind: 'least', hosts, choices: policy.choices };
  return alike ? { kind: 'turns', hosts } : { kind: 'weighted', turns: weightedTurns(hosts, weights) };
}

/** What weights of localities add up to when the health of their hosts counts in them. */
const SCALE = 2 ** 31;

/**
 * HostSetImpl::effectiveLocalityWeight: a locality whose hosts are not all well gets less, once overprovisioning does not
 * make up for it. Whole numbers; where health counts in them they are scaled, and off by less than one in a billion.
 */
function localityWeights<H>(
  { localities }: HostSet<H>,
  health: 'healthy' | 'degraded',
  overprovisioningFactor: number,
): number[] {
  const shares = localities.map((locality: Hosts<H>) => {
    const counted = locality.all.length - locality.excluded;
    return counted === 0
      ? 0
      : Math.min(1, (overprovisioningFactor / 100) * (locality[health].length / counted));
  });
  const plain = localities.map(({ weight }) => weight);
  if (shares.every((share) => share === 0 || share === 1))
    return plain.map((weight, i) => weight * (shares[i] ?? 0));
  const effective = plain.map((weight, i) => weight * (shares[i] ?? 0));
  const total = effective.reduce((sum, weight) => sum + weight, 0);
  return effective.map((weight) => (weight === 0 ? 0 : Math.max(1, Math.round((weight / total) * SCALE))));
}
