import type { MapEntry } from '@onehop/core/api/agent.generated.js';
import { printable } from './style.js';

/** JSON as the agent sends it: structs as objects, per-CPU values as lists, big numbers and addresses as text. */
type Value = null | boolean | number | string | readonly Value[] | { readonly [name: string]: Value };

/** A key or value on one line: `{set: 1, port: 9080, ip: 198.18.100.3}`. Padding is left out. */
export function entryText(json: string): string {
  return compact(JSON.parse(json) as Value);
}

/** An entry of an array that nobody has written: all of it is zero. */
export function isEmpty(entry: MapEntry): boolean {
  return entry.note === '' && isZero(JSON.parse(entry.value) as Value);
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
  if (isList(value)) return `[${value.map(compact).join(', ')}]`;
  const members = Object.entries(value).filter(([name]) => !isPadding(name));
  return `{${members.map(([name, member]) => `${name}: ${isZero(member) ? '0' : compact(member)}`).join(', ')}}`;
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
