import {
  harmless,
  list,
  message,
  METADATA,
  noted,
  noTimeout,
  only,
  read,
  refused,
  STATISTICS,
  type MessageSpec,
} from './spec.js';

/*
 * envoy/config/route/v3/route.proto and route_components.proto.
 */

const HEADERS = 'changes of headers';
const MIRROR = 'mirroring of requests';
const RATE_LIMIT = 'rate limits';
const PER_FILTER = 'per-route settings of HTTP filters';
const REGEX = 'regular expressions';

const stringMatcher: MessageSpec = {
  exact: read,
  prefix: read,
  suffix: read,
  contains: read,
  ignoreCase: read,
  safeRegex: refused(REGEX, 'Use exact, prefix, suffix or contains.'),
  custom: refused('custom string matchers', 'Use exact, prefix, suffix or contains.'),
};

const headerMatcher: MessageSpec = {
  name: read,
  exactMatch: read,
  prefixMatch: read,
  suffixMatch: read,
  containsMatch: read,
  presentMatch: read,
  stringMatch: message(stringMatcher),
  invertMatch: read,
  treatMissingHeaderAsEmpty: read,
  safeRegexMatch: refused(REGEX, 'Use string_match with exact, prefix, suffix or contains.'),
  rangeMatch: refused('matches of a number in a range', 'Use string_match, with a route for each value.'),
};

const routeMatch: MessageSpec = {
  prefix: read,
  path: read,
  pathSeparatedPrefix: read,
  caseSensitive: read,
  headers: list(headerMatcher),
  safeRegex: refused(`${REGEX} on the path`, 'Use prefix, path or path_separated_prefix.'),
  connectMatcher: refused('CONNECT', 'Use prefix, path or path_separated_prefix.'),
  pathMatchPolicy: refused('path templates', 'Use prefix, path or path_separated_prefix.'),
  runtimeFraction: refused('routes for a fraction of the requests', 'Use weighted_clusters.'),
  queryParameters: refused(
    'matches of query parameters',
    'Match on the path or on a header; a header match on ":path" sees the query.',
  ),
  grpc: refused('gRPC', 'Match on the header content-type.'),
  tlsContext: refused('matches of TLS'),
  dynamicMetadata: refused('matches of dynamic metadata', 'Match on a header.'),
  filterState: refused('matches of filter state', 'Match on a header.'),
  cookies: refused('matches of cookies', 'Match on the header cookie.'),
};

const weightedCluster: MessageSpec = {
  clusters: list({
    name: read,
    weight: read,
    clusterHeader: refused(
      'clusters named by a header',
      'Name the cluster, with a route for each value of the header.',
    ),
    metadataMatch: refused('subsets of a cluster', 'Make a cluster of each subset.'),
    requestHeadersToAdd: refused(HEADERS),
    requestHeadersToRemove: refused(HEADERS),
    responseHeadersToAdd: refused(HEADERS),
    responseHeadersToRemove: refused(HEADERS),
    typedPerFilterConfig: refused(PER_FILTER),
    hostRewriteLiteral: refused('rewrites of the Host header'),
  }),
  totalWeight: harmless('Envoy takes the sum of the weights and no longer reads it'),
  runtimeKeyPrefix: refused('weights from the runtime', 'Write the weights here.'),
  headerName: refused(
    'random numbers from a header',
    'Leave it out: the weights then hold for each request.',
  ),
  useHashPolicy: refused('splits by hash', 'Leave it out: the weights then hold for each request.'),
};

const routeAction: MessageSpec = {
  cluster: read,
  weightedClusters: message(weightedCluster),
  clusterHeader: refused(
    'clusters named by a header',
    'Name the cluster, with a route for each value of the header.',
  ),
  clusterSpecifierPlugin: refused('cluster specifier plugins', 'Use cluster or weighted_clusters.'),
  inlineClusterSpecifierPlugin: refused('cluster specifier plugins', 'Use cluster or weighted_clusters.'),
  clusterNotFoundResponseCode: only(
    ['SERVICE_UNAVAILABLE'],
    'answers other than 503 for a cluster that does not exist',
    'Leave it out.',
  ),
  metadataMatch: refused('subsets of a cluster', 'Make a cluster of each subset.'),
  prefixRewrite: refused('rewrites of the path'),
  regexRewrite: refused('rewrites of the path'),
  pathRewritePolicy: refused('rewrites of the path'),
  pathRewrite: refused('rewrites of the path'),
  hostRewriteLiteral: refused('rewrites of the Host header'),
  autoHostRewrite: refused('rewrites of the Host header'),
  hostRewriteHeader: refused('rewrites of the Host header'),
  hostRewritePathRegex: refused('rewrites of the Host header'),
  appendXForwardedHost: refused(HEADERS),
  timeout: noTimeout('timeouts of requests'),
  idleTimeout: noTimeout('timeouts of idle requests'),
  flushTimeout: noTimeout('timeouts of flushing'),
  earlyDataPolicy: refused('early data'),
  retryPolicy: refused('retries'),
  retryPolicyTypedConfig: refused('retries'),
  requestMirrorPolicies: refused(MIRROR),
  priority: only(['DEFAULT'], 'request priorities', 'Leave it out.'),
  rateLimits: refused(RATE_LIMIT),
  includeVhRateLimits: refused(RATE_LIMIT),
  hashPolicy: refused('choice of the endpoint by a hash', 'Leave it out: endpoints take turns.'),
  cors: refused('CORS'),
  maxGrpcTimeout: noTimeout('gRPC timeouts'),
  grpcTimeoutOffset: noTimeout('gRPC timeouts'),
  upgradeConfigs: refused('upgrades'),
  internalRedirectPolicy: refused('internal redirects'),
  internalRedirectAction: only(['PASS_THROUGH_INTERNAL_REDIRECT'], 'internal redirects', 'Leave it out.'),
  maxInternalRedirects: refused('internal redirects'),
  hedgePolicy: refused('hedged requests'),
  maxStreamDuration: refused('limits of the duration of a request'),
};

