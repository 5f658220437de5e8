import { SUBSET_CRITERIA } from './balance.js';
import { address } from './address.js';
import { httpConnectionManager } from './http.js';
import {
  any,
  EMPTY,
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
  type FieldSpec,
  type MessageSpec,
} from './spec.js';

/*
 * envoy/config/listener/v3/listener.proto, listener_components.proto and
 * envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy.proto.
 */

export const HTTP_CONNECTION_MANAGER =
  'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
export const TCP_PROXY = 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy';
const RAW_BUFFER = 'type.googleapis.com/envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer';

const NO_SOCKET = harmless('OneHop has no listening socket: it takes connections at connect()');
const ONE_CHAIN = 'Use one filter chain without filter_chain_match, and a listener for each address.';
const ACCESS_LOG = noted('OneHop writes no access log; `onehop events` shows connections and requests.');

export const transportSocket: FieldSpec = message({
  name: harmless('the type tells'),
  typedConfig: any(
    { [RAW_BUFFER]: EMPTY },
    'the only transport socket is raw_buffer',
    'Leave the transport socket out: traffic is plain TCP.',
  ),
});

const tcpProxy: MessageSpec = {
  statPrefix: STATISTICS,
  cluster: read,
  weightedClusters: message({
    clusters: list({
      name: read,
      weight: read,
      metadataMatch: SUBSET_CRITERIA,
    }),
  }),
  onDemand: refused('clusters on demand', 'Give the cluster with the others.'),
  metadataMatch: SUBSET_CRITERIA,
  idleTimeout: noTimeout('timeouts of idle TCP connections'),
  downstreamIdleTimeout: noTimeout('timeouts of idle TCP connections'),
  upstreamIdleTimeout: noTimeout('timeouts of idle TCP connections'),
  accessLog: ACCESS_LOG,
  accessLogFlushInterval: harmless('there is no access log'),
  flushAccessLogOnConnected: harmless('there is no access log'),
  accessLogOptions: harmless('there is no access log'),
  maxConnectAttempts: only([1], 'retries of TCP connections', 'Leave it out.'),
  backoffOptions: refused('retries of TCP connections'),
  hashPolicy: refused('choice of the endpoint by a hash', 'Leave it out: endpoints take turns.'),
  tunnelingConfig: refused('tunnels over HTTP'),
  maxDownstreamConnectionDuration: noTimeout('limits of the duration of a connection'),
  maxDownstreamConnectionDurationJitterPercentage: refused('limits of the duration of a connection'),
  proxyProtocolTlvs: refused('the PROXY protocol'),
};

const filterChain: MessageSpec = {
  filters: list({
    name: harmless('the type tells'),
    typedConfig: any(
      { [HTTP_CONNECTION_MANAGER]: httpConnectionManager, [TCP_PROXY]: tcpProxy },
      'the network filters are http_connection_manager and tcp_proxy',
      'Use one of these two.',
    ),
    configDiscovery: refused('filters by ECDS', 'Write the filter in typed_config.'),
  }),
  filterChainMatch: message({
    destinationPort: refused('choice among filter chains', ONE_CHAIN),
    prefixRanges: refused('choice among filter chains', ONE_CHAIN),
    addressSuffix: refused('choice among filter chains', ONE_CHAIN),
    suffixLen: refused('choice among filter chains', ONE_CHAIN),
    directSourcePrefixRanges: refused('choice among filter chains', ONE_CHAIN),
    sourceType: only(['ANY'], 'choice among filter chains', ONE_CHAIN),
    sourcePrefixRanges: refused('choice among filter chains', ONE_CHAIN),
    sourcePorts: refused('choice among filter chains', ONE_CHAIN),
    serverNames: refused('choice among filter chains', ONE_CHAIN),
    transportProtocol: only(['raw_buffer'], 'TLS', ONE_CHAIN),
    applicationProtocols: refused('choice among filter chains', ONE_CHAIN),
  }),
  name: harmless('tells filter chains apart, and there is one'),
  metadata: METADATA,
  transportSocket,
  transportSocketConnectTimeout: harmless('limits handshakes of TLS, which is refused'),
  useProxyProto: refused('the PROXY protocol'),
  onDemandConfiguration: refused('filter chains on demand'),
};

export const listener: MessageSpec = {
  name: read,
  address: message(address),
  additionalAddresses: list({ address: message(address), socketOptions: NO_SOCKET }),
  filterChains: list(filterChain),
  defaultFilterChain: message(filterChain),
  statPrefix: STATISTICS,
  filterChainMatcher: refused('choice among filter chains', ONE_CHAIN),
  useOriginalDst: refused(
    'hand-over to the listener of the original destination',
    'Give that listener its own address.',
  ),
  perConnectionBufferLimitBytes: noted('OneHop does not buffer connections, so it limits no buffer.'),
  metadata: METADATA,
  deprecatedV1: NO_SOCKET,
  drainType: NO_SOCKET,
  listenerFilters: refused(
    'listener filters',
    'Leave them out: OneHop knows the address a client asked for, and reads HTTP by itself.',
  ),
  listenerFiltersTimeout: harmless('limits listener filters, which are refused'),
  continueOnListenerFiltersTimeout: harmless('limits listener filters, which are refused'),
  transparent: refused('transparent proxying'),
  freebind: NO_SOCKET,
  socketOptions: NO_SOCKET,
  tcpFastOpenQueueLength: NO_SOCKET,
  trafficDirection: harmless('says what a listener is for, and decides nothing'),
  udpListenerConfig: refused('UDP'),
  apiListener: refused('API listeners'),
  connectionBalanceConfig: NO_SOCKET,
  reusePort: NO_SOCKET,
  enableReusePort: NO_SOCKET,
  accessLog: ACCESS_LOG,
  tcpBacklogSize: NO_SOCKET,
  maxConnectionsToAcceptPerSocketEvent: NO_SOCKET,
  bindToPort: NO_SOCKET,
  internalListener: refused('internal listeners'),
  enableMptcp: refused('multipath TCP'),
  ignoreGlobalConnLimit: NO_SOCKET,
  bypassOverloadManager: NO_SOCKET,
  fcdsConfig: refused('filter chains by discovery', ONE_CHAIN),
};
