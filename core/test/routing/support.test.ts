import assert from 'node:assert/strict';
import {
  formatFieldPath,
  LISTENER_TYPE,
  type JsonObject,
  type XdsResource,
} from '../../src/resources/model.js';
import { checkSupport } from '../../src/routing/support.js';
import {
  action,
  address,
  assignment,
  edsCluster,
  hcm,
  httpListener,
  listenerWith,
  rds,
  resource,
  route,
  routeConfiguration,
  routerFilter,
  staticCluster,
  tcpListener,
  virtualHost,
} from './configuration.js';

/** `error path: message` of every problem. */
function problemsOf(of: XdsResource): string[] {
  return checkSupport(of).map(
    ({ severity, path, message }) => `${severity} ${formatFieldPath(path)}: ${message}`,
  );
}

function check(title: string, of: XdsResource, ...expected: readonly (string | RegExp)[]): void {
  it(title, () => {
    const found = problemsOf(of);
    assert.equal(found.length, expected.length, found.join('\n'));
    for (const [i, want] of expected.entries()) {
      if (typeof want === 'string') assert.equal(found[i], want);
      else assert.match(found[i] ?? '', want);
    }
    for (const { hint, severity } of checkSupport(of))
      assert.ok(severity !== 'error' || hint, 'an error says what to do');
  });
}

const PREFIX: JsonObject = { prefix: '/' };

function oneRoute(value: JsonObject, more: JsonObject = {}): XdsResource {
  return routeConfiguration('rc', [virtualHost('v', ['*'], [value])], more);
}

function matching(match: JsonObject): XdsResource {
  return oneRoute(route(match, 'a'));
}

function withHeader(header: JsonObject): XdsResource {
  return matching({ prefix: '/', headers: [header] });
}

function acting(more: JsonObject): XdsResource {
  return oneRoute({ match: PREFIX, route: { cluster: 'a', ...more } });
}

function domains(...lists: string[][]): XdsResource {
  return routeConfiguration(
    'rc',
    lists.map((list, i) => virtualHost(`v${i}`, list, [])),
  );
}

