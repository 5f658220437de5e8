/** Bootstraps that Envoy and OneHop's rules take, to be mutated. */
import type { JsonObject } from '@onehop/core/resources/model.js';
import { randomBatch } from '../parity/configuration.js';
import { bootstrap } from '../parity/envoyProcess.js';
import type { Random } from '../router/random.js';

const type = (name: string): string => `type.googleapis.com/envoy.${name}`;
const address = (portValue: number): JsonObject => ({
  socketAddress: { address: '198.18.100.9', portValue },
});
const router = {
  name: 'envoy.filters.http.router',
  typedConfig: { '@type': type('extensions.filters.http.router.v3.Router') },
};
const stdout = {
  name: 'envoy.access_loggers.stdout',
  typedConfig: { '@type': type('extensions.access_loggers.stream.v3.StdoutAccessLog') },
};

const fileLog = {
  name: 'envoy.access_loggers.file',
  filter: {
    andFilter: {
      filters: [
        { durationFilter: { comparison: { op: 'GE', value: { defaultValue: 1, runtimeKey: 'd' } } } },
        { notHealthCheckFilter: {} },
      ],
    },
  },
  typedConfig: {
    '@type': type('extensions.access_loggers.file.v3.FileAccessLog'),
    path: '/dev/null',
    logFormat: { jsonFormat: { status: '%RESPONSE_CODE%', via: '%REQ(X-VIA)%' } },
  },
};

/** A small one: what the lab runs, or what it only understands. */
export function sample(random: Random): JsonObject {
  const kind = random.next();
  if (kind < 0.5) return routed(random);
  if (kind < 0.65) return tcp();
  return wide(random);
}

/** One listener with random routes, and the clusters that they go to. */
function routed(random: Random): JsonObject {
  const batch = randomBatch(random, 0, 1);
  const { staticResources } = bootstrap(batch) as {
    staticResources: { clusters: JsonObject[]; listeners: JsonObject[] };
  };
  const text = JSON.stringify(staticResources.listeners);
  const clusters = staticResources.clusters.filter(
    ({ name }) => text.includes(JSON.stringify(name)) || name === 'cluster-0',
  );
  // Envoy's copy tells its route in a header, which is no part of what is compared.
  const listeners = JSON.parse(text, (key, value: unknown) =>
    key === 'responseHeadersToAdd' ? undefined : value,
  ) as JsonObject[];
  return {
    staticResources: {
      clusters: clusters.map((one) => (random.chance(0.3) ? { ...one, ...random.pick(ofClusters) } : one)),
      listeners: listeners.map(shortened).map((one) => withUnused(random, one)),
    },
  };
}

/** What OneHop takes and does nothing with. */
const ofClusters: readonly JsonObject[] = [
  { upstreamConnectionOptions: { tcpKeepalive: { keepaliveTime: 60 } } },
  { dnsRefreshRate: '5s', dnsLookupFamily: 'V4_ONLY' },
  { metadata: { filterMetadata: { a: { b: 1 } } }, altStatName: 'other' },
  { preconnectPolicy: { perUpstreamPreconnectRatio: 1.5 } },
  { commonLbConfig: { healthyPanicThreshold: { value: 30 }, updateMergeWindow: '1s' } },
  {
    transportSocket: {
      name: 'raw',
      typedConfig: { '@type': type('extensions.transport_sockets.raw_buffer.v3.RawBuffer') },
    },
  },
];
const ofManagers: readonly JsonObject[] = [
  { accessLog: [stdout, fileLog] },
  { tracing: { randomSampling: { value: 10 } } },
  { internalAddressConfig: { cidrRanges: [{ addressPrefix: '10.0.0.0', prefixLen: 8 }] } },
  { maxRequestHeadersKb: 60, drainTimeout: '5s' },
  { commonHttpProtocolOptions: { maxHeadersCount: 100 } },
];

function withUnused(random: Random, listener: JsonObject): JsonObject {
  const more = Object.assign({}, ...random.some(ofManagers, random.below(3))) as JsonObject;
  return JSON.parse(JSON.stringify(listener), (key, value: unknown) =>
    key === 'typedConfig' && JSON.stringify(value).includes('HttpConnectionManager')
      ? { ...(value as JsonObject), ...more }
      : value,
  ) as JsonObject;
}

/** Two virtual hosts and four routes of each are enough. */
function shortened(listener: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(listener), (key, value: unknown) => {
    if (key === 'virtualHosts') return (value as unknown[]).slice(0, 2);
    if (key === 'routes') return (value as unknown[]).slice(0, 4);
    if (key === 'generateRequestId' || key === 'validateClusters') return undefined;
    return value;
  }) as JsonObject;
}

