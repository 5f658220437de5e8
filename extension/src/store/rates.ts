/** What the pushed traffic says, as figures for people. All of it is of the agents' own clocks. */
import type { Routes, Traffic, TrafficRow } from '@onehop/core/api/agent.generated.js';
import type { NodeState, State } from './state.js';

/** Rates are of this much of the last traffic: short enough to follow, long enough not to jump. */
const rateWindowUs = 5_000_000;

/** Requests (of direct listeners: connections) a second that a workload gets and sends. */
export interface WorkloadRate {
  readonly received: number;
  readonly sent: number;
}

/** By workload name. */
export function workloadRates(state: State): ReadonlyMap<string, WorkloadRate> {
  const sent = ratesBy(state, ({ workload }) => workload);
  const byEndpoint = ratesBy(state, ({ endpoint }) => endpoint);
  const rates = new Map<string, WorkloadRate>();
  for (const { name, addresses } of state.lab.topology?.workloads ?? []) {
    let received = 0;
    for (const [endpoint, rate] of byEndpoint) if (addresses.includes(addressOf(endpoint))) received += rate;
    rates.set(name, { received, sent: sent.get(name) ?? 0 });
  }
  return rates;
}

/** `198.18.1.10:9080`, `[fd00::1]:9080` → the address. */
function addressOf(endpoint: string): string {
  return endpoint.slice(0, endpoint.lastIndexOf(':')).replace(/^\[(.*)\]$/, '$1');
}

/** Requests a second to each cluster, by its name. */
export function clusterRates(state: State): ReadonlyMap<string, number> {
  return ratesBy(state, ({ cluster }) => cluster);
}

/** Requests a second of each route, by `routeKey`. */
export function routeRates(state: State): ReadonlyMap<string, number> {
  return ratesBy(state, routeKey);
}

/** A route of a listener; a TCP listener has no virtual host and route. */
export function routeKey(row: Pick<TrafficRow, 'listener' | 'virtualHost' | 'route'>): string {
  return JSON.stringify([row.listener, row.virtualHost, row.route]);
}

/** Requests of a route since its node took the present configuration, by cluster; at most of the last minute. */
export function splitOf(state: State, key: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { traffic, routes } of state.nodes.values())
    for (const { rows } of traffic)
      for (const row of rows)
        if (row.cluster !== '' && row.generation === routes?.generation && routeKey(row) === key)
          counts.set(row.cluster, (counts.get(row.cluster) ?? 0) + row.requests);
  return counts;
}

/** Requests that nodes have counted for a route since their agents started: exact, whether or not anybody watched. */
export function countedRequests(state: State, key: string): number {
  let sum = 0;
  for (const { routes } of state.nodes.values())
    for (const row of routes?.rows ?? []) if (routeKey(row) === key) sum += row.requests;
  return sum;
}

/**
 * Since when each route of `routes` is counted, as far as this window saw it: from when the route came, or from when its count was
 * seen to begin anew.
 */
export function countedSince(
  before: Pick<NodeState, 'routes' | 'countedSince'> | undefined,
  routes: Routes,
  now: number,
): ReadonlyMap<string, number> {
  const counts = new Map(before?.routes?.rows.map((row) => [routeKey(row), row.requests]));
  return new Map(
    routes.rows.map((row) => {
      const key = routeKey(row);
      const since = before?.countedSince.get(key);
      return [key, since === undefined || row.requests < (counts.get(key) ?? 0) ? now : since];
    }),
  );
}

/** From this moment on no node can have carried a request of the route without counting it; undefined when no node has it. */
export function sinceOf(state: State, key: string): number | undefined {
  const known = [...state.nodes.values()].flatMap((node) => node.countedSince.get(key) ?? []);
  return known.length === 0 ? undefined : Math.max(...known);
}

/** What comes to one endpoint, a second. */
export interface EndpointRate {
  readonly requests: number;
  /** Answered with 5xx, or not at all. */
  readonly errors: number;
}

/** By `address:port`. */
export function endpointRates(state: State): ReadonlyMap<string, EndpointRate> {
  const requests = ratesBy(state, ({ endpoint }) => endpoint);
  const errors = ratesBy(
    state,
    ({ endpoint }) => endpoint,
    (row) => row.errors,
  );
  return new Map(
    [...requests].map(([endpoint, rate]) => [
      endpoint,
      { requests: rate, errors: errors.get(endpoint) ?? 0 },
    ]),
  );
}

/** `0`, `0.42`, `3.14`, `12.3`, `312`, `12,300`: three significant digits. */
export function threeDigits(value: number): string {
  if (value === 0) return '0';
  const rounded = Number(value.toPrecision(3));
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(rounded))));
  return rounded.toLocaleString('en-US', { maximumFractionDigits: Math.min(digits, 3), useGrouping: true });
}

function ratesBy(
  state: State,
  keyOf: (row: TrafficRow) => string,
  countOf: (row: TrafficRow) => number = ({ requests }) => requests,
): Map<string, number> {
  const rates = new Map<string, number>();
  for (const { traffic } of state.nodes.values()) {
    const recent = lastOf(traffic);
    const seconds = recent.reduce((sum, { startUs, endUs }) => sum + (endUs - startUs) / 1e6, 0);
    if (seconds <= 0) continue;
    for (const { rows } of recent)
      for (const row of rows) rates.set(keyOf(row), (rates.get(keyOf(row)) ?? 0) + countOf(row) / seconds);
  }
  return rates;
}

function lastOf(traffic: readonly Traffic[]): readonly Traffic[] {
  const end = traffic.at(-1)?.endUs ?? 0;
  return traffic.filter(({ startUs }) => startUs >= end - rateWindowUs);
}
