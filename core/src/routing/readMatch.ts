import type { FieldPath, JsonObject } from '../resources/model.js';
import { listOf, objectOf, textOf, type Json } from './fields.js';
import type { HeaderCondition, PathMatch, RouteMatch } from './model.js';
import type { Reading } from './reading.js';

/** The match of a route at `path`; undefined, with a problem, when it matches on nothing that can be compared. */
export function readMatch(reading: Reading, value: Json, path: FieldPath): RouteMatch | undefined {
  const match = objectOf(value);
  const pathMatch = readPathMatch(reading, match, path);
  const headers: HeaderCondition[] = [];
  let complete = pathMatch !== undefined;
  for (const [index, item] of listOf(match['headers']).entries()) {
    const condition = readHeader(reading, objectOf(item), [...path, 'headers', index]);
    if (condition === undefined) complete = false;
    else headers.push(condition);
  }
  return complete && pathMatch !== undefined ? { path: pathMatch, headers } : undefined;
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
  const segments = textOf(match['pathSeparatedPrefix']);
  if (segments === undefined) {
    reading.error(
      'bad-match',
      path,
      'The match says nothing about the path.',
      'Set prefix, path or path_separated_prefix; prefix: "/" takes every path.',
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

type ValueMatch = Pick<HeaderCondition, 'kind' | 'value' | 'ignoreCase'>;

function readHeader(reading: Reading, header: JsonObject, path: FieldPath): HeaderCondition | undefined {
  const name = lowerCase(textOf(header['name']) ?? '');
  const subject = subjectOf(reading, name, [...path, 'name']);
  const found = readValueMatch(reading, header, path);
  if (subject === undefined || found === undefined) return undefined;
  const flipped = header['presentMatch'] === false;
  const ignoreCase = found.ignoreCase;
  return {
    subject,
    name: name === 'host' ? ':authority' : name,
    kind: found.kind,
    value: found.value,
    ignoreCase,
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
  'x-forwarded-proto',
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
    case '':
      reading.error('bad-match', path, 'The header has no name.', 'Set name.');
      return undefined;
  }
  if (name.startsWith(':')) {
    reading.error(
      'not-supported',
      path,
      `OneHop does not match on "${name}".`,
      'The pseudo headers are ":method", ":authority" and ":path".',
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
  return { kind: 'present', value: '', ignoreCase: false };
}

function readStringMatch(reading: Reading, match: JsonObject, path: FieldPath): ValueMatch | undefined {
  const ignoreCase = match['ignoreCase'] === true;
  for (const kind of ['exact', 'prefix', 'suffix', 'contains'] as const) {
    const value = textOf(match[kind]);
    if (value === undefined) continue;
    const found = { kind, value, ignoreCase };
    return kind === 'exact' ? found : notEmpty(reading, found, [...path, kind]);
  }
  reading.error(
    'bad-match',
    path,
    'The string match says nothing.',
    'Set exact, prefix, suffix or contains.',
  );
  return undefined;
}

function notEmpty(reading: Reading, match: ValueMatch, path: FieldPath): ValueMatch | undefined {
  if (match.value !== '') return match;
  reading.error(
    'bad-match',
    path,
    `An empty ${match.kind} is no condition.`,
    'For a header that need only be there use present_match: true.',
  );
  return undefined;
}

/** ASCII only, as Envoy and the kernel do it. */
export function lowerCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
