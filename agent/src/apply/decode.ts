import type { AnyBytes } from '@onehop/core/api/ads.js';
import { decodeAny } from '@onehop/core/envoy/codec.js';
import { ENDPOINT_TYPE, type ResourceProblem, type XdsResource } from '@onehop/core/resources/model.js';
import protobuf from 'protobufjs/light.js';

/** `name` is "" when not even that can be read. */
export type Decoded =
  | { readonly ok: true; readonly name: string; readonly resource: XdsResource }
  | { readonly ok: false; readonly name: string; readonly problems: readonly ResourceProblem[] };

/**
 * The resource in an Any that should be of type `typeUrl`. `before`: an earlier version by name, whose parts are taken where
 * nothing changed. Never throws.
 */
export function decodeResource(
  any: AnyBytes,
  typeUrl: string,
  before: (name: string) => XdsResource | undefined = () => undefined,
): Decoded {
  const name = sniffName(any.value);
  const problem = (message: string): Decoded => ({
    ok: false,
    name,
    problems: [{ rule: 'bad-any', severity: 'error', typeUrl, resource: name, path: [], message }],
  });
  if (any.typeUrl !== typeUrl) return problem(`It is a ${any.typeUrl}, not a ${typeUrl}.`);
  const decoded = decodeAny(typeUrl, any.value, before(name)?.value);
  if (!decoded.ok) {
    const problems = decoded.problems.map(({ rule, path, message, hint }): ResourceProblem => ({
      ...{ rule, severity: 'error', typeUrl, resource: name, path, message },
      ...(hint !== undefined && { hint }),
    }));
    return { ok: false, name, problems };
  }
  const stated = decoded.value[typeUrl === ENDPOINT_TYPE ? 'clusterName' : 'name'];
  if (typeof stated !== 'string' || stated === '') return problem('It has no name.');
  return { ok: true, name: stated, resource: { typeUrl, name: stated, value: decoded.value } };
}

/**
 * The name of a resource whose bytes may be broken further on: field 1 of Listener, RouteConfiguration, Cluster and
 * ClusterLoadAssignment. A resource that cannot be named cannot be refused by name.
 */
export function sniffName(bytes: Uint8Array): string {
  const reader = protobuf.Reader.create(bytes);
  let name = '';
  try {
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      if (tag === nameTag) name = reader.string();
      else reader.skipType(tag & 7);
    }
  } catch {
    // Cut short: what was read stands.
  }
  return name;
}

/** Field 1, length-delimited. */
const nameTag = (1 << 3) | 2;
