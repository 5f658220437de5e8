/** Resources that nothing names. */
import { fieldsOf } from '../envoy/walk.js';
import {
  CLUSTER_TYPE,
  type JsonObject,
  LISTENER_TYPE,
  ROUTE_TYPE,
  ENDPOINT_TYPE,
  type XdsResource,
} from '../resources/model.js';
import { edsReference, nameFieldOf } from '../resources/names.js';
import type { Finding } from './finding.js';

export interface Unused {
  readonly resource: XdsResource;
  readonly finding: Finding;
}

/** A message that may name resources: a resource, or what else a file has, as a bootstrap's own configuration. */
export interface Naming {
  readonly messageName: string;
  readonly value: JsonObject;
}

/**
 * Every route configuration, cluster and ClusterLoadAssignment that nothing names. Only when what names resources of that type
 * is among the resources at all; and no cluster while a route takes the name of its cluster from the request.
 */
export function unusedResources(resources: readonly XdsResource[], messages: readonly Naming[]): Unused[] {
  const has = (typeUrl: string): boolean => resources.some((one) => one.typeUrl === typeUrl);
  const named = namesIn(messages);
  const assignments = new Set(
    resources.flatMap((one) => (one.typeUrl === CLUSTER_TYPE ? (edsReference(one)?.name ?? []) : [])),
  );
  const isUnused = ({ typeUrl, name }: XdsResource): boolean => {
    switch (typeUrl) {
      case ROUTE_TYPE:
        return has(LISTENER_TYPE) && !named.routes.has(name);
      case CLUSTER_TYPE:
        return has(LISTENER_TYPE) && !named.isDynamic && !named.clusters.has(name);
      case ENDPOINT_TYPE:
        return has(CLUSTER_TYPE) && !assignments.has(name);
      default:
        return false;
    }
  };
  return resources
    .filter((resource) => resource.name !== '' && isUnused(resource))
    .map((resource) => ({ resource, finding: unused(resource) }));
}

function unused({ typeUrl, name }: XdsResource): Finding {
  const words = WORDS[typeUrl] ?? ['resource', 'Nothing refers to it'];
  return {
    rule: 'unused-resource',
    severity: 'info',
    path: [nameFieldOf(typeUrl)],
    message: `${words[1]} ${words[0]} "${name}".`,
    hint: 'Remove it, or refer to it.',
  };
}

const WORDS: Readonly<Record<string, readonly [string, string]>> = {
  [ROUTE_TYPE]: ['route configuration', 'No listener uses'],
  [CLUSTER_TYPE]: ['cluster', 'No route or listener sends anything to'],
  [ENDPOINT_TYPE]: ['ClusterLoadAssignment', 'No cluster takes its endpoints from'],
};

interface Names {
  readonly clusters: ReadonlySet<string>;
  readonly routes: ReadonlySet<string>;
  readonly isDynamic: boolean;
}

function namesIn(messages: readonly Naming[]): Names {
  const clusters = new Set<string>();
  const routes = new Set<string>();
  let isDynamic = false;
  for (const { messageName, value } of messages) {
    for (const { message, field, value: text } of fieldsOf(messageName, value)) {
      if (DYNAMIC.has(field.name)) isDynamic = true;
      if (typeof text !== 'string' || text === '') continue;
      if (/route_config/.test(field.name)) routes.add(text);
      // Many extensions name a cluster, each in a field of its own.
      else if (
        message.name !== ASSIGNMENT &&
        (/cluster/.test(field.name) || /\bClusterWeight$/.test(message.name))
      )
        clusters.add(text);
    }
  }
  return { clusters, routes, isDynamic };
}

const ASSIGNMENT = 'envoy.config.endpoint.v3.ClusterLoadAssignment';
const DYNAMIC: ReadonlySet<string> = new Set([
  'cluster_header',
  'cluster_specifier_plugin',
  'inline_cluster_specifier_plugin',
  'scoped_routes',
  'source_code',
  'inline_code',
  'on_demand',
]);
