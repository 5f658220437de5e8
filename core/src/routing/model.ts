import type { SubsetHost, SubsetOptions } from '../balance/subsets.js';
import type { BalanceOptions } from '../balance/tiers.js';
import type { FieldPath, JsonObject } from '../resources/model.js';
import type { RouteCare } from './care.js';
import type { FilterLevel, HttpFilter } from './filters/model.js';

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
export type PathReason =
  | 'none'
  | 'listener-relay'
  | 'host-changes'
  | 'match-relay'
  | 'direct-response'
  | 'route-redirect'
  | 'route-changes'
  | 'cluster-header'
  | 'route-timeout'
  | 'route-filter';

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
  /** What is taken off the Host header before anything looks at it; absent: nothing. */
  readonly hostStrip?: HostStrip;
  /** Before the router, in their order; absent: none. */
  readonly filters?: readonly HttpFilter[];
}

export interface HostStrip {
  /** Which port goes: any, or only that of the listener. */
  readonly port: 'any' | 'matching' | 'none';
  /** The dot at the end of the name goes. */
  readonly dot: boolean;
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
  /** Of requests of this share, before those of the route; absent: none. */
  readonly changes?: RouteChanges;
  /** What endpoints of the cluster must have in their metadata ("envoy.lb"), where it has subsets. */
  readonly criteria?: JsonObject;
  /** What is said about filters for requests of this share. */
  readonly filters?: FilterLevel;
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
  /** Domains are compared with the Host header without its port. */
  readonly ignorePort: boolean;
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
  /** The name in the resource; "" when it has none. */
  readonly given: string;
  readonly match: RouteMatch;
  readonly action: RouteAction;
  /** What becomes of the request on its way, and of its response; absent: nothing. */
  readonly changes?: RouteChanges;
  /** How long the relay waits, and what it sends again; absent: as long as it takes, and nothing. */
  readonly care?: RouteCare;
  /** What is said about filters, the most specific level first: route, virtual host, route configuration. */
  readonly filters?: readonly FilterLevel[];
  /** What is hashed, in order, where the policy of the cluster goes by a hash; absent: nothing. */
  readonly hashPolicy?: readonly HashItem[];
  readonly source: Source;
}

/** All conditions must hold. */
export interface RouteMatch {
  readonly path: PathMatch;
  readonly headers: readonly HeaderCondition[];
  readonly query: readonly QueryCondition[];
  /** Of all requests, drawn with the random number of the request that also draws the cluster. */
  readonly fraction?: { readonly numerator: number; readonly denominator: number };
  /** A request of gRPC, by its content-type. */
  readonly grpc: boolean;
}

/** Of the path without query and fragment. */
export interface PathMatch {
  /**
   * `segments` is Envoy's path_separated_prefix: equal, or a prefix that a "/" follows. `regex` matches the whole path;
   * `connect` is the method CONNECT, `never` what cannot be without TLS.
   */
  readonly kind: 'any' | 'exact' | 'prefix' | 'segments' | 'regex' | 'connect' | 'never';
  readonly value: string;
  readonly ignoreCase: boolean;
}

/** How a text is compared. A `regex` (RE2) matches the whole of it. */
export interface TextMatch {
  readonly kind: 'exact' | 'prefix' | 'suffix' | 'contains' | 'regex' | 'present';
  /** "" for `present`. */
  readonly value: string;
  readonly ignoreCase: boolean;
}

export interface HeaderCondition extends Omit<TextMatch, 'kind'> {
  /** `path` is :path, with the query; `authority` the Host header. */
  readonly subject: 'header' | 'method' | 'authority' | 'path' | 'scheme';
  /** Lower case; of pseudo headers ":method" and so on. */
  readonly name: string;
  /** `range`: a decimal number in `range`; `value` is that range in words. */
  readonly kind: TextMatch['kind'] | 'range';
  readonly range?: NumberRange;
  readonly invert: boolean;
  readonly missingIsEmpty: boolean;
}

/** From `first` up to and without `end`; each of 64 bits. */
export interface NumberRange {
  readonly first: bigint;
  readonly end: bigint;
}

/** Of the first parameter of that name in the query, neither decoded. */
export interface QueryCondition extends TextMatch {
  readonly name: string;
  /** Only of `present`: the parameter is not there. */
  readonly invert: boolean;
}

