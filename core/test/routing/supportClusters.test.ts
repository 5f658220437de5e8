import { check } from './checking.js';
import { address, edsCluster, resource, staticCluster } from './configuration.js';

describe('routing: checkSupport of clusters and endpoints', () => {
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
    staticCluster('c', [], { lbPolicy: 'CLUSTER_PROVIDED' }),
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
    'refuses endpoints without an address',
    resource('type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment', {
      clusterName: 'c',
      endpoints: [{ lbEndpoints: [{}] }],
    }),
    'error endpoints[0].lbEndpoints[0].endpoint.address: An IP address is missing.',
  );
});
