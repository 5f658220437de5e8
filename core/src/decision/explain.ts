import type { HeaderCondition, PathMatch, RouteMatch } from '../routing/model.js';

/** A route's match in words: `path prefix "/", header end-user = "jason"`. */
export function explainMatch(match: RouteMatch): string {
  return [explainPath(match.path), ...match.headers.map(explainHeader)].join(', ');
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
  }
}

function explainHeader(condition: HeaderCondition): string {
  const { subject, name, kind, value, ignoreCase, invert, missingIsEmpty } = condition;
  const what = subject === 'header' ? `header ${name}` : SUBJECTS[subject];
  if (kind === 'present') {
    const constant = missingIsEmpty || subject !== 'header';
    return constant ? `${what} (${invert ? 'never' : 'always'})` : `${what} ${invert ? 'absent' : 'present'}`;
  }
  const missing = missingIsEmpty && subject === 'header' ? ' (missing counts as empty)' : '';
  return `${what} ${VERBS[kind][invert ? 1 : 0]} ${quoted(value, ignoreCase)}${missing}`;
}

/** Pseudo headers in words. */
export const SUBJECTS = { method: 'method', authority: 'host', path: 'path with query' } as const;

const VERBS: Readonly<
  Record<Exclude<HeaderCondition['kind'], 'present'>, readonly [plain: string, inverted: string]>
> = {
  exact: ['=', '≠'],
  prefix: ['begins with', 'does not begin with'],
  suffix: ['ends with', 'does not end with'],
  contains: ['contains', 'does not contain'],
};

export function quoted(text: string, ignoreCase = false): string {
  return `${JSON.stringify(text)}${ignoreCase ? ' in any case' : ''}`;
}
