import type { HealthOptions } from '../balance/priorities.js';
import {
  RESOURCE_TYPES,
  resourcesOf,
  type ResourceProblem,
  type XdsResource,
  type XdsSet,
} from '../resources/model.js';
import { formatAddress } from '../wire/ip.js';
import { makeCluster, type MadeCluster } from './clusterNode.js';
import type {
  ClusterNode,
  ClusterShare,
  ListenerNode,
  RouteConfigurationNode,
  RoutingModel,
  Source,
  VirtualHostNode,
} from './model.js';
import { NO_ENDPOINTS, type AssignmentContent } from './readAssignment.js';
import type { ClusterContent } from './readCluster.js';
import { routesWith, withFilters } from './filters/effective.js';
import type { HttpFilter } from './filters/model.js';
import type { RoutingRule } from './rules.js';
import { contentOf } from './support.js';

export interface RoutingBuild {
  readonly model: RoutingModel;
  /** Those of each resource by itself (`checkSupport`) and those between resources. */
  readonly problems: readonly ResourceProblem[];
}

/**
 * The meaning of a set of resources. A resource with an error is as if it were not there: whoever keeps a last good
 * version puts that into the set instead.
 *
 * A listener whose route configuration is not in the set is left out, and so are the endpoints of a cluster whose
 * ClusterLoadAssignment is not: Envoy calls that warming. With `inForce`, the model that is served now, the listener or
 * endpoints in force stay until the missing resource is there, so that resources may come one type at a time. What equals
 * a part of what `inForce` was made from keeps its nodes, and costs little.
 */
export function buildRouting(set: XdsSet, inForce?: RoutingModel): RoutingBuild {
  const build: Build = { set, inForce, problems: [] };
  const before = inForce && madeFrom.get(inForce);
  for (const typeUrl of RESOURCE_TYPES)
    build.problems.push(...problemsOf(resourcesOf(set, typeUrl), before && resourcesOf(before, typeUrl)));
  const clusters = buildClusters(build);
  const { listeners, routeConfigurations } = buildListeners(build);
  const model = { listeners, routeConfigurations, clusters };
  madeFrom.set(model, set);
  checkClusterNames(build, model);
  return { model, problems: build.problems };
}

const madeFrom = new WeakMap<RoutingModel, XdsSet>();

interface Build {
  readonly set: XdsSet;
  readonly inForce: RoutingModel | undefined;
  readonly problems: ResourceProblem[];
}

type ResourceMap = XdsSet['clusters'];

/** What is wrong with resources by themselves. Of a map that was looked at before, nothing is looked at again. */
function problemsOf(
  resources: ResourceMap | undefined,
  before: ResourceMap | undefined,
): readonly ResourceProblem[] {
  if (resources === undefined) return [];
  let problems = ownProblems.get(resources);
  if (problems === undefined) {
    problems = [...resources].flatMap(([name, resource]) =>
      contentOf(resource, before?.get(name)).problems.map((one) => ofResource(one, resource)),
    );
    ownProblems.set(resources, problems);
  }
  return problems;
}

const ownProblems = new WeakMap<ResourceMap, readonly ResourceProblem[]>();

function ofResource<P extends object>(
  problem: P,
  { typeUrl, name }: XdsResource,
): P & { typeUrl: string; resource: string } {
  return { ...problem, typeUrl, resource: name };
}

function report(
  build: Build,
  severity: ResourceProblem['severity'],
  rule: RoutingRule,
  at: Source,
  message: string,
  hint?: string,
): void {
  build.problems.push({ rule, severity, ...at, message, ...(hint === undefined ? {} : { hint }) });
}

interface BuiltClusters {
  readonly endpoints: ResourceMap;
  readonly clusters: ReadonlyMap<string, ClusterNode>;
  readonly problems: readonly ResourceProblem[];
}

/** By the map of their resources. Not those of which some wait for endpoints: they depend on what is in force. */
const builtClusters = new WeakMap<ResourceMap, BuiltClusters>();

