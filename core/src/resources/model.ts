/** Values of proto3 JSON. */
export type JsonPrimitive = string | number | boolean | null;
export type JsonValue = JsonPrimitive | JsonArray | JsonObject;
export type JsonArray = readonly JsonValue[];
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** A place in a resource: canonical proto3 JSON names (camelCase), indices of lists, keys of maps. */
export type FieldPath = readonly (string | number)[];

export type Severity = 'error' | 'warning' | 'info';

/**
 * Something to say about a field of one resource. `rule` is an id of `diagnostics/rules.ts`; `message` (what and why) and
 * `hint` (what to do) are whole sentences, so that "message hint" reads well.
 */
export interface FieldProblem {
  readonly rule: string;
  readonly severity: Severity;
  readonly path: FieldPath;
  readonly message: string;
  readonly hint?: string;
}

/** A field problem that knows its resource. */
export interface ResourceProblem extends FieldProblem {
  readonly typeUrl: string;
  readonly resource: string;
}

/**
 * One xDS resource. `value` is canonical proto3 JSON: camelCase names, enums by name, durations as "1.5s",
 * 64-bit integers as strings, bytes as base64, every Any inlined with "@type". It has no "@type" of its own.
 */
export interface XdsResource {
  readonly typeUrl: string;
  readonly name: string;
  readonly value: JsonObject;
}

/** The resources of a configuration, by name. */
export interface XdsSet {
  readonly listeners: ReadonlyMap<string, XdsResource>;
  readonly routes: ReadonlyMap<string, XdsResource>;
  readonly clusters: ReadonlyMap<string, XdsResource>;
  readonly endpoints: ReadonlyMap<string, XdsResource>;
}

/** Type URLs of the resources that an `XdsSet` holds. */
export const LISTENER_TYPE = 'type.googleapis.com/envoy.config.listener.v3.Listener';
export const ROUTE_TYPE = 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration';
export const CLUSTER_TYPE = 'type.googleapis.com/envoy.config.cluster.v3.Cluster';
export const ENDPOINT_TYPE = 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment';

/** In the order in which a control plane adds them: what is referred to comes before what refers. */
export const RESOURCE_TYPES = [CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE] as const;
export type ResourceType = (typeof RESOURCE_TYPES)[number];

/** The map of `set` that holds resources of a type; undefined for a type that a set does not hold. */
export function resourcesOf(set: XdsSet, typeUrl: string): ReadonlyMap<string, XdsResource> | undefined {
  switch (typeUrl) {
    case LISTENER_TYPE:
      return set.listeners;
    case ROUTE_TYPE:
      return set.routes;
    case CLUSTER_TYPE:
      return set.clusters;
    case ENDPOINT_TYPE:
      return set.endpoints;
    default:
      return undefined;
  }
}

/**
 * A set of the resources given; of two with one type and name the later one stays. Other types are left out. Where a type
 * has the same resources as in `before`, it has the same map, by which whoever compiles sees that nothing changed.
 */
export function xdsSetOf(resources: Iterable<XdsResource>, before?: XdsSet): XdsSet {
  const listeners = new Map<string, XdsResource>();
  const routes = new Map<string, XdsResource>();
  const clusters = new Map<string, XdsResource>();
  const endpoints = new Map<string, XdsResource>();
  const byType: ReadonlyMap<string, Map<string, XdsResource>> = new Map([
    [LISTENER_TYPE, listeners],
    [ROUTE_TYPE, routes],
    [CLUSTER_TYPE, clusters],
    [ENDPOINT_TYPE, endpoints],
  ]);
  for (const resource of resources) byType.get(resource.typeUrl)?.set(resource.name, resource);
  return {
    listeners: sameAs(before?.listeners, listeners),
    routes: sameAs(before?.routes, routes),
    clusters: sameAs(before?.clusters, clusters),
    endpoints: sameAs(before?.endpoints, endpoints),
  };
}

type ResourceMap = ReadonlyMap<string, XdsResource>;

function sameAs(before: ResourceMap | undefined, now: ResourceMap): ResourceMap {
  if (before?.size !== now.size) return now;
  for (const [name, resource] of now) if (before.get(name) !== resource) return now;
  return before;
}

/** All resources of a set, in the order of `RESOURCE_TYPES`. */
export function resourcesIn(set: XdsSet): XdsResource[] {
  return RESOURCE_TYPES.flatMap((typeUrl) => [...(resourcesOf(set, typeUrl)?.values() ?? [])]);
}

/** `virtualHosts[0].routes[1].match.prefix`; keys that are not identifiers as `["a.b"]`. The whole resource is "". */
export function formatFieldPath(path: FieldPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^@?[A-Za-z_][A-Za-z0-9_]*$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}

/** The path that `formatFieldPath` wrote; undefined when it did not write this. */
export function parseFieldPath(text: string): FieldPath | undefined {
  const path: (string | number)[] = [];
  const step = /\.?(@?[A-Za-z_][A-Za-z0-9_]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/y;
  while (step.lastIndex < text.length) {
    const found = step.exec(text);
    if (found === null) return undefined;
    const [, name, index, quoted] = found;
    if (name !== undefined) path.push(name);
    else if (index !== undefined) path.push(Number(index));
    else path.push(parseQuoted(quoted ?? '""'));
  }
  return formatFieldPath(path) === text ? path : undefined;
}

function parseQuoted(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}

/** "type.googleapis.com/a.b.C" → "a.b.C"; undefined when there is no slash or no name after it. */
export function messageNameOf(typeUrl: string): string | undefined {
  const slash = typeUrl.lastIndexOf('/');
  const name = typeUrl.slice(slash + 1);
  return slash < 0 || name === '' ? undefined : name;
}
