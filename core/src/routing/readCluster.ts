import { parseDuration } from '../envoy/time.js';
import type { FieldPath, JsonObject } from '../resources/model.js';
import { isObject, listOf, numberOf, objectOf, textOf, type Json } from './fields.js';
import type { ClusterNode, EndpointNode, HealthStatus, Locality } from './model.js';
import { readAddress } from './readAddress.js';
import type { Reading } from './reading.js';

/** A Cluster resource, without the endpoints that come by EDS. */
export interface ClusterContent extends Pick<ClusterNode, 'name' | 'lb' | 'connectTimeoutMs' | 'source'> {
  /** Name of the ClusterLoadAssignment that has its endpoints; absent: `assignment` has them. */
  readonly edsName?: string;
  readonly assignment: AssignmentContent;
  /** Percent; see health.ts. */
  readonly panicThreshold: number;
}

export interface AssignmentContent {
  /** All of them, in the order of the configuration. */
  readonly endpoints: readonly EndpointNode[];
}

const NO_ENDPOINTS: AssignmentContent = { endpoints: [] };
/** envoy/config/cluster/v3/cluster.proto */
const DEFAULT_CONNECT_TIMEOUT = '5s';
const DEFAULT_PANIC_THRESHOLD = 50;

/** A cluster; undefined when there is an error in it, which `reading` then has. */
export function readCluster(reading: Reading, value: JsonObject): ClusterContent | undefined {
  const type = textOf(value['type']) ?? 'STATIC';
  const eds = type === 'EDS';
  const name = reading.resource;
  checkEds(reading, value, type);
  const assignment = eds
    ? NO_ENDPOINTS
    : readAssignment(reading, objectOf(value['loadAssignment']), ['loadAssignment']);
  if (type === 'LOGICAL_DNS' && assignment?.endpoints.length !== 1) {
    reading.error(
      'bad-cluster',
      ['loadAssignment'],
      `A LOGICAL_DNS cluster has one endpoint, not ${assignment?.endpoints.length ?? 0}.`,
      'Use type STATIC or STRICT_DNS.',
    );
  }
  const connectTimeoutMs = readConnectTimeout(reading, value);
  if (assignment === undefined || reading.problems.some(({ severity }) => severity === 'error'))
    return undefined;
  const threshold = objectOf(value['commonLbConfig'])['healthyPanicThreshold'];
  return {
    name,
    lb: value['lbPolicy'] === 'RANDOM' ? 'random' : 'roundRobin',
    connectTimeoutMs,
    panicThreshold:
      threshold === undefined ? DEFAULT_PANIC_THRESHOLD : (numberOf(objectOf(threshold)['value']) ?? 0),
    assignment,
    ...(eds ? { edsName: textOf(objectOf(value['edsClusterConfig'])['serviceName']) || name } : {}),
    source: reading.source([]),
  };
}

/**
 * The endpoints of a message ClusterLoadAssignment at `path`; undefined when there is an error in it, which `reading`
 * then has. `unique`: of two with one address the first counts, as Envoy does for EDS.
 */
export function readAssignment(
  reading: Reading,
  value: JsonObject,
  path: FieldPath,
  unique = false,
): AssignmentContent | undefined {
  const before = reading.problems.length;
  const found: EndpointNode[] = [];
  const seen = new Set<string>();
  for (const [index, item] of listOf(value['endpoints']).entries()) {
    const group = objectOf(item);
    const locality = readLocality(group['locality']);
    for (const [inner, entry] of listOf(group['lbEndpoints']).entries()) {
      const endpoint = readEndpoint(
        reading,
        objectOf(entry),
        [...path, 'endpoints', index, 'lbEndpoints', inner],
        locality,
      );
      if (endpoint === undefined) continue;
      const key = `${endpoint.ip} ${endpoint.port}`;
      if (unique && seen.has(key)) continue;
      seen.add(key);
      found.push(endpoint);
    }
  }
  checkWeights(reading, found);
  return reading.problems.slice(before).some(({ severity }) => severity === 'error')
    ? undefined
    : { endpoints: found };
}

function checkEds(reading: Reading, value: JsonObject, type: string): void {
  const config = value['edsClusterConfig'];
  if (type !== 'EDS') {
    if (config !== undefined)
      reading.error(
        'bad-cluster',
        ['edsClusterConfig'],
        `A cluster of type ${type} takes no endpoints from EDS.`,
        'Set type: EDS.',
      );
    return;
  }
  const source = objectOf(objectOf(config)['edsConfig']);
  if (source['ads'] === undefined && source['self'] === undefined) {
    reading.error(
      'bad-cluster',
      ['edsClusterConfig'],
      'The endpoints of the EDS cluster have no source.',
      'Set eds_config to ads: {}.',
    );
  }
  if (value['loadAssignment'] !== undefined) {
    reading.error(
      'bad-cluster',
      ['loadAssignment'],
      'An EDS cluster has no endpoints of its own.',
      'Leave it out, or set type: STATIC.',
    );
  }
}

function readConnectTimeout(reading: Reading, value: JsonObject): number {
  const nanos = parseDuration(textOf(value['connectTimeout']) ?? DEFAULT_CONNECT_TIMEOUT);
  if (nanos === undefined || nanos <= 0n) {
    reading.error(
      'bad-cluster',
      ['connectTimeout'],
      'The connect timeout must be above 0.',
      'Leave it out for 5s.',
    );
    return 0;
  }
  return Math.max(1, Number(nanos / 1_000_000n));
}

function readEndpoint(
  reading: Reading,
  value: JsonObject,
  path: FieldPath,
  locality: Locality | undefined,
): EndpointNode | undefined {
  const address = readAddress(reading, objectOf(value['endpoint'])['address'], [
    ...path,
    'endpoint',
    'address',
  ]);
  const health = readHealth(reading, value['healthStatus'], [...path, 'healthStatus']);
  if (address === undefined || health === undefined) return undefined;
  return {
    ...address,
    health,
    weight: numberOf(value['loadBalancingWeight']) ?? 1,
    priority: 0,
    ...(locality === undefined ? {} : { locality }),
    source: reading.source(path),
  };
}

const HEALTH: ReadonlySet<string> = new Set<HealthStatus>([
  'UNKNOWN',
  'HEALTHY',
  'UNHEALTHY',
  'DRAINING',
  'TIMEOUT',
]);

function readHealth(reading: Reading, value: Json, path: FieldPath): HealthStatus | undefined {
  const health = textOf(value) ?? 'UNKNOWN';
  if (HEALTH.has(health)) return health as HealthStatus;
  reading.error(
    'not-supported',
    path,
    `OneHop does not do health status ${health}.`,
    'Use HEALTHY, UNHEALTHY or DRAINING.',
  );
  return undefined;
}

function readLocality(value: Json): Locality | undefined {
  if (!isObject(value)) return undefined;
  return {
    region: textOf(value['region']) ?? '',
    zone: textOf(value['zone']) ?? '',
    subZone: textOf(value['subZone']) ?? '',
  };
}

function checkWeights(reading: Reading, endpoints: readonly EndpointNode[]): void {
  const [first] = endpoints;
  const other = endpoints.find(({ weight }) => weight !== first?.weight);
  if (other !== undefined) {
    reading.error(
      'not-supported',
      [...other.source.path, 'loadBalancingWeight'],
      `OneHop does not do endpoints of different weights: ${other.weight} here, ${first?.weight ?? 1} before.`,
      'Give all endpoints of the cluster the same weight, or none; for shares use weighted_clusters.',
    );
  }
}
