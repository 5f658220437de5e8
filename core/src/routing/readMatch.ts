import type { FieldPath, JsonObject } from '../resources/model.js';
import { listOf, numberOf, objectOf, textOf, type Json } from './fields.js';
import type { HeaderCondition, PathMatch, QueryCondition, RouteMatch } from './model.js';
import { notEmpty, readPattern, readRegex, readStringMatch } from './readText.js';
import type { Reading } from './reading.js';

/** The match of a route at `path`; undefined, with a problem, when it matches on nothing that can be compared. */
export function readMatch(reading: Reading, value: Json, path: FieldPath): RouteMatch | undefined {
  const match = objectOf(value);
  const pathMatch = readPathMatch(reading, match, path);
  const headers = readHeaders(reading, match['headers'], [...path, 'headers']);
  const query = readEach(match['queryParameters'], [...path, 'queryParameters'], (item, at) =>
    readQuery(reading, item, at),
  );
  if (pathMatch === undefined || headers === undefined || query === undefined) return undefined;
  const fraction = readFraction(match['runtimeFraction']);
  return {
    path: isNeverWithoutTls(match['tlsContext'])
      ? { kind: 'never', value: '', ignoreCase: false }
      : pathMatch,
    headers,
    query,
    ...(fraction === undefined ? {} : { fraction }),
    grpc: match['grpc'] !== undefined,
  };
}

/** A list of HeaderMatchers; undefined, with a problem, when one of them cannot be compared. */
export function readHeaders(reading: Reading, value: Json, path: FieldPath): HeaderCondition[] | undefined {
  return readEach(value, path, (item, at) => readHeader(reading, item, at));
}

function readEach<T>(
  value: Json,
  path: FieldPath,
  readOne: (item: JsonObject, at: FieldPath) => T | undefined,
): T[] | undefined {
  const all = listOf(value).map((item, index) => readOne(objectOf(item), [...path, index]));
  const found = all.filter((one) => one !== undefined);
  return found.length === all.length ? found : undefined;
}

function readPathMatch(reading: Reading, match: JsonObject, path: FieldPath): PathMatch | undefined {
  const ignoreCase = match['caseSensitive'] === false;
  const prefix = textOf(match['prefix']);
  if (prefix !== undefined)
    return prefix === ''
      ? { kind: 'any', value: '', ignoreCase: false }
      : { kind: 'prefix', value: prefix, ignoreCase };
  const exact = textOf(match['path']);
  if (exact !== undefined) return { kind: 'exact', value: exact, ignoreCase };
  if (match['connectMatcher'] !== undefined) return { kind: 'connect', value: '', ignoreCase: false };
  if (match['safeRegex'] !== undefined) {
    // Envoy takes no notice of case_sensitive here.
    const pattern = readPattern(reading, match['safeRegex'], [...path, 'safeRegex']);
    return pattern === undefined ? undefined : { kind: 'regex', value: pattern, ignoreCase: false };
  }
  const segments = textOf(match['pathSeparatedPrefix']);
  if (segments === undefined) {
    reading.error(
      'bad-match',
      path,
      'The match says nothing about the path.',
      'Set prefix, path, path_separated_prefix or safe_regex; prefix: "/" takes every path.',
    );
    return undefined;
  }
  // Envoy's rule for the field: its own "/" would never match.
  if (!/^[^?#]+[^?#/]$/.test(segments)) {
    reading.error(
      'bad-match',
      [...path, 'pathSeparatedPrefix'],
      `"${segments}" must be two characters or more, without "?" and "#", and not end with "/".`,
      'For every path use prefix: "/".',
    );
    return undefined;
  }
  return { kind: 'segments', value: segments, ignoreCase };
}

/** Connections have no TLS, and so no client certificate: what asks for one never matches. */
function isNeverWithoutTls(context: Json): boolean {
  return objectOf(context)['presented'] === true || objectOf(context)['validated'] === true;
}

/** The default of the key: there is no runtime that could say something else. */
function readFraction(value: Json): RouteMatch['fraction'] {
  if (value === undefined) return undefined;
  const percent = objectOf(objectOf(value)['defaultValue']);
  const denominator = DENOMINATORS[textOf(percent['denominator']) ?? 'HUNDRED'] ?? 100;
  return { numerator: numberOf(percent['numerator']) ?? 0, denominator };
}

const DENOMINATORS: Readonly<Record<string, number>> = {
  HUNDRED: 100,
  TEN_THOUSAND: 10_000,
  MILLION: 1_000_000,
};

function readQuery(reading: Reading, query: JsonObject, path: FieldPath): QueryCondition | undefined {
  const name = textOf(query['name']) ?? '';
  if (name === '') {
    reading.error('bad-match', [...path, 'name'], 'The query parameter has no name.', 'Set name.');
    return undefined;
  }
  if (query['stringMatch'] === undefined)
    return { name, kind: 'present', value: '', ignoreCase: false, invert: query['presentMatch'] === false };
  const match = readStringMatch(reading, objectOf(query['stringMatch']), [...path, 'stringMatch']);
  return match && { name, ...match, invert: false };
}

type ValueMatch = Pick<HeaderCondition, 'kind' | 'value' | 'ignoreCase' | 'range'>;

function readHeader(reading: Reading, header: JsonObject, path: FieldPath): HeaderCondition | undefined {
  const name = lowerCase(textOf(header['name']) ?? '');
  const subject = subjectOf(reading, name, [...path, 'name']);
  const found = readValueMatch(reading, header, path);
  if (subject === undefined || found === undefined) return undefined;
  const flipped = header['presentMatch'] === false;
  return {
    subject,
    name: name === 'host' ? ':authority' : name,
    ...found,
    // present_match: false is the opposite of present_match: true in every case, and so is its inverse.
    invert: (header['invertMatch'] === true) !== flipped,
    missingIsEmpty: header['treatMissingHeaderAsEmpty'] === true,
  };
}

/**
 * Headers that Envoy adds, rewrites or removes before it looks for a route (ConnectionManagerUtility). OneHop
 * matches the bytes that were sent, so it would decide differently.
 */
const REWRITTEN: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
  'x-forwarded-client-cert',
  'x-request-id',
]);

