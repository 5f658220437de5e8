/**
 * What OneHop does with every field of Envoy's API that a resource can have: one row a field, taken from the very tables
 * that resources are checked with (routing/support/), so it cannot say something else.
 */
import { CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '../resources/model.js';
import { cluster, loadAssignment } from './support/cluster.js';
import { listener } from './support/listener.js';
import { routeConfiguration } from './support/route.js';
import type { FieldSpec, MessageSpec } from './support/spec.js';

/**
 * `kernel or relay`: the kernel does what fits, the relay the rest. `not needed`: where the bytes go does not depend on the
 * field, and nothing is done with it.
 */
export type FeatureWhere = 'kernel' | 'relay' | 'kernel or relay' | 'not needed' | 'refused';

export interface Feature {
  /** Differs from all others: the resource and the path of the field in snake case, "route.virtual_hosts.domains". */
  readonly id: string;
  /** Of the resource: google.protobuf.Any type URL. */
  readonly typeUrl: string;
  /** The path of the field in its resource; "[Type]" is an Any of that type. */
  readonly field: string;
  readonly where: FeatureWhere;
  /** Where the border is, why nothing is needed, or what is refused; "" when there is nothing to say. */
  readonly note: string;
  /** What to write instead of a field that is refused; else "". */
  readonly instead: string;
}

/** In the order of the resources' fields; a message that is listed has its fields behind it. */
export function supportTable(): readonly Feature[] {
  return (table ??= RESOURCES.flatMap(({ id, typeUrl, spec }) => rows(spec, { id, typeUrl, path: [] })));
}

let table: readonly Feature[] | undefined;

const RESOURCES = [
  { id: 'listener', typeUrl: LISTENER_TYPE, spec: listener },
  { id: 'route', typeUrl: ROUTE_TYPE, spec: routeConfiguration },
  { id: 'cluster', typeUrl: CLUSTER_TYPE, spec: cluster },
  { id: 'endpoint', typeUrl: ENDPOINT_TYPE, spec: loadAssignment },
] as const;

interface Place {
  readonly id: string;
  readonly typeUrl: string;
  readonly path: readonly string[];
  /** The messages around it: one that has some of its own kind in it is listed once. */
  readonly around?: readonly MessageSpec[];
}

function rows(spec: MessageSpec, outer: Place): Feature[] {
  const { around = [] } = outer;
  if (around.includes(spec)) return [];
  const place = { ...outer, around: [...around, spec] };
  return Object.entries(spec).flatMap(([name, field]) => {
    // The routes of a listener are those of a route configuration.
    if (name === 'routeConfig' || (field.kind === 'message' && field.spec === routeConfiguration)) return [];
    return fieldRows(field, { ...place, path: [...place.path, snakeCase(name)] });
  });
}

function fieldRows(field: FieldSpec, place: Place): Feature[] {
  switch (field.kind) {
    case 'message':
    case 'list':
      return rows(field.spec, place);
    case 'map':
      return [row(place, 'refused', `other keys: ${field.what}`, field.instead), ...rows(field.spec, place)];
    case 'each':
      return fieldRows(field.of, place);
    case 'any':
      return [
        row(place, 'refused', `other types: ${field.what}`, field.instead),
        ...Object.entries(field.types).flatMap(([type, spec]) => {
          const name = `[${type.slice(type.lastIndexOf('.') + 1)}]`;
          const at = { ...place, path: [...place.path, name] };
          return [
            row(at, field.where ?? 'kernel', field.where === undefined ? '' : 'the relay runs the filter'),
            ...rows(spec, at),
          ];
        }),
      ];
    case 'read':
      return [row(place, field.where ?? 'kernel', field.note ?? '')];
    case 'only':
      return [
        row(place, 'refused', `other values than ${field.values.join(', ')}: ${field.what}`, field.instead),
      ];
    case 'harmless':
      return [row(place, 'not needed', field.why)];
    case 'noted':
      return [row(place, 'not needed', field.message)];
    case 'refused':
      return [row(place, 'refused', field.what, field.instead)];
  }
}

function row({ id, typeUrl, path }: Place, where: FeatureWhere, note: string, instead = ''): Feature {
  const field = path.join('.');
  return { id: `${id}.${field}`, typeUrl, field, where, note, instead };
}

/** "maxDirectResponseBodySizeBytes" → "max_direct_response_body_size_bytes"; names of types stay. */
function snakeCase(name: string): string {
  return name.includes('.') ? name : name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
