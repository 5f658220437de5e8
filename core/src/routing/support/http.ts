import type { JsonObject } from '../../resources/model.js';
import { objectOf } from '../fields.js';
import { configSource } from './address.js';
import { FILTER_SPECS } from './filters.js';
import { routeConfiguration } from './route.js';
import {
  any,
  harmless,
  inRelay,
  list,
  message,
  noted,
  noTimeout,
  only,
  read,
  refused,
  STATISTICS,
  type MessageSpec,
} from './spec.js';

/*
 * envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.proto and
 * envoy/extensions/filters/http/router/v3/router.proto.
 *
 * The kernel path passes requests and responses on as they are. So what Envoy does to them by default
 * (x-request-id, x-forwarded-proto, server: envoy, …) is not done, and what asks for it is refused or noted.
 */

export const ROUTER = 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router';

const AS_IT_IS = 'Leave it out: OneHop passes headers on as they are.';
const PATH_AS_IT_IS = 'Leave it out: OneHop matches the path as it was sent.';
const HEADERS = 'changes of headers';
const HOST = 'the relay changes the Host header; all requests of the listener leave the kernel path';

const router: MessageSpec = {
  dynamicStats: STATISTICS,
  startChildSpan: noted('OneHop does not trace requests; `onehop events` shows them.'),
  upstreamLog: noted('OneHop writes no access log; `onehop events` shows requests.'),
  upstreamLogOptions: harmless('there is no access log'),
  suppressEnvoyHeaders: harmless('OneHop never adds headers'),
  strictCheckHeaders: refused('checks of x-envoy headers'),
  respectExpectedRqTimeout: refused('timeouts of requests'),
  suppressGrpcRequestFailureCodeStats: STATISTICS,
  upstreamHttpFilters: refused('upstream HTTP filters'),
  rejectConnectRequestEarlyData: harmless('CONNECT is not routed'),
};

const httpFilter: MessageSpec = {
  name: harmless('the type tells'),
  typedConfig: any(
    { [ROUTER]: router, ...FILTER_SPECS },
    'the HTTP filters are router, fault, cors, rbac, local_ratelimit and header_mutation',
    'Leave the filter out, or mark it is_optional.',
  ),
  configDiscovery: refused('filters by ECDS', 'Write the filter in typed_config.'),
  isOptional: read,
  disabled: read,
};

export const commonHttpOptions: MessageSpec = {
  idleTimeout: noTimeout('timeouts of idle connections'),
  maxConnectionDuration: noTimeout('limits of the duration of a connection'),
  maxHeadersCount: noted(
    'Heads with more headers than the kernel reads go to the relay; OneHop refuses none for their number.',
  ),
  maxResponseHeadersKb: noted('OneHop limits no response head.'),
  maxStreamDuration: noTimeout('limits of the duration of a request'),
  headersWithUnderscoresAction: only(['ALLOW'], HEADERS, AS_IT_IS),
  maxRequestsPerConnection: refused('limits of the requests on a connection'),
};

/** What becomes of a filter that OneHop does not have: "" of a disabled one. Undefined for one that it has, or refuses. */
export function idleFilter(filter: JsonObject): string | undefined {
  const type = objectOf(filter['typedConfig'])['@type'];
  const known = type === ROUTER || (typeof type === 'string' && Object.hasOwn(FILTER_SPECS, type));
  if (known) return undefined;
  // A route may switch it on, and is refused then: it knows no settings of such a filter.
  if (filter['disabled'] === true) return '';
  const optional = filter['isOptional'] === true;
  return optional ? 'OneHop does not have this filter; it is optional, so it is left out.' : undefined;
}

/** envoy/config/core/v3/protocol.proto */
export const http1Options: MessageSpec = {
  allowAbsoluteUrl: refused('requests in absolute form'),
  acceptHttp10: refused('HTTP/1.0'),
  defaultHostForHttp10: refused('HTTP/1.0'),
  headerKeyFormat: refused(HEADERS, AS_IT_IS),
  enableTrailers: harmless('bytes pass as they are'),
  allowChunkedLength: refused('requests with both Content-Length and chunks'),
  overrideStreamErrorOnInvalidHttpMessage: harmless('what is not plain HTTP/1.1 is never routed'),
  sendFullyQualifiedUrl: refused('requests in absolute form'),
  useBalsaParser: harmless('chooses among the parsers of Envoy'),
  allowCustomMethods: harmless('every method is passed on'),
  ignoreHttp11Upgrade: refused('upgrades'),
};

