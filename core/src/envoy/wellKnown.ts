/** The messages of google.protobuf whose JSON is not an object of their fields. */
import type { JsonObject, JsonValue } from '../resources/model.js';
import {
  formatDuration,
  formatTimestamp,
  parseDuration,
  parseTimestamp,
  durationOf,
  timestampOf,
} from './time.js';

export type WellKnown =
  'any' | 'duration' | 'timestamp' | 'wrapper' | 'struct' | 'list' | 'value' | 'fieldMask';

const WELL_KNOWN: ReadonlyMap<string, WellKnown> = new Map([
  ['google.protobuf.Any', 'any'],
  ['google.protobuf.Duration', 'duration'],
  ['google.protobuf.Timestamp', 'timestamp'],
  ['google.protobuf.Struct', 'struct'],
  ['google.protobuf.ListValue', 'list'],
  ['google.protobuf.Value', 'value'],
  ['google.protobuf.FieldMask', 'fieldMask'],
  ...['Double', 'Float', 'Int64', 'UInt64', 'Int32', 'UInt32', 'Bool', 'String', 'Bytes'].map(
    (kind) => [`google.protobuf.${kind}Value`, 'wrapper'] as const,
  ),
]);

/** undefined for a message that is an object of its fields. */
export function wellKnownKind(messageName: string): WellKnown | undefined {
  return WELL_KNOWN.get(messageName);
}

/** Nanoseconds of the JSON of a Duration: "1.5s", or the message form {seconds, nanos} that Envoy's loader takes too. */
export function durationFromJson(json: JsonValue): bigint | undefined {
  if (typeof json === 'string') return parseDuration(json);
  const parts = secondsAndNanos(json);
  return parts === undefined ? undefined : durationOf(parts.seconds, parts.nanos);
}

export function timestampFromJson(json: JsonValue): bigint | undefined {
  if (typeof json === 'string') return parseTimestamp(json);
  const parts = secondsAndNanos(json);
  return parts === undefined ? undefined : timestampOf(parts.seconds, parts.nanos);
}

/** The text of a Duration or Timestamp; undefined when the proto forbids the value. */
export function formatTime(
  kind: 'duration' | 'timestamp',
  seconds: bigint,
  nanos: bigint,
): string | undefined {
  const total = kind === 'duration' ? durationOf(seconds, nanos) : timestampOf(seconds, nanos);
  if (total === undefined) return undefined;
  return kind === 'duration' ? formatDuration(total) : formatTimestamp(total);
}

/** "fooBar,baz.quxQuux" → "foo_bar", "baz.qux_quux"; undefined when a path cannot be written in both forms. */
export function fieldMaskFromJson(json: JsonValue): string[] | undefined {
  if (typeof json !== 'string') return undefined;
  if (json === '') return [];
  const paths = json.split(',').map((path) => path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
  return json.includes('_') || fieldMaskToJson(paths) !== json ? undefined : paths;
}

export function fieldMaskToJson(paths: readonly string[]): string | undefined {
  const texts = paths.map((path) => path.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()));
  return texts.some((text) => /[_,]/.test(text)) || paths.some((path) => /[A-Z]/.test(path))
    ? undefined
    : texts.join(',');
}

export function isJsonObject(json: JsonValue | undefined): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function secondsAndNanos(json: JsonValue): { seconds: bigint; nanos: bigint } | undefined {
  if (!isJsonObject(json) || Object.keys(json).some((key) => key !== 'seconds' && key !== 'nanos'))
    return undefined;
  const whole = (value: JsonValue | undefined): bigint | undefined => {
    if (value === undefined || value === null) return 0n;
    if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : undefined;
    return typeof value === 'string' && /^-?\d{1,20}$/.test(value) ? BigInt(value) : undefined;
  };
  const seconds = whole(json['seconds']);
  const nanos = whole(json['nanos']);
  return seconds === undefined || nanos === undefined ? undefined : { seconds, nanos };
}
