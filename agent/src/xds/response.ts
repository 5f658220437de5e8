import {
  decodeWrapped,
  WRAPPED_TYPE,
  type AnyBytes,
  type DeltaResponse,
  type DiscoveryResponse,
  type WrappedResource,
} from '@onehop/core/api/ads.js';
import type { Arrived, XdsResponse } from './protocol.js';

/** A state-of-the-world response. A resource may come wrapped in envoy.service.discovery.v3.Resource. Never throws. */
export function readResponse({ typeUrl, versionInfo, nonce, resources }: DiscoveryResponse): XdsResponse {
  return { ...sorted(resources.map(unwrap)), typeUrl, version: versionInfo, nonce, removed: undefined };
}

/** An incremental response. Never throws. */
export function readDeltaResponse(response: DeltaResponse): XdsResponse {
  const { typeUrl, systemVersionInfo, nonce, resources, removedResources } = response;
  return {
    ...sorted(resources),
    typeUrl,
    version: systemVersionInfo,
    nonce,
    removed: removedResources,
  };
}

function sorted(all: readonly WrappedResource[]): Pick<XdsResponse, 'resources' | 'unchanged'> {
  return {
    resources: all.flatMap(({ name, version, resource }): Arrived[] =>
      resource === null ? [] : [{ name, version, any: resource }],
    ),
    // As in Envoy, a heartbeat: it would renew a time to live.
    unchanged: all.flatMap(({ name, resource }) => (resource === null ? [name] : [])),
  };
}

function unwrap(any: AnyBytes): WrappedResource {
  const plain = { name: '', version: '', resource: any };
  if (any.typeUrl !== WRAPPED_TYPE) return plain;
  try {
    return decodeWrapped(any.value);
  } catch {
    // Judged as what it says it is, it is refused.
    return plain;
  }
}
