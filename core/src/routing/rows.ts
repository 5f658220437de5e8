import type { ClusterShare as ShareRow, ConfigSource, RouteRow } from '../api/agent.generated.js';
import { explainMatch } from '../decision/explain.js';
import { formatAddress } from '../wire/ip.js';
import { reasonId, reasonText } from '../wire/reasons.js';
import { formatFieldPath } from '../resources/model.js';
import type { ClusterShare, ListenerNode, PathChoice, RoutingModel, Source } from './model.js';

export interface Hits {
  readonly requests: number;
  readonly relayed: number;
}

/** What was counted for a route (by the `key` of its node) or a TCP listener (by name). */
export type HitsOf = (kind: 'route' | 'listener', key: string) => Hits;

/** One row for each route of each HTTP listener, in the order in which they are tried, and one for each TCP listener. */
export function routeRows(model: RoutingModel, hitsOf: HitsOf = noHits): RouteRow[] {
  return [...model.listeners.values()].flatMap((listener) => listenerRows(model, listener, hitsOf));
}

function listenerRows(model: RoutingModel, listener: ListenerNode, hitsOf: HitsOf): RouteRow[] {
  const base = {
    listener: listener.name,
    addresses: listener.addresses.map(({ ip, port }) => formatAddress(ip, port)),
  };
  if (listener.kind === 'tcp') {
    const clusters = shareRows(model, listener.split);
    const row = { virtualHost: '', domains: [], route: '', match: 'every connection', clusters };
    const source = sourceRow(listener.source);
    return [{ ...base, ...row, ...choiceOf(listener), ...hitsOf('listener', listener.name), source }];
  }
  const hosts = model.routeConfigurations.get(listener.routeConfiguration)?.virtualHosts ?? [];
  return hosts.flatMap((host) =>
    host.routes.map((route): RouteRow => ({
      ...base,
      virtualHost: host.name,
      domains: host.domains.map(({ text }) => text),
      route: route.name,
      match: explainMatch(route.match),
      clusters: route.action.kind === 'clusters' ? shareRows(model, route.action.split) : [],
      ...choiceOf(listener.path === 'relay' ? listener : route),
      ...hitsOf('route', route.key),
      source: sourceRow(route.source),
    })),
  );
}

function shareRows(model: RoutingModel, split: readonly ClusterShare[]): ShareRow[] {
  return split.map(({ cluster, weight }) => ({
    cluster,
    weight,
    endpoints: model.clusters.get(cluster)?.endpoints.length ?? 0,
  }));
}

export function sourceRow({ typeUrl, resource, path }: Source): ConfigSource {
  return { typeUrl, resource, field: formatFieldPath(path) };
}

/** Why a path was chosen where nothing stood in the way. */
const chosen = {
  direct: 'TCP: decided when the connection is made',
  kernel: 'every condition is checked in the kernel',
  relay: '',
} as const;

function choiceOf({ path, reason }: PathChoice): { path: string; reason: string } {
  return { path, reason: reasonText(reasonId(reason)) || chosen[path] };
}

function noHits(): Hits {
  return { requests: 0, relayed: 0 };
}
