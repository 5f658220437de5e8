/** What is wrong between resources: names that two have, names that none has. */
import { nearestName } from '../envoy/nearest.js';
import {
  CLUSTER_TYPE,
  ENDPOINT_TYPE,
  type FieldProblem,
  LISTENER_TYPE,
  messageNameOf,
  ROUTE_TYPE,
  type ResourceType,
  resourcesOf,
  type XdsResource,
  type XdsSet,
} from '../resources/model.js';
import { nameFieldOf, type Reference, referencesOf } from '../resources/names.js';
import type { Change, Finding } from './finding.js';
import type { AuthoringRule } from './rules.js';

export interface Duplicate<T> {
  readonly first: T;
  readonly again: T;
  readonly problem: FieldProblem;
}

/** Every resource whose type and name an earlier one has. Resources without a name are not compared. */
export function duplicateNames<T extends { readonly resource: XdsResource }>(
  loaded: readonly T[],
): Duplicate<T>[] {
  const first = new Map<string, T>();
  return loaded.flatMap((again) => {
    const { typeUrl, name } = again.resource;
    if (name === '') return [];
    const key = `${typeUrl} ${name}`;
    const before = first.get(key);
    if (before === undefined) {
      first.set(key, again);
      return [];
    }
    const problem: FieldProblem = {
      rule: 'duplicate-name',
      severity: 'error',
      path: [nameFieldOf(typeUrl)],
      message: `There are two resources of type ${kindOf(typeUrl)} with the name "${name}".`,
      hint: 'Rename one of them.',
    };
    return [{ first: before, again, problem }];
  });
}

/** protoc-gen-validate asks for the names of the other types. */
export function missingName({ typeUrl, name }: XdsResource): FieldProblem[] {
  if (name !== '' || (typeUrl !== LISTENER_TYPE && typeUrl !== ROUTE_TYPE)) return [];
  const message = `"name" is required: a ${kindOf(typeUrl)} is asked for by its name.`;
  return [{ rule: 'required', severity: 'error', path: ['name'], message, hint: 'Add "name".' }];
}

/** Every name in a resource that no resource of the set has. */
export function danglingReferences(resource: XdsResource, set: XdsSet): FieldProblem[] {
  return danglingFindings(resource, set).map(({ related: _, change: __, ...problem }) => problem);
}

/** The same with the resource that may have been meant, and with what could be added. */
export function danglingFindings(resource: XdsResource, set: XdsSet): Finding[] {
  return referencesOf(resource).flatMap((reference) => {
    const known = resourcesOf(set, reference.typeUrl);
    return known === undefined || known.has(reference.name) ? [] : [dangling(resource, reference, known)];
  });
}

const DANGLING: Readonly<Partial<Record<ResourceType, AuthoringRule>>> = {
  [CLUSTER_TYPE]: 'dangling-cluster',
  [ROUTE_TYPE]: 'dangling-route-config',
  [ENDPOINT_TYPE]: 'dangling-endpoints',
};

function dangling(
  resource: XdsResource,
  { typeUrl, name, path }: Reference,
  known: ReadonlyMap<string, XdsResource>,
): Finding {
  const near = nearestName(name, known.keys());
  const message =
    typeUrl === ENDPOINT_TYPE
      ? `Cluster "${resource.name}" takes its endpoints from EDS, and no ClusterLoadAssignment is called "${name}".`
      : `${typeUrl === CLUSTER_TYPE ? 'Cluster' : 'Route configuration'} "${name}" is not defined.`;
  const hint =
    near !== undefined
      ? `Did you mean "${near}"?`
      : typeUrl === ENDPOINT_TYPE
        ? `Add a ClusterLoadAssignment with cluster_name "${name}", or an inline load_assignment with type STATIC.`
        : `Add a ${kindOf(typeUrl)} with that name.`;
  const meant = near === undefined ? undefined : known.get(near);
  return {
    rule: DANGLING[typeUrl] ?? 'dangling-cluster',
    severity: 'error',
    path,
    message,
    hint,
    ...(meant === undefined
      ? typeUrl === CLUSTER_TYPE
        ? { change: addCluster(name) }
        : {}
      : { related: [{ of: meant, path: [nameFieldOf(typeUrl)], message: `"${near}" is here.` }] }),
  };
}

/** A cluster without endpoints: its requests are answered 503 until it has some. */
function addCluster(name: string): Change {
  const value = {
    '@type': CLUSTER_TYPE,
    name,
    type: 'STATIC',
    connect_timeout: '1s',
    load_assignment: { cluster_name: name, endpoints: [] },
  };
  return { kind: 'add-resource', title: `Add a cluster "${name}"`, path: [], value };
}

function kindOf(typeUrl: string): string {
  return messageNameOf(typeUrl)?.replace(/^.*\./, '') ?? typeUrl;
}
