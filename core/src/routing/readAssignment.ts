import type { HealthStatus, Locality } from '../balance/hostSet.js';
import type { HealthOptions } from '../balance/priorities.js';
import type { FieldPath, JsonObject } from '../resources/model.js';
import { formatAddress } from '../wire/ip.js';
import { isObject, listOf, numberOf, objectOf, textOf, type Json } from './fields.js';
import type { EndpointNode } from './model.js';
import { readAddress } from './readAddress.js';
import type { Reading } from './reading.js';

/** A ClusterLoadAssignment. */
export interface AssignmentContent extends Omit<HealthOptions, 'panicThreshold'> {
  /** All of them, in the order of the configuration. */
  readonly endpoints: readonly EndpointNode[];
  /** Of a million requests so many are turned away. */
  readonly drop: number;
}

/** envoy/config/endpoint/v3/endpoint.proto */
const DEFAULT_OVERPROVISIONING = 140;

export const NO_ENDPOINTS: AssignmentContent = {
  endpoints: [],
  drop: 0,
  overprovisioningFactor: DEFAULT_OVERPROVISIONING,
  weightedHealth: false,
};

export interface AssignmentOptions {
  /** Of two endpoints with one address the first counts, as Envoy does it for EDS. */
  readonly unique?: boolean;
  /** An endpoint without a host name has its address for one. */
  readonly named?: boolean;
}

/** The message ClusterLoadAssignment at `path`; undefined when there is an error in it, which `reading` then has. */
export function readAssignment(
  reading: Reading,
  value: JsonObject,
  path: FieldPath,
  { unique = false, named = false }: AssignmentOptions = {},
): AssignmentContent | undefined {
  const before = reading.problems.length;
  const found: EndpointNode[] = [];
  const seen = new Set<string>();
  const weights = localityWeights(listOf(value['endpoints']).map(objectOf));
  for (const [index, item] of listOf(value['endpoints']).entries()) {
    const group = readGroup(objectOf(item), weights);
    for (const [inner, entry] of listOf(objectOf(item)['lbEndpoints']).entries()) {
      const at = [...path, 'endpoints', index, 'lbEndpoints', inner];
      const endpoint = readEndpoint(reading, objectOf(entry), at, group);
      if (endpoint === undefined) continue;
      const key = formatAddress(endpoint.ip, endpoint.port);
      if (unique && seen.has(key)) continue;
      seen.add(key);
      found.push(named && endpoint.hostname === '' ? { ...endpoint, hostname: endpoint.ip } : endpoint);
    }
  }
  checkSums(reading, found);
  checkLocalitySums(reading, weights, path);
  const policy = objectOf(value['policy']);
  const drop = readDrop(reading, listOf(policy['dropOverloads']), [...path, 'policy', 'dropOverloads']);
  if (reading.problems.slice(before).some(({ severity }) => severity === 'error')) return undefined;
  return {
    endpoints: found,
    drop,
    overprovisioningFactor: numberOf(policy['overprovisioningFactor']) ?? DEFAULT_OVERPROVISIONING,
    weightedHealth: policy['weightedPriorityHealth'] === true,
  };
}

type Group = Pick<EndpointNode, 'priority' | 'locality' | 'localityWeight'>;

/** PriorityStateManager: of a locality in a priority the last weight counts, and none of endpoints without a locality. */
function localityWeights(groups: readonly JsonObject[]): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const group of groups) {
    const weight = numberOf(group['loadBalancingWeight']);
    if (isObject(group['locality']) && weight !== undefined) weights.set(placeOf(group), weight);
  }
  return weights;
}

function placeOf(group: JsonObject): string {
  return JSON.stringify([numberOf(group['priority']) ?? 0, readLocality(group['locality']) ?? {}]);
}

function readGroup(value: JsonObject, weights: ReadonlyMap<string, number>): Group {
  const locality = readLocality(value['locality']);
  const localityWeight = weights.get(placeOf(value)) ?? 0;
  return {
    priority: numberOf(value['priority']) ?? 0,
    localityWeight,
    ...(locality === undefined ? {} : { locality }),
  };
}

