/** Random endpoints of a cluster: localities, priorities, health, weights, metadata, drops. */
import type { JsonObject } from '@onehop/core/resources/model.js';
import type { Random } from '../router/random.js';

export interface Place {
  readonly address: string;
  readonly port: number;
}

/** What subsets are chosen by. */
export const metadataValues = {
  stage: ['prod', 'test'],
  version: ['v1', 'v2', 'v3'],
} as const;

export interface AssignmentKind {
  /** One locality, all of one health. */
  readonly plain: boolean;
  /** Whether weights of endpoints may differ. */
  readonly weighted: boolean;
}

export function randomAssignment(
  random: Random,
  clusterName: string,
  places: readonly Place[],
  { plain, weighted }: AssignmentKind,
): JsonObject {
  const weights = weighted && random.chance(0.3);
  const endpoint = ({ address, port }: Place, i: number): JsonObject => ({
    endpoint: {
      address: { socketAddress: { address, portValue: port } },
      // Of several without a name, nobody says which one a hash of names chooses.
      ...(plain ? {} : { hostname: `host-${i}.example` }),
    },
    ...(weights ? { loadBalancingWeight: random.between(1, 5) } : {}),
    ...(plain ? {} : { ...health(random), ...metadata(random, i) }),
  });
  if (plain) return { clusterName, endpoints: [{ lbEndpoints: places.map(endpoint) }] };
  const localities = random.between(1, Math.min(4, places.length));
  const priorities = random.between(1, Math.min(3, localities));
  const zoned = random.chance(0.8);
  const endpoints = random.list(localities, (n) => ({
    ...(zoned ? { locality: { region: 'r', zone: `z${n}` } } : {}),
    ...some(random, 0.85, () => ({ loadBalancingWeight: random.between(1, 9) })),
    // Without gaps: Envoy has no priority that has no endpoints.
    ...(n % priorities === 0 ? {} : { priority: n % priorities }),
    lbEndpoints: places.flatMap((place, i) => (i % localities === n ? [endpoint(place, i)] : [])),
  }));
  return { clusterName, endpoints, ...policyOf(random) };
}

function policyOf(random: Random): JsonObject {
  const policy = {
    ...some(random, 0.4, () => ({ overprovisioningFactor: random.pick([100, 140, 200, 1000]) })),
    ...some(random, 0.2, () => ({ weightedPriorityHealth: true })),
    ...some(random, 0.15, () => ({
      dropOverloads: [
        {
          category: 'lb',
          dropPercentage: random.pick([
            { numerator: 20 },
            { numerator: 5_000, denominator: 'TEN_THOUSAND' },
            { numerator: 10 },
          ]),
        },
      ],
    })),
  };
  return Object.keys(policy).length === 0 ? {} : { policy };
}

function health(random: Random): JsonObject {
  return some(random, 0.45, () => ({
    healthStatus: random.pick(['HEALTHY', 'UNHEALTHY', 'UNHEALTHY', 'DEGRADED', 'DRAINING', 'TIMEOUT']),
  }));
}

function metadata(random: Random, i: number): JsonObject {
  const own = {
    ...some(random, 0.85, () => ({ stage: random.pick(metadataValues.stage) })),
    ...some(random, 0.7, () => ({ version: random.pick(metadataValues.version) })),
    ...some(random, 0.1, () => ({ hash_key: `key-${i}` })),
  };
  return Object.keys(own).length === 0 ? {} : { metadata: { filterMetadata: { 'envoy.lb': own } } };
}

function some(random: Random, probability: number, make: () => JsonObject): JsonObject {
  return random.chance(probability) ? make() : {};
}
