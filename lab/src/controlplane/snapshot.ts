import { createHash } from 'node:crypto';
import type { AnyBytes } from '@onehop/core/api/ads.js';
import { rejectionOf, type Rejection } from '@onehop/core/api/rejections.js';
import { encodeAny } from '@onehop/core/envoy/codec.js';
import {
  RESOURCE_TYPES,
  resourcesOf,
  xdsSetOf,
  type ResourceType,
  type XdsResource,
  type XdsSet,
} from '@onehop/core/resources/model.js';

/**
 * All resources of one type. The version says what is in it, nothing else: the same resources have the same version,
 * also after the control plane was started again.
 */
export interface TypeContent {
  readonly version: string;
  readonly resources: ReadonlyMap<string, AnyBytes>;
  /** Of each resource by itself. */
  readonly versions: ReadonlyMap<string, string>;
}

/** A configuration as it is served: a consistent set. It never changes. */
export interface Snapshot {
  readonly version: string;
  readonly set: XdsSet;
  readonly types: Readonly<Record<ResourceType, TypeContent>>;
}

export type SnapshotResult =
  | { readonly ok: true; readonly snapshot: Snapshot }
  | { readonly ok: false; readonly rejections: readonly Rejection[] };

/**
 * The resources as wire bytes, with versions. Refuses what has no protobuf form, unknown types and doubles. What is the same
 * object as in `before`, or has parts that are, is not encoded again.
 */
export function buildSnapshot(resources: readonly XdsResource[], before?: Snapshot): SnapshotResult {
  const set = xdsSetOf(resources);
  const rejections: Rejection[] = [];
  const encoded = new Map<XdsResource, AnyBytes>();
  for (const resource of resources) {
    const kept = resourcesOf(set, resource.typeUrl)?.get(resource.name);
    if (kept === undefined)
      rejections.push(
        rejection(resource, `${resource.typeUrl} is not a type that this control plane serves.`),
      );
    else if (kept !== resource)
      rejections.push(rejection(resource, 'There are several resources with this type and name.'));
    else encode(resource, encoded, rejections);
  }
  if (rejections.length > 0) return { ok: false, rejections };

  const contentOfType = (typeUrl: ResourceType): TypeContent =>
    unchanged(typeUrl, set, before) ??
    contentOf([...(resourcesOf(set, typeUrl)?.values() ?? [])].map((one) => [one.name, encoded.get(one)!]));
  const types = Object.fromEntries(
    RESOURCE_TYPES.map((typeUrl) => [typeUrl, contentOfType(typeUrl)]),
  ) as Snapshot['types'];
  const version = digest(RESOURCE_TYPES.map((typeUrl) => types[typeUrl].version));
  return { ok: true, snapshot: { version, set, types } };
}

function unchanged(
  typeUrl: ResourceType,
  set: XdsSet,
  before: Snapshot | undefined,
): TypeContent | undefined {
  const [now, then] = [resourcesOf(set, typeUrl), before && resourcesOf(before.set, typeUrl)];
  const isSame =
    now !== undefined && now.size === then?.size && [...now].every(([name, one]) => then.get(name) === one);
  return isSame ? before?.types[typeUrl] : undefined;
}

/** Resources by name with the version that follows from them. */
export function contentOf(resources: Iterable<readonly [string, AnyBytes]>): TypeContent {
  const sorted = [...resources].sort(([a], [b]) => (a < b ? -1 : 1));
  const versions = new Map(sorted.map(([name, any]) => [name, versionOf(any)]));
  return { version: digest([...versions].flat()), resources: new Map(sorted), versions };
}

/** What `content` has, and also what only `kept` has. */
export function contentWith(content: TypeContent, kept: TypeContent | undefined): TypeContent {
  const extra = [...(kept?.resources ?? [])].filter(([name]) => !content.resources.has(name));
  return extra.length === 0 ? content : contentOf([...content.resources, ...extra]);
}

function encode(resource: XdsResource, encoded: Map<XdsResource, AnyBytes>, rejections: Rejection[]): void {
  const { typeUrl, name } = resource;
  const known = encodings.get(resource);
  if (known !== undefined) {
    encoded.set(resource, known);
    return;
  }
  const result = encodeAny(typeUrl, resource.value);
  if (result.ok) {
    const any = { typeUrl, value: result.bytes };
    encodings.set(resource, any);
    encoded.set(resource, any);
  } else
    for (const problem of result.problems)
      rejections.push(rejectionOf({ ...problem, severity: 'error', typeUrl, resource: name }));
}

/** A resource never changes. */
const encodings = new WeakMap<XdsResource, AnyBytes>();

function rejection(resource: XdsResource, message: string): Rejection {
  return { typeUrl: resource.typeUrl, resource: resource.name, field: '', message };
}

function versionOf(any: AnyBytes): string {
  let version = known.get(any);
  if (version === undefined) known.set(any, (version = digest([any.value])));
  return version;
}

/** A resource is in several contents, and never changes. */
const known = new WeakMap<AnyBytes, string>();

/** Each part with its length before it, so that no two lists of parts look the same. */
function digest(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part;
    hash.update(`${bytes.length}:`).update(bytes);
  }
  return hash.digest('hex').slice(0, 12);
}
