import type { RouteConfigurationNode, RouteNode, RoutingModel, VirtualHostNode } from './model.js';

/** A route with what it is in. */
export interface IndexedRoute {
  readonly route: RouteNode;
  /** Its place in the virtual host. */
  readonly at: number;
  readonly virtualHost: VirtualHostNode;
  readonly configuration: RouteConfigurationNode;
}

/** The route of that key; made once for a route configuration. */
export function routeOf(model: RoutingModel, key: string): IndexedRoute | undefined {
  for (const configuration of model.routeConfigurations.values()) {
    const found = indexOf(configuration).get(key);
    if (found !== undefined) return found;
  }
  return undefined;
}

const known = new WeakMap<RouteConfigurationNode, ReadonlyMap<string, IndexedRoute>>();

function indexOf(configuration: RouteConfigurationNode): ReadonlyMap<string, IndexedRoute> {
  let index = known.get(configuration);
  if (index === undefined) {
    index = new Map(
      configuration.virtualHosts.flatMap((virtualHost) =>
        virtualHost.routes.map(
          (route, at) => [route.key, { route, at, virtualHost, configuration }] as const,
        ),
      ),
    );
    known.set(configuration, index);
  }
  return index;
}