export const httpConnectionManager: MessageSpec = {
  codecType: only(['AUTO', 'HTTP1'], 'HTTP/2 and HTTP/3', 'Use AUTO or HTTP1.'),
  statPrefix: STATISTICS,
  rds: message({ configSource: message(configSource), routeConfigName: read }),
  routeConfig: message(routeConfiguration),
  scopedRoutes: refused('scoped routes', 'Use rds or route_config.'),
  httpFilters: list(httpFilter, idleFilter),
  addUserAgent: refused(HEADERS, AS_IT_IS),
  tracing: noted('OneHop does not trace requests; `onehop events` shows them.'),
  commonHttpProtocolOptions: message(commonHttpOptions),
  httpProtocolOptions: message(http1Options),
  http1SafeMaxConnectionDuration: harmless('there is no limit of the duration of a connection'),
  http2ProtocolOptions: harmless('HTTP/2 is not routed'),
  http3ProtocolOptions: harmless('HTTP/3 is not routed'),
  serverName: refused(HEADERS, AS_IT_IS),
  serverHeaderTransformation: only(['PASS_THROUGH', 'OVERWRITE'], HEADERS, AS_IT_IS),
  schemeHeaderTransformation: refused(HEADERS, AS_IT_IS),
  maxRequestHeadersKb: noted('Heads longer than the kernel reads go to the relay, which has its own limit.'),
  streamIdleTimeout: noTimeout('timeouts of idle requests'),
  streamFlushTimeout: noTimeout('timeouts of flushing'),
  requestTimeout: noTimeout('timeouts of requests'),
  requestHeadersTimeout: noTimeout('timeouts of request heads'),
  drainTimeout: harmless('connections of a listener that goes away live on'),
  delayedCloseTimeout: harmless('connections end as the two ends close them'),
  accessLog: noted('OneHop writes no access log; `onehop events` shows requests.'),
  accessLogFlushInterval: harmless('there is no access log'),
  flushAccessLogOnNewRequest: harmless('there is no access log'),
  accessLogOptions: harmless('there is no access log'),
  useRemoteAddress: refused(HEADERS, 'Leave it out: OneHop does not write x-forwarded-for.'),
  xffNumTrustedHops: refused('reading of x-forwarded-for'),
  originalIpDetectionExtensions: refused('reading of x-forwarded-for'),
  earlyHeaderMutationExtensions: refused(HEADERS, AS_IT_IS),
  internalAddressConfig: harmless('decides about x-envoy headers, which OneHop neither writes nor removes'),
  skipXffAppend: harmless('OneHop never writes x-forwarded-for'),
  via: refused(HEADERS, AS_IT_IS),
  generateRequestId: noted('OneHop does not write x-request-id.'),
  preserveExternalRequestId: harmless('OneHop passes x-request-id on as it is'),
  alwaysSetRequestIdInResponse: refused(HEADERS, AS_IT_IS),
  forwardClientCertDetails: only(['SANITIZE'], 'forwarding of client certificates', 'Leave it out.'),
  setCurrentClientCertDetails: refused('forwarding of client certificates'),
  proxy100Continue: harmless('Expect: 100-continue goes to the relay, which answers as the service does'),
  representIpv4RemoteAddressAsIpv4MappedIpv6: refused(HEADERS, AS_IT_IS),
  upgradeConfigs: refused('upgrades'),
  normalizePath: refused('normalisation of paths', PATH_AS_IT_IS),
  mergeSlashes: refused('normalisation of paths', PATH_AS_IT_IS),
  pathWithEscapedSlashesAction: only(
    ['IMPLEMENTATION_SPECIFIC_DEFAULT', 'KEEP_UNCHANGED'],
    'normalisation of paths',
    PATH_AS_IT_IS,
  ),
  pathNormalizationOptions: refused('normalisation of paths', PATH_AS_IT_IS),
  requestIdExtension: refused('request ids', 'Leave it out: OneHop does not write x-request-id.'),
  localReplyConfig: refused('changes of its own answers'),
  stripMatchingHostPort: inRelay(HOST),
  stripAnyHostPort: inRelay(HOST),
  stripTrailingHostDot: inRelay(HOST),
  streamErrorOnInvalidHttpMessage: harmless('what is not plain HTTP/1.1 is never routed'),
  proxyStatusConfig: refused(HEADERS, AS_IT_IS),
  typedHeaderValidationConfig: refused('validation of headers', AS_IT_IS),
  appendXForwardedPort: refused(HEADERS, AS_IT_IS),
  appendLocalOverload: harmless('there is no overload manager'),
  addProxyProtocolConnectionState: harmless('the PROXY protocol is refused'),
};

const upstreamHttp = message({
  httpProtocolOptions: message(http1Options),
  http2ProtocolOptions: refused('HTTP/2 to endpoints', 'Use http_protocol_options: {}.'),
  http3ProtocolOptions: refused('HTTP/3 to endpoints', 'Use http_protocol_options: {}.'),
});

/** envoy/extensions/upstreams/http/v3/http_protocol_options.proto, on clusters. */
export const upstreamHttpOptions: MessageSpec = {
  commonHttpProtocolOptions: message(commonHttpOptions),
  explicitHttpConfig: upstreamHttp,
  useDownstreamProtocolConfig: message({
    httpProtocolOptions: message(http1Options),
    http2ProtocolOptions: harmless('clients do not come by HTTP/2'),
    http3ProtocolOptions: harmless('clients do not come by HTTP/3'),
  }),
  autoConfig: refused(
    'choice of the protocol by ALPN',
    'Use explicit_http_config with http_protocol_options: {}.',
  ),
  upstreamHttpProtocolOptions: refused('TLS to endpoints'),
  httpFilters: refused('upstream HTTP filters'),
  headerValidationConfig: refused('validation of headers'),
  outlierDetection: refused('outlier detection'),
};
