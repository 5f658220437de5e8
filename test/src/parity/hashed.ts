/** Whether Envoy finds something to hash in a request: what its documentation of hash_policy says, and nothing of ours. */
import type { JsonObject } from '@onehop/core/resources/model.js';
import { objectAt, objectsAt, textAt } from './json.js';
import type { ParityRequest } from './requests.js';

/** Only those that surely have a hash; of an empty value nobody says. */
export function hasHash(action: JsonObject, request: ParityRequest): boolean {
  return objectsAt(action, 'hashPolicy').some((policy) => finds(policy, request));
}

/** Whether the client's address may be part of it. */
export function hashesSource(action: JsonObject): boolean {
  return objectsAt(action, 'hashPolicy').some((policy) => 'connectionProperties' in policy);
}

function finds(policy: JsonObject, { headers, target }: ParityRequest): boolean {
  const header = textAt(objectAt(policy, 'header'), 'headerName')?.toLowerCase();
  if (header !== undefined)
    return (
      header.startsWith(':') || headers.some(([name, value]) => name.toLowerCase() === header && value !== '')
    );
  const cookie = textAt(objectAt(policy, 'cookie'), 'name');
  if (cookie !== undefined) {
    // The first of the name counts, and may be empty.
    const lines = headers.filter(([name]) => name.toLowerCase() === 'cookie').map(([, value]) => value);
    return new RegExp(`^\\s*${cookie}=[^;\\s"]`).test(
      lines.flatMap((line) => line.split(';')).find((pair) => pair.trim().startsWith(`${cookie}=`)) ?? '',
    );
  }
  const parameter = textAt(objectAt(policy, 'queryParameter'), 'name');
  if (parameter === undefined) return true;
  const at = target.indexOf('?');
  const pairs = at < 0 ? [] : target.slice(at + 1).split('&');
  return /=./.test(pairs.find((pair) => pair.split('=')[0] === parameter) ?? '');
}
