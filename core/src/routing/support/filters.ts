import { headerMatcher, headerOption, stringMatcher } from './matchers.js';
import {
  any,
  each,
  EMPTY,
  harmless,
  inRelay,
  list,
  message,
  noted,
  only,
  refused,
  STATISTICS,
  type FieldSpec,
  type MessageSpec,
} from './spec.js';

/*
 * envoy/extensions/filters/http/{fault,cors,rbac,local_ratelimit,header_mutation}/v3 and
 * envoy/config/route/v3/route_components.proto (FilterConfig).
 */

const HTTP = 'type.googleapis.com/envoy.extensions.filters.http';

/** Types in the list of a listener. */
export const FILTERS = {
  fault: `${HTTP}.fault.v3.HTTPFault`,
  cors: `${HTTP}.cors.v3.Cors`,
  rbac: `${HTTP}.rbac.v3.RBAC`,
  localRateLimit: `${HTTP}.local_ratelimit.v3.LocalRateLimit`,
  headerMutation: `${HTTP}.header_mutation.v3.HeaderMutation`,
} as const;

/** Types in typed_per_filter_config. */
export const ROUTE_FILTERS = {
  fault: FILTERS.fault,
  cors: `${HTTP}.cors.v3.CorsPolicy`,
  rbac: `${HTTP}.rbac.v3.RBACPerRoute`,
  localRateLimit: FILTERS.localRateLimit,
  headerMutation: `${HTTP}.header_mutation.v3.HeaderMutationPerRoute`,
} as const;

export const FILTER_CONFIG = 'type.googleapis.com/envoy.config.route.v3.FilterConfig';

const RUN = inRelay('the relay runs the filter; requests of the route leave the kernel path');
const NO_RUNTIME = harmless('there is no runtime: the value written holds');

const fraction: MessageSpec = { numerator: RUN, denominator: RUN };
const runtimeFraction: MessageSpec = { defaultValue: message(fraction), runtimeKey: NO_RUNTIME };

const fault: MessageSpec = {
  delay: message({
    fixedDelay: RUN,
    headerDelay: RUN,
    percentage: message(fraction),
  }),
  abort: message({
    httpStatus: RUN,
    grpcStatus: RUN,
    headerAbort: RUN,
    percentage: message(fraction),
  }),
  upstreamCluster: RUN,
  headers: list(headerMatcher),
  downstreamNodes: refused('faults for some nodes only', 'Match on a header.'),
  maxActiveFaults: refused('limits of the number of faults'),
  responseRateLimit: refused('slow responses', 'Use delay.'),
  delayPercentRuntime: NO_RUNTIME,
  abortPercentRuntime: NO_RUNTIME,
  delayDurationRuntime: NO_RUNTIME,
  abortHttpStatusRuntime: NO_RUNTIME,
  maxActiveFaultsRuntime: NO_RUNTIME,
  responseRateLimitPercentRuntime: NO_RUNTIME,
  abortGrpcStatusRuntime: NO_RUNTIME,
  disableDownstreamClusterStats: STATISTICS,
  filterMetadata: harmless('goes into access logs, which OneHop does not write'),
};

const corsPolicy: MessageSpec = {
  allowOriginStringMatch: list(stringMatcher),
  allowMethods: RUN,
  allowHeaders: RUN,
  exposeHeaders: RUN,
  maxAge: RUN,
  allowCredentials: RUN,
  filterEnabled: message(runtimeFraction),
  shadowEnabled: noted('OneHop keeps no statistics of CORS; it only does what filter_enabled says.'),
  allowPrivateNetworkAccess: RUN,
  forwardNotMatchingPreflights: RUN,
};

const pathMatcher: MessageSpec = { path: message(stringMatcher) };
const range: MessageSpec = { addressPrefix: RUN, prefixLen: RUN };
const MATCHERS = 'matchers of extensions in RBAC';

/** Filled below: permissions and principals have some of their kind in them. */
const permission: Record<string, FieldSpec> = {
  any: RUN,
  header: message(headerMatcher),
  urlPath: message(pathMatcher),
  destinationIp: message(range),
  destinationPort: RUN,
  destinationPortRange: message({ start: RUN, end: RUN }),
  metadata: refused('matches of dynamic metadata', 'Match on a header.'),
  requestedServerName: refused('matches of the server name of TLS'),
  matcher: refused(MATCHERS),
  uriTemplate: refused('path templates', 'Use url_path.'),
  sourcedMetadata: refused('matches of metadata', 'Match on a header.'),
};
permission['andRules'] = message({ rules: list(permission) });
permission['orRules'] = message({ rules: list(permission) });
permission['notRule'] = message(permission);

