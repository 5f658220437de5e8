/** How resources are called and which others they need. */
import { FieldCollector } from '../envoy/walk.js';
import { isJsonObject } from '../envoy/wellKnown.js';
import {
  CLUSTER_TYPE,
  ENDPOINT_TYPE,
  type FieldPath,
  type JsonObject,
  type JsonValue,
  messageNameOf,
  type ResourceType,
  ROUTE_TYPE,
  type XdsResource,
} from './model.js';

/** A resource that another one names. */
export interface Reference {
  readonly typeUrl: ResourceType;
  readonly name: string;
  /** The field with the name; for an EDS cluster without a service name, its own `name`. */
  readonly path: FieldPath;
}

/** The field that holds the name of a resource of a type, in canonical JSON. */
export function nameFieldOf(typeUrl: string): 'name' | 'clusterName' {
  return typeUrl === ENDPOINT_TYPE ? 'clusterName' : 'name';
}

/** "" when the resource has no name. */
export function nameOfResource(typeUrl: string, value: JsonObject): string {
  const name = value[nameFieldOf(typeUrl)];
  return typeof name === 'string' ? name : '';
}

/**
 * All resources that a resource needs, in the order of its fields. The inline `routeConfig` of an HTTP connection manager is
 * part of its Listener, an inline `loadAssignment` part of its Cluster.
 */
export function referencesOf(resource: XdsResource): readonly Reference[] {
  let references = known.get(resource);
  if (references === undefined) {
    const named = NAMED.in(messageNameOf(resource.typeUrl) ?? '', resource.value);
    const assignment = resource.typeUrl === CLUSTER_TYPE ? edsReference(resource) : undefined;
    references = assignment === undefined ? named : [...named, assignment];
    known.set(resource, references);
  }
  return references;
}

/** A resource never changes. */
const known = new WeakMap<XdsResource, readonly Reference[]>();

const NAMED = new FieldCollector<Reference>(
  {
    concerns: (message, field) => referencedType(message.name, field.name) !== undefined,
    find: ({ message, field, value, path }) => {
      const typeUrl = referencedType(message.name, field.name);
      return typeof value === 'string' && value !== '' && typeUrl !== undefined
        ? { typeUrl, name: value, path }
        : undefined;
    },
  },
  (reference, base) => ({ ...reference, path: [...base, ...reference.path] }),
);

/** The ClusterLoadAssignment that a cluster takes its endpoints from; undefined when it does not use EDS. */
export function edsReference(cluster: XdsResource): Reference | undefined {
  if (cluster.value['type'] !== 'EDS') return undefined;
  const config: JsonValue | undefined = cluster.value['edsClusterConfig'];
  const serviceName = isJsonObject(config) ? config['serviceName'] : undefined;
  return typeof serviceName === 'string' && serviceName !== ''
    ? { typeUrl: ENDPOINT_TYPE, name: serviceName, path: ['edsClusterConfig', 'serviceName'] }
    : { typeUrl: ENDPOINT_TYPE, name: cluster.name, path: ['name'] };
}

/** The type of the resource that a field names (by their proto names); undefined when it names none. */
export function referencedType(messageName: string, fieldName: string): ResourceType | undefined {
  return REFERENCES.get(`${messageName} ${fieldName}`);
}

/** Fields whose value is the name of a resource: message and field → its type. */
const REFERENCES: ReadonlyMap<string, ResourceType> = new Map(
  Object.entries<ResourceType>({
    'envoy.config.route.v3.RouteAction cluster': CLUSTER_TYPE,
    'envoy.config.route.v3.RouteAction.RequestMirrorPolicy cluster': CLUSTER_TYPE,
    'envoy.config.route.v3.WeightedCluster.ClusterWeight name': CLUSTER_TYPE,
    'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy cluster': CLUSTER_TYPE,
    'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster.ClusterWeight name': CLUSTER_TYPE,
    'envoy.extensions.clusters.aggregate.v3.ClusterConfig clusters': CLUSTER_TYPE,
    'envoy.config.core.v3.GrpcService.EnvoyGrpc cluster_name': CLUSTER_TYPE,
    'envoy.config.core.v3.HttpUri cluster': CLUSTER_TYPE,
    'envoy.config.core.v3.ApiConfigSource cluster_names': CLUSTER_TYPE,
    'envoy.extensions.filters.network.http_connection_manager.v3.Rds route_config_name': ROUTE_TYPE,
  }),
);
