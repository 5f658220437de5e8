import { xdsSetOf, type XdsResource, type XdsSet } from '@onehop/core/resources/model.js';
import { endpointNameOf, routeNamesOf } from './dependencies.js';
import type { Entry, Loaded, TypeState } from './typeState.js';

export interface TypeStates {
  readonly clusters: TypeState;
  readonly endpoints: TypeState;
  readonly listeners: TypeState;
  readonly routes: TypeState;
}

/** Names that EDS and RDS must be asked for: by what is wanted, and by what is still in use until that is warm. */
export function neededNames(states: TypeStates): {
  readonly endpoints: Set<string>;
  readonly routes: Set<string>;
} {
  return {
    endpoints: new Set(inUse(states.clusters).flatMap((cluster) => endpointNameOf(cluster) ?? [])),
    routes: new Set(inUse(states.listeners).flatMap(routeNamesOf)),
  };
}

/** A cluster waits until its endpoints have come (or are known not to exist), a listener until its routes have. */
export function isWarm(states: TypeStates, { resource }: Loaded, type: 'clusters' | 'listeners'): boolean {
  if (type === 'clusters') {
    const name = endpointNameOf(resource);
    return name === undefined || hasCome(states.endpoints.entries.get(name));
  }
  return routeNamesOf(resource).every((name) => hasCome(states.routes.entries.get(name)));
}

/**
 * Makes visible what is warm and returns it as a set; what is not stays as it was before. At the very start nothing
 * listens until the clusters are known and warm, so that no request is turned away for want of them. `before`: the set in
 * force, whose maps are kept where nothing changed.
 */
export function takeVisible(states: TypeStates, clustersReady: boolean, before: XdsSet): XdsSet {
  for (const type of ['endpoints', 'routes'] as const) {
    for (const entry of states[type].entries.values()) show(entry, true);
  }
  for (const entry of states.clusters.entries.values()) {
    show(entry, entry.wanted === undefined || isWarm(states, entry.wanted, 'clusters'));
  }
  for (const entry of states.listeners.entries.values()) {
    show(entry, entry.wanted === undefined || (clustersReady && isWarm(states, entry.wanted, 'listeners')));
  }
  return xdsSetOf(Object.values(states).flatMap(visibleOf), before);
}

/** What of a type waits for what it needs. */
export function warmingOf(state: TypeState): XdsResource[] {
  return [...state.entries.values()].flatMap(({ wanted, visible }) =>
    wanted !== undefined && wanted !== visible ? [wanted.resource] : [],
  );
}

function show(entry: Entry, warm: boolean): void {
  if (!warm) return;
  if (entry.wanted === undefined) delete entry.visible;
  else entry.visible = entry.wanted;
}

function visibleOf(state: TypeState): XdsResource[] {
  return [...state.entries.values()].flatMap(({ visible }) => visible?.resource ?? []);
}

function inUse(state: TypeState): XdsResource[] {
  return [...state.entries.values()].flatMap(({ wanted, visible }) =>
    [wanted, visible].flatMap((loaded) => loaded?.resource ?? []),
  );
}

/** As in Envoy, a first version that was refused ends the waiting too. */
function hasCome(entry: Entry | undefined): boolean {
  return entry !== undefined && (entry.wanted !== undefined || entry.missing || entry.failed !== undefined);
}
