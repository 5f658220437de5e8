import { validateResource } from '@onehop/core/diagnostics/validate.js';
import type { ResourceProblem, XdsResource } from '@onehop/core/resources/model.js';

/**
 * Why a resource cannot be taken, whatever the others are: what Envoy's own validators refuse, and what OneHop cannot
 * honour. Never throws.
 */
export function validate(resource: XdsResource): ResourceProblem[] {
  const { typeUrl, name } = resource;
  return validateResource(resource)
    .filter(({ severity }) => severity === 'error')
    .map((problem): ResourceProblem => ({ ...problem, typeUrl, resource: name }));
}
