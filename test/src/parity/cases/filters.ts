/** HTTP filters: of the listener, and what routes and virtual hosts say about them. */
import type { JsonObject } from '@onehop/core/resources/model.js';
import { to, withFilters, type ParityCase } from './case.js';

const HTTP = 'type.googleapis.com/envoy.extensions.filters.http';
const all = { numerator: 100 };
const some = { defaultValue: all };

const filter = (name: string, type: string, config: JsonObject = {}, more: JsonObject = {}): JsonObject => ({
  name,
  typedConfig: { '@type': `${HTTP}.${type}`, ...config },
  ...more,
});
const said = (name: string, type: string, config: JsonObject = {}): JsonObject => ({
  typedPerFilterConfig: { [name]: { '@type': `${HTTP}.${type}`, ...config } },
});
const FILTER_CONFIG = 'type.googleapis.com/envoy.config.route.v3.FilterConfig';
const switchedOff = (name: string): JsonObject => ({
  typedPerFilterConfig: { [name]: { '@type': FILTER_CONFIG, disabled: true } },
});
const add = (key: string, value: string, appendAction = 'OVERWRITE_IF_EXISTS_OR_ADD'): JsonObject => ({
  append: { header: { key, value }, appendAction },
});

const FAULT = 'fault.v3.HTTPFault';
const abort = (httpStatus: number, percentage: JsonObject = all): JsonObject => ({
  abort: { httpStatus, percentage },
});

const fault: ParityCase = {
  name: 'fault',
  manager: withFilters(filter('fault', FAULT)),
  routes: [
    to('/abort', {}, said('fault', FAULT, abort(418))),
    to('/never', {}, said('fault', FAULT, abort(418, { numerator: 0 }))),
    to('/delay', {}, said('fault', FAULT, { delay: { fixedDelay: '0.3s', percentage: all } })),
    to('/both', {}, said('fault', FAULT, { delay: { fixedDelay: '0.3s', percentage: all }, ...abort(503) })),
    to(
      '/some',
      {},
      said('fault', FAULT, { ...abort(400), headers: [{ name: 'x-who', stringMatch: { exact: 'me' } }] }),
    ),
    to('/other', {}, said('fault', FAULT, { ...abort(400), upstreamCluster: 'two' })),
    to('/same', {}, said('fault', FAULT, { ...abort(400), upstreamCluster: 'one' })),
    to('/grpc', {}, said('fault', FAULT, { abort: { grpcStatus: 5, percentage: all } })),
    to('/header', {}, said('fault', FAULT, { abort: { headerAbort: {}, percentage: all } })),
    to('/wait', {}, said('fault', FAULT, { delay: { headerDelay: {}, percentage: all } })),
    {
      match: { prefix: '/direct' },
      directResponse: { status: 200, body: { inlineString: 'direct' } },
      ...said('fault', FAULT, abort(418)),
    },
    to('/plain'),
    to(
      '/timed',
      { timeout: '0.3s' },
      said('fault', FAULT, { delay: { fixedDelay: '0.2s', percentage: all } }),
    ),
  ],
  requests: [
    { target: '/abort' },
    { target: '/abort', method: 'HEAD' },
    { target: '/abort', method: 'POST', headers: [['content-type', 'application/grpc']] },
    { target: '/never' },
    { target: '/delay', leastMs: 290 },
    { target: '/delay', method: 'POST', body: 'a body', leastMs: 290 },
    { target: '/both', leastMs: 290 },
    { target: '/some', headers: [['x-who', 'me']] },
    { target: '/some', headers: [['x-who', 'you']] },
    { target: '/other' },
    { target: '/same' },
    { target: '/grpc' },
    { target: '/grpc', headers: [['content-type', 'application/grpc+proto']] },
    { target: '/header', headers: [['x-envoy-fault-abort-request', '404']] },
    { target: '/header', headers: [['x-envoy-fault-abort-request', '999']] },
    { target: '/header' },
    { target: '/wait', headers: [['x-envoy-fault-delay-request', '300']], leastMs: 290 },
    { target: '/direct' },
    { target: '/plain' },
    { target: '/timed', does: 'wait', leastMs: 490 },
  ],
};

