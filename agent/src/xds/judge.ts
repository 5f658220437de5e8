import type { ResourceProblem } from '@onehop/core/resources/model.js';
import { decodeResource } from '../apply/decode.js';
import { validate } from '../apply/validate.js';
import type { XdsResponse } from './protocol.js';
import type { Judged } from './typeState.js';

/** Decodes and validates each resource of a response by itself. What was not asked for is left out. */
export function judgeResponse(response: XdsResponse, isAskedFor: (name: string) => boolean): Judged[] {
  const { typeUrl } = response;
  const seen = new Set<string>();
  return response.resources.flatMap((arrived): Judged[] => {
    const { any } = arrived;
    const version = arrived.version === '' ? response.version : arrived.version;
    const decoded = decodeResource(any, typeUrl);
    const name = decoded.name === '' ? arrived.name : decoded.name;
    if (name !== '' && !isAskedFor(name)) return [];
    const refuse = (problems: readonly ResourceProblem[]): Judged[] => [
      { ok: false, name, version, problems: problems.map((one) => ({ ...one, resource: name })) },
    ];
    if (!decoded.ok) return refuse(decoded.problems);
    if (seen.has(name)) return refuse([doubled(typeUrl, name)]);
    seen.add(name);
    const problems = validate(decoded.resource).filter(({ severity }) => severity === 'error');
    return problems.length > 0
      ? refuse(problems)
      : [{ ok: true, name, version, resource: decoded.resource, any }];
  });
}

function doubled(typeUrl: string, resource: string): ResourceProblem {
  const message = 'The response has two resources with this name.';
  return { rule: 'duplicate-name', severity: 'error', typeUrl, resource, path: [], message };
}
