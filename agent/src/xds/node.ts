import type { AdsNode } from '@onehop/core/api/ads.js';
import { encodeAny } from '@onehop/core/envoy/codec.js';
import type { JsonObject } from '@onehop/core/resources/model.js';

/** Who the agent is to its control plane: envoy.config.core.v3.Node. */
export interface NodeIdentity {
  readonly id: string;
  readonly cluster: string;
  readonly metadata?: JsonObject;
}

/** Throws when the metadata is no google.protobuf.Struct, which every JSON object is. */
export function adsNodeOf({ id, cluster, metadata }: NodeIdentity, version: string): AdsNode {
  const node = { id, cluster, userAgentName: 'onehop-agent', userAgentVersion: version };
  if (metadata === undefined) return node;
  const encoded = encodeAny('type.googleapis.com/google.protobuf.Struct', metadata);
  if (!encoded.ok) throw new Error(`node metadata: ${encoded.problems.map((one) => one.message).join(' ')}`);
  return { ...node, metadata: encoded.bytes };
}
