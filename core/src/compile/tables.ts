import type { ResourceProblem } from '../resources/model.js';
import type {
  ClusterNode,
  ClusterShare,
  HeaderCondition,
  ListenerNode,
  PathChoice,
  PathMatch,
  RouteConfigurationNode,
  RouteNode,
  RoutingModel,
  Source,
  VirtualHostNode,
} from '../routing/model.js';
import { lowerCase } from '../routing/readMatch.js';
import { fnv1a } from '../wire/hash.js';
import { reasonId } from '../wire/reasons.js';
import { limits, oh_lb, oh_match, oh_path, oh_subject } from '../wire/wire.generated.js';
import { limitProblem } from './limits.js';

/**
 * What the maps are to hold, with names where the maps have ids: strings as text, ranges as lists, entries by key.
 * `shape` is the text of all that decides about an entry's bytes once its key and those that it names have ids; two
 * entries of one key and shape are the same.
 */
export interface Tables {
  readonly addresses: readonly AddressRow[];
  readonly listeners: ReadonlyMap<string, ListenerRow>;
  readonly routeConfigurations: ReadonlyMap<string, RouteConfigurationRow>;
  readonly virtualHosts: ReadonlyMap<string, VirtualHostRow>;
  readonly routes: ReadonlyMap<string, RouteRow>;
  /** With those that are named and do not exist. */
  readonly clusters: ReadonlyMap<string, ClusterRow>;
  readonly endpoints: ReadonlyMap<string, EndpointRow>;
  /** Endpoints that requests of HTTP listeners can go to: those that need warm connections. */
  readonly pooled: ReadonlySet<string>;
}

export interface AddressRow {
  readonly ip: string;
  readonly port: number;
  readonly listener: string;
  readonly source: Source;
}

interface Row {
  readonly key: string;
  readonly shape: string;
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

/** Clusters with the running sums of their weights; clusters of weight 0 are left out. */
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
}

export interface ConditionRow {
  readonly subject: number;
  readonly match: number;
  readonly flags: number;
  readonly hash: number;
  /** Lower case; "" for pseudo headers. */
  readonly name: string;
  /** Absent for `present`. */
  readonly value?: string;
}

export interface ClusterRow extends Row {
  readonly name: string;
  readonly present: boolean;
  readonly lb: number;
  /** Keys. */
  readonly endpoints: readonly string[];
}

/** Its key has everything about it. */
export interface EndpointRow extends Row {
  readonly cluster: string;
  readonly ip: string;
  readonly port: number;
}

/** The tables of a model, and what of it is over the limits of bpf/lib/wire.h. */
export function compileTables(model: RoutingModel): {
  readonly tables: Tables;
  readonly problems: readonly ResourceProblem[];
} {
  const problems: ResourceProblem[] = [];
  const addresses: AddressRow[] = [];
  const listeners = new Map<string, ListenerRow>();
  const routeConfigurations = new Map<string, RouteConfigurationRow>();
  const virtualHosts = new Map<string, VirtualHostRow>();
  const routes = new Map<string, RouteRow>();
  const clusters = new Map<string, ClusterRow>();
  const endpoints = new Map<string, EndpointRow>();
  const named = new Map<string, Source>();
  const pooled = new Set<string>();

  for (const listener of model.listeners.values()) {
    const rows = listenerRows(listener);
    problems.push(...rows.problems);
    listeners.set(rows.listener.key, rows.listener);
    for (const { ip, port, source } of listener.addresses)
      addresses.push({ ip, port, listener: rows.listener.key, source });
    for (const [name, source] of rows.named) if (!named.has(name)) named.set(name, source);
  }
  const httpClusters = new Set<string>();
  for (const config of model.routeConfigurations.values()) {
    const rows = routeConfigurationRows(config);
    problems.push(...rows.problems);
    routeConfigurations.set(rows.routeConfiguration.key, rows.routeConfiguration);
    for (const row of rows.virtualHosts) virtualHosts.set(row.key, row);
    for (const row of rows.routes) routes.set(row.key, row);
    for (const [name, source] of rows.named) {
      httpClusters.add(name);
      if (!named.has(name)) named.set(name, source);
    }
  }
  for (const cluster of model.clusters.values()) {
    const rows = clusterRows(cluster);
    clusters.set(rows.cluster.key, rows.cluster);
    for (const row of rows.endpoints) endpoints.set(row.key, row);
    if (httpClusters.has(cluster.name)) for (const row of rows.endpoints) pooled.add(row.key);
  }
  for (const [name, source] of named)
    if (!clusters.has(name)) clusters.set(name, missingCluster(name, source));

  const tables = {
    addresses,
    listeners,
    routeConfigurations,
    virtualHosts,
    routes,
    clusters,
    endpoints,
    pooled,
  };
  return { tables, problems };
}

