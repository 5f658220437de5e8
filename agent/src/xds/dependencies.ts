import { referencesOf } from '@onehop/core/api/references.js';
import {
  ENDPOINT_TYPE,
  ROUTE_TYPE,
  type ResourceType,
  type XdsResource,
} from '@onehop/core/resources/model.js';

/** Names of the route configurations that a listener takes over RDS. */
export function routeNamesOf(listener: XdsResource): readonly string[] {
  return namesOf(listener, ROUTE_TYPE);
}

/** The name under which a cluster takes its endpoints over EDS; undefined when it has them itself. */
export function endpointNameOf(cluster: XdsResource): string | undefined {
  return namesOf(cluster, ENDPOINT_TYPE)[0];
}

/** Asked for every resource at every update, and a resource never changes. */
const known = new WeakMap<XdsResource, readonly string[]>();

function namesOf(resource: XdsResource, typeUrl: ResourceType): readonly string[] {
  let names = known.get(resource);
  if (names === undefined) {
    names = referencesOf(resource).flatMap((reference) =>
      reference.typeUrl === typeUrl ? [reference.name] : [],
    );
    known.set(resource, names);
  }
  return names;
}
