/** Why a route does not match a request, in words. */
import { lowerCase } from '../routing/readMatch.js';
import type { HeaderCondition, PathMatch } from '../routing/model.js';
import { quoted, SUBJECTS } from './explain.js';

/** A request as conditions look at it. */
export interface AskedRequest {
  readonly method: string;
  /** With the query. */
  readonly target: string;
  readonly host: string;
  /** In order; a name may repeat. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** `path "/reviews/1" lacks prefix "/api"` */
export function pathFailure({ kind, value, ignoreCase }: PathMatch, { target }: AskedRequest): string {
  const path = quoted(target.split(/[?#]/)[0] ?? '');
  const want = quoted(value, ignoreCase);
  switch (kind) {
    case 'prefix':
      return `path ${path} lacks prefix ${want}`;
    case 'segments':
      return `path ${path} is not ${want} or below it`;
    default:
      return `path ${path} is not ${want}`;
  }
}

/** `header end-user is "bob", not "jason"`, `there is no header end-user`. */
export function conditionFailure(condition: HeaderCondition, request: AskedRequest): string {
  const { subject, name, kind, value, ignoreCase, invert } = condition;
  const what = subject === 'header' ? `header ${name}` : SUBJECTS[subject];
  const found = valuesOf(condition, request);
  if (kind === 'present') return invert ? `${what} is there` : `there is no ${what}`;
  if (found.length === 0) return `there is no ${what}`;
  const is = found.map((one) => quoted(one)).join(' and ');
  const want = quoted(value, ignoreCase);
  if (kind === 'exact') return invert ? `${what} is ${want}` : `${what} is ${is}, not ${want}`;
  const [plain, not] = VERBS[kind];
  return `${what} ${is} ${invert ? plain : not} ${want}`;
}

const VERBS = {
  prefix: ['begins with', 'does not begin with'],
  suffix: ['ends with', 'does not end with'],
  contains: ['contains', 'does not contain'],
} as const;

function valuesOf(
  { subject, name, missingIsEmpty }: HeaderCondition,
  request: AskedRequest,
): readonly string[] {
  if (subject === 'method') return [request.method];
  if (subject === 'path') return [request.target];
  if (subject === 'authority') return [request.host];
  const found = request.headers.filter(([one]) => lowerCase(one) === name).map(([, value]) => value);
  return found.length === 0 && missingIsEmpty ? [''] : found;
}
