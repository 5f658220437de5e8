/** Routes that no request comes to: an earlier route of the virtual host takes all of theirs, or nothing can match. */
import type { Visited } from '../envoy/walk.js';
import { isJsonObject } from '../envoy/wellKnown.js';
import type { FieldPath, JsonObject, JsonValue } from '../resources/model.js';
import type { Family, Finding } from './finding.js';
import {
  coversPath,
  coversCondition,
  contradictionIn,
  lower,
  type RoutePathMatch,
  readRoutePath,
} from './matchSets.js';

/** Of every route of a virtual host that no request comes to. A route that is not fully understood is never said to take a request. */
export const unreachableRoutes: Family = {
  concerns: (_, { typeName }) => typeName === VIRTUAL_HOST,
  find: (visited) => (visited.field.typeName === VIRTUAL_HOST ? unreachableIn(visited) : undefined),
};

const VIRTUAL_HOST = 'envoy.config.route.v3.VirtualHost';

function unreachableIn({ value, path }: Visited): Finding[] {
  if (!isJsonObject(value)) return [];
  const list = value['routes'];
  if (!Array.isArray(list)) return [];
  const routes = (list as readonly JsonValue[]).map(readMatch);
  // Routes that may take all requests of a later one.
  const takers = new Takers();
  const found: Finding[] = [];
  for (const [index, match] of routes.entries()) {
    if (match === undefined) continue;
    const at: FieldPath = [...path, 'routes', index];
    const contradiction = contradictionIn(match.headers);
    if (contradiction !== undefined) {
      found.push(unreachable(at, contradiction));
      continue;
    }
    const taker = takers.of(match.path).find((earlier) => takesAllOf(routes[earlier] as Match, match));
    if (taker !== undefined)
      found.push(shadowed(at, [...path, 'routes', taker], list[taker] as JsonValue, taker));
    else if (match.isWhole) takers.add(match.path, index);
  }
  return found;
}

/** Indices of routes by their path, so that not every route is compared with every other one. */
class Takers {
  private readonly byText = new Map<string, number[]>();
  private readonly expressions: number[] = [];

  add({ kind, value }: RoutePathMatch, index: number): void {
    if (kind === 'safeRegex') {
      this.expressions.push(index);
      return;
    }
    const text = lower(value);
    const list = this.byText.get(text);
    if (list === undefined) this.byText.set(text, [index]);
    else list.push(index);
  }

  /** In their order, those whose path may take every path that `path` takes: texts that it begins with, and expressions. */
  of({ kind, value }: RoutePathMatch): number[] {
    const found = [...this.expressions];
    // Of an expression, prefixes "" and "/" can be sure to take all.
    const text = kind === 'safeRegex' ? '/' : lower(value);
    for (let length = 0; length <= text.length; length++)
      found.push(...(this.byText.get(text.slice(0, length)) ?? []));
    return found.sort((a, b) => a - b);
  }
}

interface Match {
  readonly path: RoutePathMatch;
  readonly headers: readonly JsonObject[];
  /** Conditions of other kinds, each as canonical JSON. */
  readonly others: readonly string[];
  /** Every request that meets the conditions is taken by this route. */
  readonly isWhole: boolean;
}

function readMatch(route: JsonValue): Match | undefined {
  if (!isJsonObject(route)) return undefined;
  let match = matches.get(route);
  if (match === undefined) matches.set(route, (match = newMatch(route) ?? UNKNOWN));
  return match === UNKNOWN ? undefined : match;
}

function newMatch(route: JsonValue): Match | undefined {
  const match = isJsonObject(route) ? route['match'] : undefined;
  if (!isJsonObject(match)) return undefined;
  const path = readRoutePath(match);
  if (path === undefined) return undefined;
  const headers = objectsOf(match['headers']);
  const others = Object.entries(match).flatMap(([key, value]) =>
    READ.has(key)
      ? []
      : Array.isArray(value)
        ? value.map((item) => `${key} ${JSON.stringify(item)}`)
        : [`${key} ${JSON.stringify(value)}`],
  );
  return {
    path,
    headers,
    others,
    isWhole: match['runtimeFraction'] === undefined && match['filterState'] === undefined,
  };
}

const matches = new WeakMap<JsonObject, Match>();

const UNKNOWN: Match = {
  path: { kind: 'path', value: '', ignoreCase: false },
  headers: [],
  others: [],
  isWhole: false,
};

const READ: ReadonlySet<string> = new Set([
  'prefix',
  'path',
  'pathSeparatedPrefix',
  'safeRegex',
  'connectMatcher',
  'pathMatchPolicy',
  'caseSensitive',
  'headers',
  'runtimeFraction',
]);

function takesAllOf(earlier: Match, later: Match): boolean {
  return (
    coversPath(earlier.path, later.path) &&
    earlier.headers.every((condition) => later.headers.some((other) => coversCondition(condition, other))) &&
    earlier.others.every((condition) => later.others.includes(condition))
  );
}

function shadowed(path: FieldPath, by: FieldPath, route: JsonValue, index: number): Finding {
  const name =
    isJsonObject(route) && typeof route['name'] === 'string' && route['name'] !== ''
      ? `"${route['name']}"`
      : `routes[${index}]`;
  return {
    rule: 'shadowed-route',
    severity: 'warning',
    path,
    message: `No request comes to this route: route ${name} before it takes all that it would match.`,
    hint: 'The first route that matches decides: put the narrower one first, or remove this one.',
    related: [{ path: by, message: 'This route takes its requests.' }],
    change: { kind: 'remove', title: 'Remove the route', path },
  };
}

function unreachable(path: FieldPath, because: string): Finding {
  return {
    rule: 'unreachable-route',
    severity: 'warning',
    path,
    message: `No request can match this route: ${because}.`,
    hint: 'Correct its conditions, or remove it.',
    change: { kind: 'remove', title: 'Remove the route', path },
  };
}

function objectsOf(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter(isJsonObject) : [];
}
