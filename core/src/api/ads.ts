import protobuf from 'protobufjs/light.js';

/** The method of envoy.service.discovery.v3.AggregatedDiscoveryService that speaks state of the world. */
export const streamAggregatedResources =
  '/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources';

/** google.protobuf.Any: a message as bytes, named by `typeUrl`. */
export interface AnyBytes {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

/** google.rpc.Status. `code` is a gRPC status code. */
export interface RpcStatus {
  readonly code: number;
  readonly message: string;
  readonly details: readonly AnyBytes[];
}

/** envoy.config.core.v3.Node, as far as this project says or reads it. */
export interface AdsNode {
  readonly id: string;
  readonly cluster: string;
  readonly userAgentName: string;
  readonly userAgentVersion: string;
}

/** A subscription to `resourceNames` of a type and, with a nonce, the answer to a response: an error makes it a NACK. */
export interface DiscoveryRequest {
  /** The version in force at the client; "" before the first. */
  readonly versionInfo: string;
  /** Only the first request of a stream must have it. */
  readonly node: AdsNode | null;
  readonly resourceNames: readonly string[];
  readonly typeUrl: string;
  readonly responseNonce: string;
  readonly errorDetail: RpcStatus | null;
}

export interface DiscoveryResponse {
  readonly versionInfo: string;
  readonly resources: readonly AnyBytes[];
  readonly typeUrl: string;
  readonly nonce: string;
  /** envoy.config.core.v3.ControlPlane */
  readonly controlPlane: { readonly identifier: string } | null;
}

/** Protobuf bytes of a message. */
export function encodeDiscoveryRequest(message: DiscoveryRequest): Uint8Array {
  return encode('DiscoveryRequest', message);
}

/** Throws when the bytes are not that message. Fields that this project does not read are skipped. */
export function decodeDiscoveryRequest(bytes: Uint8Array): DiscoveryRequest {
  return decode('DiscoveryRequest', bytes);
}

/** Protobuf bytes of a message. */
export function encodeDiscoveryResponse(message: DiscoveryResponse): Uint8Array {
  return encode('DiscoveryResponse', message);
}

/** Throws when the bytes are not that message. The resources stay bytes: each is judged by itself. */
export function decodeDiscoveryResponse(bytes: Uint8Array): DiscoveryResponse {
  return decode('DiscoveryResponse', bytes);
}

/** Protobuf bytes of a message. gRPC carries it in the trailer `grpc-status-details-bin`. */
export function encodeRpcStatus(message: RpcStatus): Uint8Array {
  return encode('Status', message);
}

/** Throws when the bytes are not that message. */
export function decodeRpcStatus(bytes: Uint8Array): RpcStatus {
  return decode('Status', bytes);
}

// Field numbers of envoy/service/discovery/v3/discovery.proto, envoy/config/core/v3/base.proto, google/rpc/status.proto.
const root = protobuf.Root.fromJSON({
  nested: {
    Any: { fields: { typeUrl: { type: 'string', id: 1 }, value: { type: 'bytes', id: 2 } } },
    Status: {
      fields: {
        code: { type: 'int32', id: 1 },
        message: { type: 'string', id: 2 },
        details: { rule: 'repeated', type: 'Any', id: 3 },
      },
    },
    Node: {
      fields: {
        id: { type: 'string', id: 1 },
        cluster: { type: 'string', id: 2 },
        userAgentName: { type: 'string', id: 6 },
        userAgentVersion: { type: 'string', id: 7 },
      },
    },
    ControlPlane: { fields: { identifier: { type: 'string', id: 1 } } },
    DiscoveryRequest: {
      fields: {
        versionInfo: { type: 'string', id: 1 },
        node: { type: 'Node', id: 2 },
        resourceNames: { rule: 'repeated', type: 'string', id: 3 },
        typeUrl: { type: 'string', id: 4 },
        responseNonce: { type: 'string', id: 5 },
        errorDetail: { type: 'Status', id: 6 },
      },
    },
    DiscoveryResponse: {
      fields: {
        versionInfo: { type: 'string', id: 1 },
        resources: { rule: 'repeated', type: 'Any', id: 2 },
        typeUrl: { type: 'string', id: 4 },
        nonce: { type: 'string', id: 5 },
        controlPlane: { type: 'ControlPlane', id: 6 },
      },
    },
  },
});

function encode(name: string, message: object): Uint8Array {
  const type = root.lookupType(name);
  return type.encode(type.fromObject(message)).finish();
}

function decode<T>(name: string, bytes: Uint8Array): T {
  const type = root.lookupType(name);
  return type.toObject(type.decode(bytes), { defaults: true, arrays: true }) as T;
}
