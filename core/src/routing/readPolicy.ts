import type { BalanceOptions, Policy } from '../balance/tiers.js';
import type { FieldPath, JsonObject } from '../resources/model.js';
import { isObject, listOf, numberOf, objectOf, textOf, type Json } from './fields.js';
import type { Reading } from './reading.js';
import { readSubsets, type SubsetOptions } from './readSubsets.js';

/** How a cluster chooses, whichever way it is written. */
export interface PolicyContent extends Pick<
  BalanceOptions,
  'policy' | 'localityWeighted' | 'failInPanic' | 'panicThreshold'
> {
  /** Consistent hashing goes by the names of endpoints, not by their addresses. */
  readonly byHostname: boolean;
  readonly subsets?: SubsetOptions;
}

/** envoy/config/cluster/v3/cluster.proto */
const DEFAULT_PANIC_THRESHOLD = 50;
const DEFAULT_CHOICES = 2;
const DEFAULT_RING = 1024;
const LARGEST_RING = 8 * 1024 * 1024;
/** The sizes of oh_ring and oh_maglev, bpf/lib/maps.h. */
const RING_POINTS = 1 << 18;
const MAGLEV_PLACES = 1 << 20;
const DEFAULT_TABLE = 65_537;

/** Types of load_balancing_policy, without the version. */
export const POLICY_TYPES = {
  roundRobin: policyType('round_robin.v3.RoundRobin'),
  random: policyType('random.v3.Random'),
  leastRequest: policyType('least_request.v3.LeastRequest'),
  ringHash: policyType('ring_hash.v3.RingHash'),
  maglev: policyType('maglev.v3.Maglev'),
  subset: policyType('subset.v3.Subset'),
} as const;

/** The policy of a Cluster; undefined when there is an error in it, which `reading` then has. */
export function readPolicy(reading: Reading, cluster: JsonObject): PolicyContent | undefined {
  const common = objectOf(cluster['commonLbConfig']);
  const panicThreshold = readPanicThreshold(common);
  const extension = cluster['loadBalancingPolicy'];
  if (extension === undefined && cluster['lbPolicy'] !== 'LOAD_BALANCING_POLICY_CONFIG') {
    const content = legacyPolicy(reading, cluster, common);
    return content && { ...content, panicThreshold };
  }
  if (!checkAlone(reading, cluster, common)) return undefined;
  const content = extensionPolicy(reading, objectOf(extension), ['loadBalancingPolicy']);
  return content && { ...content, panicThreshold };
}

type Content = Omit<PolicyContent, 'panicThreshold'>;

function legacyPolicy(reading: Reading, cluster: JsonObject, common: JsonObject): Content | undefined {
  const policy = legacyKind(reading, cluster);
  if (policy === undefined || !checkHostnames(reading, cluster, common)) return undefined;
  if (!checkSubsetLocalities(reading, cluster, common)) return undefined;
  const subsets = readSubsets(reading, objectOf(cluster['lbSubsetConfig']), ['lbSubsetConfig']);
  return {
    policy,
    localityWeighted: common['localityWeightedLbConfig'] !== undefined,
    failInPanic: objectOf(common['zoneAwareLbConfig'])['failTrafficOnPanic'] === true,
    byHostname: objectOf(common['consistentHashingLbConfig'])['useHostnameForHashing'] === true,
    ...(subsets === undefined ? {} : { subsets }),
  };
}

/** As Envoy, which does not look at it where subsets are in load_balancing_policy. */
function checkSubsetLocalities(reading: Reading, cluster: JsonObject, common: JsonObject): boolean {
  const aware = objectOf(cluster['lbSubsetConfig'])['localityWeightAware'] === true;
  if (!aware || common['localityWeightedLbConfig'] !== undefined) return true;
  reading.error(
    'bad-cluster',
    ['lbSubsetConfig', 'localityWeightAware'],
    'Subsets can mind the weights of localities only where the cluster does.',
    'Set common_lb_config.locality_weighted_lb_config, or leave locality_weight_aware out.',
  );
  return false;
}

/** As Envoy 1.40, which does not look at the type where this is in load_balancing_policy. */
function checkHostnames(reading: Reading, cluster: JsonObject, common: JsonObject): boolean {
  const byHostname = objectOf(common['consistentHashingLbConfig'])['useHostnameForHashing'] === true;
  const type = textOf(cluster['type']) ?? 'STATIC';
  if (!byHostname || type === 'STRICT_DNS') return true;
  reading.error(
    'bad-cluster',
    ['commonLbConfig', 'consistentHashingLbConfig', 'useHostnameForHashing'],
    `Envoy does not hash host names in a cluster of type ${type}.`,
    'Use type STRICT_DNS, or the ring_hash or maglev policy in load_balancing_policy, which may.',
  );
  return false;
}

function legacyKind(reading: Reading, cluster: JsonObject): Policy | undefined {
  switch (cluster['lbPolicy']) {
    case 'RANDOM':
      return { kind: 'random' };
    case 'LEAST_REQUEST':
      return leastRequest(objectOf(cluster['leastRequestLbConfig']));
    case 'RING_HASH':
      return ringHash(reading, objectOf(cluster['ringHashLbConfig']), ['ringHashLbConfig']);
    case 'MAGLEV':
      return maglev(reading, objectOf(cluster['maglevLbConfig']), ['maglevLbConfig']);
    default:
      return { kind: 'roundRobin' };
  }
}

