import { danglingReferences } from '@onehop/core/diagnostics/references.js';
import { resourcesIn, type ResourceProblem, type XdsSet } from '@onehop/core/resources/model.js';

/** References of a set to what is not in it: served like that, it would leave clients waiting or answering 503. */
export function findDangling(set: XdsSet): ResourceProblem[] {
  return resourcesIn(set).flatMap((resource) =>
    danglingReferences(resource, set).map((problem): ResourceProblem => {
      const { typeUrl, name } = resource;
      return { ...problem, typeUrl, resource: name };
    }),
  );
}