describe('routing: checkSupport', () => {
  describe('of listeners', () => {
    const manager = (more: JsonObject): XdsResource => httpListener('l', ['10.0.0.1:80'], 'rc', more);
    const HCM = 'filterChains[0].filters[0].typedConfig';
    check('takes HTTP by RDS', httpListener('l', ['10.0.0.1:80', '[fd00::1]:80'], 'rc'));
    check(
      'takes HTTP with routes inline',
      listenerWith(
        'l',
        ['10.0.0.1:80'],
        hcm({ routeConfig: { virtualHosts: [virtualHost('v', ['*'], [route(PREFIX, 'a')])] } }),
      ),
    );
    check('takes TCP', tcpListener('l', ['10.0.0.1:80'], { cluster: 'a' }));
    check('takes TCP with weights', tcpListener('l', ['10.0.0.1:80'], action({ a: 1, b: 2 })));
    check(
      'takes what is harmless',
      listenerWith('l', ['10.0.0.1:80'], hcm(rds('rc')), {
        trafficDirection: 'OUTBOUND',
        statPrefix: 'x',
        bindToPort: false,
        enableReusePort: true,
      }),
    );
    check(
      'takes a default filter chain',
      resource(LISTENER_TYPE, {
        name: 'l',
        address: address('10.0.0.1:80'),
        defaultFilterChain: { filters: [{ typedConfig: hcm(rds('rc')) }] },
      }),
    );
    check(
      'takes an empty filter_chain_match',
      resource(LISTENER_TYPE, {
        name: 'l',
        address: address('10.0.0.1:80'),
        filterChains: [{ filterChainMatch: {}, filters: [{ typedConfig: hcm(rds('rc')) }] }],
      }),
    );
    check(
      'takes explicit defaults',
      manager({
        codecType: 'HTTP1',
        useRemoteAddress: false,
        xffNumTrustedHops: 0,
        stripAnyHostPort: false,
        normalizePath: false,
        streamIdleTimeout: '0s',
        serverHeaderTransformation: 'PASS_THROUGH',
      }),
    );
    check(
      'says what happens to an access log',
      manager({ accessLog: [{ name: 'x' }] }),
      `info ${HCM}.accessLog: OneHop writes no access log; \`onehop events\` shows requests.`,
    );
    check(
      'says that any address is of both families',
      httpListener('l', ['0.0.0.0:80'], 'rc'),
      'info address.socketAddress.address: The listener takes every connection to port 80, also those of IPv6.',
    );
    check(
      'refuses a field that it does not know',
      listenerWith('l', ['10.0.0.1:80'], hcm(rds('rc')), { tomorrow: { x: 1 } }),
      'error tomorrow: OneHop does not know what to do with this field.',
    );
    check(
      'refuses one called like a property of objects',
      listenerWith(
        'l',
        ['10.0.0.1:80'],
        hcm(rds('rc')),
        JSON.parse('{"constructor": 1, "__proto__": {"a": 1}}') as JsonObject,
      ),
      /^error constructor: .*not know/,
      /^error __proto__: .*not know/,
    );
    check(
      'refuses names as addresses',
      httpListener('l', ['reviews:80'], 'rc'),
      'error address.socketAddress.address: "reviews" is no IP address.',
    );
    check(
      'refuses addresses that are none',
      httpListener('l', ['10.0.0.1:80', '10.0.0.256:80'], 'rc'),
      /^error additionalAddresses\[0\]\.address\.socketAddress\.address: "10\.0\.0\.256"/,
    );
    check(
      'refuses port 0',
      httpListener('l', ['10.0.0.1:0'], 'rc'),
      'error address.socketAddress.portValue: Port 0 is not between 1 and 65535.',
    );
    check(
      'refuses UDP',
      resource(LISTENER_TYPE, {
        name: 'l',
        address: { socketAddress: { protocol: 'UDP', address: '10.0.0.1', portValue: 80 } },
      }),
      'error address.socketAddress.protocol: OneHop does not do UDP.',
    );
    check(
      'refuses unix sockets',
      resource(LISTENER_TYPE, { name: 'l', address: { pipe: { path: '/x' } } }),
      'error address.pipe: OneHop does not do unix sockets.',
    );
    check(
      'refuses no address',
      listenerWith('l', [], hcm(rds('rc'))),
      'error address: An IP address is missing.',
    );
    check(
      'refuses two filter chains',
      resource(LISTENER_TYPE, {
        name: 'l',
        address: address('10.0.0.1:80'),
        filterChains: [{ filters: [] }, { filters: [] }],
      }),
      /^error filterChains: The listener has 2 filter chains/,
    );
    check(
      'refuses no filter chain',
      resource(LISTENER_TYPE, { name: 'l', address: address('10.0.0.1:80') }),
      'error filterChains: The listener has no filter chain.',
    );
    check(
      'refuses no filter',
      resource(LISTENER_TYPE, { name: 'l', address: address('10.0.0.1:80'), filterChains: [{}] }),
      /^error filterChains\[0\]\.filters: .* 0 filters/,
    );
    check(
      'refuses filter chain matches',
      listenerWith('l', ['10.0.0.1:80'], hcm(rds('rc')), {
        filterChains: [{ filterChainMatch: { serverNames: ['a'], destinationPort: 80 } }],
      }),
      /serverNames: .*choice among filter chains/,
      /destinationPort/,
    );
    check(
      'refuses TLS',
      listenerWith('l', ['10.0.0.1:80'], hcm(rds('rc')), {
        filterChains: [
          {
            transportSocket: {
              name: 'tls',
              typedConfig: {
                '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext',
              },
            },
          },
        ],
      }),
      'error filterChains[0].transportSocket.typedConfig: envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext is not supported: the only transport socket is raw_buffer.',
    );
    check(
      'refuses other network filters',
      listenerWith('l', ['10.0.0.1:80'], {
        '@type': 'type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo',
      }),
      /Echo is not supported: the network filters are/,
    );
    check(
      'refuses listener filters',
      listenerWith('l', ['10.0.0.1:80'], hcm(rds('rc')), { listenerFilters: [{ name: 'tls_inspector' }] }),
      'error listenerFilters: OneHop does not do listener filters.',
    );
    check(
      'refuses HTTP/2',
      manager({ codecType: 'HTTP2' }),
      `error ${HCM}.codecType: OneHop does not do HTTP/2 and HTTP/3.`,
    );
    check(
      'refuses removal of the port',
      manager({ stripMatchingHostPort: true }),
      /stripMatchingHostPort: OneHop does not do removal of the port/,
    );
    check(
      'refuses timeouts',
      manager({ streamIdleTimeout: '300s', requestTimeout: '1s' }),
      /streamIdleTimeout/,
      /requestTimeout/,
    );
    check(
      'refuses changes of headers',
      manager({ useRemoteAddress: true, via: 'x', serverName: 'y' }),
      /useRemoteAddress/,
      /via/,
      /serverName/,
    );
    check(
      'refuses other HTTP filters',
      manager({
        httpFilters: [
          {
            name: 'f',
            typedConfig: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault' },
          },
          routerFilter,
        ],
      }),
      /httpFilters\[0\]\.typedConfig: envoy\.extensions\.filters\.http\.fault\.v3\.HTTPFault is not supported: the only HTTP filter is router/,
    );
    check(
      'leaves optional HTTP filters out',
      manager({
        httpFilters: [
          { name: 'f', isOptional: true, typedConfig: { '@type': 'type.googleapis.com/x.Y' } },
          routerFilter,
        ],
      }),
      /^info .*httpFilters\[0\]: OneHop does not have this filter; it is optional/,
    );
    check(
      'leaves disabled HTTP filters out',
      manager({
        httpFilters: [
          { name: 'f', disabled: true, typedConfig: { '@type': 'type.googleapis.com/x.Y' } },
          routerFilter,
        ],
      }),
    );
    check(
      'refuses HTTP without the router',
      manager({ httpFilters: [] }),
      `error ${HCM}.httpFilters: The filter router is missing.`,
    );
    check(
      'refuses the router twice',
      manager({ httpFilters: [routerFilter, routerFilter] }),
      /httpFilters: The filter router must be there once/,
    );
    check(
      'refuses HTTP without routes',
      listenerWith('l', ['10.0.0.1:80'], hcm()),
      `error ${HCM}.rds: The listener has no routes.`,
    );
    check(
      'refuses RDS without a source',
      listenerWith('l', ['10.0.0.1:80'], hcm({ rds: { routeConfigName: 'rc' } })),
      /rds\.configSource: The routes have no source/,
    );
    check(
      'refuses RDS from a file',
      listenerWith(
        'l',
        ['10.0.0.1:80'],
        hcm({ rds: { configSource: { path: '/x' }, routeConfigName: 'rc' } }),
      ),
      /rds\.configSource\.path: OneHop does not do configuration sources other than ADS/,
    );
    check(
      'refuses what inline routes cannot have',
      listenerWith(
        'l',
        ['10.0.0.1:80'],
        hcm({ routeConfig: { virtualHosts: [virtualHost('v', [''], [])] } }),
      ),
      /typedConfig\.routeConfig\.virtualHosts\[0\]\.domains\[0\]: An empty domain/,
      /domains: The virtual host has no domain/,
    );
    check(
      'refuses TCP without a cluster',
      tcpListener('l', ['10.0.0.1:80'], {}),
      `error ${HCM}: No cluster is named.`,
    );
    check(
      'refuses TCP idle timeouts',
      tcpListener('l', ['10.0.0.1:80'], { cluster: 'a', idleTimeout: '10s' }),
      /idleTimeout: OneHop does not do timeouts of idle TCP connections/,
    );
  });

  describe('of routes', () => {
    check(
      'takes prefix, path and path_separated_prefix',
      routeConfiguration('rc', [
        virtualHost(
          'v',
          ['*'],
          [
            route({ path: '/a' }, 'a'),
            route({ pathSeparatedPrefix: '/a', caseSensitive: false }, 'a'),
            route(PREFIX, { a: 90, b: 10 }),
          ],
        ),
      ]),
    );
    check(
      'takes all headers that the kernel compares',
      matching({
        prefix: '',
        headers: [
          { name: 'a', exactMatch: 'x' },
          { name: 'b', stringMatch: { prefix: 'x', ignoreCase: true } },
          { name: 'c', suffixMatch: 'x', invertMatch: true },
          { name: 'd', containsMatch: 'x', treatMissingHeaderAsEmpty: true },
          { name: 'e', presentMatch: false },
          { name: 'f' },
          { name: ':method', exactMatch: 'GET' },
          { name: ':authority', stringMatch: { suffix: 'x' } },
        ],
      }),
    );
    check(
      'takes what is harmless',
      oneRoute({
        match: PREFIX,
        route: { cluster: 'a', timeout: '0s', priority: 'DEFAULT' },
        metadata: { filterMetadata: { a: {} } },
        statPrefix: 'x',
        decorator: { operation: 'x' },
      }),
    );
    check('takes weights with any total', oneRoute(route(PREFIX, { a: 0, b: 1, c: 4294967294 })));
    check(
      'says that direct responses come from the agent',
      oneRoute({ match: PREFIX, directResponse: { status: 418, body: { inlineString: 'tea' } } }),
      /^info virtualHosts\[0\]\.routes\[0\]\.directResponse: The agent writes this answer/,
    );
    check(
      'refuses an empty list of domains',
      domains([]),
      'error virtualHosts[0].domains: The virtual host has no domain.',
    );
    check(
      'refuses one domain twice',
      domains(['a', 'A'], ['*.b'], ['*.B']),
      /domains\[1\]: Domain "A" is already one of virtual host v0/,
      /virtualHosts\[2\]\.domains\[0\]: Domain "\*\.B" is already one of virtual host v1/,
    );
    check('refuses two stars', domains(['*'], ['*']), /"\*" is already/);
    check(
      'refuses ignore_port_in_host_matching',
      oneRoute(route(PREFIX, 'a'), { ignorePortInHostMatching: true }),
      /^error ignorePortInHostMatching: OneHop does not do matching of domains without the port/,
    );
    check(
      'refuses redirects',
      oneRoute({ match: PREFIX, redirect: { pathRedirect: '/x' } }),
      /routes\[0\]\.redirect: OneHop does not do redirects/,
    );
    check(
      'refuses a route that does nothing',
      oneRoute({ match: PREFIX }),
      /routes\[0\]: The route does nothing/,
    );
    check(
      'refuses a match without a path',
      matching({ headers: [{ name: 'a', exactMatch: 'x' }] }),
      /routes\[0\]\.match: The match says nothing about the path/,
    );
    for (const bad of ['/', '/a/', '/a?b', '/a#b', 'a'])
      check(
        `refuses path_separated_prefix ${bad}`,
        matching({ pathSeparatedPrefix: bad }),
        /pathSeparatedPrefix: ".*" must be/,
      );
    const refusedMatches: readonly (readonly [string, JsonObject[string]])[] = [
      ['safeRegex', { regex: '.*' }],
      ['connectMatcher', {}],
      ['queryParameters', [{ name: 'a', presentMatch: true }]],
      ['runtimeFraction', { defaultValue: { numerator: 10 } }],
      ['grpc', {}],
      ['tlsContext', {}],
      ['dynamicMetadata', [{}]],
      ['pathMatchPolicy', {}],
    ];
    for (const [field, value] of refusedMatches)
      check(
        `refuses match.${field}`,
        matching({ prefix: '/', [field]: value }),
        new RegExp(`^error virtualHosts\\[0\\]\\.routes\\[0\\]\\.match\\.${field}: OneHop does not do `),
      );
    const refusedActions: readonly (readonly [string, JsonObject[string]])[] = [
      ['timeout', '15s'],
      ['idleTimeout', '1s'],
      ['retryPolicy', { retryOn: '5xx' }],
      ['prefixRewrite', '/x'],
      ['regexRewrite', {}],
      ['hostRewriteLiteral', 'x'],
      ['autoHostRewrite', true],
      ['requestMirrorPolicies', [{ cluster: 'b' }]],
      ['hashPolicy', [{ header: { headerName: 'x' } }]],
      ['priority', 'HIGH'],
      ['clusterNotFoundResponseCode', 'NOT_FOUND'],
      ['maxStreamDuration', {}],
      ['metadataMatch', {}],
      ['rateLimits', [{}]],
      ['upgradeConfigs', [{ upgradeType: 'websocket' }]],
      ['cors', {}],
      ['hedgePolicy', {}],
    ];
    for (const [field, value] of refusedActions)
      check(
        `refuses route.${field}`,
        acting({ [field]: value }),
        new RegExp(`^error virtualHosts\\[0\\]\\.routes\\[0\\]\\.route\\.${field}: OneHop does not do `),
      );
    for (const field of [
      'requestHeadersToAdd',
      'requestHeadersToRemove',
      'responseHeadersToAdd',
      'responseHeadersToRemove',
    ]) {
      check(
        `refuses ${field} of a route`,
        oneRoute({ ...route(PREFIX, 'a'), [field]: ['x'] }),
        new RegExp(`routes\\[0\\]\\.${field}: OneHop does not do changes of headers`),
      );
      check(
        `refuses ${field} of a virtual host`,
        routeConfiguration('rc', [virtualHost('v', ['*'], [], { [field]: ['x'] })]),
        new RegExp(`virtualHosts\\[0\\]\\.${field}`),
      );
      check(
        `refuses ${field} of a route configuration`,
        routeConfiguration('rc', [], { [field]: ['x'] }),
        new RegExp(`error ${field}`),
      );
    }
    check(
      'refuses settings of filters',
      oneRoute({ ...route(PREFIX, 'a'), typedPerFilterConfig: { x: {} } }),
      /typedPerFilterConfig/,
    );
    check('takes an empty map of settings', oneRoute({ ...route(PREFIX, 'a'), typedPerFilterConfig: null }));
    check(
      'refuses weights that add up to 0',
      oneRoute(route(PREFIX, { a: 0, b: 0 })),
      /weightedClusters\.clusters: The weights add up to 0/,
    );
    check(
      'refuses weights that add up to too much',
      oneRoute(route(PREFIX, { a: 1, b: 4294967295 })),
      /The weights add up to 4294967296/,
    );
    check(
      'refuses a missing weight',
      oneRoute({ match: PREFIX, route: { weightedClusters: { clusters: [{ name: 'a' }] } } }),
      /clusters\[0\]: The weight is missing/,
    );
    check(
      'refuses a split without names',
      oneRoute({ match: PREFIX, route: { weightedClusters: { clusters: [{ weight: 1 }] } } }),
      /clusters\[0\]: No cluster is named/,
    );
    check(
      'refuses clusters by header',
      oneRoute({ match: PREFIX, route: { clusterHeader: 'x' } }),
      /route\.clusterHeader: OneHop does not do clusters named by a header/,
    );
    check(
      'refuses regular expressions on headers',
      withHeader({ name: 'a', stringMatch: { safeRegex: { regex: 'x' } } }),
      /headers\[0\]\.stringMatch\.safeRegex: OneHop does not do regular expressions/,
    );
    check('refuses ranges', withHeader({ name: 'a', rangeMatch: { start: '0', end: '2' } }), /rangeMatch/);
    check(
      'refuses an empty prefix of a header',
      withHeader({ name: 'a', stringMatch: { prefix: '' } }),
      /stringMatch\.prefix: An empty prefix is no condition/,
    );
    check(
      'refuses a string match that says nothing',
      withHeader({ name: 'a', stringMatch: {} }),
      /stringMatch: The string match says nothing/,
    );
    check(
      'refuses a header without a name',
      withHeader({ exactMatch: 'x' }),
      /headers\[0\]\.name: The header has no name/,
    );
    for (const name of [
      ':scheme',
      ':status',
      'Connection',
      'x-request-id',
      'X-Envoy-Internal',
      'x-forwarded-proto',
    ]) {
      check(
        `refuses matches of ${name}`,
        withHeader({ name, presentMatch: true }),
        /^error .*headers\[0\]\.name: /,
      );
    }
    check(
      'refuses a status that is none',
      oneRoute({ match: PREFIX, directResponse: { status: 99 } }),
      /directResponse\.status: Status 99 is not/,
    );
    check(
      'refuses a body that Envoy refuses',
      oneRoute({ match: PREFIX, directResponse: { status: 200, body: { inlineString: 'é'.repeat(2049) } } }),
      /directResponse\.body: The body has 4098 bytes; at most 4096/,
    );
    check(
      'takes a longer body where it is allowed',
      oneRoute(
        { match: PREFIX, directResponse: { status: 200, body: { inlineString: 'é'.repeat(2049) } } },
        { maxDirectResponseBodySizeBytes: 5000 },
      ),
      /^info/,
    );
    check(
      'refuses a body from a file',
      oneRoute({ match: PREFIX, directResponse: { status: 200, body: { filename: '/x' } } }),
      /body\.filename: OneHop does not do bodies from a file/,
    );
  });

  describe('of clusters and endpoints', () => {
    check('takes STATIC', staticCluster('c', ['10.0.0.1:80', '[fd00::1]:80 UNHEALTHY']));
    check('takes EDS', edsCluster('c', { lbPolicy: 'RANDOM' }));
    check(
      'takes EDS without a type of its own name',
      edsCluster('c', {
        edsClusterConfig: {
          edsConfig: { ads: {}, resourceApiVersion: 'V3', initialFetchTimeout: '0s' },
          serviceName: 's',
        },
      }),
    );
    check(
      'takes STRICT_DNS of IP addresses',
      staticCluster('c', ['10.0.0.1:80'], { type: 'STRICT_DNS', dnsLookupFamily: 'V4_ONLY' }),
    );
    check(
      'takes circuit breakers that never open',
      staticCluster('c', [], {
        circuitBreakers: { thresholds: [{ maxConnections: 4294967295, maxRetries: 3 }] },
      }),
    );
    check(
      'takes HTTP/1.1 to endpoints',
      staticCluster('c', [], {
        typedExtensionProtocolOptions: {
          'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
            '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
            explicitHttpConfig: { httpProtocolOptions: {} },
          },
        },
      }),
    );
    check(
      'refuses HTTP/2 to endpoints',
      staticCluster('c', [], {
        typedExtensionProtocolOptions: {
          'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
            '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
            explicitHttpConfig: { http2ProtocolOptions: {} },
          },
        },
      }),
      /explicitHttpConfig\.http2ProtocolOptions: OneHop does not do HTTP\/2 to endpoints/,
    );
    check(
      'refuses other protocol options',
      staticCluster('c', [], { typedExtensionProtocolOptions: { x: {} } }),
      /typedExtensionProtocolOptions\.x/,
    );
    check(
      'refuses names of STRICT_DNS',
      staticCluster('c', ['reviews:80'], { type: 'STRICT_DNS' }),
      'error loadAssignment.endpoints[0].lbEndpoints[0].endpoint.address.socketAddress.address: "reviews" is no IP address.',
    );
    check(
      'refuses LOGICAL_DNS of two',
      staticCluster('c', ['10.0.0.1:80', '10.0.0.2:80'], { type: 'LOGICAL_DNS' }),
      /A LOGICAL_DNS cluster has one endpoint, not 2/,
    );
    check(
      'refuses other policies',
      staticCluster('c', [], { lbPolicy: 'LEAST_REQUEST' }),
      'error lbPolicy: OneHop does not do this load balancing policy.',
    );
    check('refuses ORIGINAL_DST', staticCluster('c', [], { type: 'ORIGINAL_DST' }), /^error type: /);
    check(
      'refuses EDS that is not ADS',
      edsCluster('c', { edsClusterConfig: { edsConfig: { apiConfigSource: {} } } }),
      /edsClusterConfig\.edsConfig\.apiConfigSource/,
    );
    check(
      'refuses EDS without a source',
      edsCluster('c', { edsClusterConfig: {} }),
      /edsClusterConfig: The endpoints of the EDS cluster have no source/,
    );
    check(
      'refuses EDS with endpoints of its own',
      edsCluster('c', { loadAssignment: { clusterName: 'c' } }),
      /loadAssignment: An EDS cluster has no endpoints of its own/,
    );
    check(
      'refuses STATIC with EDS',
      staticCluster('c', [], { edsClusterConfig: { edsConfig: { ads: {} } } }),
      /edsClusterConfig: A cluster of type STATIC/,
    );
    check(
      'refuses circuit breakers',
      staticCluster('c', [], { circuitBreakers: { thresholds: [{ maxConnections: 1 }] } }),
      /thresholds\[0\]\.maxConnections: OneHop does not do circuit breakers/,
    );
    check(
      'refuses health checks',
      staticCluster('c', [], { healthChecks: [{}] }),
      /^error healthChecks: OneHop does not do active health checks/,
    );
    check(
      'refuses outlier detection',
      staticCluster('c', [], { outlierDetection: {} }),
      /^error outlierDetection/,
    );
    check(
      'refuses TLS',
      staticCluster('c', [], {
        transportSocket: {
          typedConfig: {
            '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
          },
        },
      }),
      /UpstreamTlsContext is not supported/,
    );
    check(
      'refuses a connect timeout of 0',
      staticCluster('c', [], { connectTimeout: '0s' }),
      'error connectTimeout: The connect timeout must be above 0.',
    );
    check(
      'refuses priorities',
      resource('type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment', {
        clusterName: 'c',
        endpoints: [{ priority: 1, lbEndpoints: [] }],
      }),
      'error endpoints[0].priority: OneHop does not do priorities of endpoints.',
    );
    check(
      'refuses weights that differ',
      resource('type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment', {
        clusterName: 'c',
        endpoints: [
          {
            lbEndpoints: [
              { endpoint: { address: address('10.0.0.1:80') } },
              { endpoint: { address: address('10.0.0.2:80') }, loadBalancingWeight: 2 },
            ],
          },
        ],
      }),
      'error endpoints[0].lbEndpoints[1].loadBalancingWeight: OneHop does not do endpoints of different weights: 2 here, 1 before.',
    );
    check(
      'takes one weight for all',
      resource('type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment', {
        clusterName: 'c',
        endpoints: [
          {
            lbEndpoints: [
              { endpoint: { address: address('10.0.0.1:80') }, loadBalancingWeight: 7 },
              { endpoint: { address: address('10.0.0.2:80') }, loadBalancingWeight: 7 },
            ],
          },
        ],
      }),
    );
    check(
      'refuses DEGRADED',
      assignment('c', ['10.0.0.1:80 DEGRADED']),
      'error endpoints[0].lbEndpoints[0].healthStatus: OneHop does not do health status DEGRADED.',
    );
    check(
      'refuses endpoints without an address',
      resource('type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment', {
        clusterName: 'c',
        endpoints: [{ lbEndpoints: [{}] }],
      }),
      'error endpoints[0].lbEndpoints[0].endpoint.address: An IP address is missing.',
    );
  });

  check(
    'refuses other types',
    resource('type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret', { name: 's' }),
    /^error : OneHop does not do resources of type .*Secret/,
  );

  it('does not throw on values of wrong types', () => {
    const wrong = [null, 1, 'x', true, [], {}, [1], [[]], { a: [] }];
    const shapes = [
      routeConfiguration('rc', [virtualHost('v', ['*'], [route(PREFIX, { a: 1 })])]),
      httpListener('l', ['10.0.0.1:80'], 'rc'),
      staticCluster('c', ['10.0.0.1:80']),
    ];
    let tried = 0;
    for (const shape of shapes) {
      for (const broken of variants(shape.value, wrong)) {
        checkSupport({ ...shape, value: broken as JsonObject });
        tried++;
      }
    }
    assert.ok(tried > 200, `${tried}`);
  });
});

/** Every copy of a value in which one part is replaced by one of `wrong`. */
function* variants(value: unknown, wrong: readonly unknown[]): Generator<unknown> {
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value)) {
    const part = (value as Record<string, unknown>)[key];
    const replaced = (by: unknown): unknown =>
      Array.isArray(value) ? value.with(Number(key), by) : { ...value, [key]: by };
    for (const by of wrong) yield replaced(by);
    for (const inner of variants(part, wrong)) yield replaced(inner);
  }
}
