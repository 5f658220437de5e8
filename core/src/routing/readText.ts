import { re2Fault } from '../diagnostics/re2.js';
import { regexFault } from '../evaluate/regex.js';
import type { FieldPath, JsonObject } from '../resources/model.js';
import { isUnset, objectOf, textOf, type Json } from './fields.js';
import type { TextMatch } from './model.js';
import type { Reading } from './reading.js';

/** Envoy's StringMatcher; undefined, with a problem, when it says nothing. */
export function readStringMatch(reading: Reading, match: JsonObject, path: FieldPath): TextMatch | undefined {
  const ignoreCase = match['ignoreCase'] === true;
  for (const kind of ['exact', 'prefix', 'suffix', 'contains'] as const) {
    const value = textOf(match[kind]);
    if (value === undefined) continue;
    const found = { kind, value, ignoreCase };
    return kind === 'exact' ? found : notEmpty(reading, found, [...path, kind]);
  }
  // Envoy looks at ignore_case for the other kinds only.
  if (!isUnset(match['safeRegex'])) return readRegex(reading, match['safeRegex'], [...path, 'safeRegex']);
  reading.error(
    'bad-match',
    path,
    'The string match says nothing.',
    'Set exact, prefix, suffix, contains or safe_regex.',
  );
  return undefined;
}

/** Envoy's RegexMatcher. */
export function readRegex(reading: Reading, value: Json, path: FieldPath): TextMatch | undefined {
  const pattern = readPattern(reading, value, path);
  return pattern === undefined ? undefined : { kind: 'regex', value: pattern, ignoreCase: false };
}

/** The pattern of a RegexMatcher; undefined, with a problem, when RE2 would not take it. */
export function readPattern(reading: Reading, value: Json, path: FieldPath): string | undefined {
  const pattern = textOf(objectOf(value)['regex']) ?? '';
  const at = [...path, 'regex'];
  if (pattern === '') {
    reading.error('bad-match', at, 'The regular expression is empty.', 'Set regex.');
    return undefined;
  }
  const fault = re2Fault(pattern);
  const message = fault?.message ?? regexFault(pattern);
  if (message === undefined) return pattern;
  reading.error(
    'bad-match',
    at,
    message,
    fault?.hint ?? 'Write it as https://github.com/google/re2/wiki/Syntax says.',
  );
  return undefined;
}

export function notEmpty<M extends TextMatch>(reading: Reading, match: M, path: FieldPath): M | undefined {
  if (match.value !== '') return match;
  reading.error(
    'bad-match',
    path,
    `An empty ${match.kind} is no condition.`,
    'For a header that need only be there use present_match: true.',
  );
  return undefined;
}
