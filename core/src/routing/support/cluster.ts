import { address, configSource } from './address.js';
import { commonHttpOptions, http1Options, upstreamHttpOptions } from './http.js';
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
const LB = 'Use lb_policy ROUND_ROBIN or RANDOM.';
const NO_DNS = harmless('addresses are IP addresses: there is nothing to look up');

export const loadAssignment: MessageSpec = {
  clusterName: read,
  endpoints: list({
    locality: read,
    metadata: METADATA,
    lbEndpoints: list({
      endpoint: message({
        address: message(address),
        healthCheckConfig: harmless('only active health checks look at it, and these are refused'),
        hostname: harmless(
          'only health checks and rewrites of the Host header look at it, and these are refused',
        ),
        additionalAddresses: refused('a choice among the addresses of an endpoint', 'Use one address.'),
      }),
      endpointName: refused('endpoints by name', 'Use endpoint with an address.'),
      healthStatus: read,
      metadata: METADATA,
      loadBalancingWeight: read,
    }),
    loadBalancerEndpoints: refused('lists of endpoints by discovery', 'Use lb_endpoints.'),
    ledsClusterLocalityConfig: refused('lists of endpoints by discovery', 'Use lb_endpoints.'),
    loadBalancingWeight: harmless(
      'Envoy looks at the weights of localities only with locality_weighted_lb_config, which is refused',
    ),
    priority: refused('priorities of endpoints', 'Leave priority out, or make it 0 for all.'),
    proximity: harmless('Envoy does not use it'),
  }),
  namedEndpoints: refused('endpoints by name', 'Use endpoints.'),
  policy: message({
    dropOverloads: refused('dropping of requests'),
    overprovisioningFactor: only([140], 'overprovisioning factors other than 140', 'Leave it out.'),
    endpointStaleAfter: refused('endpoints that expire'),
    weightedPriorityHealth: harmless('there is one priority'),
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
  lbPolicy: only(['ROUND_ROBIN', 'RANDOM'], 'this load balancing policy', LB),
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
  lbSubsetConfig: refused('subsets of a cluster', 'Make a cluster of each subset.'),
  ringHashLbConfig: refused('ring hash load balancing', LB),
  maglevLbConfig: refused('Maglev load balancing', LB),
  originalDstLbConfig: refused('clusters of the original destination', 'Use EDS or STATIC.'),
  leastRequestLbConfig: refused('least-request load balancing', LB),
  roundRobinLbConfig: message({ slowStartConfig: refused('slow start of endpoints') }),
  commonLbConfig: message({
    healthyPanicThreshold: read,
    zoneAwareLbConfig: message({
      routingEnabled: harmless('Envoy looks at it only with a local cluster, which OneHop has not'),
      minClusterSize: harmless('Envoy looks at it only with a local cluster, which OneHop has not'),
      failTrafficOnPanic: refused(
        'failing of requests in panic',
        'Set healthy_panic_threshold to 0 instead.',
      ),
    }),
    localityWeightedLbConfig: refused('weights of localities'),
    updateMergeWindow: harmless('an update is in force at once'),
    ignoreNewHostsUntilFirstHc: harmless('there are no active health checks'),
    closeConnectionsOnHostSetChange: refused('closing of connections when endpoints change'),
    consistentHashingLbConfig: refused('choice of the endpoint by a hash', LB),
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
  loadBalancingPolicy: refused('load balancing extensions', LB),
  lrsServer: noted('OneHop reports no load to a control plane.'),
  lrsReportEndpointMetrics: noted('OneHop reports no load to a control plane.'),
  trackTimeoutBudgets: STATISTICS,
  trackClusterStats: STATISTICS,
  upstreamConfig: refused('upstream extensions'),
  preconnectPolicy: harmless('the agent keeps its own number of warm connections'),
  connectionPoolPerDownstreamConnection: refused('a pool for each client connection'),
};
