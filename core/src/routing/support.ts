import {
  CLUSTER_TYPE,
  ENDPOINT_TYPE,
  LISTENER_TYPE,
  ROUTE_TYPE,
  type FieldProblem,
  type JsonObject,
  type XdsResource,
} from '../resources/model.js';
import { shareJson } from '../resources/share.js';
import { Reading } from './reading.js';
import { readAssignment, type AssignmentContent } from './readAssignment.js';
import { readCluster, type ClusterContent } from './readCluster.js';
import { readListener, type ListenerContent } from './readListener.js';
import { readRouteConfiguration } from './readRoutes.js';
import type { RouteConfigurationNode } from './model.js';
import { cluster, loadAssignment } from './support/cluster.js';
import { listener } from './support/listener.js';
import { routeConfiguration } from './support/route.js';
import type { MessageSpec } from './support/spec.js';
import { walkMessage } from './support/walk.js';

/**
 * What OneHop makes of one resource by itself: errors for what it cannot honour (the resource is to be refused),
 * information for what it takes and does nothing with. Of other types than an `XdsSet` holds: one error. With `before`, an
 * earlier version of the resource that was checked, only what changed is looked at.
 */
export function checkSupport(resource: XdsResource, before?: XdsResource): readonly FieldProblem[] {
  return contentOf(resource, before).problems;
}

export interface Content {
  /** The resource's value, with parts of an earlier version where nothing changed. */
  readonly value: JsonObject;
  readonly problems: readonly FieldProblem[];
  /** Each is there for its type, and only when there is no error. */
  readonly listener?: ListenerContent;
  readonly routeConfiguration?: RouteConfigurationNode;
  readonly cluster?: ClusterContent;
  readonly assignment?: AssignmentContent;
}

/**
 * The content of a resource. The same object for the same resource object, which must not change, and for one that
 * equals `before`, an earlier version: what did not change since keeps its nodes.
 */
export function contentOf(resource: XdsResource, before?: XdsResource): Content {
  let content = known.get(resource);
  if (content === undefined || (before !== undefined && before !== resource && !compared.has(content))) {
    content = contentSince(resource, before);
    if (before !== undefined) compared.add(content);
    known.set(resource, content);
  }
  return content;
}

const known = new WeakMap<XdsResource, Content>();
/** Those that have what they could have of an earlier version. */
const compared = new WeakSet<Content>();

function contentSince(resource: XdsResource, before: XdsResource | undefined): Content {
  const old = before && contentOf(before);
  if (old === undefined || before?.typeUrl !== resource.typeUrl || before.name !== resource.name)
    return readContent(resource);
  const value = shareJson(resource.value, old.value) as JsonObject;
  return value === old.value ? old : readContent({ ...resource, value });
}

const SPECS: Readonly<Record<string, MessageSpec>> = {
  [LISTENER_TYPE]: listener,
  [ROUTE_TYPE]: routeConfiguration,
  [CLUSTER_TYPE]: cluster,
  [ENDPOINT_TYPE]: loadAssignment,
};

/** What OneHop does with each field of resources of a type; undefined for a type that it does not do. */
export function supportTable(typeUrl: string): MessageSpec | undefined {
  return Object.hasOwn(SPECS, typeUrl) ? SPECS[typeUrl] : undefined;
}

function readContent(resource: XdsResource): Content {
  const spec = SPECS[resource.typeUrl];
  if (spec === undefined) {
    const message = `OneHop does not do resources of type ${resource.typeUrl}.`;
    return {
      value: resource.value,
      problems: [
        { rule: 'not-supported', severity: 'error', path: [], message, hint: 'Leave the resource out.' },
      ],
    };
  }
  const { value } = resource;
  const walked = walkMessage(value, spec);
  if (walked.some(isError)) return { value, problems: walked };
  const reading = new Reading(resource);
  const content = read(reading, resource);
  const problems = [...walked, ...reading.problems];
  return problems.some(isError) ? { value, problems } : { value, problems, ...content };
}

function read(reading: Reading, { typeUrl, name, value }: XdsResource): Omit<Content, 'value' | 'problems'> {
  switch (typeUrl) {
    case LISTENER_TYPE:
      return some('listener', readListener(reading, value));
    case ROUTE_TYPE:
      return some(
        'routeConfiguration',
        readRouteConfiguration(reading, value, { key: name, path: [], validateClusters: false }),
      );
    case CLUSTER_TYPE:
      return some('cluster', readCluster(reading, value));
    default:
      return some('assignment', readAssignment(reading, value, [], { unique: true }));
  }
}

function some<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  return (value === undefined ? {} : { [key]: value }) as Partial<Record<K, V>>;
}

export function isError({ severity }: { readonly severity: string }): boolean {
  return severity === 'error';
}
