/** Which requests the parts of a route match take, compared: true only where it is certain. */
import { isJsonObject } from '../envoy/wellKnown.js';
import type { JsonObject } from '../resources/model.js';

export interface RoutePathMatch {
  readonly kind: 'prefix' | 'path' | 'pathSeparatedPrefix' | 'safeRegex';
  readonly value: string;
  readonly ignoreCase: boolean;
}

/** The path condition of a RouteMatch; undefined for a kind that is not compared. */
export function readRoutePath(match: JsonObject): RoutePathMatch | undefined {
  const ignoreCase = match['caseSensitive'] === false;
  for (const kind of ['prefix', 'path', 'pathSeparatedPrefix'] as const) {
    const value = match[kind];
    if (typeof value === 'string') return { kind, value: ignoreCase ? lower(value) : value, ignoreCase };
  }
  const regex = match['safeRegex'];
  const value = isJsonObject(regex) ? regex['regex'] : undefined;
  // A regular expression has its own way to ignore case.
  return typeof value === 'string' ? { kind: 'safeRegex', value, ignoreCase: false } : undefined;
}

/** Every path that `inner` takes is one that `outer` takes. */
export function coversPath(outer: RoutePathMatch, inner: RoutePathMatch): boolean {
  if (outer.kind === 'prefix' && outer.value === '') return true;
  if (inner.kind === 'safeRegex' || outer.kind === 'safeRegex')
    return outer.kind === inner.kind
      ? outer.value === inner.value
      : outer.kind === 'prefix' && outer.value === '/' && beginsWithSlash(inner.value);
  // Letters that differ in case only are one to `inner` and two to `outer`.
  if (inner.ignoreCase && !outer.ignoreCase && /[a-z]/i.test(outer.value)) return false;
  const value = outer.ignoreCase ? lower(inner.value) : inner.value;
  switch (outer.kind) {
    case 'path':
      return inner.kind === 'path' && value === outer.value;
    case 'prefix':
      return value.startsWith(outer.value);
    case 'pathSeparatedPrefix':
      if (value === outer.value) return inner.kind !== 'prefix';
      return value.startsWith(`${outer.value}/`);
  }
}

/** A path that matches as a whole begins with "/": no choice at the top, and the slash is not optional. */
function beginsWithSlash(regex: string): boolean {
  return /^\^?\/(?![*?{])/.test(regex) && !regex.includes('|');
}

/** Every request that meets `inner` meets `outer`. Both are HeaderMatchers. */
export function coversCondition(outer: JsonObject, inner: JsonObject): boolean {
  if (nameOf(outer) !== nameOf(inner)) return false;
  if (shapeOf(outer) === shapeOf(inner)) return true;
  const isPresence =
    outer['presentMatch'] === true &&
    !isTrue(outer['invertMatch']) &&
    !isTrue(outer['treatMissingHeaderAsEmpty']);
  return isPresence && needsHeader(inner);
}

/** Why the conditions can never all hold; undefined when they can, or when that is not known. */
export function contradictionIn(headers: readonly JsonObject[]): string | undefined {
  for (const [index, one] of headers.entries()) {
    for (const other of headers.slice(index + 1)) {
      if (nameOf(one) !== nameOf(other)) continue;
      const [a, b] = [exactOf(one), exactOf(other)];
      if (a !== undefined && b !== undefined && a !== b)
        return `header "${nameOf(one)}" cannot be "${a}" and "${b}"`;
      const isOpposite =
        isTrue(one['invertMatch']) !== isTrue(other['invertMatch']) &&
        shapeOf({ ...one, invertMatch: false }) === shapeOf({ ...other, invertMatch: false });
      if (isOpposite) return `a condition on header "${nameOf(one)}" and its opposite cannot both hold`;
    }
  }
  return undefined;
}

/** The one value that a header must have, told apart by case. */
function exactOf(header: JsonObject): string | undefined {
  if (isTrue(header['invertMatch'])) return undefined;
  const match = header['stringMatch'];
  if (isJsonObject(match))
    return typeof match['exact'] === 'string' && !isTrue(match['ignoreCase']) ? match['exact'] : undefined;
  const exact = header['exactMatch'];
  return typeof exact === 'string' && exact !== '' ? exact : undefined;
}

/** True when a request without the header never meets the condition. */
function needsHeader(header: JsonObject): boolean {
  if (isTrue(header['invertMatch']) || isTrue(header['treatMissingHeaderAsEmpty'])) return false;
  return header['presentMatch'] !== false;
}

function nameOf(header: JsonObject): string {
  const name = lower(typeof header['name'] === 'string' ? header['name'] : '');
  return name === 'host' ? ':authority' : name;
}

function shapeOf(header: JsonObject): string {
  const rest = Object.entries(header).filter(([key, value]) => key !== 'name' && value !== false);
  if (header['presentMatch'] === false) rest.push(['presentMatch', false]);
  return JSON.stringify(rest.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isTrue(value: unknown): boolean {
  return value === true;
}

/** In lower case, where ASCII has one. */
export function lower(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