/** Of the listener, also for requests of no route; routes and virtual hosts switch it off and on. */
const faultForAll: ParityCase = {
  name: 'fault for all',
  manager: withFilters(filter('fault', FAULT, abort(418))),
  routes: [
    to('/a'),
    to('/off', {}, switchedOff('fault')),
    to('/own', {}, said('fault', FAULT, abort(400))),
    to('/nothing', {}, said('fault', FAULT)),
  ],
  requests: ['/a', '/off', '/own', '/nothing', '/off', '/none'].map((target) => ({ target })),
};

const disabled: ParityCase = {
  name: 'disabled',
  manager: withFilters(filter('fault', FAULT, abort(418), { disabled: true })),
  config: switchedOff('fault'),
  host: switchedOff('fault'),
  routes: [
    to('/a'),
    to(
      '/on',
      {},
      {
        typedPerFilterConfig: {
          fault: { '@type': FILTER_CONFIG, config: { '@type': `${HTTP}.${FAULT}`, ...abort(400) } },
        },
      },
    ),
    to('/own', {}, said('fault', FAULT, abort(400))),
  ],
  requests: ['/a', '/on', '/own', '/none'].map((target) => ({ target })),
};

const CORS = 'cors.v3.CorsPolicy';
const origins = (...allowOriginStringMatch: JsonObject[]): JsonObject => ({ allowOriginStringMatch });
const preflight = (
  target: string,
  origin: string,
  ...more: [string, string][]
): ParityCase['requests'][0] => ({
  method: 'OPTIONS',
  target,
  headers: [['Origin', origin], ['Access-Control-Request-Method', 'PUT'], ...more],
});
const simple = (target: string, origin: string): ParityCase['requests'][0] => ({
  target,
  headers: [['Origin', origin]],
});

const cors: ParityCase = {
  name: 'cors',
  manager: withFilters(filter('cors', 'cors.v3.Cors')),
  host: said('cors', CORS, { ...origins({ suffix: '.example' }), allowMethods: 'GET', maxAge: '60' }),
  routes: [
    to('/host'),
    to(
      '/all',
      {},
      said('cors', CORS, {
        ...origins({ exact: 'https://a.example' }, { safeRegex: { regex: 'https://b[0-9]' } }),
        allowMethods: '*',
        allowHeaders: '*',
        exposeHeaders: 'x-one, x-two',
        allowCredentials: true,
        allowPrivateNetworkAccess: true,
      }),
    ),
    to('/star', {}, said('cors', CORS, origins({ exact: '*' }))),
    to(
      '/strict',
      {},
      said('cors', CORS, { ...origins({ exact: 'x' }), forwardNotMatchingPreflights: false }),
    ),
    to('/off', {}, said('cors', CORS, { filterEnabled: { defaultValue: { numerator: 0 } } })),
    { match: { prefix: '/direct' }, directResponse: { status: 200, body: { inlineString: 'direct' } } },
    { match: { prefix: '/none' }, route: { cluster: 'none' } },
  ],
  requests: [
    preflight('/host', 'https://a.example'),
    preflight('/host', 'https://evil.com'),
    simple('/host', 'https://a.example'),
    simple('/host', 'https://evil.com'),
    { target: '/host' },
    { ...simple('/host', 'https://a.example'), method: 'OPTIONS' },
    preflight('/all', 'https://a.example', ['Access-Control-Request-Headers', 'x-a, x-b']),
    preflight('/all', 'https://b7', ['Access-Control-Request-Private-Network', 'true']),
    preflight('/all', 'https://c'),
    simple('/all', 'https://b1'),
    simple('/star', 'https://anything'),
    preflight('/star', 'https://anything'),
    preflight('/strict', 'y'),
    simple('/strict', 'y'),
    preflight('/off', 'https://a.example'),
    simple('/off', 'https://a.example'),
    simple('/direct', 'https://a.example'),
    simple('/none', 'https://a.example'),
    simple('/nowhere', 'https://a.example'),
  ],
};

