import { harmless, message, only, read, refused, type MessageSpec } from './spec.js';

/* envoy/config/core/v3/address.proto and config_source.proto. */

/** ipv4_compat is read for listeners only: an endpoint has one family. */
export const address: MessageSpec = {
  socketAddress: message({
    protocol: only(['TCP'], 'UDP', 'Use TCP.'),
    address: read,
    portValue: read,
    ipv4Compat: harmless('any address is of both families in OneHop, which is reported where it matters'),
    namedPort: refused('ports by name', 'Use port_value.'),
    resolverName: refused('resolvers of addresses', 'Use an IP address.'),
    networkNamespaceFilepath: refused('network namespaces of an address'),
  }),
  pipe: refused('unix sockets', 'Use socket_address with an IP address.'),
  envoyInternalAddress: refused('internal addresses', 'Use socket_address with an IP address.'),
};

/** Where a resource comes from: always the control plane that the agent is connected to. */
export const configSource: MessageSpec = {
  ads: read,
  self: read,
  path: refused('configuration sources other than ADS', 'Use ads: {}.'),
  pathConfigSource: refused('configuration sources other than ADS', 'Use ads: {}.'),
  apiConfigSource: refused('configuration sources other than ADS', 'Use ads: {}.'),
  authorities: refused('xdstp authorities', 'Use ads: {}.'),
  initialFetchTimeout: harmless(
    'the agent waits as long as it takes, and serves the last good configuration',
  ),
  resourceApiVersion: only(['AUTO', 'V3'], 'xDS version 2', 'Use V3.'),
};
