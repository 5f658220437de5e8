import {
  CLUSTER_TYPE,
  ENDPOINT_TYPE,
  LISTENER_TYPE,
  resourcesIn,
  resourcesOf,
  ROUTE_TYPE,
  type FieldPath,
  type JsonObject,
  type ResourceProblem,
  type ResourceType,
  type XdsResource,
  type XdsSet,
} from '../resources/model.js';
import { isObject, listOf, objectOf, textOf, type Json } from '../routing/fields.js';

/** A resource that another one names, and that the same control plane must serve. */
export interface Reference {
  readonly typeUrl: ResourceType;
  readonly name: string;
  /** Of the name, in the resource that says it. */
  readonly path: FieldPath;
}

/** What a resource refers to: a listener to its routes, routes and TCP listeners to clusters, a cluster to its endpoints. */
export function referencesOf({ typeUrl, name, value }: XdsResource): Reference[] {
  switch (typeUrl) {
    case LISTENER_TYPE:
      return filtersOf(value).flatMap(({ config, path }) => referencesOfFilter(config, path));
    case ROUTE_TYPE:
      return clustersOfRoutes(value, []);
    case CLUSTER_TYPE:
      return endpointsOfCluster(value, name);
    default:
      return [];
  }
}

/** References of a set to what is not in it. A control plane that served it would leave its clients waiting. */
export function findDangling(set: XdsSet): ResourceProblem[] {
  return resourcesIn(set).flatMap((resource) =>
    referencesOf(resource)
      .filter(({ typeUrl, name }) => resourcesOf(set, typeUrl)?.has(name) !== true)
      .map(({ typeUrl, name, path }): ResourceProblem => {
        const message = `There is no ${nounOf[typeUrl]} "${name}".`;
        return {
          rule: 'dangling',
          severity: 'error',
          typeUrl: resource.typeUrl,
          resource: resource.name,
          path,
          message,
        };
      }),
  );
}

const nounOf: Readonly<Record<ResourceType, string>> = {
  [LISTENER_TYPE]: 'listener',
  [ROUTE_TYPE]: 'route configuration',
  [CLUSTER_TYPE]: 'cluster',
  [ENDPOINT_TYPE]: 'endpoint list (ClusterLoadAssignment)',
};

const connectionManager =
  /\/envoy\.extensions\.filters\.network\.http_connection_manager\.v3\.HttpConnectionManager$/;
const tcpProxy = /\/envoy\.extensions\.filters\.network\.tcp_proxy\.v3\.TcpProxy$/;

interface At {
  readonly config: JsonObject;
  readonly path: FieldPath;
}

function filtersOf(listener: JsonObject): At[] {
  const chains = each(listener['filterChains'], ['filterChains']);
  const last = listener['defaultFilterChain'];
  if (isObject(last)) chains.push({ config: last, path: ['defaultFilterChain'] });
  return chains
    .flatMap(({ config, path }) => each(config['filters'], [...path, 'filters']))
    .map(({ config, path }) => ({ config: objectOf(config['typedConfig']), path: [...path, 'typedConfig'] }));
}

function referencesOfFilter(config: JsonObject, path: FieldPath): Reference[] {
  const type = textOf(config['@type']) ?? '';
  if (tcpProxy.test(type)) return clustersOfAction(config, path);
  if (!connectionManager.test(type)) return [];
  const rds = objectOf(config['rds']);
  return [
    ...(isServedBySame(rds['configSource'])
      ? reference(ROUTE_TYPE, rds['routeConfigName'], [...path, 'rds', 'routeConfigName'])
      : []),
    ...clustersOfRoutes(objectOf(config['routeConfig']), [...path, 'routeConfig']),
  ];
}

function clustersOfRoutes(configuration: JsonObject, path: FieldPath): Reference[] {
  // The author says that such routes are meant: Envoy then answers them with 503 until the cluster is there.
  if (configuration['validateClusters'] === false) return [];
  return each(configuration['virtualHosts'], [...path, 'virtualHosts'])
    .flatMap((host) => each(host.config['routes'], [...host.path, 'routes']))
    .flatMap((route) => clustersOfAction(objectOf(route.config['route']), [...route.path, 'route']));
}

function clustersOfAction(action: JsonObject, path: FieldPath): Reference[] {
  const split = each(objectOf(action['weightedClusters'])['clusters'], [
    ...path,
    'weightedClusters',
    'clusters',
  ]);
  return [
    ...reference(CLUSTER_TYPE, action['cluster'], [...path, 'cluster']),
    ...split.flatMap((share) => reference(CLUSTER_TYPE, share.config['name'], [...share.path, 'name'])),
  ];
}

function endpointsOfCluster(cluster: JsonObject, name: string): Reference[] {
  if (cluster['type'] !== 'EDS') return [];
  const config = objectOf(cluster['edsClusterConfig']);
  if (!isServedBySame(config['edsConfig'])) return [];
  const service = textOf(config['serviceName']) ?? '';
  return service === ''
    ? reference(ENDPOINT_TYPE, name, ['name'])
    : reference(ENDPOINT_TYPE, service, ['edsClusterConfig', 'serviceName']);
}

/** Not from a file and not from a server of its own. */
function isServedBySame(configSource: Json): boolean {
  return isObject(configSource) && (configSource['ads'] !== undefined || configSource['self'] !== undefined);
}

function reference(typeUrl: ResourceType, name: Json, path: FieldPath): Reference[] {
  return typeof name === 'string' && name !== '' ? [{ typeUrl, name, path }] : [];
}

function each(list: Json, path: FieldPath): At[] {
  return listOf(list).map((item, index) => ({ config: objectOf(item), path: [...path, index] }));
}
