import { hashPolicy, SUBSET_CRITERIA } from './balance.js';
import { PER_FILTER } from './filters.js';
import { CHANGED, FITS, headerMatcher, headerOption, RE2, REGEX, stringMatcher } from './matchers.js';
import {
  harmless,
  inRelay,
  list,
  message,
  METADATA,
  noted,
  noTimeout,
  only,
  read,
  refused,
  STATISTICS,
  any,
  EMPTY,
  type MessageSpec,
} from './spec.js';

/*
 * envoy/config/route/v3/route.proto and route_components.proto.
 */

const HEADERS = 'changes of headers';
const MIRROR = 'mirroring of requests';
const RATE_LIMIT = 'rate limits';

const queryMatcher: MessageSpec = {
  name: read,
  stringMatch: message(stringMatcher),
  presentMatch: read,
};

const routeMatch: MessageSpec = {
  prefix: FITS,
  path: FITS,
  pathSeparatedPrefix: FITS,
  caseSensitive: read,
  headers: list(headerMatcher),
  safeRegex: message({ googleRe2: RE2, regex: REGEX }),
  connectMatcher: inRelay('CONNECT always leaves the kernel path; it can match other routes, too'),
  pathMatchPolicy: refused('path templates', 'Use prefix, path or path_separated_prefix.'),
  runtimeFraction: message({
    defaultValue: message({ numerator: read, denominator: read }),
    runtimeKey: harmless('there is no runtime: the default holds'),
  }),
  queryParameters: list(queryMatcher),
  grpc: inRelay('the content-type tells'),
  tlsContext: message({
    presented: read,
    validated: read,
  }),
  dynamicMetadata: refused('matches of dynamic metadata', 'Match on a header.'),
  filterState: refused('matches of filter state', 'Match on a header.'),
  cookies: refused('matches of cookies', 'Match on the header cookie.'),
};

const headerChanges: MessageSpec = {
  requestHeadersToAdd: list(headerOption),
  requestHeadersToRemove: inRelay(CHANGED),
  responseHeadersToAdd: list(headerOption),
  responseHeadersToRemove: inRelay(CHANGED),
};

/** envoy/type/matcher/v3/regex.proto */
const rewrite = message({
  pattern: message({ googleRe2: RE2, regex: inRelay(CHANGED) }),
  substitution: inRelay(CHANGED),
});

const TIMED = 'the relay keeps the time; requests of the route leave the kernel path';
const SENT_AGAIN = 'the relay sends requests again; requests of the route leave the kernel path';
const PREVIOUS_HOSTS =
  'type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate';

const retryPolicy: MessageSpec = {
  retryOn: inRelay(SENT_AGAIN),
  numRetries: inRelay(SENT_AGAIN),
  perTryTimeout: inRelay(TIMED),
  perTryIdleTimeout: noTimeout('timeouts of idle attempts'),
  retryPriority: refused('retries at other priorities'),
  retryHostPredicate: list({
    name: harmless('the type tells'),
    typedConfig: any(
      { [PREVIOUS_HOSTS]: EMPTY },
      'the only predicate is previous_hosts',
      'Use previous_hosts, or leave it out.',
    ),
  }),
  retryOptionsPredicates: refused('predicates of retries'),
  hostSelectionRetryMaxAttempts: inRelay(SENT_AGAIN),
  retriableStatusCodes: inRelay(SENT_AGAIN),
  retryBackOff: message({ baseInterval: inRelay(SENT_AGAIN), maxInterval: inRelay(SENT_AGAIN) }),
  rateLimitedRetryBackOff: refused('waits that a response asks for', 'Use retry_back_off.'),
  retriableHeaders: list(headerMatcher),
  retriableRequestHeaders: list(headerMatcher),
};

const weightedCluster: MessageSpec = {
  clusters: list({
    name: read,
    weight: read,
    clusterHeader: refused(
      'clusters named by a header',
      'Name the cluster, with a route for each value of the header.',
    ),
    metadataMatch: SUBSET_CRITERIA,
    ...headerChanges,
    typedPerFilterConfig: PER_FILTER,
    hostRewriteLiteral: inRelay(CHANGED),
  }),
  totalWeight: harmless('Envoy takes the sum of the weights and no longer reads it'),
  runtimeKeyPrefix: harmless('there is no runtime: the weights hold'),
  headerName: refused(
    'random numbers from a header',
    'Leave it out: the weights then hold for each request.',
  ),
  useHashPolicy: refused('splits by hash', 'Leave it out: the weights then hold for each request.'),
};

