import type { HeaderCondition, PathMatch, QueryCondition, RouteMatch } from '../routing/model.js';

/** A route's match in words: `path prefix "/", header end-user = "jason"`. */
export function explainMatch(match: RouteMatch): string {
  const { path, fraction, grpc, headers, query } = match;
  return [
    explainPath(path),
    ...(fraction === undefined ? [] : [explainFraction(fraction)]),
    ...(grpc ? ['gRPC'] : []),
    ...headers.map(explainHeader),
    ...query.map(explainQuery),
  ].join(', ');
}

function explainPath({ kind, value, ignoreCase }: PathMatch): string {
  switch (kind) {
    case 'any':
      return 'any path';
    case 'exact':
      return `path = ${quoted(value, ignoreCase)}`;
    case 'prefix':
      return `path prefix ${quoted(value, ignoreCase)}`;
    case 'segments':
      return `path ${quoted(value, ignoreCase)} and below`;
    case 'regex':
      return `path ~ ${quoted(value)}`;
    case 'connect':
      return 'method CONNECT';
    case 'never':
      return 'never (needs TLS)';
  }
}

/** "25 of 100 requests" */
export function explainFraction({ numerator, denominator }: NonNullable<RouteMatch['fraction']>): string {
  return `${numerator} of ${denominator} requests`;
}

function explainQuery({ name, kind, value, ignoreCase, invert }: QueryCondition): string {
  if (kind === 'present') return `query parameter ${name} ${invert ? 'absent' : 'present'}`;
  return `query parameter ${name} ${VERBS[kind][0]} ${quoted(value, ignoreCase)}`;
}

function explainHeader(condition: HeaderCondition): string {
  const { subject, name, kind, value, ignoreCase, invert, missingIsEmpty } = condition;
  const what = subject === 'header' ? `header ${name}` : SUBJECTS[subject];
  if (kind === 'present') {
    const constant = missingIsEmpty || subject !== 'header';
    return constant ? `${what} (${invert ? 'never' : 'always'})` : `${what} ${invert ? 'absent' : 'present'}`;
  }
  const wanted = kind === 'range' ? value : quoted(value, ignoreCase);
  const found = `${what} ${VERBS[kind][invert ? 1 : 0]} ${wanted}`;
  return missingIsEmpty && subject === 'header' ? `${found} (missing counts as empty)` : found;
}

/** Pseudo headers in words. */
export const SUBJECTS = {
  method: 'method',
  authority: 'host',
  path: 'path with query',
  scheme: 'scheme',
} as const;

const VERBS: Readonly<
  Record<Exclude<HeaderCondition['kind'], 'present'>, readonly [plain: string, inverted: string]>
> = {
  exact: ['=', '≠'],
  prefix: ['begins with', 'does not begin with'],
  suffix: ['ends with', 'does not end with'],
  contains: ['contains', 'does not contain'],
  regex: ['~', '!~'],
  range: ['is a number from', 'is no number from'],
};

export function quoted(text: string, ignoreCase = false): string {
  const json = JSON.stringify(text);
  return ignoreCase ? `${json} in any case` : json;
}
