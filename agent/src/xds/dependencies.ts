import { ROUTE_TYPE, type XdsResource } from '@onehop/core/resources/model.js';
import { edsReference, referencesOf } from '@onehop/core/resources/names.js';

/** Names of the route configurations that a listener takes over RDS. */
export function routeNamesOf(listener: XdsResource): readonly string[] {
  let names = known.get(listener);
  if (names === undefined) {
    names = referencesOf(listener).flatMap(({ typeUrl, name }) => (typeUrl === ROUTE_TYPE ? [name] : []));
    known.set(listener, names);
  }
  return names;
}

/** The name under which a cluster takes its endpoints over EDS; undefined when it has them itself. */
export function endpointNameOf(cluster: XdsResource): string | undefined {
  return edsReference(cluster)?.name;
}

/** Asked for every listener at every update, and a resource never changes. */
const known = new WeakMap<XdsResource, readonly string[]>();
