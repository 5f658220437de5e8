import { POLICY_TYPES } from '../readPolicy.js';
import { any, harmless, list, message, read, refused, type FieldSpec, type MessageSpec } from './spec.js';

/*
 * envoy/config/cluster/v3/cluster.proto, envoy/extensions/load_balancing_policies and the hash policies of
 * envoy/config/route/v3/route_components.proto.
 */

const SLOW_START = refused('slow start of endpoints');
const NO_LOCAL_CLUSTER = harmless('Envoy looks at it only with a local cluster, which OneHop has not');
const BOUNDED = refused('consistent hashing with bounded loads');
const BIAS = refused('a bias for requests under way', 'Leave it out for 1.0.');

/** Of routes and weighted clusters: only "envoy.lb" chooses endpoints. */
export const SUBSET_CRITERIA = read;

export const hashPolicy: MessageSpec = {
  header: message({ headerName: read, regexRewrite: refused('rewrites before hashing') }),
  cookie: message({
    name: read,
    ttl: refused('making of cookies', 'Leave ttl out: requests that have the cookie are hashed by it.'),
    path: harmless('of the cookies that are made, and none are'),
    attributes: harmless('of the cookies that are made, and none are'),
  }),
  connectionProperties: message({ sourceIp: read }),
  queryParameter: message({ name: read }),
  filterState: refused(
    'hashes of filter state',
    'Hash a header, cookie, query parameter or the source address.',
  ),
  terminal: read,
};

export const zoneAware: MessageSpec = {
  routingEnabled: NO_LOCAL_CLUSTER,
  minClusterSize: NO_LOCAL_CLUSTER,
  failTrafficOnPanic: read,
};

export const consistentHashing: MessageSpec = { useHostnameForHashing: read, hashBalanceFactor: BOUNDED };

export const ringHash: MessageSpec = { minimumRingSize: read, maximumRingSize: read, hashFunction: read };
export const maglev: MessageSpec = { tableSize: read };
export const roundRobin: MessageSpec = { slowStartConfig: SLOW_START };
export const leastRequest: MessageSpec = {
  choiceCount: read,
  activeRequestBias: BIAS,
  slowStartConfig: SLOW_START,
};

export const subsets: MessageSpec = {
  fallbackPolicy: read,
  defaultSubset: read,
  subsetSelectors: list({
    keys: read,
    fallbackPolicy: read,
    fallbackKeysSubset: read,
    singleHostPerSubset: refused(
      'subsets of a single host',
      'Leave it out: the keys then make subsets of any size.',
    ),
  }),
  localityWeightAware: read,
  scaleLocalityWeight: read,
  panicModeAny: read,
  listAsAny: read,
  metadataFallbackPolicy: refused(
    'lists of criteria to fall back to',
    'Use fallback_policy of the selectors.',
  ),
};

const locality = message({ zoneAwareLbConfig: message(zoneAware), localityWeightedLbConfig: read });
const hashing = { consistentHashingLbConfig: message(consistentHashing), localityWeightedLbConfig: read };

const policies: Readonly<Record<string, MessageSpec>> = {
  [POLICY_TYPES.roundRobin]: { ...roundRobin, localityLbConfig: locality },
  [POLICY_TYPES.random]: { localityLbConfig: locality },
  [POLICY_TYPES.leastRequest]: {
    ...leastRequest,
    localityLbConfig: locality,
    enableFullScan: read,
    selectionMethod: read,
  },
  [POLICY_TYPES.ringHash]: {
    ...ringHash,
    ...hashing,
    useHostnameForHashing: read,
    hashBalanceFactor: BOUNDED,
  },
  [POLICY_TYPES.maglev]: { ...maglev, ...hashing },
};

const WHAT = 'the policies are round_robin, random, least_request, ring_hash, maglev and subset of these';
const INSTEAD = 'Use one of these.';

function policyList(types: Readonly<Record<string, MessageSpec>>): FieldSpec {
  return message({
    policies: list({
      typedExtensionConfig: message({
        name: harmless('the type says which policy it is'),
        typedConfig: any(types, WHAT, INSTEAD),
      }),
    }),
  });
}

export const loadBalancingPolicy = policyList({
  ...policies,
  [POLICY_TYPES.subset]: { ...subsets, allowRedundantKeys: read, subsetLbPolicy: policyList(policies) },
});