const any = { any: true };
const policy = (permissions: JsonObject[], principals: JsonObject[] = [any]): JsonObject => ({
  policies: { one: { permissions, principals } },
});
const allowed = (prefix: string, rules: JsonObject): JsonObject =>
  to(prefix, {}, said('rbac', 'rbac.v3.RBACPerRoute', { rbac: { rules } }));
const path = (exact: string): JsonObject => ({ urlPath: { path: { exact } } });
const header = (name: string, exact: string): JsonObject => ({ header: { name, stringMatch: { exact } } });
const net = (addressPrefix: string, prefixLen: number): JsonObject => ({ addressPrefix, prefixLen });

const rbac: ParityCase = {
  name: 'rbac',
  manager: withFilters(
    filter('rbac', 'rbac.v3.RBAC', { rules: { action: 'DENY', ...policy([header('x-bad', 'yes')]) } }),
  ),
  routes: [
    allowed('/none', {}),
    allowed('/path', policy([path('/path/ok')])),
    allowed('/method', policy([{ header: { name: ':method', stringMatch: { exact: 'GET' } } }])),
    allowed('/deny', { action: 'DENY', ...policy([header('x-a', '1')]) }),
    allowed('/log', { action: 'LOG', ...policy([header('x-a', '1')]) }),
    allowed('/and', policy([{ andRules: { rules: [header('x-a', '1'), header('x-b', '2')] } }])),
    allowed('/or', policy([{ orRules: { rules: [header('x-a', '1'), header('x-b', '2')] } }])),
    allowed('/not', policy([{ notRule: header('x-a', '1') }])),
    allowed(
      '/who',
      policy([any], [{ andIds: { ids: [header('x-a', '1'), { notId: header('x-b', '2') }] } }]),
    ),
    allowed('/tls', policy([any], [{ authenticated: {} }])),
    allowed('/net', policy([any], [{ directRemoteIp: net('198.18.1.0', 24) }])),
    allowed('/far', policy([any], [{ remoteIp: net('198.18.2.0', 24) }])),
    allowed('/six', policy([any], [{ sourceIp: net('::', 0) }])),
    allowed('/port', policy([{ destinationPort: 1 }])),
    allowed('/range', policy([{ destinationPortRange: { start: 11_000, end: 12_000 } }])),
    allowed('/to', policy([{ destinationIp: net('198.18.0.0', 15) }])),
    to('/open', {}, said('rbac', 'rbac.v3.RBACPerRoute')),
    to('/outer'),
  ],
  requests: [
    ...['/none', '/path/ok', '/path/ok?q=1', '/path/no', '/method', '/log', '/tls', '/net', '/far'].map(
      (target) => ({ target }),
    ),
    ...['/six', '/port', '/range', '/to', '/open', '/outer', '/nowhere'].map((target) => ({ target })),
    { target: '/method', method: 'POST' },
    ...['/deny', '/log', '/and', '/or', '/not', '/who'].flatMap((target) => [
      { target },
      { target, headers: [['x-a', '1']] as const },
      {
        target,
        headers: [
          ['x-a', '1'],
          ['x-b', '2'],
        ] as const,
      },
    ]),
    { target: '/outer', headers: [['x-bad', 'yes']] },
    { target: '/open', headers: [['x-bad', 'yes']] },
    { target: '/nowhere', headers: [['x-bad', 'yes']] },
    { target: '/none', method: 'POST', headers: [['content-type', 'application/grpc']] },
  ],
};

const LIMIT = 'local_ratelimit.v3.LocalRateLimit';
const limit = (maxTokens: number, more: JsonObject = {}): JsonObject => ({
  statPrefix: 'limit',
  tokenBucket: { maxTokens, tokensPerFill: 1, fillInterval: '3600s' },
  filterEnabled: some,
  filterEnforced: some,
  ...more,
});

