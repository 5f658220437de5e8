import type { FieldPath } from '../resources/model.js';
import { kernelMatch } from './kernelMatch.js';
import type { RouteCare } from './care.js';
import type { PathChoice, PathReason, RouteAction, RouteChanges, RouteMatch } from './model.js';

/** Which path the requests of a route take, and why not the kernel's. */
export function choiceOf(
  action: RouteAction,
  changes: RouteChanges | undefined,
  match: RouteMatch,
  care: RouteCare | undefined,
): PathChoice {
  if (action.kind === 'directResponse') return relay('direct-response');
  if (action.kind === 'redirect') return relay('route-redirect');
  // Before what leaves the kernel in any case: the router stops at these routes.
  if (action.kind === 'clusterHeader') return relay('cluster-header');
  if (kernelMatch(match).opaque) return relay('match-relay');
  if (changes !== undefined || action.split.some((share) => share.changes !== undefined))
    return relay('route-changes');
  if (care !== undefined) return relay('route-timeout');
  return { path: 'kernel', reason: 'none' };
}

function relay(reason: PathReason): PathChoice {
  return { path: 'relay', reason };
}

/** What people are told about a route that leaves the kernel path, and at which field of it. */
export const WHY: Readonly<Partial<Record<PathReason, string>>> = {
  'direct-response': 'The agent writes this answer: requests of this route leave the kernel path.',
  'route-redirect': 'The agent writes this redirect: requests of this route leave the kernel path.',
  'match-relay':
    'The agent checks what the kernel cannot: requests that fulfil the other conditions of this route leave the kernel path, also those that a route behind it then takes.',
  'cluster-header': 'The agent reads the name of the cluster: requests of this route leave the kernel path.',
  'route-changes':
    'The agent changes requests or responses of this route, so they leave the kernel path. Changes of the virtual host and the route configuration count, too.',
  'route-timeout':
    'The agent keeps the time of this route and sends again what fails: requests of this route leave the kernel path. Retries of the virtual host count, too.',
};

export const FIELD: Readonly<Partial<Record<PathReason, FieldPath>>> = {
  'direct-response': ['directResponse'],
  'route-redirect': ['redirect'],
  'match-relay': ['match'],
  'cluster-header': ['route', 'clusterHeader'],
  'route-timeout': ['route'],
};
