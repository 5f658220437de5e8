/** The clusters that all configurations of a batch send to, each with endpoints that no other one has. */
import { CLUSTER_TYPE, type XdsResource } from '@onehop/core/resources/model.js';
import { checkSupport, isError } from '@onehop/core/routing/support.js';
import type { Random } from '../router/random.js';

/** As in test/fixtures/parity.lab.yaml. */
const places = [
  { 4: '198.18.1.12', 6: 'fd00:198:18:1::12' },
  { 4: '198.18.2.12', 6: 'fd00:198:18:2::12' },
] as const;
/** Ports of the servers, in either place and of either family. */
export const firstServerPort = 20_000;
export const serverPorts = 24;

/** Has no endpoint. */
export const noEndpoints = 'none';

export interface Clusters {
  readonly resources: readonly XdsResource[];
  /** Those that answer. */
  readonly names: readonly string[];
  /** Cluster by endpoint. */
  readonly byEndpoint: ReadonlyMap<string, string>;
}

export function batchClusters(random: Random): Clusters {
  const free = Array.from({ length: serverPorts }, (_, i) => firstServerPort + i).flatMap((port) =>
    places.flatMap((place) => [
      { address: place[4] as string, port },
      { address: place[6] as string, port },
    ]),
  );
  const all = random.some(free, free.length);
  const byEndpoint = new Map<string, string>();
  const names: string[] = [];
  const resources: XdsResource[] = [];
  while (all.length > 0) {
    const name = `cluster-${names.length}`;
    names.push(name);
    const own = all.splice(0, random.between(1, 4));
    for (const { address, port } of own)
      byEndpoint.set(`${address.includes(':') ? `[${address}]` : address}:${port}`, name);
    const weights = random.chance(0.3) ? own.map(() => random.between(1, 5)) : [];
    const policy = random.pick(policies);
    // What OneHop refuses, by its own word, is left out.
    const wanted = [
      cluster(name, policy, own, weights),
      cluster(name, policy, own, []),
      cluster(name, 'ROUND_ROBIN', own, []),
    ];
    const supported = wanted.find((one) => !checkSupport(one).some(isError));
    if (supported === undefined) throw new Error('a plain cluster is refused');
    resources.push(supported);
  }
  resources.push(cluster(noEndpoints, 'ROUND_ROBIN', [], []));
  return { resources, names, byEndpoint };
}

const policies = ['ROUND_ROBIN', 'RANDOM', 'LEAST_REQUEST', 'RING_HASH', 'MAGLEV'] as const;

interface Endpoint {
  readonly address: string;
  readonly port: number;
}

function cluster(
  name: string,
  lbPolicy: string,
  endpoints: readonly Endpoint[],
  weights: readonly number[],
): XdsResource {
  const lbEndpoints = endpoints.map(({ address, port }, i) => ({
    endpoint: { address: { socketAddress: { address, portValue: port } } },
    ...(weights[i] === undefined ? {} : { loadBalancingWeight: weights[i] }),
  }));
  const loadAssignment = { clusterName: name, endpoints: [{ lbEndpoints }] };
  // Many small tables instead of a few of 65,537: they have a million places together.
  const table = lbPolicy === 'MAGLEV' ? { maglevLbConfig: { tableSize: '1021' } } : {};
  const value = { name, type: 'STATIC', connectTimeout: '5s', lbPolicy, ...table, loadAssignment };
  return { typeUrl: CLUSTER_TYPE, name, value };
}
