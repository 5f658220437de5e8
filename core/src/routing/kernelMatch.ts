import { automatonOf } from '../regex/automaton.js';
import { limits } from '../wire/wire.generated.js';
import type { HeaderCondition, PathMatch, QueryCondition, RouteMatch, TextMatch } from './model.js';

/** One of the conditions of a route that the programs check, in the order in which they do. */
export type KernelCondition =
  | { readonly kind: 'fraction'; readonly fraction: NonNullable<RouteMatch['fraction']> }
  | { readonly kind: 'header'; readonly header: HeaderCondition }
  | { readonly kind: 'query'; readonly query: QueryCondition };

/** What of a route's match the programs check (bpf/lib/match.h). */
export interface KernelMatch {
  readonly path: PathMatch;
  readonly conditions: readonly KernelCondition[];
  /** There is more, which only the relay checks: core/src/evaluate. */
  readonly opaque: boolean;
}

/** The same object for the same match. */
export function kernelMatch(match: RouteMatch): KernelMatch {
  let made = known.get(match);
  if (made === undefined) known.set(match, (made = split(match)));
  return made;
}

const known = new WeakMap<RouteMatch, KernelMatch>();

function split(match: RouteMatch): KernelMatch {
  const path = kernelPath(match.path);
  const all: KernelCondition[] = [
    ...(match.fraction === undefined ? [] : [{ kind: 'fraction' as const, fraction: match.fraction }]),
    ...match.headers.filter(headerFits).map((header) => ({ kind: 'header' as const, header })),
    ...match.query.filter(queryFits).map((query) => ({ kind: 'query' as const, query })),
  ];
  const conditions = all.slice(0, limits.CONDS_MAX);
  const there = match.headers.length + match.query.length + (match.fraction === undefined ? 0 : 1);
  return {
    path,
    conditions,
    opaque: path !== match.path || match.grpc || conditions.length < there,
  };
}

/** The match itself, or what of it holds for every path that it matches. */
function kernelPath(path: PathMatch): PathMatch {
  if (path.kind === 'regex' ? automatonOf(path.value) !== undefined : isShort(path.value)) return path;
  const value = path.kind === 'regex' ? literalPrefix(path.value) : '';
  return value !== '' && isShort(value)
    ? { kind: 'prefix', value, ignoreCase: false }
    : { kind: 'any', value: '', ignoreCase: false };
}

/** What every text begins with that a regular expression matches as a whole; "" when that is not plain to see. */
function literalPrefix(pattern: string): string {
  if (pattern.includes('|')) return '';
  const [literal = ''] = /^(?:[\w/~%,;:=@!&-]|\\[./-])*/.exec(pattern) ?? [];
  // What may be there no time, or is counted, is no part of it.
  const sure = /^[*?{]/.test(pattern.slice(literal.length)) ? literal.replace(/\\?.$/, '') : literal;
  return sure.replaceAll('\\', '');
}

/** Whether every request that gets to the route leaves the kernel there. */
export function stopsAll(match: RouteMatch): boolean {
  const { path, conditions, opaque } = kernelMatch(match);
  return opaque && path.kind === 'any' && conditions.length === 0;
}

function headerFits(header: HeaderCondition): boolean {
  return (
    header.subject !== 'scheme' &&
    // Envoy fills it in where the client has not.
    header.name !== 'x-forwarded-proto' &&
    isShort(header.name) &&
    (header.kind === 'range' || textFits(header as TextMatch))
  );
}

function queryFits(query: QueryCondition): boolean {
  return isShort(query.name) && textFits(query);
}

function textFits({ kind, value }: TextMatch): boolean {
  return kind === 'regex' ? automatonOf(value) !== undefined : isShort(value);
}

function isShort(text: string): boolean {
  return text.length * 3 <= limits.STR_MAX || encoder.encode(text).length <= limits.STR_MAX;
}

const encoder = new TextEncoder();
