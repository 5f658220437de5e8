/**
 * Reading canonical proto3 JSON. A value of another type reads as absent: the codec has refused it before,
 * and nothing here throws.
 */
import type { JsonArray, JsonObject, JsonValue } from '../resources/model.js';

export type Json = JsonValue | undefined;

export function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: Json): value is JsonArray {
  return Array.isArray(value);
}

export function objectOf(value: Json): JsonObject {
  return isObject(value) ? value : {};
}

export function listOf(value: Json): JsonArray {
  return isList(value) ? value : [];
}

export function textOf(value: Json): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function numberOf(value: Json): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** False, 0, "", null and the empty list are how proto3 JSON may spell "not set"; an empty message is set. */
export function isUnset(value: Json): boolean {
  return !value || (isList(value) && value.length === 0);
}