/** What Envoy does not take beside load_balancing_policy. */
function checkAlone(reading: Reading, cluster: JsonObject, common: JsonObject): boolean {
  const refuse = (path: FieldPath): void => {
    reading.error(
      'bad-cluster',
      path,
      'Envoy does not take this together with load_balancing_policy.',
      'Write it in the policy, or leave load_balancing_policy out.',
    );
  };
  const fields = ['zoneAwareLbConfig', 'localityWeightedLbConfig', 'consistentHashingLbConfig'];
  const found = fields.filter((field) => common[field] !== undefined);
  for (const field of found) refuse(['commonLbConfig', field]);
  if (cluster['lbSubsetConfig'] !== undefined) refuse(['lbSubsetConfig']);
  return found.length === 0 && cluster['lbSubsetConfig'] === undefined;
}

/** Envoy takes the first policy that it knows; the tables of support refuse those that are not done here. */
function extensionPolicy(reading: Reading, value: JsonObject, path: FieldPath): Content | undefined {
  const config = objectOf(objectOf(listOf(value['policies'])[0])['typedExtensionConfig'])['typedConfig'];
  const at = [...path, 'policies', 0, 'typedExtensionConfig', 'typedConfig'];
  if (!isObject(config)) {
    reading.error(
      'bad-cluster',
      path,
      'There is no policy.',
      'Give policies, with a typed_extension_config.',
    );
    return undefined;
  }
  if (textOf(config['@type']) === POLICY_TYPES.subset) return subsetPolicy(reading, config, at);
  const policy = extensionKind(reading, config, at);
  if (policy === undefined) return undefined;
  const locality = objectOf(config['localityLbConfig']);
  const hashing = objectOf(config['consistentHashingLbConfig']);
  return {
    policy,
    // Of hashing policies it is a field of their own.
    localityWeighted:
      (config['localityWeightedLbConfig'] ?? locality['localityWeightedLbConfig']) !== undefined,
    failInPanic: objectOf(locality['zoneAwareLbConfig'])['failTrafficOnPanic'] === true,
    byHostname: (hashing['useHostnameForHashing'] ?? config['useHostnameForHashing']) === true,
  };
}

function extensionKind(reading: Reading, config: JsonObject, path: FieldPath): Policy | undefined {
  switch (textOf(config['@type'])) {
    case POLICY_TYPES.random:
      return { kind: 'random' };
    case POLICY_TYPES.leastRequest: {
      const all = config['enableFullScan'] === true || config['selectionMethod'] === 'FULL_SCAN';
      return all ? { kind: 'leastRequest', choices: 0 } : leastRequest(config);
    }
    case POLICY_TYPES.ringHash:
      return ringHash(reading, config, path);
    case POLICY_TYPES.maglev:
      return maglev(reading, config, path);
    default:
      return { kind: 'roundRobin' };
  }
}

function subsetPolicy(reading: Reading, config: JsonObject, path: FieldPath): Content | undefined {
  const inner = extensionPolicy(reading, objectOf(config['subsetLbPolicy']), [...path, 'subsetLbPolicy']);
  const subsets = readSubsets(reading, config, path);
  return inner && { ...inner, ...(subsets === undefined ? {} : { subsets }) };
}

function leastRequest(config: JsonObject): Policy {
  return { kind: 'leastRequest', choices: numberOf(config['choiceCount']) ?? DEFAULT_CHOICES };
}

function ringHash(reading: Reading, config: JsonObject, path: FieldPath): Policy | undefined {
  const minimumSize = wholeOf(config['minimumRingSize']) ?? DEFAULT_RING;
  const maximumSize = wholeOf(config['maximumRingSize']) ?? LARGEST_RING;
  if (minimumSize > maximumSize) {
    reading.error(
      'bad-cluster',
      [...path, 'minimumRingSize'],
      `The smallest size of the ring, ${minimumSize}, is above its largest, ${maximumSize}.`,
      'Raise maximum_ring_size, or lower minimum_ring_size.',
    );
    return undefined;
  }
  const hash = config['hashFunction'] === 'MURMUR_HASH_2' ? 'murmurHash2' : 'xxHash64';
  // One point more than the kernel's table has is enough to be refused; millions would first take seconds to compute.
  return { kind: 'ringHash', minimumSize, maximumSize: Math.min(maximumSize, RING_POINTS + 1), hash };
}

function maglev(reading: Reading, config: JsonObject, path: FieldPath): Policy | undefined {
  const tableSize = wholeOf(config['tableSize']) ?? DEFAULT_TABLE;
  if (tableSize > MAGLEV_PLACES) {
    reading.error(
      'map-limit',
      [...path, 'tableSize'],
      `The kernel's table has ${MAGLEV_PLACES} places for all Maglev tables together; ${tableSize} are more.`,
      `Leave it out for ${DEFAULT_TABLE}.`,
    );
    return undefined;
  }
  if (isPrime(tableSize)) return { kind: 'maglev', tableSize };
  reading.error(
    'bad-cluster',
    [...path, 'tableSize'],
    `The size of a Maglev table must be a prime number; ${tableSize} is none.`,
    `Leave it out for ${DEFAULT_TABLE}.`,
  );
  return undefined;
}

function isPrime(n: number): boolean {
  for (let divisor = 2; divisor * divisor <= n; divisor++) if (n % divisor === 0) return false;
  return n > 1;
}

/** As Envoy rounds it: to a whole percentage, at most 100. */
function readPanicThreshold(common: JsonObject): number {
  const threshold = common['healthyPanicThreshold'];
  if (threshold === undefined) return DEFAULT_PANIC_THRESHOLD;
  return Math.min(100, Math.round(numberOf(objectOf(threshold)['value']) ?? 0));
}

/** Numbers of 64 bits are text in proto3 JSON. */
function wholeOf(value: Json): number | undefined {
  const text = textOf(value);
  return text === undefined ? numberOf(value) : Number(text);
}

function policyType(name: string): string {
  return `type.googleapis.com/envoy.extensions.load_balancing_policies.${name}`;
}