function subjectOf(reading: Reading, name: string, path: FieldPath): HeaderCondition['subject'] | undefined {
  switch (name) {
    case ':method':
      return 'method';
    case ':path':
      return 'path';
    case ':authority':
    case 'host':
      return 'authority';
    case ':scheme':
      return 'scheme';
    case '':
      reading.error('bad-match', path, 'The header has no name.', 'Set name.');
      return undefined;
  }
  if (name.startsWith(':')) {
    reading.error(
      'not-supported',
      path,
      `OneHop does not match on "${name}".`,
      'The pseudo headers are ":method", ":authority", ":path" and ":scheme".',
    );
    return undefined;
  }
  if (REWRITTEN.has(name) || name.startsWith('x-envoy-')) {
    reading.error(
      'not-supported',
      path,
      `Envoy changes ${name} itself before it looks for a route, and OneHop passes headers on as they are.`,
      'Match on another header.',
    );
    return undefined;
  }
  return 'header';
}

function readValueMatch(reading: Reading, header: JsonObject, path: FieldPath): ValueMatch | undefined {
  const exact = textOf(header['exactMatch']);
  // Envoy: the old exact_match with an empty text holds for every value, unlike string_match.
  if (exact === '') return { kind: 'prefix', value: '', ignoreCase: false };
  if (exact !== undefined) return { kind: 'exact', value: exact, ignoreCase: false };
  for (const kind of ['prefix', 'suffix', 'contains'] as const) {
    const value = textOf(header[`${kind}Match`]);
    if (value !== undefined)
      return notEmpty(reading, { kind, value, ignoreCase: false }, [...path, `${kind}Match`]);
  }
  if (header['stringMatch'] !== undefined)
    return readStringMatch(reading, objectOf(header['stringMatch']), [...path, 'stringMatch']);
  if (header['safeRegexMatch'] !== undefined)
    return readRegex(reading, header['safeRegexMatch'], [...path, 'safeRegexMatch']);
  if (header['rangeMatch'] !== undefined) return rangeOf(objectOf(header['rangeMatch']));
  return { kind: 'present', value: '', ignoreCase: false };
}

/** Numbers of 64 bits are texts in proto3 JSON. */
function rangeOf(range: JsonObject): ValueMatch {
  const [first, end] = (['start', 'end'] as const).map((name) =>
    BigInt(textOf(range[name]) ?? numberOf(range[name]) ?? 0),
  );
  const found = { first: first ?? 0n, end: end ?? 0n };
  return { kind: 'range', value: `${found.first} to ${found.end - 1n}`, ignoreCase: false, range: found };
}

/** ASCII only, as Envoy and the kernel do it. */
export function lowerCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
