/** Random load balancing policies of clusters, in both forms that Envoy has for them. */
import type { JsonObject } from '@onehop/core/resources/model.js';
import type { Random } from '../router/random.js';
import { metadataValues } from './assignments.js';
import { objectAt, objectsAt, textAt } from './json.js';

export type PolicyName = 'ROUND_ROBIN' | 'RANDOM' | 'LEAST_REQUEST' | 'RING_HASH' | 'MAGLEV';

/** @param plain its default settings only */
export function randomPolicy(random: Random, name: PolicyName, plain: boolean): JsonObject {
  if (plain) return legacy(random, name, {});
  const threshold = random.chance(0.4)
    ? { healthyPanicThreshold: { value: random.pick([0, 0, 30, 80, 100]) } }
    : {};
  const localities = random.chance(0.5) ? { localityWeightedLbConfig: {} } : {};
  const failInPanic =
    random.chance(0.1) && Object.keys(localities).length === 0
      ? { zoneAwareLbConfig: { failTrafficOnPanic: true } }
      : {};
  const chosen = random.chance(0.4) ? subsets(random, Object.keys(localities).length > 0) : undefined;
  if (random.chance(0.3))
    return extension(random, name, threshold, { ...localities, ...failInPanic }, chosen);
  const common = { ...threshold, ...localities, ...failInPanic };
  return {
    ...legacy(random, name, common),
    ...(chosen === undefined ? {} : { lbSubsetConfig: chosen }),
  };
}

/** Whether the policy of a Cluster goes by the hash of a request. */
export function isHashing(cluster: JsonObject): boolean {
  const hashing = ['RING_HASH', 'MAGLEV'].includes(textAt(cluster, 'lbPolicy') ?? '');
  return hashing || isHashingPolicy(objectAt(cluster, 'loadBalancingPolicy'));
}

function isHashingPolicy(policy: JsonObject): boolean {
  const [first] = objectsAt(policy, 'policies');
  const config = objectAt(objectAt(first ?? {}, 'typedExtensionConfig'), 'typedConfig');
  const type = textAt(config, '@type') ?? '';
  return type === typeOf('RING_HASH') || type === typeOf('MAGLEV')
    ? true
    : 'subsetLbPolicy' in config && isHashingPolicy(objectAt(config, 'subsetLbPolicy'));
}

function legacy(random: Random, lbPolicy: PolicyName, common: JsonObject): JsonObject {
  const field = configFields[lbPolicy];
  return {
    lbPolicy,
    ...(field === undefined ? {} : { [field]: settings(random, lbPolicy) }),
    ...(Object.keys(common).length === 0 ? {} : { commonLbConfig: common }),
  };
}

const configFields: Readonly<Partial<Record<PolicyName, string>>> = {
  LEAST_REQUEST: 'leastRequestLbConfig',
  RING_HASH: 'ringHashLbConfig',
  MAGLEV: 'maglevLbConfig',
};

function settings(random: Random, name: PolicyName): JsonObject {
  switch (name) {
    case 'LEAST_REQUEST':
      return random.chance(0.3) ? { choiceCount: random.between(2, 4) } : {};
    case 'RING_HASH':
      return {
        minimumRingSize: random.pick(['16', '100', '1024']),
        ...(random.chance(0.3) ? { maximumRingSize: '1024' } : {}),
        ...(random.chance(0.3) ? { hashFunction: 'MURMUR_HASH_2' } : {}),
      };
    case 'MAGLEV':
      // Many small tables instead of a few of 65,537: they have a million places together.
      return { tableSize: random.pick(['1021', '251', '4099']) };
    default:
      return {};
  }
}

function extension(
  random: Random,
  name: PolicyName,
  threshold: JsonObject,
  locality: JsonObject,
  chosen: JsonObject | undefined,
): JsonObject {
  const isHash = name === 'RING_HASH' || name === 'MAGLEV';
  const { localityWeightedLbConfig } = locality;
  const config = isHash
    ? {
        ...(random.chance(0.3) ? { consistentHashingLbConfig: { useHostnameForHashing: true } } : {}),
        ...(localityWeightedLbConfig === undefined ? {} : { localityWeightedLbConfig }),
      }
    : Object.keys(locality).length === 0
      ? {}
      : { localityLbConfig: locality };
  const scan =
    name === 'LEAST_REQUEST' && random.chance(0.3)
      ? { selectionMethod: 'FULL_SCAN' }
      : settings(random, name);
  const inner = policyList(name, { '@type': typeOf(name), ...scan, ...config });
  const whole =
    chosen === undefined
      ? inner
      : policyList('subset', { '@type': `${base}.subset.v3.Subset`, ...chosen, subsetLbPolicy: inner });
  return {
    loadBalancingPolicy: whole,
    ...(Object.keys(threshold).length === 0 ? {} : { commonLbConfig: threshold }),
  };
}

function policyList(name: string, typedConfig: JsonObject): JsonObject {
  return { policies: [{ typedExtensionConfig: { name, typedConfig } }] };
}

const base = 'type.googleapis.com/envoy.extensions.load_balancing_policies';

function typeOf(name: PolicyName): string {
  const types = {
    ROUND_ROBIN: 'round_robin.v3.RoundRobin',
    RANDOM: 'random.v3.Random',
    LEAST_REQUEST: 'least_request.v3.LeastRequest',
    RING_HASH: 'ring_hash.v3.RingHash',
    MAGLEV: 'maglev.v3.Maglev',
  } as const;
  return `${base}.${types[name]}`;
}

function subsets(random: Random, localityWeighted: boolean): JsonObject {
  const selectors = random.some<JsonObject>(
    [{ keys: ['stage'] }, { keys: ['version'] }, { keys: ['stage', 'version'] }],
    random.between(1, 3),
  );
  return {
    fallbackPolicy: random.pick(['NO_FALLBACK', 'ANY_ENDPOINT', 'ANY_ENDPOINT', 'DEFAULT_SUBSET']),
    defaultSubset: { stage: random.pick(metadataValues.stage) },
    subsetSelectors: selectors.map((selector) => ({ ...selector, ...selectorFallback(random, selector) })),
    ...(localityWeighted && random.chance(0.5) ? { localityWeightAware: true } : {}),
    ...(localityWeighted && random.chance(0.3) ? { scaleLocalityWeight: true } : {}),
    ...(random.chance(0.2) ? { panicModeAny: true } : {}),
  };
}

function selectorFallback(random: Random, { keys }: JsonObject): JsonObject {
  if (random.chance(0.6)) return {};
  const policy = random.pick(['NO_FALLBACK', 'ANY_ENDPOINT', 'DEFAULT_SUBSET', 'KEYS_SUBSET']);
  if (policy !== 'KEYS_SUBSET') return { fallbackPolicy: policy };
  return Array.isArray(keys) && keys.length > 1
    ? { fallbackPolicy: policy, fallbackKeysSubset: [keys[0] as string] }
    : {};
}
