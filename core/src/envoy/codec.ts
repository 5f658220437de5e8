/** Proto3 JSON ⇄ protobuf bytes of the messages that xDS is made of. */
import { type JsonObject, messageNameOf } from '../resources/model.js';
import { canonicalJson } from './canonical.js';
import { decodeMessage } from './decode.js';
import { encodeMessage } from './encode.js';
import type { DecodeResult, EncodeResult } from './problem.js';
import { findMessage } from './schema.js';
import { isJsonObject } from './wellKnown.js';
import { unknownType } from './wording.js';

/**
 * The protobuf bytes of a message given as proto3 JSON (snake_case or camelCase names, Anys inlined with "@type").
 * `typeUrl` names the message: `type.googleapis.com/envoy.config.cluster.v3.Cluster`. Equal values give equal bytes.
 * Never throws.
 */
export function encodeAny(typeUrl: string, json: JsonObject): EncodeResult {
  const name = messageNameOf(typeUrl) ?? typeUrl;
  const message = findMessage(name);
  if (message === undefined) return { ok: false, problems: [unknownType([], name)] };
  const { value, problems } = canonicalJson(name, json);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, bytes: encodeMessage(message, value) };
}

/**
 * Canonical proto3 JSON of the protobuf bytes of the message that `typeUrl` names: camelCase, defaults left out,
 * Anys inlined with "@type". Unknown fields of the wire are dropped, as protobuf says; an Any of an unknown type is a
 * problem. What is as it was in `before`, an earlier value that was decoded, is its object.
 * Never throws.
 */
export function decodeAny(typeUrl: string, bytes: Uint8Array, before?: JsonObject): DecodeResult {
  const name = messageNameOf(typeUrl) ?? typeUrl;
  const message = findMessage(name);
  if (message === undefined) return { ok: false, problems: [unknownType([], name)] };
  const { value, problems } = decodeMessage(message, bytes, before);
  if (problems.length > 0) return { ok: false, problems };
  if (isJsonObject(value)) return { ok: true, value };
  return {
    ok: false,
    problems: [{ rule: 'wrong-type', path: [], message: `${name} has no JSON object of its own.` }],
  };
}
