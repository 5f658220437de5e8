import type { FieldPath, JsonObject } from '../resources/model.js';
import { isUnset, listOf, objectOf, textOf, type Json } from './fields.js';
import type { HeaderAddition, HeaderChanges, HostRewrite, PathRewrite, RouteChanges } from './model.js';
import { readFormat } from './readFormat.js';
import { readPattern } from './readText.js';
import type { Reading } from './reading.js';

/** The header changes of one level: a route, a virtual host, a route configuration, or a cluster of a split. */
export interface ChangeLevel {
  readonly request: HeaderChanges;
  readonly response: HeaderChanges;
}

/** Undefined when the message changes no header. */
export function readLevel(reading: Reading, value: JsonObject, path: FieldPath): ChangeLevel | undefined {
  const request = readHeaders(reading, value, 'request', path);
  const response = readHeaders(reading, value, 'response', path);
  return isEmpty(request) && isEmpty(response) ? undefined : { request, response };
}

/** Those of a route; undefined when nothing changes. `levels` are in the order in which they are applied. */
export function readChanges(
  reading: Reading,
  action: JsonObject,
  path: FieldPath,
  levels: readonly (ChangeLevel | undefined)[],
): RouteChanges | undefined {
  const there = levels.filter((level) => level !== undefined);
  const requestHeaders = there.map(({ request }) => request).filter((changes) => !isEmpty(changes));
  const responseHeaders = there.map(({ response }) => response).filter((changes) => !isEmpty(changes));
  const host = readHost(reading, action, path);
  const rewrite = readPathRewrite(reading, action, path);
  if (requestHeaders.length + responseHeaders.length === 0 && host === undefined && rewrite === undefined)
    return undefined;
  return {
    requestHeaders,
    responseHeaders,
    ...(host === undefined ? {} : { host, appendForwardedHost: action['appendXForwardedHost'] === true }),
    ...(rewrite === undefined ? {} : { path: rewrite }),
  };
}

/** prefix_rewrite or regex_rewrite of a route action or a redirect. */
export function readPathRewrite(
  reading: Reading,
  action: JsonObject,
  path: FieldPath,
): PathRewrite | undefined {
  const prefix = textOf(action['prefixRewrite']) ?? '';
  const regex = action['regexRewrite'];
  if (prefix !== '' && regex !== undefined)
    reading.error('bad-match', [...path, 'regexRewrite'], 'The path is rewritten twice.', 'Use one rewrite.');
  if (prefix !== '') return { kind: 'prefix', value: prefix };
  if (regex === undefined) return undefined;
  const read = readSubstitution(reading, regex, [...path, 'regexRewrite']);
  return read && { kind: 'regex', ...read };
}

function readHost(reading: Reading, action: JsonObject, path: FieldPath): HostRewrite | undefined {
  const value = textOf(action['hostRewriteLiteral']) ?? '';
  if (value !== '') return { kind: 'literal', value };
  const name = textOf(action['hostRewriteHeader']) ?? '';
  if (name !== '') return { kind: 'header', name: name.toLowerCase() };
  const regex = action['hostRewritePathRegex'];
  if (regex === undefined) return undefined;
  const read = readSubstitution(reading, regex, [...path, 'hostRewritePathRegex']);
  return read && { kind: 'path', ...read };
}

function readSubstitution(
  reading: Reading,
  value: Json,
  path: FieldPath,
): { readonly pattern: string; readonly substitution: string } | undefined {
  const pattern = readPattern(reading, objectOf(value)['pattern'], [...path, 'pattern']);
  return pattern === undefined
    ? undefined
    : { pattern, substitution: textOf(objectOf(value)['substitution']) ?? '' };
}

function isEmpty({ remove, add }: HeaderChanges): boolean {
  return remove.length === 0 && add.length === 0;
}

/** Headers that say where a message ends and what becomes of its connection: the relay depends on them. */
const FRAMING: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

function readHeaders(
  reading: Reading,
  value: JsonObject,
  what: 'request' | 'response',
  path: FieldPath,
): HeaderChanges {
  const remove = listOf(value[`${what}HeadersToRemove`]).map((item, index) => {
    const name = (textOf(item) ?? '').toLowerCase();
    checkName(reading, name, [...path, `${what}HeadersToRemove`, index]);
    return name;
  });
  const field = `${what}HeadersToAdd`;
  return { remove, add: readAdditions(reading, value[field], [...path, field]) };
}

/** A list of HeaderValueOptions. */
export function readAdditions(reading: Reading, value: Json, path: FieldPath): HeaderAddition[] {
  return listOf(value).flatMap((item, index) => {
    const read = readAddition(reading, objectOf(item), [...path, index]);
    return read === undefined ? [] : [read];
  });
}

export function checkName(reading: Reading, name: string, path: FieldPath): void {
  if (name === '' || name.startsWith(':') || name === 'host')
    reading.error(
      'bad-match',
      path,
      `"${name}" is not changed this way: Envoy refuses it, too.`,
      'For the host use host_rewrite_literal, for the path prefix_rewrite.',
    );
  else if (FRAMING.has(name))
    reading.error(
      'not-supported',
      path,
      `${name} says how the message is framed, and OneHop does not change that.`,
      'Leave it out.',
    );
  else if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name))
    reading.error('bad-match', path, `"${name}" is no name of a header.`, 'Correct the name.');
}

export function readAddition(
  reading: Reading,
  option: JsonObject,
  path: FieldPath,
): HeaderAddition | undefined {
  const header = objectOf(option['header']);
  const name = textOf(header['key']) ?? '';
  checkName(reading, name.toLowerCase(), [...path, 'header', 'key']);
  const text = textOf(header['value']) ?? '';
  if (/[\0\r\n]/.test(text)) {
    reading.error(
      'bad-match',
      [...path, 'header', 'value'],
      'The value has a line end or NUL.',
      'Take it out.',
    );
    return undefined;
  }
  const value = readFormat(text);
  if ('message' in value) {
    reading.error(value.kind, [...path, 'header', 'value'], value.message, value.hint);
    return undefined;
  }
  return { name, value, action: actionOf(option), keepEmpty: option['keepEmptyValue'] === true };
}

const ACTIONS: Readonly<Record<string, HeaderAddition['action']>> = {
  APPEND_IF_EXISTS_OR_ADD: 'append',
  ADD_IF_ABSENT: 'addIfAbsent',
  OVERWRITE_IF_EXISTS_OR_ADD: 'overwrite',
  OVERWRITE_IF_EXISTS: 'overwriteIfExists',
};

/** The older `append` counts where it is set: a wrapper, true by itself. */
function actionOf(option: JsonObject): HeaderAddition['action'] {
  if (!isUnset(option['append']) || option['append'] === false)
    return option['append'] === false ? 'overwrite' : 'append';
  return ACTIONS[textOf(option['appendAction']) ?? ''] ?? 'append';
}
