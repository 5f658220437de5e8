import { address, configSource } from './address.js';
import { commonHttpOptions, http1Options, upstreamHttpOptions } from './http.js';
import {
  consistentHashing,
  leastRequest,
  loadBalancingPolicy,
  maglev,
  ringHash,
  roundRobin,
  subsets,
  zoneAware,
} from './balance.js';
import { transportSocket } from './listener.js';
import {
  any,
  harmless,
  list,
  mapOf,
  message,
  METADATA,
  noted,
  only,
  read,
  refused,
  STATISTICS,
  type MessageSpec,
} from './spec.js';

/*
 * envoy/config/cluster/v3/cluster.proto, circuit_breaker.proto and envoy/config/endpoint/v3/*.proto.
 */

const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
const NO_DNS = harmless('addresses are IP addresses: there is nothing to look up');
const NO_CHECKS = harmless('only active health checks look at it, and these are refused');

export const loadAssignment: MessageSpec = {
  clusterName: read,
  endpoints: list({
    locality: read,
    metadata: METADATA,
    lbEndpoints: list({
      endpoint: message({
        address: message(address),
        healthCheckConfig: message({
          portValue: NO_CHECKS,
          hostname: NO_CHECKS,
          address: refused('an address of health checks'),
          disableActiveHealthCheck: NO_CHECKS,
        }),
        hostname: read,
        additionalAddresses: refused('a choice among the addresses of an endpoint', 'Use one address.'),
      }),
      endpointName: refused('endpoints by name', 'Use endpoint with an address.'),
      healthStatus: read,
      metadata: read,
      loadBalancingWeight: read,
    }),
    loadBalancerEndpoints: refused('lists of endpoints by discovery', 'Use lb_endpoints.'),
    ledsClusterLocalityConfig: refused('lists of endpoints by discovery', 'Use lb_endpoints.'),
    loadBalancingWeight: read,
    priority: read,
    proximity: harmless('Envoy does not use it'),
  }),
  namedEndpoints: refused('endpoints by name', 'Use endpoints.'),
  policy: message({
    dropOverloads: list({ category: STATISTICS, dropPercentage: read }),
    overprovisioningFactor: read,
    endpointStaleAfter: refused('endpoints that expire'),
    weightedPriorityHealth: read,
    disableOverprovisioning: harmless('Envoy no longer reads it'),
  }),
};

const UNLIMITED = 4294967295;
const breaker = only([UNLIMITED], 'circuit breakers', `Leave it out, or set it to ${UNLIMITED}.`);
const circuitBreaker: MessageSpec = {
  priority: only(['DEFAULT', 'HIGH'], 'this priority', 'Use DEFAULT.'),
  maxConnections: breaker,
  maxPendingRequests: breaker,
  maxRequests: breaker,
  maxRetries: harmless('there are no retries'),
  retryBudget: harmless('there are no retries'),
  trackRemaining: STATISTICS,
  maxConnectionPools: breaker,
};