interface ListenerRows {
  readonly listener: ListenerRow;
  readonly named: ReadonlyMap<string, Source>;
  readonly problems: readonly ResourceProblem[];
}

interface RouteConfigurationRows {
  readonly routeConfiguration: RouteConfigurationRow;
  readonly virtualHosts: readonly VirtualHostRow[];
  readonly routes: readonly RouteRow[];
  /** Clusters, with the first place that names each. */
  readonly named: ReadonlyMap<string, Source>;
  readonly problems: readonly ResourceProblem[];
}

interface ClusterRows {
  readonly cluster: ClusterRow;
  readonly endpoints: readonly EndpointRow[];
}

/** Nodes that did not change have their rows already. */
function remembered<N extends object, R>(make: (node: N) => R): (node: N) => R {
  const known = new WeakMap<N, R>();
  return (node) => {
    let rows = known.get(node);
    if (rows === undefined) known.set(node, (rows = make(node)));
    return rows;
  };
}

const listenerRows = remembered((node: ListenerNode): ListenerRows => {
  const problems: ResourceProblem[] = [];
  const named = new Map<string, Source>();
  const split = splitRow(node.kind === 'tcp' ? node.split : [], node.source, named, problems);
  const row = {
    ...pathNumbers(node),
    routeConfiguration: node.kind === 'http' ? node.routeConfiguration : '',
    split,
  };
  return {
    listener: { key: node.name, name: node.name, source: node.source, ...row, shape: JSON.stringify(row) },
    named,
    problems,
  };
});

const routeConfigurationRows = remembered((node: RouteConfigurationNode): RouteConfigurationRows => {
  const problems: ResourceProblem[] = [];
  const named = new Map<string, Source>();
  const virtualHosts = node.virtualHosts.map((host) => virtualHostRow(host, problems));
  const routes = node.virtualHosts.flatMap((host) =>
    host.routes.map((route) => routeRow(route, named, problems)),
  );
  return { routeConfiguration: domainRow(node, problems), virtualHosts, routes, named, problems };
});

const clusterRows = remembered((node: ClusterNode): ClusterRows => {
  const endpoints = node.endpoints.map(({ ip, port, source }): EndpointRow => {
    const key = JSON.stringify([node.name, ip, port]);
    return { key, shape: '', cluster: node.name, ip, port, source };
  });
  const row = {
    present: true,
    lb: node.lb === 'random' ? oh_lb.LB_RANDOM : oh_lb.LB_ROUND_ROBIN,
    endpoints: endpoints.map(({ key }) => key),
  };
  return {
    cluster: { key: node.name, name: node.name, source: node.source, ...row, shape: JSON.stringify(row) },
    endpoints,
  };
});

/** An id for a name, so that decisions tell it and routes need no change when the cluster comes. */
function missingCluster(name: string, source: Source): ClusterRow {
  return { key: name, name, source, present: false, lb: 0, endpoints: [], shape: '' };
}

function domainRow(node: RouteConfigurationNode, problems: ResourceProblem[]): RouteConfigurationRow {
  const exact = new Map<string, string>();
  const wild: WildRow[] = [];
  let any = '';
  for (const host of node.virtualHosts) {
    for (const { kind, value, source } of host.domains) {
      if (kind === 'any') any = host.key;
      else if (kind === 'exact') {
        exact.set(value, host.key);
        checkLength(value, limits.DOMAIN_MAX, 'OH_DOMAIN_MAX', 'A domain', source, problems);
      } else {
        wild.push({ text: value, suffix: kind === 'suffix', virtualHost: host.key });
        checkLength(value, limits.STR_MAX, 'OH_STR_MAX', 'A wildcard domain', source, problems);
      }
    }
  }
  if (wild.length > limits.WILD_MAX) {
    problems.push(
      limitProblem(
        node.source,
        `The route configuration has ${wild.length} wildcard domains`,
        'OH_WILD_MAX',
        limits.WILD_MAX,
      ),
    );
  }
  // Envoy's order: suffixes before prefixes, each the longest first. Of one length only one can match.
  wild.sort((a, b) => Number(b.suffix) - Number(a.suffix) || b.text.length - a.text.length);
  const exactShape = JSON.stringify([...exact]);
  const shape = JSON.stringify([exactShape, wild, any]);
  return { key: node.key, name: node.name, source: node.source, exact, exactShape, wild, any, shape };
}

