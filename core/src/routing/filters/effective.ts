/** Which filters run for a route, with which settings, and whether they have anything to do. */
import type { RouteConfigurationNode, RouteNode, VirtualHostNode } from '../model.js';
import type { FilterConfig, FilterLevel, HttpFilter } from './model.js';

/** A filter as it runs for one route. */
export interface EffectiveFilter {
  /** Of the most specific level that has some, at last of the listener. */
  readonly config: FilterConfig;
  /** Of every level that has some, the most specific first; without the listener's. */
  readonly ofRoute: readonly FilterConfig[];
  readonly ofListener: FilterConfig;
}

/**
 * @param levels what is said about a route, the most specific first; none: no route was found
 */
export function filtersFor(
  filters: readonly HttpFilter[],
  levels: readonly FilterLevel[],
): EffectiveFilter[] {
  return filters.flatMap(({ name, disabled, config }): EffectiveFilter[] => {
    const said = levels.map((level) => level.get(name)).filter((one) => one !== undefined);
    // FilterManager: the most specific level that says anything about the filter
    if (said[0]?.disabled ?? disabled) return [];
    const ofRoute = said
      .map((one) => one.config)
      .filter((one) => one !== undefined)
      .filter((one) => one.kind === config.kind);
    return [{ config: ofRoute[0] ?? config, ofRoute, ofListener: config }];
  });
}

/** Can the filter do anything to a request? One that cannot leaves the kernel path to it. */
export function acts({ config, ofRoute, ofListener }: EffectiveFilter): boolean {
  switch (config.kind) {
    case 'fault':
      return [config.delay, config.abort].some((one) => one !== undefined && one.fraction.numerator > 0);
    case 'cors':
      return config.policy !== undefined && config.policy.enabled.numerator > 0;
    case 'rbac':
      return config.rules !== undefined && config.rules.action !== 'log';
    case 'rateLimit':
      return config.bucket !== undefined && config.enabled.numerator * config.enforced.numerator > 0;
    case 'mutation':
      return [ofListener, ...ofRoute].some(
        (one) => one.kind === 'mutation' && one.request.length + one.response.length > 0,
      );
  }
}

/** The configuration with the routes at which a filter of one of its listeners has something to do on the relay path. */
export function withFilters(
  config: RouteConfigurationNode,
  listeners: readonly (readonly HttpFilter[])[],
): RouteConfigurationNode {
  const virtualHosts = config.virtualHosts.map((host) => hostWithFilters(host, listeners));
  if (virtualHosts.every((host, i) => host === config.virtualHosts[i])) return config;
  const before = made.get(config);
  if (before !== undefined && isSame(before.virtualHosts, virtualHosts)) return before;
  const node = { ...config, virtualHosts };
  made.set(config, node);
  return node;
}

const made = new WeakMap<RouteConfigurationNode, RouteConfigurationNode>();

/** How many routes the filter has something to do for. */
export function routesWith(filter: HttpFilter, hosts: readonly VirtualHostNode[]): number {
  return hosts.reduce((count, { routes }) => count + routes.filter((one) => actsOn([filter], one)).length, 0);
}

function actsOn(filters: readonly HttpFilter[], route: RouteNode): boolean {
  return levelsOf(route).some((levels) => filtersFor(filters, levels).some(acts));
}

function hostWithFilters(
  host: VirtualHostNode,
  listeners: readonly (readonly HttpFilter[])[],
): VirtualHostNode {
  const routes = host.routes.map((route) => {
    if (route.path !== 'kernel') return route;
    const leaves = listeners.some((filters) => actsOn(filters, route));
    return leaves ? onRelay(route) : route;
  });
  if (isSame(routes, host.routes)) return host;
  const before = madeHosts.get(host);
  if (before !== undefined && isSame(before.routes, routes)) return before;
  const node = { ...host, routes };
  madeHosts.set(host, node);
  return node;
}

const madeHosts = new WeakMap<VirtualHostNode, VirtualHostNode>();

/** What is said about the requests of a route: once for each share of its split that says something. */
function levelsOf({ filters = [], action }: RouteNode): (readonly FilterLevel[])[] {
  const split = action.kind === 'clusters' ? action.split : [];
  return [filters, ...split.flatMap((share) => (share.filters ? [[share.filters, ...filters]] : []))];
}

function onRelay(route: RouteNode): RouteNode {
  let node = relayed.get(route);
  if (node === undefined) relayed.set(route, (node = { ...route, path: 'relay', reason: 'route-filter' }));
  return node;
}

const relayed = new WeakMap<RouteNode, RouteNode>();

function isSame<T>(one: readonly T[], other: readonly T[]): boolean {
  return one.length === other.length && one.every((item, i) => item === other[i]);
}
