/** Why a route does not match a request, in words. */
import { lowerCase } from '../routing/readMatch.js';
import type { KernelCondition } from '../routing/kernelMatch.js';
import type { HeaderCondition, PathMatch, QueryCondition } from '../routing/model.js';
import type { FailedCondition } from '../evaluate/conditions.js';
import { queryParameter, valuesOf as allValuesOf, type RequestView } from '../evaluate/request.js';
import { explainFraction, quoted, SUBJECTS } from './explain.js';

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
    case 'regex':
      return `path ${path} does not match ${want}`;
    case 'connect':
      return 'the method is not CONNECT';
    case 'never':
      return 'it needs TLS, and connections have none';
    default:
      return `path ${path} is not ${want}`;
  }
}

/** A condition that a program found not to hold. */
export function kernelFailure(condition: KernelCondition, request: AskedRequest): string {
  switch (condition.kind) {
    case 'fraction':
      return `not one of ${explainFraction(condition.fraction)}`;
    case 'header':
      return conditionFailure(condition.header, request);
    case 'query':
      return queryFailure(condition.query, request);
  }
}

/** A condition that the relay found not to hold. */
export function relayFailure(failed: FailedCondition, path: PathMatch, request: RequestView): string {
  switch (failed.kind) {
    case 'path':
      return pathFailure(path, request);
    case 'grpc':
      return 'the content-type is not that of gRPC';
    case 'header':
      return conditionFailure(failed.header, request);
    case 'query':
      return queryFailure(failed.query, request);
  }
}

function queryFailure(
  { name, kind, value, ignoreCase, invert }: QueryCondition,
  request: AskedRequest,
): string {
  const found = queryParameter({ ...request, scheme: '' }, name);
  if (kind === 'present' && invert) return `query parameter ${name} is there`;
  if (found === undefined) return `there is no query parameter ${name}`;
  if (kind === 'present') return '';
  const want = quoted(value, ignoreCase);
  const is = `query parameter ${name} is ${quoted(found)}`;
  return kind === 'exact' ? `${is}, not ${want}` : `${is}, which ${VERBS[kind][1]} ${want}`;
}

/** `header end-user is "bob", not "jason"`, `there is no header end-user`. */
export function conditionFailure(condition: HeaderCondition, request: AskedRequest): string {
  const { subject, name, kind, value, ignoreCase, invert } = condition;
  const what = subject === 'header' ? `header ${name}` : SUBJECTS[subject];
  const found = valuesOf(condition, request);
  if (kind === 'present') return invert ? `${what} is there` : `there is no ${what}`;
  if (found.length === 0) return `there is no ${what}`;
  const is = found.map((one) => quoted(one)).join(' and ');
  const want = kind === 'range' ? value : quoted(value, ignoreCase);
  if (kind === 'exact') return invert ? `${what} is ${want}` : `${what} is ${is}, not ${want}`;
  const [plain, not] = VERBS[kind];
  return `${what} ${is} ${invert ? plain : not} ${want}`;
}

const VERBS = {
  prefix: ['begins with', 'does not begin with'],
  suffix: ['ends with', 'does not end with'],
  contains: ['contains', 'does not contain'],
  regex: ['matches', 'does not match'],
  range: ['is a number from', 'is no number from'],
} as const;

function valuesOf(
  { subject, name, missingIsEmpty }: HeaderCondition,
  request: AskedRequest,
): readonly string[] {
  if (subject === 'method') return [request.method];
  if (subject === 'path') return [request.target];
  if (subject === 'authority') return [request.host];
  if (subject === 'scheme') return allValuesOf({ ...request, scheme: 'http' }, name);
  const found = request.headers.filter(([one]) => lowerCase(one) === name).map(([, value]) => value);
  return found.length === 0 && missingIsEmpty ? [''] : found;
}