const rateLimit: ParityCase = {
  name: 'local rate limit',
  manager: withFilters(filter('limit', LIMIT, { statPrefix: 'limit' })),
  routes: [
    to('/three', {}, said('limit', LIMIT, limit(3))),
    to(
      '/said',
      {},
      said(
        'limit',
        LIMIT,
        limit(1, {
          status: { code: 'ServiceUnavailable' },
          responseHeadersToAdd: [{ header: { key: 'x-limited', value: 'yes' } }],
          rateLimitedAsResourceExhausted: true,
        }),
      ),
    ),
    to('/ok', {}, said('limit', LIMIT, limit(1, { status: { code: 'OK' } }))),
    to('/shadow', {}, said('limit', LIMIT, limit(1, { filterEnforced: { defaultValue: {} } }))),
    to('/off', {}, said('limit', LIMIT, limit(1, { filterEnabled: { defaultValue: {} } }))),
    to('/free'),
  ],
  requests: [
    { target: '/three', times: 6 },
    { target: '/said', times: 2 },
    { target: '/said', method: 'POST', headers: [['content-type', 'application/grpc']] },
    { target: '/ok', times: 2 },
    { target: '/shadow', times: 3 },
    { target: '/off', times: 3 },
    { target: '/free', times: 3 },
  ],
};

const MUTATION = 'header_mutation.v3.HeaderMutation';
const mutations = (request: JsonObject[], response: JsonObject[]): JsonObject => ({
  mutations: { requestMutations: request, responseMutations: response },
});
const own = (value: string): JsonObject =>
  said('mutation', `${MUTATION}PerRoute`, {
    ...mutations(
      [add('x-level', value)],
      [add('x-level', value), add('x-list', value, 'APPEND_IF_EXISTS_OR_ADD')],
    ),
  });

const mutation = (mostSpecificHeaderMutationsWins: boolean): ParityCase => ({
  name: mostSpecificHeaderMutationsWins ? 'mutation, most specific wins' : 'mutation',
  manager: withFilters(
    filter('mutation', MUTATION, {
      ...mutations(
        [
          add('x-add', '%REQ(x-in)%'),
          { remove: 'x-gone' },
          add('x-absent', 'new', 'ADD_IF_ABSENT'),
          add('x-there', 'changed', 'OVERWRITE_IF_EXISTS'),
          add('x-two', '1', 'APPEND_IF_EXISTS_OR_ADD'),
          add('x-two', '2', 'APPEND_IF_EXISTS_OR_ADD'),
        ],
        [add('x-code', '%RESPONSE_CODE% %REQ(x-in)%'), { remove: 'x-endpoint-not' }],
      ),
      mostSpecificHeaderMutationsWins,
    }),
    filter('fault', FAULT),
  ),
  config: own('config'),
  host: own('host'),
  routes: [
    to('/a', {}, own('route')),
    to('/b'),
    to(
      '/route',
      {},
      {
        requestHeadersToAdd: [{ header: { key: 'x-add', value: 'route %REQ(x-add)%' } }],
        responseHeadersToAdd: [{ header: { key: 'x-code', value: 'route' } }],
      },
    ),
    { match: { prefix: '/direct' }, directResponse: { status: 200, body: { inlineString: 'direct' } } },
    { match: { prefix: '/redirect' }, redirect: { pathRedirect: '/b' } },
    { match: { prefix: '/none' }, route: { cluster: 'none' } },
    to('/abort', {}, said('fault', FAULT, abort(418))),
  ],
  requests: ['/a', '/b', '/route', '/direct', '/redirect', '/none', '/abort', '/nowhere'].flatMap(
    (target) => [
      { target },
      {
        target,
        headers: [
          ['x-in', 'in'],
          ['x-gone', 'g'],
          ['x-there', 't'],
          ['x-absent', 'a'],
          ['x-two', '0'],
        ],
      },
    ],
  ),
});

const weighted: ParityCase = {
  name: 'filters of a share',
  manager: withFilters(filter('fault', FAULT)),
  routes: [
    {
      match: { prefix: '/' },
      route: {
        weightedClusters: {
          clusters: [
            { name: 'one', weight: 1, ...said('fault', FAULT, abort(418)) },
            { name: 'two', weight: 0 },
          ],
        },
      },
    },
  ],
  requests: [{ target: '/' }],
};

export const filters: readonly ParityCase[] = [
  fault,
  faultForAll,
  disabled,
  cors,
  rbac,
  rateLimit,
  mutation(false),
  mutation(true),
  weighted,
];
