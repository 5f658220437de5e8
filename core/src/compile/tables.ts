import type { JsonObject, ResourceProblem } from '../resources/model.js';
import type { ClusterNode, NumberRange, RoutingModel, Source } from '../routing/model.js';
import {
  clusterGroup,
  isMade,
  listenerGroup,
  missingClusterGroup,
  routeConfigurationGroup,
  variantGroup,
  type NamedCluster,
} from './groups.js';
import type { MapLimits } from './limits.js';
import { TableRoom } from './tableRoom.js';

/**
 * What the maps are to hold, with names where the maps have ids: strings as text, ranges as lists, entries by key.
 * Rows come in groups, one for each listener, route configuration and cluster; a group that did not change since the
 * last model is the same object.
 */
export interface Tables {
  readonly addresses: readonly AddressRow[];
  /** By key. */
  readonly listeners: ReadonlyMap<string, Group>;
  /** By key, each with its virtual hosts and routes. */
  readonly routeConfigurations: ReadonlyMap<string, Group>;
  /** By key, each with its endpoints; also those that are named and do not exist. */
  readonly clusters: ReadonlyMap<string, Group>;
  /** Endpoints that requests of HTTP listeners can go to, by cluster: those that need warm connections. */
  readonly pooled: ReadonlyMap<string, readonly EndpointRow[]>;
}

/** Keys of rows of one kind differ between groups. */
export type Group = { readonly [K in EntityKind]?: readonly RowOf[K][] };

export type EntityKind = keyof RowOf;

export interface RowOf {
  readonly listener: ListenerRow;
  readonly routeConfiguration: RouteConfigurationRow;
  readonly virtualHost: VirtualHostRow;
  readonly route: RouteRow;
  readonly cluster: ClusterRow;
  readonly endpoint: EndpointRow;
}

/**
 * `shape` is the text of all that decides about an entry's bytes once its key and those that it names have ids; two rows of
 * one key and shape are the same entry.
 */
export interface Row {
  readonly key: string;
  readonly shape: string;
  readonly source: Source;
}

export interface AddressRow {
  readonly ip: string;
  readonly port: number;
  readonly listener: string;
  readonly source: Source;
}

export interface ListenerRow extends Row {
  readonly name: string;
  readonly path: number;
  readonly reason: number;
  /** Key; "" for TCP. */
  readonly routeConfiguration: string;
  readonly split: SplitRow;
}

/** Keys of clusters with the running sums of their weights; clusters of weight 0 are left out. */
export interface SplitRow {
  readonly shares: readonly { readonly cluster: string; readonly upto: number }[];
  readonly total: number;
}

export interface RouteConfigurationRow extends Row {
  readonly name: string;
  /** Lower-case domains with the key of their virtual host. */
  readonly exact: ReadonlyMap<string, string>;
  /** The shape of `exact` alone. */
  readonly exactShape: string;
  /** In the order in which they are tried. */
  readonly wild: readonly WildRow[];
  /** Key of the virtual host of "*", or "". */
  readonly any: string;
  readonly ignorePort: boolean;
}

export interface WildRow {
  readonly text: string;
  readonly suffix: boolean;
  readonly virtualHost: string;
}

export interface VirtualHostRow extends Row {
  readonly name: string;
  /** Keys. */
  readonly routes: readonly string[];
}

export interface RouteRow extends Row {
  readonly name: string;
  readonly path: number;
  readonly reason: number;
  readonly match: number;
  readonly flags: number;
  readonly text: string;
  readonly status: number;
  readonly conditions: readonly ConditionRow[];
  readonly split: SplitRow;
  readonly hashes: readonly HashRow[];
}

export interface ConditionRow {
  readonly subject: number;
  readonly match: number;
  readonly flags: number;
  readonly hash: number;
  /** Of a header, lower case, or of a query parameter; absent for pseudo headers. */
  readonly name?: string;
  /** Absent for `present`. */
  readonly value?: string;
  readonly range?: NumberRange;
  readonly fraction?: { readonly numerator: number; readonly denominator: number };
}

