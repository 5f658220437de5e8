import type { Host, HostSet, Hosts } from './hostSet.js';

export interface HealthOptions {
  /** Percent of healthy and degraded hosts below which all hosts get requests; 0: never. */
  readonly panicThreshold: number;
  /** Percent: so much more than its part of the requests a host can take. */
  readonly overprovisioningFactor: number;
  /** Whether a priority's health goes by the weights of its hosts, not by their number. */
  readonly weightedHealth: boolean;
}

/** Of 100 requests, those for each priority. They add up to 100. */
export interface PriorityLoads {
  readonly healthy: readonly number[];
  readonly degraded: readonly number[];
  /** Requests of this priority go to all its hosts, whatever their health. */
  readonly panic: readonly boolean[];
}

/**
 * How requests are spread over priorities, as Envoy 1.40 does it: LoadBalancerBase::recalculatePerPriorityState and
 * recalculatePerPriorityPanic.
 */
export function priorityLoads(sets: readonly HostSet<Host>[], options: HealthOptions): PriorityLoads {
  const { panicThreshold } = options;
  const health = sets.map((set) => availability(set, 'healthy', options));
  const degradation = sets.map((set) => availability(set, 'degraded', options));
  const available = Math.min(100, sum(health) + sum(degradation));
  if (available === 0 && panicThreshold === 0)
    return { healthy: hundredFirst(sets), degraded: none(sets), panic: sets.map(() => false) };
  const panic = sets.map((set) => available < 100 && inPanic(set, panicThreshold));
  if (panic.every(Boolean)) return { healthy: byNumber(sets), degraded: none(sets), panic };
  return { ...spread(health, degradation, available), panic };
}

/** Percent of the requests that so many healthy (or degraded) hosts of a priority can take, at most 100. */
function availability(set: Hosts<Host>, which: 'healthy' | 'degraded', options: HealthOptions): number {
  const { overprovisioningFactor, weightedHealth } = options;
  const counted = set.all.length - set.excluded;
  if (counted === 0) return 0;
  const draining = set.all.filter(({ health }) => health === 'DRAINING');
  const own = weightedHealth ? weightOf(set[which]) : set[which].length;
  const total = weightedHealth ? weightOf(set.all) - weightOf(draining) : counted;
  return Math.min(100, Math.floor((overprovisioningFactor * own) / total));
}

function inPanic({ all, excluded, healthy, degraded }: Hosts<Host>, threshold: number): boolean {
  const counted = all.length - excluded;
  const percent = (n: number): number => (counted === 0 ? 0 : (100 * n) / counted);
  return percent(healthy.length) + percent(degraded.length) < threshold;
}

/** In total panic priorities get requests by the number of their hosts. */
function byNumber(sets: readonly HostSet<Host>[]): readonly number[] {
  const total = sum(sets.map(({ all }) => all.length));
  if (total === 0) return hundredFirst(sets);
  const loads = sets.map(({ all }) => Math.floor((100 * all.length) / total));
  const first = sets.findIndex(({ all }) => all.length > 0);
  return loads.with(first, (loads[first] ?? 0) + 100 - sum(loads));
}

/** As much as it can take for each priority, healthy hosts before degraded ones; what rounding leaves for the first. */
function spread(
  health: readonly number[],
  degradation: readonly number[],
  available: number,
): Pick<PriorityLoads, 'healthy' | 'degraded'> {
  let left = 100;
  const take = (percent: number): number => {
    const load = Math.min(left, Math.floor((percent * 100) / available));
    left -= load;
    return load;
  };
  const healthy = health.map(take);
  const degraded = degradation.map(take);
  const first = health.findIndex((percent) => percent > 0);
  if (first >= 0) healthy[first] = (healthy[first] ?? 0) + left;
  else {
    const other = degradation.findIndex((percent) => percent > 0);
    degraded[other] = (degraded[other] ?? 0) + left;
  }
  return { healthy, degraded };
}

function hundredFirst(sets: readonly unknown[]): number[] {
  return sets.map((_, priority) => (priority === 0 ? 100 : 0));
}

function none(sets: readonly unknown[]): number[] {
  return sets.map(() => 0);
}

function weightOf(hosts: readonly Host[]): number {
  return sum(hosts.map(({ weight }) => weight));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
