import type { ResourceProblem, XdsResource } from '@onehop/core/resources/model.js';

export function validate(_resource: XdsResource): ResourceProblem[] {
  return [];
}
