/**
 * Does a route match a request? All of Envoy's conditions, also those that the programs do not check (routing/kernelMatch.ts);
 * where they do, the answer is theirs.
 */
import type {
  HeaderCondition,
  NumberRange,
  PathMatch,
  QueryCondition,
  RouteMatch,
  TextMatch,
} from '../routing/model.js';
import { lowerCase } from '../routing/readMatch.js';
import { fullMatch } from './regex.js';
import { octetsOf, pathOf, queryParameter, valuesOf, type RequestView } from './request.js';

/** But for the fraction: whoever draws the random number of the request, the router, knows about that. */
export function routeMatches(match: RouteMatch, request: RequestView): boolean {
  return failedCondition(match, request) === undefined;
}

export type FailedCondition =
  | { readonly kind: 'path' }
  | { readonly kind: 'header'; readonly header: HeaderCondition }
  | { readonly kind: 'query'; readonly query: QueryCondition }
  | { readonly kind: 'grpc' };

/** The first condition that does not hold, in Envoy's order but for the path, which comes first. */
export function failedCondition(match: RouteMatch, request: RequestView): FailedCondition | undefined {
  if (!pathMatches(match.path, request)) return { kind: 'path' };
  if (match.grpc && !isGrpc(request)) return { kind: 'grpc' };
  const header = match.headers.find((one) => !headerHolds(one, request));
  if (header !== undefined) return { kind: 'header', header };
  const query = match.query.find((one) => !queryHolds(one, request));
  return query && { kind: 'query', query };
}

function pathMatches({ kind, value, ignoreCase }: PathMatch, request: RequestView): boolean {
  const path = pathOf(request);
  switch (kind) {
    case 'any':
      return true;
    case 'never':
      return false;
    case 'connect':
      return request.method === 'CONNECT';
    case 'segments':
      return (
        textMatches({ kind: 'prefix', value, ignoreCase }, path) &&
        [undefined, '/'].includes(path[octetsOf(value).length])
      );
    default:
      return textMatches({ kind, value, ignoreCase }, path);
  }
}

/** Grpc::Common::hasGrpcContentType */
function isGrpc(request: RequestView): boolean {
  const [type = ''] = valuesOf(request, 'content-type');
  return /^application\/grpc(?:$|\+)/.test(type);
}

/** Of a header that is there more than once any value may match; inverted, none may. */
export function headerHolds(condition: HeaderCondition, request: RequestView): boolean {
  const { kind, name, invert, missingIsEmpty } = condition;
  const found = valuesOf(request, name);
  const values = found.length === 0 && missingIsEmpty ? [''] : found;
  if (values.length === 0) return kind === 'present' && invert;
  return values.some((value) => valueMatches(condition, value)) !== invert;
}

function valueMatches({ kind, value, ignoreCase, range }: HeaderCondition, text: string): boolean {
  if (kind === 'range') return range !== undefined && isInRange(range, text);
  return textMatches({ kind, value, ignoreCase }, text);
}

/** absl::SimpleAtoi */
function isInRange({ first, end }: NumberRange, text: string): boolean {
  if (!/^[+-]?[0-9]+$/.test(text)) return false;
  const number = BigInt(text.replace('+', ''));
  return BigInt.asIntN(64, number) === number && number >= first && number < end;
}

function queryHolds(condition: QueryCondition, request: RequestView): boolean {
  const value = queryParameter(request, octetsOf(condition.name));
  if (condition.kind === 'present') return (value !== undefined) !== condition.invert;
  return value !== undefined && textMatches(condition, value);
}

/** Envoy's StringMatcher. */
export function textMatches({ kind, value, ignoreCase }: TextMatch, text: string): boolean {
  if (kind === 'present') return true;
  if (kind === 'regex') return fullMatch(value, text);
  const [is, want] = ignoreCase ? [lowerCase(text), lowerCase(octetsOf(value))] : [text, octetsOf(value)];
  switch (kind) {
    case 'exact':
      return is === want;
    case 'prefix':
      return is.startsWith(want);
    case 'suffix':
      return is.endsWith(want);
    case 'contains':
      return is.includes(want);
  }
}