function tcp(): JsonObject {
  const tcpProxy = {
    '@type': type('extensions.filters.network.tcp_proxy.v3.TcpProxy'),
    statPrefix: 'db',
    weightedClusters: {
      clusters: [
        { name: 'db-1', weight: 30 },
        { name: 'db-2', weight: 70 },
      ],
    },
  };
  const cluster = (name: string, lbPolicy: string): JsonObject => ({
    name,
    type: 'STATIC',
    connectTimeout: '2s',
    lbPolicy,
    loadAssignment: {
      clusterName: name,
      endpoints: [
        {
          locality: { region: 'r', zone: 'z' },
          lbEndpoints: [5432, 5433].map((port) => ({
            healthStatus: 'HEALTHY',
            endpoint: { address: address(port) },
          })),
        },
      ],
    },
  });
  return {
    staticResources: {
      listeners: [
        {
          name: 'db',
          address: address(5432),
          filterChains: [{ filters: [{ name: 'envoy.filters.network.tcp_proxy', typedConfig: tcpProxy }] }],
        },
      ],
      clusters: [cluster('db-1', 'ROUND_ROBIN'), cluster('db-2', 'RANDOM')],
    },
  };
}

const tls = {
  name: 'envoy.transport_sockets.tls',
  typedConfig: {
    '@type': type('extensions.transport_sockets.tls.v3.UpstreamTlsContext'),
    sni: 'wide.example.com',
    commonTlsContext: { alpnProtocols: ['h2'], tlsParams: { tlsMinimumProtocolVersion: 'TLSv1_2' } },
  },
};

/** What the lab does not run, but has to understand and check. */
function wide(random: Random): JsonObject {
  const filters = random.some(httpFilters, random.between(1, 3));
  const manager = {
    '@type': type('extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'),
    statPrefix: 'wide',
    accessLog: [stdout, fileLog],
    upgradeConfigs: [{ upgradeType: 'websocket' }],
    localReplyConfig: {
      mappers: [
        {
          filter: {
            statusCodeFilter: { comparison: { op: 'GE', value: { defaultValue: 500, runtimeKey: 'k' } } },
          },
          statusCode: 502,
          bodyFormatOverride: { textFormatSource: { inlineString: '%RESPONSE_CODE%' } },
        },
      ],
    },
    tracing: { randomSampling: { value: 10 } },
    internalAddressConfig: { cidrRanges: [{ addressPrefix: '10.0.0.0', prefixLen: 8 }] },
    commonHttpProtocolOptions: { idleTimeout: '3600s', maxHeadersCount: 100 },
    httpFilters: [...filters, router],
    routeConfig: {
      name: 'wide',
      requestHeadersToAdd: [
        { header: { key: 'x-via', value: 'mesh' }, appendAction: 'OVERWRITE_IF_EXISTS_OR_ADD' },
      ],
      virtualHosts: [
        {
          name: 'wide',
          domains: ['wide', 'wide:9080'],
          typedPerFilterConfig: {
            'envoy.filters.http.cors': {
              '@type': type('extensions.filters.http.cors.v3.CorsPolicy'),
              allowOriginStringMatch: [{ suffix: '.example.com' }],
              maxAge: '60',
            },
          },
          rateLimits: [
            {
              actions: [
                { requestHeaders: { headerName: 'x', descriptorKey: 'k' } },
                { genericKey: { descriptorValue: 'v' } },
              ],
            },
          ],
          retryPolicy: { retryOn: '5xx', numRetries: 2, perTryTimeout: '1s' },
          routes: [
            {
              match: {
                safeRegex: { regex: '/v[0-9]+/.*' },
                queryParameters: [{ name: 'q', stringMatch: { exact: '1' } }],
              },
              route: {
                cluster: 'wide',
                timeout: '15s',
                prefixRewrite: '/',
                internalRedirectPolicy: { maxInternalRedirects: 2, redirectResponseCodes: [302] },
                hedgePolicy: { initialRequests: 1, hedgeOnPerTryTimeout: true },
                metadataMatch: { filterMetadata: { 'envoy.lb': { version: 'v1' } } },
                hashPolicy: [{ header: { headerName: 'x-user' } }, { cookie: { name: 'c', ttl: '60s' } }],
              },
            },
            { match: { prefix: '/old' }, redirect: { pathRedirect: '/new', responseCode: 'FOUND' } },
            {
              match: { prefix: '/' },
              route: {
                cluster: 'wide',
                requestMirrorPolicies: [
                  { cluster: 'wide', runtimeFraction: { defaultValue: { numerator: 10 } } },
                ],
              },
            },
          ],
        },
      ],
    },
  };
  const chain = {
    filters: [{ name: 'envoy.filters.network.http_connection_manager', typedConfig: manager }],
  };
  return {
    staticResources: {
      listeners: [{ name: 'wide', address: address(9080), filterChains: [chain] }],
      clusters: [
        {
          name: 'dns',
          type: 'STRICT_DNS',
          connectTimeout: '1s',
          dnsRefreshRate: '5s',
          dnsLookupFamily: 'V4_ONLY',
          lbPolicy: 'LEAST_REQUEST',
          leastRequestLbConfig: { choiceCount: 3 },
          loadAssignment: {
            clusterName: 'dns',
            endpoints: [
              {
                lbEndpoints: [
                  { endpoint: { address: { socketAddress: { address: 'localhost', portValue: 80 } } } },
                ],
              },
            ],
          },
        },
        {
          name: 'wide',
          type: 'STATIC',
          connectTimeout: '1s',
          lbPolicy: 'RING_HASH',
          ringHashLbConfig: { minimumRingSize: 1024, maximumRingSize: 2048, hashFunction: 'XX_HASH' },
          lbSubsetConfig: { fallbackPolicy: 'ANY_ENDPOINT', subsetSelectors: [{ keys: ['version'] }] },
          transportSocket: tls,
          typedExtensionProtocolOptions: {
            'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
              '@type': type('extensions.upstreams.http.v3.HttpProtocolOptions'),
              explicitHttpConfig: { http2ProtocolOptions: { maxConcurrentStreams: 100 } },
            },
          },
          circuitBreakers: { thresholds: [{ maxConnections: 100, maxRetries: 3 }] },
          outlierDetection: { consecutive5xx: 5, interval: '10s', baseEjectionTime: '30s' },
          healthChecks: [
            {
              timeout: '1s',
              interval: '5s',
              unhealthyThreshold: 2,
              healthyThreshold: 1,
              httpHealthCheck: { path: '/health', expectedStatuses: [{ start: 200, end: 300 }] },
            },
          ],
          commonLbConfig: { healthyPanicThreshold: { value: 50 } },
          loadAssignment: {
            clusterName: 'wide',
            endpoints: [
              {
                priority: 0,
                loadBalancingWeight: 1,
                lbEndpoints: [{ loadBalancingWeight: 3, endpoint: { address: address(1) } }],
              },
            ],
            policy: { overprovisioningFactor: 140 },
          },
        },
      ],
    },
  };
}

