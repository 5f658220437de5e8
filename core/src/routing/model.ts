import type { FieldPath } from '../resources/model.js';

/**
 * What a configuration means: listener → route configuration → virtual host → route → cluster → endpoint.
 * Plain immutable data. Nodes that come from the same resources are the same objects from one build to
 * the next, so `===` tells what did not change.
 */
export interface RoutingModel {
  /** By name. Only those that can serve: see `buildRouting`. */
  readonly listeners: ReadonlyMap<string, ListenerNode>;
  /** Those that a listener uses, by `key`. */
  readonly routeConfigurations: ReadonlyMap<string, RouteConfigurationNode>;
  /** By name. */
  readonly clusters: ReadonlyMap<string, ClusterNode>;
}

export const EMPTY_MODEL: RoutingModel = {
  listeners: new Map(),
  routeConfigurations: new Map(),
  clusters: new Map(),
};

/** The field of the resource that a node was made from. */
export interface Source {
  readonly typeUrl: string;
  readonly resource: string;
  readonly path: FieldPath;
}

/** Who carries the bytes: the workload's own TCP connection, the kernel's splice, or the agent in user space. */
export type RoutePath = 'direct' | 'kernel' | 'relay';

/** Why not the kernel path: names of bpf/lib/reasons.h. */
export type PathReason = 'none' | 'listener-relay' | 'route-relay' | 'direct-response';

export interface PathChoice {
  readonly path: RoutePath;
  readonly reason: PathReason;
}

export type ListenerNode = HttpListener | TcpListener;

interface ListenerBase extends PathChoice {
  readonly name: string;
  /** At least one, all different. */
  readonly addresses: readonly ListenerAddress[];
  readonly source: Source;
}

export interface HttpListener extends ListenerBase {
  readonly kind: 'http';
  /** Key of `RoutingModel.routeConfigurations`. */
  readonly routeConfiguration: string;
}

export interface TcpListener extends ListenerBase {
  readonly kind: 'tcp';
  readonly split: readonly ClusterShare[];
}

export interface ListenerAddress {
  /** One spelling for one address; `::` is any address, of both families. */
  readonly ip: string;
  readonly port: number;
  readonly source: Source;
}

/** A share of `weight` in the sum of the weights, which is 1 to 2^32 - 1. The cluster need not exist. */
export interface ClusterShare {
  readonly cluster: string;
  readonly weight: number;
  readonly source: Source;
}

export interface RouteConfigurationNode {
  /** The name for one that comes by RDS; a key of its own for one that a listener has inline. */
  readonly key: string;
  /** An inline one without a name has that of its listener. */
  readonly name: string;
  readonly virtualHosts: readonly VirtualHostNode[];
  /** Whether a route to a cluster that does not exist refuses the resource, as in Envoy. */
  readonly validateClusters: boolean;
  readonly source: Source;
}

export interface VirtualHostNode {
  /** Differs from all others of the model, also where names do not. */
  readonly key: string;
  readonly name: string;
  /** At least one. A domain occurs once in a route configuration. */
  readonly domains: readonly DomainNode[];
  /** The first that matches wins. */
  readonly routes: readonly RouteNode[];
  readonly source: Source;
}

export interface DomainNode {
  /** As written. */
  readonly text: string;
  /** `any` is "*"; of "*.a.b" the suffix is ".a.b", of "a.*" the prefix is "a.". */
  readonly kind: 'exact' | 'suffix' | 'prefix' | 'any';
  /** Lower case; what the whole Host header, with its port, is compared with. */
  readonly value: string;
  readonly source: Source;
}

export interface RouteNode extends PathChoice {
  /** Differs from all others of the model, also where names do not. */
  readonly key: string;
  /** The given name, else `<virtual host>#<index>`. */
  readonly name: string;
  readonly match: RouteMatch;
  readonly action: RouteAction;
  readonly source: Source;
}

/** All conditions must hold. */
export interface RouteMatch {
  readonly path: PathMatch;
  readonly headers: readonly HeaderCondition[];
}

/** Of the path without query and fragment. */
export interface PathMatch {
  /** `segments` is Envoy's path_separated_prefix: equal, or a prefix that a "/" follows. */
  readonly kind: 'any' | 'exact' | 'prefix' | 'segments';
  readonly value: string;
  readonly ignoreCase: boolean;
}

export interface HeaderCondition {
  /** `path` is :path, with the query; `authority` the Host header. */
  readonly subject: 'header' | 'method' | 'authority' | 'path';
  /** Lower case; of pseudo headers ":method" and so on. */
  readonly name: string;
  readonly kind: 'exact' | 'prefix' | 'suffix' | 'contains' | 'present';
  /** "" for `present`. */
  readonly value: string;
  readonly ignoreCase: boolean;
  readonly invert: boolean;
  readonly missingIsEmpty: boolean;
}

export type RouteAction =
  | { readonly kind: 'clusters'; readonly split: readonly ClusterShare[] }
  | { readonly kind: 'directResponse'; readonly status: number; readonly body: Uint8Array };

export interface ClusterNode {
  readonly name: string;
  readonly lb: 'roundRobin' | 'random';
  /** Those that requests go to, in the order of the configuration. */
  readonly endpoints: readonly EndpointNode[];
  /** Those that are left out for their health. */
  readonly unusable: readonly EndpointNode[];
  /** For the pools of upstream connections and the relay. */
  readonly connectTimeoutMs: number;
  readonly source: Source;
}

export type HealthStatus = 'UNKNOWN' | 'HEALTHY' | 'UNHEALTHY' | 'DRAINING' | 'TIMEOUT';

export interface EndpointNode {
  /** One spelling for one address. */
  readonly ip: string;
  readonly port: number;
  readonly health: HealthStatus;
  readonly weight: number;
  readonly priority: number;
  readonly locality?: Locality;
  readonly source: Source;
}

export interface Locality {
  readonly region: string;
  readonly zone: string;
  readonly subZone: string;
}