/** The same map as before where neither clusters nor endpoints changed. */
function buildClusters(build: Build): ReadonlyMap<string, ClusterNode> {
  const { clusters: resources, endpoints } = build.set;
  const known = builtClusters.get(resources);
  if (known?.endpoints === endpoints) {
    build.problems.push(...known.problems);
    return known.clusters;
  }
  const before = build.problems.length;
  const clusters = new Map<string, ClusterNode>();
  let waits = false;
  for (const [name, resource] of resources) {
    const { cluster } = contentOf(resource);
    if (cluster === undefined) continue;
    waits ||= cluster.edsName !== undefined && !endpoints.has(cluster.edsName);
    const node = clusterNode(build, cluster);
    checkWeights(build, node);
    clusters.set(name, node);
    if (node.endpoints.length === 0) {
      report(
        build,
        'warning',
        'no-endpoints',
        node.source,
        `Cluster ${name} has no usable endpoint: its requests are answered 503.`,
      );
    }
  }
  if (!waits) builtClusters.set(resources, { endpoints, clusters, problems: build.problems.slice(before) });
  return clusters;
}

/** Nodes by what they were made of, so that a cluster that did not change keeps its node. */
const nodes = new WeakMap<ClusterContent, { readonly of: AssignmentContent; readonly made: MadeCluster }>();

function clusterNode(build: Build, content: ClusterContent): ClusterNode {
  const { name, source, edsName } = content;
  const resource = edsName === undefined ? undefined : build.set.endpoints.get(edsName);
  const assignment = edsName === undefined ? content.assignment : resource && contentOf(resource).assignment;
  if (assignment === undefined) {
    const kept = build.inForce?.clusters.get(name);
    const { node } = makeCluster(content, NO_ENDPOINTS);
    return kept === undefined
      ? node
      : { ...node, ...inForceOf(kept), balance: { ...node.balance, ...healthOf(kept) } };
  }
  let known = nodes.get(content);
  if (known?.of !== assignment) {
    known = { of: assignment, made: makeCluster(content, assignment) };
    nodes.set(content, known);
  }
  if (known.made.panic) {
    report(
      build,
      'warning',
      'panic',
      source,
      `Fewer than ${content.policy.panicThreshold} % of the endpoints of cluster ${name} are healthy: requests go to all of them, as in Envoy.`,
      'Set common_lb_config.healthy_panic_threshold to 0 to use healthy endpoints only.',
    );
  }
  return known.made.node;
}

/**
 * Fewest requests by weight is a schedule that changes with each request: neither path has it, and without the weights
 * it would be another policy.
 */
function checkWeights(build: Build, { name, balance, hosts }: ClusterNode): void {
  if (balance.policy.kind !== 'leastRequest') return;
  const firsts = new Map<number, number>();
  for (const { priority, weight, source } of hosts) {
    const first = firsts.get(priority) ?? weight;
    firsts.set(priority, first);
    if (weight === first) continue;
    const at = { ...source, path: [...source.path, 'loadBalancingWeight'] };
    report(
      build,
      'error',
      'not-supported',
      at,
      `OneHop does not do least request with endpoints of different weights: ${weight} here, ${first} before, in cluster ${name}.`,
      'Give all endpoints of a priority the same weight, or use lb_policy ROUND_ROBIN.',
    );
    return;
  }
}

/** What of a cluster in force came with its ClusterLoadAssignment. */
function inForceOf({ hosts, endpoints, unusable, drop }: ClusterNode): Partial<ClusterNode> {
  return { hosts, endpoints, unusable, drop };
}

function healthOf({ balance }: ClusterNode): Omit<HealthOptions, 'panicThreshold'> {
  const { overprovisioningFactor, weightedHealth } = balance;
  return { overprovisioningFactor, weightedHealth };
}