export type RouteAction =
  | { readonly kind: 'clusters'; readonly split: readonly ClusterShare[]; readonly missing: MissingCluster }
  /** The cluster that a header of the request names. */
  | { readonly kind: 'clusterHeader'; readonly header: string; readonly missing: MissingCluster }
  | { readonly kind: 'directResponse'; readonly status: number; readonly body: Uint8Array }
  | ({ readonly kind: 'redirect' } & Redirect);

/** The status of the answer when the cluster does not exist. */
export type MissingCluster = 503 | 404 | 500;

/** Envoy's RedirectAction. */
export interface Redirect {
  readonly status: 301 | 302 | 303 | 307 | 308;
  /** Absent: that of the request. */
  readonly scheme?: string;
  readonly host?: string;
  readonly port?: number;
  /** Absent: that of the request, perhaps with its beginning or a part of it replaced. */
  readonly path?: string;
  readonly rewrite?: PathRewrite;
  readonly stripQuery: boolean;
}

/** Of the path without its query, which stays. */
export type PathRewrite =
  /** What the route's path match has matched is replaced. */
  | { readonly kind: 'prefix'; readonly value: string }
  /** Every match of an RE2 pattern is replaced; "\\1" in the substitution is its first group. */
  | { readonly kind: 'regex'; readonly pattern: string; readonly substitution: string };

export type HostRewrite =
  | { readonly kind: 'literal'; readonly value: string }
  /** The value of a header, when it is there. */
  | { readonly kind: 'header'; readonly name: string }
  /** The path without its query, with every match replaced. */
  | { readonly kind: 'path'; readonly pattern: string; readonly substitution: string };

/** In the order in which it is done: headers, host, path. */
export interface RouteChanges {
  /** Of the levels route, virtual host and route configuration, in the order in which they are applied. */
  readonly requestHeaders: readonly HeaderChanges[];
  readonly responseHeaders: readonly HeaderChanges[];
  readonly host?: HostRewrite;
  /** The host before a rewrite goes into x-forwarded-host. */
  readonly appendForwardedHost?: boolean;
  readonly path?: PathRewrite;
}

export interface HeaderChanges {
  /** Lower case; done first. */
  readonly remove: readonly string[];
  readonly add: readonly HeaderAddition[];
}

export interface HeaderAddition {
  /** As written. */
  readonly name: string;
  readonly value: readonly FormatPart[];
  readonly action: 'append' | 'addIfAbsent' | 'overwrite' | 'overwriteIfExists';
  /** Also when the value turns out to be empty. */
  readonly keepEmpty: boolean;
}

/** A part of a value: text, or an operator of Envoy's substitution format. */
export type FormatPart =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'operator';
      readonly operator: FormatOperator;
      /** Lower case; "" where it has none. */
      readonly name: string;
      readonly otherwise: string;
      /** Most characters; absent: all. */
      readonly limit?: number;
    };

export type FormatOperator =
  | 'request-header'
  | 'response-header'
  | 'protocol'
  | 'path'
  | 'downstream-address'
  | 'downstream-ip'
  | 'downstream-port'
  | 'local-address'
  | 'local-ip'
  | 'local-port'
  | 'upstream-host'
  | 'upstream-cluster'
  | 'route-name'
  | 'virtual-host'
  | 'response-code'
  | 'start-time';

/** One item of a hash policy. `terminal`: nothing behind it counts when there is a hash. */
export type HashItem = { readonly terminal: boolean } & (
  { readonly kind: 'header' | 'query' | 'cookie'; readonly name: string } | { readonly kind: 'source' }
);

export interface ClusterNode {
  readonly name: string;
  /** Without the hosts; they are those of `hosts`. */
  readonly balance: BalanceOptions;
  /** How parts of the hosts are chosen by the metadata of a route; absent: they are not. */
  readonly subsets?: SubsetOptions;
  /** Of a million requests so many are turned away. */
  readonly drop: number;
  /** All of them, in the order of the configuration. */
  readonly hosts: readonly EndpointNode[];
  /** Those that requests go to, in the order of the configuration; of a cluster with subsets, without any subset. */
  readonly endpoints: readonly EndpointNode[];
  /** Those that are left out, for their health or their priority. */
  readonly unusable: readonly EndpointNode[];
  /** For the pools of upstream connections and the relay. */
  readonly connectTimeoutMs: number;
  readonly source: Source;
}

export interface EndpointNode extends SubsetHost {
  /** One spelling for one address. */
  readonly ip: string;
  readonly port: number;
  /** As given; "": none. */
  readonly hostname: string;
  readonly source: Source;
}
