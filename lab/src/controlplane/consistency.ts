import {
  CLUSTER_TYPE,
  ENDPOINT_TYPE,
  LISTENER_TYPE,
  resourcesIn,
  resourcesOf,
  ROUTE_TYPE,
  type ResourceProblem,
  type ResourceType,
  type XdsResource,
  type XdsSet,
} from '@onehop/core/resources/model.js';
import { referencesOf, type Reference } from '@onehop/core/resources/names.js';

/** References of a set to what is not in it: served like that, it would leave clients waiting or answering 503. */
export function findDangling(set: XdsSet): ResourceProblem[] {
  return resourcesIn(set).flatMap((resource) =>
    referencesOf(resource)
      .filter((reference) => isMissing(set, reference) && !isMeant(resource, reference))
      .map(({ typeUrl, name, path }): ResourceProblem => {
        const message = `There is no ${nounOf[typeUrl]} "${name}".`;
        return {
          rule: 'dangling',
          severity: 'error',
          typeUrl: resource.typeUrl,
          resource: resource.name,
          path,
          message,
        };
      }),
  );
}

const nounOf: Readonly<Record<ResourceType, string>> = {
  [LISTENER_TYPE]: 'listener',
  [ROUTE_TYPE]: 'route configuration',
  [CLUSTER_TYPE]: 'cluster',
  [ENDPOINT_TYPE]: 'endpoint list (ClusterLoadAssignment)',
};

function isMissing(set: XdsSet, { typeUrl, name }: Reference): boolean {
  return resourcesOf(set, typeUrl)?.has(name) !== true;
}

/** The author says that a cluster may be missing: Envoy answers such routes with 503 until it is there. */
function isMeant(resource: XdsResource, { typeUrl }: Reference): boolean {
  return (
    resource.typeUrl === ROUTE_TYPE &&
    typeUrl === CLUSTER_TYPE &&
    resource.value['validateClusters'] === false
  );
}
