import type { MethodDefinition } from '@grpc/grpc-js';
import {
  decodeDiscoveryRequest,
  decodeDiscoveryResponse,
  encodeDiscoveryRequest,
  encodeDiscoveryResponse,
  streamAggregatedResources,
  type DiscoveryRequest,
  type DiscoveryResponse,
} from '@onehop/core/api/ads.js';

/** State of the world of envoy.service.discovery.v3.AggregatedDiscoveryService. */
export const stateOfTheWorld: MethodDefinition<DiscoveryRequest, DiscoveryResponse> = {
  path: streamAggregatedResources,
  requestStream: true,
  responseStream: true,
  requestSerialize: (message) => asBuffer(encodeDiscoveryRequest(message)),
  requestDeserialize: decodeDiscoveryRequest,
  responseSerialize: (message) => asBuffer(encodeDiscoveryResponse(message)),
  responseDeserialize: decodeDiscoveryResponse,
};

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