function buildListeners(build: Build): Pick<RoutingModel, 'listeners' | 'routeConfigurations'> {
  const listeners = new Map<string, ListenerNode>();
  const routeConfigurations = new Map<string, RouteConfigurationNode>();
  const filters = new Map<string, (readonly HttpFilter[])[]>();
  const taken = new Map<string, string>();
  for (const [name, resource] of build.set.listeners) {
    const content = contentOf(resource).listener;
    if (content === undefined) continue;
    let listener: ListenerNode | undefined = content.listener;
    if (listener.kind === 'http') {
      const wanted = listener.routeConfiguration;
      let routes = content.routeConfiguration ?? rdsOf(build.set, wanted);
      if (routes === undefined) {
        report(
          build,
          'warning',
          'missing-routes',
          listener.source,
          `Listener ${name} waits for route configuration ${wanted}, which is not there.`,
          'Add it, or correct rds.route_config_name.',
        );
        listener = build.inForce?.listeners.get(name);
        routes =
          listener?.kind === 'http'
            ? build.inForce?.routeConfigurations.get(listener.routeConfiguration)
            : undefined;
      }
      if (routes !== undefined)
        routeConfigurations.set(routes.key, routeConfigurations.get(routes.key) ?? routes);
      else if (listener?.kind === 'http') listener = undefined;
    }
    if (listener === undefined || !addressesAreFree(build, listener, taken)) continue;
    listeners.set(name, listener);
    if (listener.kind !== 'http' || listener.filters === undefined) continue;
    const { routeConfiguration } = listener;
    filters.set(routeConfiguration, [...(filters.get(routeConfiguration) ?? []), listener.filters]);
  }
  for (const [key, config] of routeConfigurations)
    routeConfigurations.set(key, withFilters(config, filters.get(key) ?? []));
  for (const listener of listeners.values()) reportFilters(build, listener, routeConfigurations);
  return { listeners, routeConfigurations };
}

/** Says of each filter how many routes leave the kernel path for it. */
function reportFilters(
  build: Build,
  listener: ListenerNode,
  routeConfigurations: ReadonlyMap<string, RouteConfigurationNode>,
): void {
  if (listener.kind !== 'http') return;
  const config = routeConfigurations.get(listener.routeConfiguration);
  for (const filter of config === undefined ? [] : (listener.filters ?? [])) {
    const routes = routesWith(filter, config?.virtualHosts ?? []);
    if (routes === 0) continue;
    report(
      build,
      'info',
      'in-relay',
      { ...listener.source, path: filter.path },
      `The agent runs ${filter.name}: requests of ${routes === 1 ? 'one route' : `${routes} routes`} leave the kernel path for it.`,
    );
  }
}

function rdsOf(set: XdsSet, name: string): RouteConfigurationNode | undefined {
  const resource = set.routes.get(name);
  return resource && contentOf(resource).routeConfiguration;
}

function addressesAreFree(build: Build, listener: ListenerNode, taken: Map<string, string>): boolean {
  let free = true;
  for (const { ip, port, source } of listener.addresses) {
    const address = formatAddress(ip, port);
    const other = taken.get(address);
    if (other === undefined) taken.set(address, listener.name);
    else {
      free = false;
      report(
        build,
        'error',
        'address-conflict',
        source,
        `${address} is already an address of listener ${other}.`,
        'Give each listener its own address or port.',
      );
    }
  }
  return free;
}

/**
 * Envoy refuses a route configuration with validate_clusters when it comes, not when a cluster goes away later; so one
 * that is in force already is only warned about.
 */
function checkClusterNames(build: Build, model: RoutingModel): void {
  const check = (missing: readonly ClusterShare[], refused: boolean): void => {
    for (const { cluster, source } of missing) {
      report(
        build,
        refused ? 'error' : 'warning',
        'unknown-cluster',
        source,
        `There is no cluster ${cluster}: its requests are answered 503.`,
        'Add the cluster, or correct its name.',
      );
    }
  };
  for (const listener of model.listeners.values()) {
    if (listener.kind === 'tcp') {
      const { split } = listener;
      check(split.filter(({ cluster }) => !model.clusters.has(cluster)), false); // prettier-ignore
    }
  }
  for (const [key, config] of model.routeConfigurations) {
    const refused = config.validateClusters && build.inForce?.routeConfigurations.get(key) !== config;
    for (const host of config.virtualHosts) check(missingOf(host, model.clusters), refused);
  }
}

function missingOf(host: VirtualHostNode, clusters: RoutingModel['clusters']): readonly ClusterShare[] {
  const known = missing.get(host);
  if (known?.of === clusters) return known.shares;
  const shares: ClusterShare[] = [];
  for (const { action } of host.routes) {
    if (action.kind !== 'clusters') continue;
    for (const share of action.split) if (!clusters.has(share.cluster)) shares.push(share);
  }
  missing.set(host, { of: clusters, shares });
  return shares;
}

/** Of a virtual host, clusters that are not in a map. */
const missing = new WeakMap<
  VirtualHostNode,
  { readonly of: RoutingModel['clusters']; readonly shares: readonly ClusterShare[] }
>();
