/** Resources that nothing names. */
import { type FieldDescriptor, FieldType, type MessageDescriptor } from '../envoy/schema.js';
import { FieldCollector, type Visited } from '../envoy/walk.js';
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
  const types = new Set(resources.map(({ typeUrl }) => typeUrl));
  const has = (typeUrl: string): boolean => types.has(typeUrl);
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
  for (const message of messages) {
    for (const one of namesOf(message)) {
      if (one.of === 'any') isDynamic = true;
      else (one.of === 'cluster' ? clusters : routes).add(one.name);
    }
  }
  return { clusters, routes, isDynamic };
}

/** A name that stands somewhere in a message; `any`: names that are not known before a request comes. */
interface Named {
  readonly of: 'cluster' | 'route' | 'any';
  readonly name: string;
}

function namesOf({ messageName, value }: Naming): readonly Named[] {
  let names = known.get(value);
  if (names === undefined) known.set(value, (names = NAMED.in(messageName, value)));
  return names;
}

const known = new WeakMap<JsonObject, readonly Named[]>();

const NAMED = new FieldCollector<Named>(
  {
    concerns: (message, field) => DYNAMIC.has(field.name) || kindOfName(message, field) !== undefined,
    find: namedBy,
  },
  (named) => named,
);

function kindOfName(message: MessageDescriptor, field: FieldDescriptor): 'cluster' | 'route' | undefined {
  if (field.type !== FieldType.string) return undefined;
  if (field.name.includes('route_config')) return 'route';
  // Many extensions name a cluster, each in a field of its own.
  const isCluster = field.name.includes('cluster') || message.name.endsWith('.ClusterWeight');
  return message.name !== ASSIGNMENT && isCluster ? 'cluster' : undefined;
}

function namedBy({ message, field, value }: Visited): readonly Named[] {
  const any: Named[] = DYNAMIC.has(field.name) ? [{ of: 'any', name: '' }] : [];
  const of = kindOfName(message, field);
  return of !== undefined && typeof value === 'string' && value !== '' ? [...any, { of, name: value }] : any;
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
