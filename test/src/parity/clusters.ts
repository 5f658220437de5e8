/** The clusters that all configurations of a batch send to, each with endpoints that no other one has. */
import {
  CLUSTER_TYPE,
  ENDPOINT_TYPE,
  type JsonObject,
  type XdsResource,
} from '@onehop/core/resources/model.js';
import { checkSupport, isError } from '@onehop/core/routing/support.js';
import type { Random } from '../router/random.js';
import { randomAssignment, type Place } from './assignments.js';
import { isHashing, randomPolicy, type PolicyName } from './policies.js';

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
  /** Of those clusters that are of EDS, by the name of the cluster. */
  readonly assignments: ReadonlyMap<string, XdsResource>;
  /** Those that have endpoints. */
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
  const assignments = new Map<string, XdsResource>();
  const names: string[] = [];
  const resources: XdsResource[] = [];
  while (all.length > 0) {
    const name = `cluster-${names.length}`;
    names.push(name);
    const plain = random.chance(0.4);
    const own = all.splice(0, plain ? random.between(1, 4) : random.between(2, 8));
    for (const { address, port } of own) byEndpoint.set(endpointText(address, port), name);
    const policy = random.pick(policies);
    const [cluster, assignment] = supported(random, name, policy, own, plain);
    resources.push(cluster);
    if (assignment !== undefined) assignments.set(name, assignment);
  }
  resources.push(clusterOf(noEndpoints, { lbPolicy: 'ROUND_ROBIN' }, { clusterName: noEndpoints }));
  return { resources, assignments, names, byEndpoint };
}

/** As the server there names itself. */
export function endpointText(address: string, port: number): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** The endpoints of a cluster, and the policy they are balanced by. */
export function assignmentOf({ resources, assignments }: Clusters, name: string): JsonObject {
  const own = resources.find((one) => one.name === name)?.value['loadAssignment'];
  return assignments.get(name)?.value ?? ((own ?? {}) as JsonObject);
}

/** Whether a hash of the request chooses among the endpoints of a cluster, where the request has one. */
export function isHashed({ resources }: Clusters, name: string): boolean {
  return isHashing(resources.find((one) => one.name === name)?.value ?? {});
}

const policies: readonly PolicyName[] = [
  ...(['ROUND_ROBIN', 'RANDOM', 'LEAST_REQUEST'] as const),
  // Of these the very endpoint is compared.
  ...(['RING_HASH', 'RING_HASH', 'MAGLEV'] as const),
];

/** A cluster that OneHop takes, by its own word, and its endpoints where they come by EDS. */
function supported(
  random: Random,
  name: string,
  policy: PolicyName,
  own: readonly Place[],
  plain: boolean,
): [XdsResource, XdsResource?] {
  for (let tries = 0; tries < 20; tries++) {
    const assignment = randomAssignment(random, name, own, { plain, weighted: policy !== 'LEAST_REQUEST' });
    const balance = randomPolicy(random, policy, plain);
    const isEds = random.chance(0.3);
    const found: [XdsResource, XdsResource?] = isEds
      ? [clusterOf(name, balance), { typeUrl: ENDPOINT_TYPE, name, value: assignment }]
      : [clusterOf(name, balance, assignment)];
    if (!found.some((one) => one !== undefined && checkSupport(one).some(isError))) return found;
  }
  throw new Error(`no cluster with policy ${policy} is taken`);
}

function clusterOf(name: string, balance: JsonObject, loadAssignment?: JsonObject): XdsResource {
  const endpoints: JsonObject =
    loadAssignment === undefined
      ? { type: 'EDS', edsClusterConfig: { edsConfig: { ads: {}, resourceApiVersion: 'V3' } } }
      : { type: 'STATIC', loadAssignment };
  const value = { name, connectTimeout: '5s', ...endpoints, ...balance };
  return { typeUrl: CLUSTER_TYPE, name, value };
}