export interface ClusterRow extends Row {
  readonly name: string;
  readonly present: boolean;
  /** Whether the choice goes by the request's hash. */
  readonly hashed: boolean;
  /** Of a million requests. */
  readonly drop: number;
  readonly tiers: readonly TierRow[];
  /** Keys of all that requests can go to. */
  readonly endpoints: readonly string[];
}

/** `upto`: the running sum of the loads, of 100, up to and with this one. */
export interface TierRow {
  readonly priority: number;
  readonly health: 'healthy' | 'degraded' | 'panic';
  readonly upto: number;
  readonly group: GroupRow;
}

/** Endpoints by their keys. */
export interface GroupRow {
  /** enum oh_group_kind */
  readonly kind: number;
  readonly choices: number;
  readonly total: number;
  readonly step: number;
  readonly members:
    | { readonly kind: 'list' | 'table'; readonly endpoints: readonly string[] }
    | {
        readonly kind: 'shares';
        readonly shares: readonly { readonly endpoint: string; readonly upto: number }[];
      }
    | {
        readonly kind: 'ring';
        readonly points: readonly { readonly endpoint: string; readonly hash: bigint }[];
      }
    | {
        readonly kind: 'groups';
        readonly groups: readonly { readonly group: GroupRow; readonly upto: number }[];
      };
}

/** Names are texts; "" where the item has none. */
export interface HashRow {
  /** enum oh_by */
  readonly by: number;
  readonly flags: number;
  /** Of the header's name. */
  readonly hash: number;
  readonly header: string;
  readonly name: string;
}

/** Its key has everything about it. */
export interface EndpointRow extends Row {
  readonly cluster: string;
  readonly ip: string;
  readonly port: number;
}

/** The tables of a model, and what of it is over the limits of bpf/lib/wire.h or has no room in the maps of hash tables. */
export function compileTables(
  model: RoutingModel,
  limits: MapLimits,
): {
  readonly tables: Tables;
  readonly problems: readonly ResourceProblem[];
} {
  const problems: ResourceProblem[] = [];
  const addresses: AddressRow[] = [];
  const listeners = new Map<string, Group>();
  const routeConfigurations = new Map<string, Group>();
  const clusters = new Map<string, Group>();
  const pooled = new Map<string, readonly EndpointRow[]>();
  const room = new TableRoom(limits);
  const fits = (node: ClusterNode, criteria: JsonObject | undefined, at: Source): boolean => {
    const problem = room.take(node, criteria, at);
    if (problem !== undefined) problems.push(problem);
    return problem === undefined;
  };
  const note = (named: ReadonlyMap<string, NamedCluster>): void => {
    for (const [key, one] of named) {
      if (clusters.has(key)) continue;
      const node = model.clusters.get(one.name);
      if (node === undefined) clusters.set(key, missingClusterGroup(key, one));
      else if (fits(node, one.criteria, one.source)) clusters.set(key, variantGroup(key, node, one));
    }
  };
  // A new cluster that does not fit is refused, and not one that has been there for long.
  const there = new Set([...model.clusters.values()].filter(isMade));
  for (const node of there) fits(node, undefined, node.source);
  for (const [key, node] of model.clusters) {
    if (there.has(node) || fits(node, undefined, node.source)) clusters.set(key, clusterGroup(node).group);
  }
  for (const [key, listener] of model.listeners) {
    const made = listenerGroup(listener);
    problems.push(...made.problems);
    listeners.set(key, made.group);
    addresses.push(...made.addresses);
    note(made.named);
  }
  for (const [key, config] of model.routeConfigurations) {
    const made = routeConfigurationGroup(config);
    problems.push(...made.problems);
    routeConfigurations.set(key, made.group);
    note(made.named);
    const named = [...made.named.values()].map(({ name }) => name);
    for (const name of made.namesAny === true ? clusters.keys() : named) {
      const endpoints = clusters.get(name)?.endpoint;
      if (endpoints !== undefined) pooled.set(name, endpoints);
    }
  }
  return { tables: { addresses, listeners, routeConfigurations, clusters, pooled }, problems };
}