function virtualHostRow(node: VirtualHostNode, problems: ResourceProblem[]): VirtualHostRow {
  if (node.routes.length > limits.ROUTES_MAX) {
    problems.push(
      limitProblem(
        node.source,
        `The virtual host has ${node.routes.length} routes`,
        'OH_ROUTES_MAX',
        limits.ROUTES_MAX,
      ),
    );
  }
  const routes = node.routes.map(({ key }) => key);
  return { key: node.key, name: node.name, source: node.source, routes, shape: JSON.stringify(routes) };
}

function routeRow(node: RouteNode, named: Map<string, Source>, problems: ResourceProblem[]): RouteRow {
  const { path, headers } = node.match;
  if (headers.length > limits.CONDS_MAX) {
    problems.push(
      limitProblem(
        node.source,
        `The route has ${headers.length} header conditions`,
        'OH_CONDS_MAX',
        limits.CONDS_MAX,
      ),
    );
  }
  checkLength(path.value, limits.STR_MAX, 'OH_STR_MAX', 'A path', node.source, problems);
  const { action } = node;
  const row = {
    ...pathNumbers(node),
    match: PATH_MATCH[path.kind],
    flags: path.ignoreCase ? limits.F_NOCASE : 0,
    text: path.ignoreCase ? lowerCase(path.value) : path.value,
    status: action.kind === 'directResponse' ? action.status : 0,
    conditions: headers.map((header) => conditionRow(header, node.source, problems)),
    split: splitRow(action.kind === 'clusters' ? action.split : [], node.source, named, problems),
  };
  return { key: node.key, name: node.name, source: node.source, ...row, shape: JSON.stringify(row) };
}

function conditionRow(node: HeaderCondition, source: Source, problems: ResourceProblem[]): ConditionRow {
  const name = node.subject === 'header' ? node.name : '';
  checkLength(name, limits.STR_MAX, 'OH_STR_MAX', 'A header name', source, problems);
  checkLength(node.value, limits.STR_MAX, 'OH_STR_MAX', 'A header value', source, problems);
  return {
    subject: SUBJECT[node.subject],
    match: HEADER_MATCH[node.kind],
    flags:
      (node.invert ? limits.F_INVERT : 0) |
      (node.ignoreCase ? limits.F_NOCASE : 0) |
      (node.missingIsEmpty ? limits.F_MISSING_EMPTY : 0),
    hash: name === '' ? 0 : fnv1a(encoder.encode(name)),
    name,
    ...(node.kind === 'present' ? {} : { value: node.ignoreCase ? lowerCase(node.value) : node.value }),
  };
}

function splitRow(
  shares: readonly ClusterShare[],
  source: Source,
  named: Map<string, Source>,
  problems: ResourceProblem[],
): SplitRow {
  let total = 0;
  const drawn: { cluster: string; upto: number }[] = [];
  for (const share of shares) {
    if (!named.has(share.cluster)) named.set(share.cluster, share.source);
    if (share.weight === 0) continue;
    total += share.weight;
    drawn.push({ cluster: share.cluster, upto: total });
  }
  if (drawn.length > limits.SPLIT_MAX) {
    problems.push(
      limitProblem(source, `The split has ${drawn.length} clusters`, 'OH_SPLIT_MAX', limits.SPLIT_MAX),
    );
  }
  return { shares: drawn, total };
}

const encoder = new TextEncoder();

function checkLength(
  text: string,
  max: number,
  limit: string,
  what: string,
  source: Source,
  problems: ResourceProblem[],
): void {
  if (text.length * 3 <= max) return;
  const { length } = encoder.encode(text);
  if (length > max) problems.push(limitProblem(source, `${what} has ${length} bytes`, limit, max));
}

function pathNumbers({ path, reason }: PathChoice): { readonly path: number; readonly reason: number } {
  return { path: PATH[path], reason: reasonId(reason) };
}

const PATH = { direct: oh_path.PATH_DIRECT, kernel: oh_path.PATH_KERNEL, relay: oh_path.PATH_RELAY } as const;

const PATH_MATCH: Readonly<Record<PathMatch['kind'], number>> = {
  any: oh_match.M_ANY,
  exact: oh_match.M_EXACT,
  prefix: oh_match.M_PREFIX,
  segments: oh_match.M_SEGMENTS,
};

const HEADER_MATCH: Readonly<Record<HeaderCondition['kind'], number>> = {
  exact: oh_match.M_EXACT,
  prefix: oh_match.M_PREFIX,
  suffix: oh_match.M_SUFFIX,
  contains: oh_match.M_CONTAINS,
  present: oh_match.M_PRESENT,
};

const SUBJECT: Readonly<Record<HeaderCondition['subject'], number>> = {
  header: oh_subject.SUBJ_HEADER,
  method: oh_subject.SUBJ_METHOD,
  authority: oh_subject.SUBJ_AUTHORITY,
  path: oh_subject.SUBJ_PATH,
};
