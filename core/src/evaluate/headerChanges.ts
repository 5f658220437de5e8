import type { HeaderChanges } from '../routing/model.js';
import { formatValue, type FormatContext } from './format.js';
import { octetsOf } from './request.js';

/** A line of a head: the name as it is written; of lines that are added, in lower case. */
export type HeaderLine = readonly [name: string, value: string];

/**
 * The headers after one level of changes (HeaderParser::evaluateHeaders): what is removed goes first, values are made from
 * what then is there, headers that are overwritten come before those that are added. New ones are at the end.
 */
export function changeHeaders(
  headers: readonly HeaderLine[],
  { remove, add }: HeaderChanges,
  context: FormatContext,
): readonly HeaderLine[] {
  let lines = headers.filter(([name]) => !remove.includes(name.toLowerCase()));
  const before = lines;
  const made = add
    .map((one) => ({
      ...one,
      name: octetsOf(one.name).toLowerCase(),
      value: formatValue(one.value, context),
    }))
    .filter(({ value, keepEmpty }) => value !== '' || keepEmpty)
    .filter(({ name, action }) => {
      if (action === 'addIfAbsent') return !has(before, name);
      return action !== 'overwriteIfExists' || has(before, name);
    });
  for (const { name, value, action } of made) {
    if (action === 'overwrite' || action === 'overwriteIfExists')
      lines = [...lines.filter(([one]) => !isSame(one, name)), [name, value]];
  }
  for (const { name, value, action } of made) {
    if (action === 'append' || action === 'addIfAbsent') lines = appended(lines, name, value);
  }
  return lines;
}

/** Envoy keeps one line of these, and appends to it (inline headers of its header map). */
const ONE_LINE: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'authorization',
  'cache-control',
  'content-encoding',
  'content-type',
  'date',
  'etag',
  'expect',
  'last-modified',
  'location',
  'origin',
  'referer',
  'server',
  'user-agent',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-request-id',
]);

function appended(lines: readonly HeaderLine[], name: string, value: string): HeaderLine[] {
  const at = ONE_LINE.has(name.toLowerCase()) ? lines.findIndex(([one]) => isSame(one, name)) : -1;
  const line = lines[at];
  if (line === undefined) return [...lines, [name, value]];
  return lines.map((one, i) => (i === at ? [one[0], `${line[1]},${value}`] : one));
}

function has(lines: readonly HeaderLine[], name: string): boolean {
  return lines.some(([one]) => isSame(one, name));
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