const principal: Record<string, FieldSpec> = {
  any: RUN,
  authenticated: message({ principalName: message(stringMatcher) }),
  sourceIp: message(range),
  directRemoteIp: message(range),
  remoteIp: message(range),
  header: message(headerMatcher),
  urlPath: message(pathMatcher),
  metadata: refused('matches of dynamic metadata', 'Match on a header.'),
  filterState: refused('matches of filter state', 'Match on a header.'),
  sourcedMetadata: refused('matches of metadata', 'Match on a header.'),
  custom: refused(MATCHERS),
};
principal['andIds'] = message({ ids: list(principal) });
principal['orIds'] = message({ ids: list(principal) });
principal['notId'] = message(principal);

const rbac: MessageSpec = {
  rules: message({
    action: RUN,
    policies: each(
      message({
        permissions: list(permission),
        principals: list(principal),
        condition: refused('conditions in CEL', 'Use permissions and principals.'),
        checkedCondition: refused('conditions in CEL', 'Use permissions and principals.'),
        celConfig: refused('conditions in CEL', 'Use permissions and principals.'),
      }),
    ),
    auditLoggingOptions: noted('OneHop writes no audit log of RBAC.'),
  }),
  rulesStatPrefix: STATISTICS,
  matcher: refused('match trees', 'Use rules.'),
  shadowRules: noted('OneHop keeps no statistics of RBAC: shadow_rules decide nothing.'),
  shadowMatcher: noted('OneHop keeps no statistics of RBAC: shadow_matcher decides nothing.'),
  shadowRulesStatPrefix: STATISTICS,
  trackPerRuleStats: STATISTICS,
};

const localRateLimit: MessageSpec = {
  statPrefix: STATISTICS,
  status: message({ code: RUN }),
  tokenBucket: message({ maxTokens: RUN, tokensPerFill: RUN, fillInterval: RUN }),
  filterEnabled: message(runtimeFraction),
  filterEnforced: message(runtimeFraction),
  requestHeadersToAddWhenNotEnforced: refused('headers of requests over a limit that is not enforced'),
  responseHeadersToAdd: list(headerOption),
  descriptors: refused('limits by descriptors', 'Use token_bucket of the routes.'),
  stage: harmless('chooses among rate_limits, which are refused'),
  localRateLimitPerDownstreamConnection: only([false], 'limits for each connection', 'Leave it out.'),
  localClusterRateLimit: refused('limits that a cluster shares'),
  enableXRatelimitHeaders: only(['OFF'], 'headers that tell of a limit', 'Leave it out.'),
  vhRateLimits: refused('limits by descriptors', 'Use token_bucket of the routes.'),
  alwaysConsumeDefaultTokenBucket: harmless('there are no descriptors, and so one bucket only'),
  rateLimitedAsResourceExhausted: RUN,
  rateLimits: refused('limits by descriptors', 'Use token_bucket of the routes.'),
  maxDynamicDescriptors: harmless('there are no descriptors'),
};

const mutation: MessageSpec = {
  remove: RUN,
  append: message(headerOption),
  removeOnMatch: refused('removal of the headers that match'),
};

const mutations: MessageSpec = {
  requestMutations: list(mutation),
  responseMutations: list(mutation),
  queryParameterMutations: refused('changes of query parameters'),
  responseTrailersMutations: refused('changes of trailers'),
  requestTrailersMutations: refused('changes of trailers'),
};

/** By type, of the filters of a listener beside the router. */
export const FILTER_SPECS: Readonly<Record<string, MessageSpec>> = {
  [FILTERS.fault]: fault,
  [FILTERS.cors]: EMPTY,
  [FILTERS.rbac]: rbac,
  [FILTERS.localRateLimit]: localRateLimit,
  [FILTERS.headerMutation]: {
    mutations: message(mutations),
    mostSpecificHeaderMutationsWins: RUN,
  },
};

const ofRoute: Readonly<Record<string, MessageSpec>> = {
  [ROUTE_FILTERS.fault]: fault,
  [ROUTE_FILTERS.cors]: corsPolicy,
  [ROUTE_FILTERS.rbac]: { rbac: message(rbac) },
  [ROUTE_FILTERS.localRateLimit]: localRateLimit,
  [ROUTE_FILTERS.headerMutation]: { mutations: message(mutations) },
};
const NAMED = 'routes say something about the filters fault, cors, rbac, local_ratelimit and header_mutation';
const LEFT_OUT = 'Leave it out.';

export const PER_FILTER: FieldSpec = each(
  any(
    {
      ...ofRoute,
      [FILTER_CONFIG]: {
        config: any(ofRoute, NAMED, LEFT_OUT, 'relay'),
        isOptional: harmless('what OneHop does not have is refused all the same'),
        disabled: RUN,
      },
    },
    NAMED,
    LEFT_OUT,
    'relay',
  ),
);
