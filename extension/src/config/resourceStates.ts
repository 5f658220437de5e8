/** How what the files say stands to what the control plane serves and the nodes have taken. Pure. */
import type { Rejection } from '@onehop/core/api/rejections.js';
import type { State as ControlPlaneState } from '@onehop/core/api/controlplane.generated.js';
import type { Status } from '@onehop/core/api/agent.generated.js';
import { resourcesIn, type JsonValue, type XdsResource, type XdsSet } from '@onehop/core/resources/model.js';

export type ResourceStanding =
  /** No lab, or a control plane of which nothing is known. */
  | { readonly kind: 'unknown' }
  /** The files have errors: it cannot be applied. */
  | { readonly kind: 'invalid'; readonly message: string }
  | { readonly kind: 'inForce' }
  /** Served, but not every node has said that it took it. */
  | { readonly kind: 'pending'; readonly nodes: readonly string[] }
  /** Not served yet, or served otherwise. */
  | { readonly kind: 'changed'; readonly isNew: boolean }
  | { readonly kind: 'rejected'; readonly field: string; readonly message: string };

export interface ResourceRow {
  readonly typeUrl: string;
  readonly name: string;
  readonly standing: ResourceStanding;
}

export interface StandingInput {
  /** Of the files. */
  readonly set: XdsSet;
  /** First error of each resource with one, by `resourceKey`. */
  readonly errors: ReadonlyMap<string, string>;
  readonly served: ControlPlaneState | undefined;
  readonly nodes: ReadonlyMap<string, Status | undefined>;
  /** Of the last apply, as long as nothing newer was applied. */
  readonly rejections: readonly Rejection[];
}

export interface Standings {
  /** Of the resources in the files, in the order of RESOURCE_TYPES. */
  readonly rows: readonly ResourceRow[];
  /** Served, and in no file. */
  readonly onlyServed: readonly Pick<XdsResource, 'typeUrl' | 'name'>[];
}

export function standings(input: StandingInput): Standings {
  const served = new Map((input.served?.resources ?? []).map((one) => [resourceKey(one), one.json]));
  const rows = resourcesIn(input.set).map((resource): ResourceRow => ({
    typeUrl: resource.typeUrl,
    name: resource.name,
    standing: standingOf(resource, served, input),
  }));
  const own = new Set(rows.map(resourceKey));
  return {
    rows,
    onlyServed: (input.served?.resources ?? []).filter((one) => !own.has(resourceKey(one))),
  };
}

/** True when the files and what is served are the same resources. */
export function sameAsServed(set: XdsSet, served: ControlPlaneState): boolean {
  const own = resourcesIn(set);
  const json = new Map(served.resources.map((one) => [resourceKey(one), one.json]));
  return own.length === json.size && own.every((one) => sameJson(json.get(resourceKey(one)), one.value));
}

export function resourceKey({ typeUrl, name }: { readonly typeUrl: string; readonly name: string }): string {
  return `${typeUrl}\n${name}`;
}

function standingOf(
  resource: XdsResource,
  served: ReadonlyMap<string, string>,
  { errors, served: state, nodes, rejections }: StandingInput,
): ResourceStanding {
  const key = resourceKey(resource);
  const error = errors.get(key);
  if (error !== undefined) return { kind: 'invalid', message: error };
  const rejection = rejections.find(
    (one) => resourceKey({ typeUrl: one.typeUrl, name: one.resource }) === key,
  );
  if (rejection !== undefined)
    return { kind: 'rejected', field: rejection.field, message: rejection.message };
  if (state === undefined) return { kind: 'unknown' };
  const json = served.get(key);
  if (!sameJson(json, resource.value)) return { kind: 'changed', isNew: json === undefined };
  for (const status of nodes.values()) {
    const found = status?.resources.find(
      (one) => one.typeUrl === resource.typeUrl && one.name === resource.name,
    );
    const [first] = found?.errors ?? [];
    if (found?.state === 'nacked' && first !== undefined)
      return { kind: 'rejected', field: first.field, message: first.message };
  }
  const waiting = state.nodes.filter(
    ({ connected, types }) =>
      connected &&
      types.some(
        (type) =>
          type.typeUrl === resource.typeUrl &&
          type.sentVersion !== '' &&
          type.ackedVersion !== type.sentVersion,
      ),
  );
  return waiting.length === 0 ? { kind: 'inForce' } : { kind: 'pending', nodes: waiting.map(({ id }) => id) };
}

/** The order of fields is no difference. */
function sameJson(json: string | undefined, value: JsonValue): boolean {
  if (json === undefined) return false;
  return json === JSON.stringify(value) || sortedJson(JSON.parse(json) as JsonValue) === sortedJson(value);
}

function sortedJson(value: JsonValue): string {
  return JSON.stringify(value, (_key, part: JsonValue) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
