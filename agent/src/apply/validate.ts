import { validateMessage } from '@onehop/core/diagnostics/validateMessage.js';
import { messageNameOf, type ResourceProblem, type XdsResource } from '@onehop/core/resources/model.js';
import { checkSupport } from '@onehop/core/routing/support.js';

/**
 * What is wrong with one resource by itself: what Envoy's own validators refuse, then what OneHop cannot honour. Problems
 * that are no errors are left out. Never throws.
 */
export function validate(resource: XdsResource): ResourceProblem[] {
  const { typeUrl, name } = resource;
  const invalid = validateMessage(messageNameOf(typeUrl) ?? '', resource.value);
  const problems = invalid.length > 0 ? invalid : checkSupport(resource);
  return problems
    .filter(({ severity }) => severity === 'error')
    .map((problem): ResourceProblem => ({ ...problem, typeUrl, resource: name }));
}