function readEndpoint(
  reading: Reading,
  value: JsonObject,
  path: FieldPath,
  group: Group,
): EndpointNode | undefined {
  const endpoint = objectOf(value['endpoint']);
  const address = readAddress(reading, endpoint['address'], [...path, 'endpoint', 'address']);
  const health = readHealth(reading, value['healthStatus'], [...path, 'healthStatus']);
  if (address === undefined || health === undefined) return undefined;
  const metadata = objectOf(objectOf(objectOf(value['metadata'])['filterMetadata'])['envoy.lb']);
  return {
    ip: address.ip,
    port: address.port,
    ...group,
    health,
    hostname: textOf(endpoint['hostname']) ?? '',
    hashKey: textOf(metadata['hash_key']) || formatAddress(address.ip, address.port),
    weight: numberOf(value['loadBalancingWeight']) ?? 1,
    metadata,
    source: reading.source(path),
  };
}

const HEALTH: ReadonlySet<string> = new Set<HealthStatus>([
  'UNKNOWN',
  'HEALTHY',
  'UNHEALTHY',
  'DRAINING',
  'TIMEOUT',
  'DEGRADED',
]);

function readHealth(reading: Reading, value: Json, path: FieldPath): HealthStatus | undefined {
  const health = textOf(value) ?? 'UNKNOWN';
  if (HEALTH.has(health)) return health as HealthStatus;
  reading.error(
    'not-supported',
    path,
    `OneHop does not do health status ${health}.`,
    'Use HEALTHY, DEGRADED, UNHEALTHY or DRAINING.',
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

const MAX_SUM = 0xffffffff;

/** Envoy refuses weights of the endpoints of a locality that overflow 32 bits. */
function checkSums(reading: Reading, endpoints: readonly EndpointNode[]): void {
  const sums = new Map<string, number>();
  for (const { locality, weight, source } of endpoints) {
    const key = JSON.stringify(locality ?? {});
    const sum = (sums.get(key) ?? 0) + weight;
    sums.set(key, sum);
    if (sum <= MAX_SUM) continue;
    reading.error(
      'bad-weight',
      [...source.path, 'loadBalancingWeight'],
      `The weights of the endpoints of a locality add up to more than ${MAX_SUM}.`,
      'Divide all of them by the same number.',
    );
    return;
  }
}

/** The API asks for it; Envoy 1.40 looks at clusters that hash, and have weights of localities (normalizeLocalityWeights). */
function checkLocalitySums(reading: Reading, weights: ReadonlyMap<string, number>, path: FieldPath): void {
  const sums = new Map<number, number>();
  for (const [place, weight] of weights) {
    const [priority] = JSON.parse(place) as [number, Locality];
    const sum = (sums.get(priority) ?? 0) + weight;
    sums.set(priority, sum);
    if (sum <= MAX_SUM) continue;
    reading.error(
      'bad-weight',
      [...path, 'endpoints'],
      `The weights of the localities of priority ${priority} add up to more than ${MAX_SUM}.`,
      'Divide the load_balancing_weight of each by the same number.',
    );
    return;
  }
}

const DENOMINATORS: Readonly<Record<string, number>> = {
  HUNDRED: 100,
  TEN_THOUSAND: 10_000,
  MILLION: 1_000_000,
};

function readDrop(reading: Reading, items: readonly Json[], path: FieldPath): number {
  if (items.length > 1) {
    reading.error(
      'bad-cluster',
      [...path, 1],
      'Envoy takes one item of drop_overloads only.',
      'Add the percentages up in one item.',
    );
  }
  const percentage = objectOf(objectOf(items[0])['dropPercentage']);
  const denominator = DENOMINATORS[textOf(percentage['denominator']) ?? 'HUNDRED'] ?? 100;
  return Math.min(1_000_000, ((numberOf(percentage['numerator']) ?? 0) * 1_000_000) / denominator);
}
