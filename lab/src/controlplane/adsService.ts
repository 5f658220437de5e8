import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import {
  decodeDiscoveryRequest,
  decodeDiscoveryResponse,
  encodeDiscoveryRequest,
  encodeDiscoveryResponse,
  streamAggregatedResources,
  type DiscoveryRequest,
  type DiscoveryResponse,
} from '@onehop/core/api/ads.js';

const stateOfTheWorld: MethodDefinition<DiscoveryRequest, DiscoveryResponse> = {
  path: streamAggregatedResources,
  requestStream: true,
  responseStream: true,
  requestSerialize: (message) => asBuffer(encodeDiscoveryRequest(message)),
  requestDeserialize: decodeDiscoveryRequest,
  responseSerialize: (message) => asBuffer(encodeDiscoveryResponse(message)),
  responseDeserialize: decodeDiscoveryResponse,
};

/** envoy.service.discovery.v3.AggregatedDiscoveryService, as far as it is served. */
export const adsService: ServiceDefinition = { StreamAggregatedResources: stateOfTheWorld };

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
