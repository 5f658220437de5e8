import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import {
  decodeDeltaRequest,
  decodeDeltaResponse,
  decodeDiscoveryRequest,
  decodeDiscoveryResponse,
  deltaAggregatedResources,
  encodeDeltaRequest,
  encodeDeltaResponse,
  encodeDiscoveryRequest,
  encodeDiscoveryResponse,
  streamAggregatedResources,
  type DeltaRequest,
  type DeltaResponse,
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

const incremental: MethodDefinition<DeltaRequest, DeltaResponse> = {
  path: deltaAggregatedResources,
  requestStream: true,
  responseStream: true,
  requestSerialize: (message) => asBuffer(encodeDeltaRequest(message)),
  requestDeserialize: decodeDeltaRequest,
  responseSerialize: (message) => asBuffer(encodeDeltaResponse(message)),
  responseDeserialize: decodeDeltaResponse,
};

/** envoy.service.discovery.v3.AggregatedDiscoveryService. */
export const adsService: ServiceDefinition = {
  StreamAggregatedResources: stateOfTheWorld,
  DeltaAggregatedResources: incremental,
};

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
