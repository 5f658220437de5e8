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
} from './ads.js';

/** A method as gRPC libraries define one; `Bytes` is what they take for bytes. */
export interface AdsMethod<Request, Response, Bytes> {
  readonly path: string;
  readonly requestStream: true;
  readonly responseStream: true;
  readonly requestSerialize: (message: Request) => Bytes;
  readonly requestDeserialize: (bytes: Uint8Array) => Request;
  readonly responseSerialize: (message: Response) => Bytes;
  readonly responseDeserialize: (bytes: Uint8Array) => Response;
}

/** The two methods of envoy.service.discovery.v3.AggregatedDiscoveryService. */
export interface AdsMethods<Bytes> {
  readonly stateOfTheWorld: AdsMethod<DiscoveryRequest, DiscoveryResponse, Bytes>;
  readonly incremental: AdsMethod<DeltaRequest, DeltaResponse, Bytes>;
}

/** The methods for a gRPC library; `bytes` makes its bytes of ours. */
export function adsMethods<Bytes>(bytes: (array: Uint8Array) => Bytes): AdsMethods<Bytes> {
  const stream = { requestStream: true, responseStream: true } as const;
  return {
    stateOfTheWorld: {
      ...stream,
      path: streamAggregatedResources,
      requestSerialize: (message) => bytes(encodeDiscoveryRequest(message)),
      requestDeserialize: decodeDiscoveryRequest,
      responseSerialize: (message) => bytes(encodeDiscoveryResponse(message)),
      responseDeserialize: decodeDiscoveryResponse,
    },
    incremental: {
      ...stream,
      path: deltaAggregatedResources,
      requestSerialize: (message) => bytes(encodeDeltaRequest(message)),
      requestDeserialize: decodeDeltaRequest,
      responseSerialize: (message) => bytes(encodeDeltaResponse(message)),
      responseDeserialize: decodeDeltaResponse,
    },
  };
}
