import { LISTENER_TYPE, type JsonObject, type XdsResource } from '../../src/resources/model.js';
import { check } from './checking.js';
import {
  action,
  address,
  hcm,
  httpListener,
  listenerWith,
  rds,
  resource,
  route,
  routerFilter,
  tcpListener,
  virtualHost,
} from './configuration.js';

const PREFIX: JsonObject = { prefix: '/' };

describe('routing: checkSupport of listeners', () => {
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
    'says that the agent takes the port off the Host header',
    manager({ stripMatchingHostPort: true }),
    /^info .*: The agent changes the Host header of every request of this listener/,
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
          typedConfig: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.csrf.v3.CsrfPolicy' },
        },
        routerFilter,
      ],
    }),
    /httpFilters\[0\]\.typedConfig: envoy\.extensions\.filters\.http\.csrf\.v3\.CsrfPolicy is not supported: the HTTP filters are router, fault/,
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
    listenerWith('l', ['10.0.0.1:80'], hcm({ rds: { configSource: { path: '/x' }, routeConfigName: 'rc' } })),
    /rds\.configSource\.path: OneHop does not do configuration sources other than ADS/,
  );
  check(
    'refuses what inline routes cannot have',
    listenerWith('l', ['10.0.0.1:80'], hcm({ routeConfig: { virtualHosts: [virtualHost('v', [''], [])] } })),
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
