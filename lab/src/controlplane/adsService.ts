import type { ServiceDefinition } from '@grpc/grpc-js';
import { adsMethods } from '@onehop/core/api/adsMethods.js';

const methods = adsMethods((bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));

/** envoy.service.discovery.v3.AggregatedDiscoveryService. */
export const adsService: ServiceDefinition = {
  StreamAggregatedResources: methods.stateOfTheWorld,
  DeltaAggregatedResources: methods.incremental,
};