const directResponse: MessageSpec = {
  status: read,
  body: message({
    inlineString: read,
    inlineBytes: read,
    filename: refused('bodies from a file', 'Use inline_string.'),
    environmentVariable: refused('bodies from the environment', 'Use inline_string.'),
    watchedDirectory: refused('bodies from a file', 'Use inline_string.'),
  }),
  bodyFormat: refused('formatted bodies', 'Use body with inline_string.'),
};

const route: MessageSpec = {
  name: read,
  match: message(routeMatch),
  route: message(routeAction),
  directResponse: message(directResponse),
  redirect: refused(
    'redirects',
    'Use direct_response for a fixed answer, or route to a service that redirects.',
  ),
  filterAction: refused('filter actions', 'Use route or direct_response.'),
  nonForwardingAction: refused('routes of gRPC servers', 'Use route or direct_response.'),
  metadata: METADATA,
  decorator: harmless('names a span, and there is no tracing'),
  typedPerFilterConfig: refused(PER_FILTER),
  requestHeadersToAdd: refused(HEADERS),
  requestHeadersToRemove: refused(HEADERS),
  responseHeadersToAdd: refused(HEADERS),
  responseHeadersToRemove: refused(HEADERS),
  tracing: noted('OneHop does not trace requests; `onehop events` shows them.'),
  perRequestBufferLimitBytes: harmless('nothing buffers requests: retries and mirroring are refused'),
  requestBodyBufferLimit: harmless('nothing buffers requests: retries and mirroring are refused'),
  statPrefix: STATISTICS,
};

const virtualHost: MessageSpec = {
  name: read,
  domains: read,
  routes: list(route),
  matcher: refused('match trees', 'Use routes.'),
  requireTls: only(['NONE'], 'redirects to TLS', 'Leave it out.'),
  virtualClusters: STATISTICS,
  rateLimits: refused(RATE_LIMIT),
  requestHeadersToAdd: refused(HEADERS),
  requestHeadersToRemove: refused(HEADERS),
  responseHeadersToAdd: refused(HEADERS),
  responseHeadersToRemove: refused(HEADERS),
  cors: refused('CORS'),
  typedPerFilterConfig: refused(PER_FILTER),
  includeRequestAttemptCount: refused(HEADERS),
  includeAttemptCountInResponse: refused(HEADERS),
  retryPolicy: refused('retries'),
  retryPolicyTypedConfig: refused('retries'),
  hedgePolicy: refused('hedged requests'),
  includeIsTimeoutRetryHeader: refused(HEADERS),
  perRequestBufferLimitBytes: harmless('nothing buffers requests: retries and mirroring are refused'),
  requestBodyBufferLimit: harmless('nothing buffers requests: retries and mirroring are refused'),
  requestMirrorPolicies: refused(MIRROR),
  metadata: METADATA,
};

export const routeConfiguration: MessageSpec = {
  name: read,
  virtualHosts: list(virtualHost),
  validateClusters: read,
  maxDirectResponseBodySizeBytes: read,
  vhds: refused('virtual hosts on demand', 'List them in virtual_hosts.'),
  internalOnlyHeaders: refused(HEADERS),
  requestHeadersToAdd: refused(HEADERS),
  requestHeadersToRemove: refused(HEADERS),
  responseHeadersToAdd: refused(HEADERS),
  responseHeadersToRemove: refused(HEADERS),
  mostSpecificHeaderMutationsWins: harmless('orders changes of headers, which are refused'),
  clusterSpecifierPlugins: refused(
    'cluster specifier plugins',
    'Use cluster or weighted_clusters in the routes.',
  ),
  requestMirrorPolicies: refused(MIRROR),
  ignorePortInHostMatching: refused(
    'matching of domains without the port',
    'List each domain with and without its port: reviews, "reviews:9080".',
  ),
  ignorePathParametersInPathMatching: refused('matching of paths without their parameters'),
  typedPerFilterConfig: refused(PER_FILTER),
  metadata: METADATA,
};