/** The public part of a key that nobody has the private part of. */
const keys = JSON.stringify({
  keys: [
    {
      kty: 'RSA',
      kid: 'k',
      alg: 'RS256',
      e: 'AQAB',
      n: 'vy5jYSe35qN8oNoa5OMAYV8J2LqmCTpRlDTtH4OA0umLqnvOJZSIIFT0mjUAmv-Vawiz7_YAkCIVps0JBIs95hsf43De2BxsjIIZ-RlKsRy0smHs5O3otuzlaPT1LsIh4mYaNiYV-ypjigF9smMkAzdFn4xcFnN6xM5hUPZgwFx77sa4EIemPAobevespyC3mT06_c4KJWRM3y7m_gYjf9tBvQpDZ_bt63-pmLjZMoZLg1SkIhKP71fvduqNLlyLFsNJ8uPCvn-kVZxTZXVgIZgS_7NFKB87PG90P2PQqI9-AXA-2CqHOw1KcfOne0raWs38h-D9DDDC9dcCP8jcWQ',
    },
  ],
});

const httpFilters: readonly JsonObject[] = [
  {
    name: 'envoy.filters.http.fault',
    typedConfig: {
      '@type': type('extensions.filters.http.fault.v3.HTTPFault'),
      abort: { httpStatus: 503, percentage: { numerator: 1, denominator: 'HUNDRED' } },
      delay: { fixedDelay: '0.100s', percentage: { numerator: 5 } },
    },
  },
  {
    name: 'envoy.filters.http.local_ratelimit',
    typedConfig: {
      '@type': type('extensions.filters.http.local_ratelimit.v3.LocalRateLimit'),
      statPrefix: 'limit',
      tokenBucket: { maxTokens: 10, tokensPerFill: 5, fillInterval: '1s' },
      filterEnabled: { defaultValue: { numerator: 100 } },
    },
  },
  {
    name: 'envoy.filters.http.rbac',
    typedConfig: {
      '@type': type('extensions.filters.http.rbac.v3.RBAC'),
      rules: {
        action: 'ALLOW',
        policies: {
          p: {
            permissions: [{ header: { name: 'x', stringMatch: { prefix: 'a' } } }],
            principals: [{ any: true }],
          },
        },
      },
    },
  },
  { name: 'envoy.filters.http.cors', typedConfig: { '@type': type('extensions.filters.http.cors.v3.Cors') } },
  {
    name: 'envoy.filters.http.jwt_authn',
    typedConfig: {
      '@type': type('extensions.filters.http.jwt_authn.v3.JwtAuthentication'),
      providers: { p: { issuer: 'i', localJwks: { inlineString: keys } } },
    },
  },
  {
    name: 'envoy.filters.http.header_mutation',
    typedConfig: {
      '@type': type('extensions.filters.http.header_mutation.v3.HeaderMutation'),
      mutations: { requestMutations: [{ append: { header: { key: 'x', value: 'y' } } }, { remove: 'z' }] },
    },
  },
];