const routeAction: MessageSpec = {
  cluster: read,
  weightedClusters: message(weightedCluster),
  clusterHeader: inRelay('the relay reads the header'),
  clusterSpecifierPlugin: refused('cluster specifier plugins', 'Use cluster or weighted_clusters.'),
  inlineClusterSpecifierPlugin: refused('cluster specifier plugins', 'Use cluster or weighted_clusters.'),
  clusterNotFoundResponseCode: read,
  metadataMatch: SUBSET_CRITERIA,
  prefixRewrite: inRelay(CHANGED),
  regexRewrite: rewrite,
  pathRewritePolicy: refused('rewrites of the path'),
  pathRewrite: refused('rewrites of the path'),
  hostRewriteLiteral: inRelay(CHANGED),
  autoHostRewrite: refused(
    'rewrites of the Host header to the name of the endpoint',
    'Use host_rewrite_literal.',
  ),
  hostRewriteHeader: inRelay(CHANGED),
  hostRewritePathRegex: rewrite,
  appendXForwardedHost: inRelay(CHANGED),
  timeout: inRelay(
    `${TIMED}. Where a route names none, Envoy's 15 s hold only when it has retries or an idle_timeout`,
  ),
  idleTimeout: inRelay(TIMED),
  flushTimeout: noTimeout('timeouts of flushing'),
  earlyDataPolicy: refused('early data'),
  retryPolicy: message(retryPolicy),
  retryPolicyTypedConfig: refused('retries'),
  requestMirrorPolicies: refused(MIRROR),
  priority: only(['DEFAULT'], 'request priorities', 'Leave it out.'),
  rateLimits: refused(RATE_LIMIT),
  includeVhRateLimits: refused(RATE_LIMIT),
  hashPolicy: list(hashPolicy),
  cors: refused('CORS'),
  maxGrpcTimeout: noTimeout('gRPC timeouts'),
  grpcTimeoutOffset: noTimeout('gRPC timeouts'),
  upgradeConfigs: refused('upgrades'),
  internalRedirectPolicy: refused('internal redirects'),
  internalRedirectAction: only(['PASS_THROUGH_INTERNAL_REDIRECT'], 'internal redirects', 'Leave it out.'),
  maxInternalRedirects: refused('internal redirects'),
  hedgePolicy: refused('hedged requests'),
  maxStreamDuration: message({
    maxStreamDuration: noTimeout('limits of the duration of a request'),
    grpcTimeoutHeaderMax: noted('OneHop leaves the time of grpc-timeout to its client.'),
    grpcTimeoutHeaderOffset: noted('OneHop leaves the time of grpc-timeout to its client.'),
  }),
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

const ANSWERED = 'the relay answers';

const redirect: MessageSpec = {
  httpsRedirect: inRelay(ANSWERED),
  schemeRedirect: inRelay(ANSWERED),
  hostRedirect: inRelay(ANSWERED),
  portRedirect: inRelay(ANSWERED),
  pathRedirect: inRelay(ANSWERED),
  prefixRewrite: inRelay(ANSWERED),
  regexRewrite: rewrite,
  responseCode: inRelay(ANSWERED),
  stripQuery: inRelay(ANSWERED),
};

const route: MessageSpec = {
  name: read,
  match: message(routeMatch),
  route: message(routeAction),
  directResponse: message(directResponse),
  redirect: message(redirect),
  filterAction: refused('filter actions', 'Use route or direct_response.'),
  nonForwardingAction: refused('routes of gRPC servers', 'Use route or direct_response.'),
  metadata: METADATA,
  decorator: harmless('names a span, and there is no tracing'),
  typedPerFilterConfig: PER_FILTER,
  ...headerChanges,
  tracing: noted('OneHop does not trace requests; `onehop events` shows them.'),
  perRequestBufferLimitBytes: harmless('a request of which more than 1 MiB has been sent is not sent again'),
  requestBodyBufferLimit: harmless('a request of which more than 1 MiB has been sent is not sent again'),
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
  ...headerChanges,
  cors: refused('CORS'),
  typedPerFilterConfig: PER_FILTER,
  includeRequestAttemptCount: refused(HEADERS),
  includeAttemptCountInResponse: refused(HEADERS),
  retryPolicy: message(retryPolicy),
  retryPolicyTypedConfig: refused('retries'),
  hedgePolicy: refused('hedged requests'),
  includeIsTimeoutRetryHeader: refused(HEADERS),
  perRequestBufferLimitBytes: harmless('a request of which more than 1 MiB has been sent is not sent again'),
  requestBodyBufferLimit: harmless('a request of which more than 1 MiB has been sent is not sent again'),
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
  ...headerChanges,
  mostSpecificHeaderMutationsWins: inRelay(CHANGED),
  clusterSpecifierPlugins: refused(
    'cluster specifier plugins',
    'Use cluster or weighted_clusters in the routes.',
  ),
  requestMirrorPolicies: refused(MIRROR),
  ignorePortInHostMatching: read,
  ignorePathParametersInPathMatching: refused('matching of paths without their parameters'),
  typedPerFilterConfig: PER_FILTER,
  metadata: METADATA,
};