export const cluster: MessageSpec = {
  name: read,
  altStatName: STATISTICS,
  type: only(
    ['STATIC', 'EDS', 'STRICT_DNS', 'LOGICAL_DNS'],
    'clusters of the original destination',
    'Use EDS or STATIC.',
  ),
  clusterType: refused('custom clusters', 'Use type EDS or STATIC.'),
  edsClusterConfig: message({ edsConfig: message(configSource), serviceName: read }),
  connectTimeout: read,
  perConnectionBufferLimitBytes: noted('OneHop does not buffer connections, so it limits no buffer.'),
  lbPolicy: only(
    ['ROUND_ROBIN', 'RANDOM', 'LEAST_REQUEST', 'RING_HASH', 'MAGLEV', 'LOAD_BALANCING_POLICY_CONFIG'],
    'this load balancing policy',
    'Use ROUND_ROBIN, RANDOM, LEAST_REQUEST, RING_HASH or MAGLEV.',
  ),
  loadAssignment: message(loadAssignment),
  healthChecks: refused('active health checks', 'Set health_status on endpoints.'),
  maxRequestsPerConnection: refused('limits of the requests on a connection'),
  circuitBreakers: message({ thresholds: list(circuitBreaker), perHostThresholds: list(circuitBreaker) }),
  upstreamHttpProtocolOptions: refused('TLS to endpoints'),
  commonHttpProtocolOptions: message(commonHttpOptions),
  httpProtocolOptions: message(http1Options),
  http2ProtocolOptions: refused('HTTP/2 to endpoints'),
  typedExtensionProtocolOptions: mapOf(
    {
      [HTTP_OPTIONS]: any(
        { [`type.googleapis.com/${HTTP_OPTIONS}`]: upstreamHttpOptions },
        `the only options are ${HTTP_OPTIONS}`,
        'Leave it out.',
      ),
    },
    'protocol options other than those of HTTP',
  ),
  dnsRefreshRate: NO_DNS,
  dnsFailureRefreshRate: NO_DNS,
  dnsJitter: NO_DNS,
  respectDnsTtl: NO_DNS,
  dnsLookupFamily: NO_DNS,
  dnsResolvers: NO_DNS,
  useTcpForDnsLookups: NO_DNS,
  dnsResolutionConfig: NO_DNS,
  typedDnsResolverConfig: NO_DNS,
  waitForWarmOnInit: harmless('a configuration is in force as a whole'),
  outlierDetection: refused('outlier detection', 'Set health_status on endpoints.'),
  cleanupInterval: NO_DNS,
  upstreamBindConfig: refused('addresses to connect from'),
  lbSubsetConfig: message(subsets),
  ringHashLbConfig: message(ringHash),
  maglevLbConfig: message(maglev),
  originalDstLbConfig: refused('clusters of the original destination', 'Use EDS or STATIC.'),
  leastRequestLbConfig: message(leastRequest),
  roundRobinLbConfig: message(roundRobin),
  commonLbConfig: message({
    healthyPanicThreshold: read,
    zoneAwareLbConfig: message(zoneAware),
    localityWeightedLbConfig: read,
    updateMergeWindow: harmless('an update is in force at once'),
    ignoreNewHostsUntilFirstHc: harmless('there are no active health checks'),
    closeConnectionsOnHostSetChange: refused('closing of connections when endpoints change'),
    consistentHashingLbConfig: message(consistentHashing),
    overrideHostStatus: harmless('only stateful sessions look at it, and these are refused'),
  }),
  transportSocket,
  transportSocketMatches: refused('a choice among transport sockets', 'Leave it out: traffic is plain TCP.'),
  metadata: METADATA,
  protocolSelection: only(
    ['USE_CONFIGURED_PROTOCOL', 'USE_DOWNSTREAM_PROTOCOL'],
    'this choice of a protocol',
    'Leave it out.',
  ),
  upstreamConnectionOptions: message({
    tcpKeepalive: noted('OneHop keeps the keepalive settings of the system for its pooled connections.'),
    setLocalInterfaceNameOnUpstreamConnections: STATISTICS,
    happyEyeballsConfig: harmless('an endpoint has one address'),
  }),
  closeConnectionsOnHostHealthFailure: refused('closing of connections when an endpoint fails'),
  ignoreHealthOnHostRemoval: harmless('an endpoint that is removed gets no new requests'),
  filters: refused('upstream network filters'),
  loadBalancingPolicy,
  lrsServer: noted('OneHop reports no load to a control plane.'),
  lrsReportEndpointMetrics: noted('OneHop reports no load to a control plane.'),
  trackTimeoutBudgets: STATISTICS,
  trackClusterStats: STATISTICS,
  upstreamConfig: refused('upstream extensions'),
  preconnectPolicy: harmless('the agent keeps its own number of warm connections'),
  connectionPoolPerDownstreamConnection: refused('a pool for each client connection'),
};
