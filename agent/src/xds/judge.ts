import type { DiscoveryResponse } from '@onehop/core/api/ads.js';
import type { ResourceProblem } from '@onehop/core/resources/model.js';
import { decodeResource } from '../apply/decode.js';
import { validate } from '../apply/validate.js';
import type { Judged } from './typeState.js';

/** Decodes and validates each resource of a response by itself. What was not asked for is left out. */
export function judgeResponse(response: DiscoveryResponse, isAskedFor: (name: string) => boolean): Judged[] {
  const seen = new Set<string>();
  return response.resources.flatMap((any): Judged[] => {
    const decoded = decodeResource(any, response.typeUrl);
    const { name } = decoded;
    if (name !== '' && !isAskedFor(name)) return [];
    if (!decoded.ok) return [decoded];
    if (seen.has(name)) return [{ ok: false, name, problems: [doubled(response.typeUrl, name)] }];
    seen.add(name);
    const problems = validate(decoded.resource).filter(({ severity }) => severity === 'error');
    return [
      problems.length > 0
        ? { ok: false, name, problems }
        : { ok: true, name, resource: decoded.resource, any },
    ];
  });
}

function doubled(typeUrl: string, resource: string): ResourceProblem {
  const message = 'The response has two resources with this name.';
  return { rule: 'duplicate-name', severity: 'error', typeUrl, resource, path: [], message };
}
