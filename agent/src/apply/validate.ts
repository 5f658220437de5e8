import { validateResource } from '@onehop/core/diagnostics/validate.js';
import type { ResourceProblem, XdsResource } from '@onehop/core/resources/model.js';

/**
 * Why a resource cannot be taken, whatever the others are: what Envoy's own validators refuse, and what OneHop cannot
 * honour. Of what is as in `before`, an earlier version that was valid, nothing is looked at. Never throws.
 */
export function validate(resource: XdsResource, before?: XdsResource): ResourceProblem[] {
  const { typeUrl, name } = resource;
  return validateResource(resource, before)
    .filter(({ severity }) => severity === 'error')
    .map((problem): ResourceProblem => ({ ...problem, typeUrl, resource: name }));
}
