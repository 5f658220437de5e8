import { hostSets } from '../balance/hostSet.js';
import { priorityLoads } from '../balance/priorities.js';
import type { BalanceOptions } from '../balance/tiers.js';
import type { ClusterNode, EndpointNode } from './model.js';
import type { AssignmentContent } from './readAssignment.js';
import type { ClusterContent } from './readCluster.js';

export interface MadeCluster {
  readonly node: ClusterNode;
  /** Some requests go to endpoints that are not healthy, because too few are. */
  readonly panic: boolean;
}

/** A cluster with the endpoints of an assignment. */
export function makeCluster(content: ClusterContent, assignment: AssignmentContent): MadeCluster {
  const { name, connectTimeoutMs, source, policy } = content;
  const { byHostname, subsets, ...chosen } = policy;
  const { endpoints, drop, ...health } = assignment;
  const balance: BalanceOptions = { ...chosen, ...health };
  const hosts = byHostname ? endpoints.map(byName) : endpoints;
  const { used, panic } = reachable(hosts, balance);
  const node = {
    name,
    balance,
    drop,
    hosts,
    endpoints: used.size === hosts.length ? hosts : hosts.filter((host) => used.has(host)),
    unusable: hosts.filter((host) => !used.has(host)),
    connectTimeoutMs,
    source,
    ...(subsets === undefined ? {} : { subsets }),
  };
  return { node, panic };
}

function byName(host: EndpointNode): EndpointNode {
  return typeof host.metadata['hash_key'] === 'string' && host.metadata['hash_key'] !== ''
    ? host
    : { ...host, hashKey: host.hostname };
}

/** Hosts of priorities that get requests, with a health that does. */
function reachable(
  hosts: readonly EndpointNode[],
  balance: BalanceOptions,
): { readonly used: ReadonlySet<EndpointNode>; readonly panic: boolean } {
  const sets = hostSets(hosts);
  const { healthy, degraded, panic } = priorityLoads(sets, balance);
  const used = new Set<EndpointNode>();
  let panics = false;
  for (const [priority, set] of sets.entries()) {
    const some = (healthy[priority] ?? 0) > 0;
    const worse = (degraded[priority] ?? 0) > 0;
    if (!some && !worse) continue;
    const inPanic = panic[priority] === true;
    if (inPanic && set.healthy.length + set.degraded.length < set.all.length) panics = true;
    for (const host of inPanic ? set.all : [...(some ? set.healthy : []), ...(worse ? set.degraded : [])])
      used.add(host);
  }
  return { used, panic: panics };
}
