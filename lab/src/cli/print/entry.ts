import type { MapEntry } from '@onehop/core/api/agent.generated.js';
import { printable } from './style.js';

/** JSON as the agent sends it: structs as objects, per-CPU values as lists, big numbers and addresses as text. */
type Value = null | boolean | number | string | readonly Value[] | { readonly [name: string]: Value };

/** A key or value on one line: `{set: 1, port: 9080, ip: 198.18.100.3}`. Padding is left out. */
export function entryText(json: string): string {
  return compact(JSON.parse(json) as Value);
}

const arrays: ReadonlySet<string> = new Set(['array', 'percpu_array']);

/** Entries of an array are always there; one that is all zero says nothing. */
export function isEmpty(entry: MapEntry, mapType: string): boolean {
  return arrays.has(mapType) && isZero(JSON.parse(entry.value) as Value);
}

/** An entry for --json: key and value as JSON, not as text in it. */
export function entryJson({ key, value, note }: MapEntry): {
  key: unknown;
  value: unknown;
  note: string | null;
} {
  return { key: JSON.parse(key), value: JSON.parse(value), note: note === '' ? null : note };
}

function compact(value: Value): string {
  if (typeof value === 'string') return value === '' ? '""' : printable(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (isList(value)) return listText(value);
  const members = Object.entries(value).filter(([name]) => !isPadding(name));
  return `{${members.map(([name, member]) => `${name}: ${isZero(member) ? '0' : compact(member)}`).join(', ')}}`;
}

/** `[{a: 1}, 0, …]`: what is zero at the end is cut. */
function listText(list: readonly Value[]): string {
  const last = list.findLastIndex((item) => !isZero(item));
  const shown = last < list.length - 2 ? list.slice(0, last + 1) : list;
  const texts = shown.map((item) => (isZero(item) ? '0' : compact(item)));
  return `[${(shown.length < list.length ? [...texts, '…'] : texts).join(', ')}]`;
}

function isPadding(name: string): boolean {
  return /^_*pad\d*$/.test(name);
}

function isZero(value: Value): boolean {
  if (typeof value === 'string')
    return value === '' || value === '0' || value === '::' || value === '0.0.0.0';
  if (typeof value !== 'object' || value === null) return Number(value) === 0;
  return isList(value) ? value.every(isZero) : Object.values(value).every(isZero);
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}
