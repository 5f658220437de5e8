import protobuf from 'protobufjs/light.js';

/** The method of envoy.service.discovery.v3.AggregatedDiscoveryService that speaks state of the world. */
export const streamAggregatedResources =
  '/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources';

/** The method that speaks incremental xDS. */
export const deltaAggregatedResources =
  '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources';

/** An Any of this type holds the resource together with its name and version; control planes may send either form. */
export const WRAPPED_TYPE = 'type.googleapis.com/envoy.service.discovery.v3.Resource';

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
  /** Bytes of a google.protobuf.Struct. */
  readonly metadata?: Uint8Array;
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

/**
 * Incremental: names that are subscribed to from now on and no longer, and with a nonce the answer to that response. The
 * first request for a type says in `initialResourceVersions` what is held from a stream before.
 */
export interface DeltaRequest {
  readonly node: AdsNode | null;
  readonly typeUrl: string;
  readonly resourceNamesSubscribe: readonly string[];
  readonly resourceNamesUnsubscribe: readonly string[];
  readonly initialResourceVersions: Readonly<Record<string, string>>;
  readonly responseNonce: string;
  readonly errorDetail: RpcStatus | null;
}

/** envoy.service.discovery.v3.Resource. Without `resource` it only says that the version that is held still counts. */
export interface WrappedResource {
  readonly name: string;
  readonly version: string;
  readonly resource: AnyBytes | null;
}

export interface DeltaResponse {
  readonly systemVersionInfo: string;
  readonly resources: readonly WrappedResource[];
  readonly typeUrl: string;
  readonly removedResources: readonly string[];
  readonly nonce: string;
  readonly controlPlane: { readonly identifier: string } | null;
}

/** Protobuf bytes of a message. */
export function encodeDeltaRequest(message: DeltaRequest): Uint8Array {
  return encode('DeltaDiscoveryRequest', message);
}

/** Throws when the bytes are not that message. */
export function decodeDeltaRequest(bytes: Uint8Array): DeltaRequest {
  return decode('DeltaDiscoveryRequest', bytes);
}

/** Protobuf bytes of a message. */
export function encodeDeltaResponse(message: DeltaResponse): Uint8Array {
  return encode('DeltaDiscoveryResponse', message);
}

/** Throws when the bytes are not that message. */
export function decodeDeltaResponse(bytes: Uint8Array): DeltaResponse {
  return decode('DeltaDiscoveryResponse', bytes);
}

/** Protobuf bytes of a message. */
export function encodeWrapped(message: WrappedResource): Uint8Array {
  return encode('Resource', message);
}

/** Throws when the bytes are not that message. */
export function decodeWrapped(bytes: Uint8Array): WrappedResource {
  return decode('Resource', bytes);
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

const versions: protobuf.IMapField = { keyType: 'string', type: 'string', id: 5 };

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
        metadata: { type: 'bytes', id: 3 },
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
    Resource: {
      fields: {
        version: { type: 'string', id: 1 },
        resource: { type: 'Any', id: 2 },
        name: { type: 'string', id: 3 },
      },
    },
    DeltaDiscoveryRequest: {
      fields: {
        node: { type: 'Node', id: 1 },
        typeUrl: { type: 'string', id: 2 },
        resourceNamesSubscribe: { rule: 'repeated', type: 'string', id: 3 },
        resourceNamesUnsubscribe: { rule: 'repeated', type: 'string', id: 4 },
        initialResourceVersions: versions,
        responseNonce: { type: 'string', id: 6 },
        errorDetail: { type: 'Status', id: 7 },
      },
    },
    DeltaDiscoveryResponse: {
      fields: {
        systemVersionInfo: { type: 'string', id: 1 },
        resources: { rule: 'repeated', type: 'Resource', id: 2 },
        typeUrl: { type: 'string', id: 4 },
        nonce: { type: 'string', id: 5 },
        removedResources: { rule: 'repeated', type: 'string', id: 6 },
        controlPlane: { type: 'ControlPlane', id: 7 },
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
  return type.toObject(type.decode(bytes), { defaults: true, arrays: true, objects: true }) as T;
}
