import { REMEMBERED } from '../envoy/walk.js';
import { isJsonObject } from '../envoy/wellKnown.js';
import type { JsonObject, JsonValue } from './model.js';

/**
 * `next` with every part that equals the same part of `before` being that very object, so that `===` tells what did not
 * change. Neither is changed. Lists are compared place by place; in a long one, an element that has moved by one place is found, too.
 */
export function shareJson(next: JsonValue, before: JsonValue | undefined): JsonValue {
  if (next === before) return next;
  if (Array.isArray(next)) return Array.isArray(before) ? shareList(next, before) : next;
  return isJsonObject(next) && isJsonObject(before) ? shareObject(next, before) : next;
}

function shareList(next: readonly JsonValue[], before: readonly JsonValue[]): readonly JsonValue[] {
  let same = next.length === before.length;
  let copy: JsonValue[] | undefined;
  /** How many places further on items stand now: others were put in before them, or taken out. */
  let moved = 0;
  for (let i = 0; i < next.length; i++) {
    const item = next[i] as JsonValue;
    if (next.length >= REMEMBERED && item !== before[i - moved]) {
      if (item === before[i - moved - 1]) moved++;
      else if (item === before[i - moved + 1]) moved--;
    }
    const shared = shareJson(item, before[i - moved]);
    if (shared !== before[i]) same = false;
    if (shared !== item) (copy ??= [...next])[i] = shared;
  }
  return same ? before : (copy ?? next);
}

function shareObject(next: JsonObject, before: JsonObject): JsonObject {
  let left = 0;
  for (const _ in before) left++;
  let same = true;
  let copy: Record<string, JsonValue> | undefined;
  for (const key in next) {
    const item = next[key] as JsonValue;
    const old = Object.hasOwn(before, key) ? before[key] : undefined;
    const shared = shareJson(item, old);
    left--;
    if (shared !== old) same = false;
    // Assigning to this name would do something else.
    if (shared !== item && key !== '__proto__') (copy ??= { ...next })[key] = shared;
  }
  return same && left === 0 ? before : (copy ?? next);
}
