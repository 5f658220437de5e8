import type { JsonObject } from '../resources/model.js';
import type { DecodeResult, EncodeResult } from './problem.js';

/**
 * The protobuf bytes of a message given as proto3 JSON (snake_case or camelCase names, Anys inlined with "@type").
 * `typeUrl` names the message: `type.googleapis.com/envoy.config.cluster.v3.Cluster`. Never throws.
 */
export function encodeAny(typeUrl: string, json: JsonObject): EncodeResult {
  throw new Error(`not there yet: ${typeUrl} ${Object.keys(json).length}`);
}

/**
 * Canonical proto3 JSON of the protobuf bytes of the message that `typeUrl` names: camelCase, defaults left out,
 * Anys inlined with "@type". Unknown fields of the wire are dropped, as protobuf says. Never throws.
 */
export function decodeAny(typeUrl: string, bytes: Uint8Array): DecodeResult {
  throw new Error(`not there yet: ${typeUrl} ${bytes.length}`);
}
