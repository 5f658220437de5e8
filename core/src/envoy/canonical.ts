/** Proto3 JSON as people write it → canonical JSON and everything that is wrong with it. */
import { type FieldPath, type JsonObject, type JsonValue, messageNameOf } from '../resources/model.js';
import { typeUrlOfExtension } from './extensions.js';
import { CanonicalProblems } from './canonicalProblems.js';
import { isScalarDefault, placeholder, zeroOf } from './defaults.js';
import { type CodecProblem, MAX_PROBLEMS } from './problem.js';
import { isWellFormed, parseEnum, parseScalar, type Parsed } from './scalars.js';
import {
  enumOf,
  type FieldDescriptor,
  FieldType,
  findMessage,
  hasPresence,
  type MessageDescriptor,
} from './schema.js';
import { formatDuration, formatTimestamp } from './time.js';
import {
  durationFromJson,
  fieldMaskFromJson,
  fieldMaskToJson,
  isJsonObject,
  timestampFromJson,
  wellKnownKind,
} from './wellKnown.js';
import { REMEMBERED } from './walk.js';
import { MAX_DEPTH } from './wire.js';
import { durationHint, shortName, unknownType } from './wording.js';

export interface Canonical {
  /** What could be understood; parts with problems are left out. */
  readonly value: JsonObject;
  readonly problems: readonly CodecProblem[];
}

/**
 * Canonical JSON of a message from the JSON that an author wrote: snake_case or camelCase names, enums by name (any case) or
 * number, numbers as texts, Anys with "@type". null means "not set". Follows protobuf.dev/programming-guides/json and, where
 * that leaves room, what Envoy's own loader takes. Never throws.
 */
export function canonicalJson(messageName: string, json: JsonValue): Canonical {
  const work = new Canonicalizer();
  const message = findMessage(messageName);
  if (message === undefined) return { value: {}, problems: [unknownType([], messageName)] };
  const value = work.message(message, json, [], 0);
  if (isJsonObject(value)) return { value, problems: work.problems };
  if (work.problems.length === 0)
    work.problem('wrong-type', [], `${shortName(messageName)} has no JSON object of its own.`);
  return { value: {}, problems: work.problems };
}

const elements = new WeakMap<
  JsonObject,
  { readonly field: FieldDescriptor; readonly depth: number; readonly value: JsonValue | undefined }
>();

class Canonicalizer extends CanonicalProblems {
  /** `name` of the message around: of a filter or logger it says which "@type" its typed_config wants. */
  private extension: string | undefined;

  message(
    message: MessageDescriptor,
    json: JsonValue,
    path: FieldPath,
    depth: number,
  ): JsonValue | undefined {
    if (depth > MAX_DEPTH)
      return this.problem(
        'too-deep',
        path,
        `The configuration is nested more than ${MAX_DEPTH} levels deep.`,
        'Flatten it.',
      );
    if (this.problems.length >= MAX_PROBLEMS) return undefined;
    const kind = wellKnownKind(message.name);
    switch (kind) {
      case undefined:
        return this.fields(message, json, path, depth);
      case 'any':
        return this.any(json, path, depth);
      case 'duration':
        return this.duration(json, path);
      case 'timestamp': {
        const nanos = timestampFromJson(json);
        return nanos === undefined
          ? this.notA(path, json, 'a time such as "2026-01-31T12:00:00Z"')
          : formatTimestamp(nanos);
      }
      case 'wrapper':
        return this.wrapper(message, json, path);
      case 'struct':
        return isJsonObject(json) ? this.free(json, path, depth) : this.notA(path, json, 'a mapping');
      case 'list':
        return Array.isArray(json) ? this.free(json, path, depth) : this.notA(path, json, 'a list');
      case 'value':
        return this.free(json, path, depth);
      case 'fieldMask': {
        const paths = fieldMaskFromJson(json);
        return paths === undefined
          ? this.notA(path, json, 'field paths such as "fooBar,baz"')
          : fieldMaskToJson(paths);
      }
    }
  }

  private fields(
    message: MessageDescriptor,
    json: JsonValue,
    path: FieldPath,
    depth: number,
    ownKeys?: ReadonlySet<string>,
  ): JsonObject | undefined {
    if (!isJsonObject(json)) {
      return this.notA(path, json, `a mapping with the fields of ${shortName(message.name)}`);
    }
    const outer = this.extension;
    this.extension = typeof json['name'] === 'string' ? json['name'] : undefined;
    const found: Found[] = [];
    let isOrdered = true;
    for (const key of Object.keys(json)) {
      if (ownKeys?.has(key)) continue;
      const value = json[key] as JsonValue;
      const field = message.byName.get(key);
      if (field === undefined) {
        this.unknownField(message, key, [...path, key]);
        continue;
      }
      if (value === null && !isNullable(field)) continue;
      const earlier = keyOf(found, field);
      if (earlier !== undefined) {
        this.problem(
          'duplicate-field',
          [...path, key],
          `"${key}" and "${earlier}" are the same field.`,
          'Keep one of them.',
          true,
        );
        continue;
      }
      const other = field.oneof === undefined ? undefined : keyOfMember(found, field.oneof);
      const now: Found = { field, key, value: undefined };
      isOrdered &&= field.number > (found.at(-1)?.field.number ?? 0);
      found.push(now);
      if (other !== undefined) {
        this.problem(
          'oneof',
          [...path, key],
          `"${key}" and "${other}" exclude each other: ${shortName(message.name)} takes one ${field.oneof}.`,
          'Remove one of them.',
          true,
        );
        continue;
      }
      this.label = key;
      now.value = this.field(field, value, [...path, field.jsonName], depth);
    }
    this.extension = outer;
    if (!isOrdered) found.sort((a, b) => a.field.number - b.field.number);
    const canonical: Record<string, JsonValue> = {};
    for (const { field, value } of found) if (value !== undefined) canonical[field.jsonName] = value;
    return canonical;
  }

  /** undefined: default or wrong. */
  private field(
    field: FieldDescriptor,
    json: JsonValue,
    path: FieldPath,
    depth: number,
  ): JsonValue | undefined {
    if (field.presence === 'repeated') return this.list(field, json, path, depth);
    if (field.presence === 'map') return this.map(field, json, path, depth);
    const value = this.single(field, json, path, depth);
    if (value === undefined || hasPresence(field)) return value;
    return isScalarDefault(field, value) ? undefined : value;
  }

  private single(
    field: FieldDescriptor,
    json: JsonValue,
    path: FieldPath,
    depth: number,
  ): JsonValue | undefined {
    if (field.type === FieldType.message) {
      const message = findMessage(field.typeName ?? '');
      return message === undefined ? undefined : this.message(message, json, path, depth + 1);
    }
    if (field.typeName === 'google.protobuf.NullValue')
      return json === null || json === 'NULL_VALUE' || json === 0 ? null : this.notA(path, json, 'null');
    return this.parsed(
      path,
      json,
      field.type === FieldType.enum ? parseEnum(enumOf(field), json) : parseScalar(field.type, json),
    );
  }

  private list(
    field: FieldDescriptor,
    json: JsonValue,
    path: FieldPath,
    depth: number,
  ): JsonValue | undefined {
    if (!Array.isArray(json)) {
      return this.notA(path, json, 'a list', 'Begin each element with "- ", or write [ … ].');
    }
    const values: JsonValue[] = [];
    const label = this.label;
    const isLong = json.length >= REMEMBERED;
    for (let index = 0; index < json.length; index++) {
      if (this.problems.length >= MAX_PROBLEMS) break;
      const element = json[index] as JsonValue;
      const at = [...path, index];
      this.label = `${label}[${index}]`;
      if (element === null && !isNullable(field)) {
        this.notA(at, null, 'an element', 'Remove the empty element.');
        continue;
      }
      const value = isLong ? this.element(field, element, at, depth) : this.single(field, element, at, depth);
      // An element that is wrong keeps its place: paths of the others stay true.
      values.push(value ?? placeholder(field));
    }
    return values.length === 0 ? undefined : values;
  }

  /** An element without a problem is read once: an object never changes. */
  private element(
    field: FieldDescriptor,
    json: JsonValue,
    path: FieldPath,
    depth: number,
  ): JsonValue | undefined {
    if (field.type !== FieldType.message || !isJsonObject(json)) return this.single(field, json, path, depth);
    const known = elements.get(json);
    if (known?.field === field && known.depth === depth) return known.value;
    const before = this.problems.length;
    const value = this.single(field, json, path, depth);
    if (this.problems.length === before && before < MAX_PROBLEMS) elements.set(json, { field, depth, value });
    return value;
  }

  private map(
    field: FieldDescriptor,
    json: JsonValue,
    path: FieldPath,
    depth: number,
  ): JsonValue | undefined {
    if (!isJsonObject(json)) return this.notA(path, json, 'a mapping');
    const entries: [string, JsonValue][] = [];
    for (const [key, value] of Object.entries(json)) {
      if (this.problems.length >= MAX_PROBLEMS) break;
      const at = [...path, key];
      this.label = key;
      const name = parseMapKey(field, key);
      if (!name.ok) {
        this.wrong(at, key, name, true);
        continue;
      }
      if (value === null && !isNullable(field)) {
        this.notA(at, null, 'a value');
        continue;
      }
      const canonical = this.single(field, value, at, depth);
      if (canonical !== undefined) entries.push([String(name.value), canonical]);
    }
    return entries.length === 0
      ? undefined
      : Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  private any(json: JsonValue, path: FieldPath, depth: number): JsonValue | undefined {
    if (!isJsonObject(json)) return this.notA(path, json, 'a mapping with "@type"');
    const typeUrl = json['@type'];
    if (typeof typeUrl !== 'string') {
      return this.problem(
        'bad-any',
        path,
        `"${this.label}" does not say which message it is.`,
        `Add "@type": ${typeUrlOfExtension(this.extension ?? '') ?? 'type.googleapis.com/…'}.`,
        true,
      );
    }
    const name = messageNameOf(typeUrl);
    const at = [...path, '@type'];
    if (name === undefined || typeUrl.startsWith('/')) {
      return this.problem(
        'bad-any',
        at,
        `"${typeUrl}" is not a type URL.`,
        `Write "type.googleapis.com/${typeUrl.replace(/^\/+/, '') || 'envoy…'}".`,
      );
    }
    const message = findMessage(name);
    if (message === undefined) {
      this.problems.push(unknownType(at, name));
      return undefined;
    }
    if (wellKnownKind(name) === undefined) {
      const value = this.fields(message, json, path, depth + 1, new Set(['@type']));
      return value === undefined ? undefined : { '@type': typeUrl, ...value };
    }
    for (const key of Object.keys(json))
      if (key !== '@type' && key !== 'value')
        this.unknownField(
          { ...message, byName: new Map([['value', message.fields[0] as FieldDescriptor]]) },
          key,
          [...path, key],
        );
    const value =
      json['value'] === undefined
        ? undefined
        : this.message(message, json['value'], [...path, 'value'], depth + 1);
    return value === undefined
      ? this.problem('bad-any', path, `${shortName(name)} needs "value".`, 'Add "value".', true)
      : { '@type': typeUrl, value };
  }

  private duration(json: JsonValue, path: FieldPath): string | undefined {
    const nanos = durationFromJson(json);
    if (nanos !== undefined) return formatDuration(nanos);
    return this.wrong(path, json, {
      ok: false,
      rule: 'bad-duration',
      expected: 'a duration in seconds such as "1.5s"',
      ...durationHint(json),
    });
  }

  private wrapper(message: MessageDescriptor, json: JsonValue, path: FieldPath): JsonValue | undefined {
    const field = message.fields[0];
    if (field === undefined) return undefined;
    // {value: 5} is what Envoy's loader takes too.
    const bare =
      isJsonObject(json) && Object.keys(json).every((key) => key === 'value')
        ? (json['value'] ?? zeroOf(field))
        : json;
    return this.parsed(path, bare, parseScalar(field.type, bare));
  }

  /** Struct, ListValue and Value hold any JSON. */
  private free(json: JsonValue, path: FieldPath, depth: number): JsonValue | undefined {
    // Each level costs two messages (Value and Struct) on the wire.
    if (depth > MAX_DEPTH - 2)
      return this.problem(
        'too-deep',
        path,
        `The configuration is nested more than ${MAX_DEPTH} levels deep.`,
        'Flatten it.',
      );
    if (Array.isArray(json))
      return (json as readonly JsonValue[]).map(
        (element, index) => this.free(element, [...path, index], depth + 2) ?? null,
      );
    if (isJsonObject(json)) {
      const entries = Object.entries(json).map(([key, value]): [string, JsonValue] => [
        key,
        this.free(value, [...path, key], depth + 2) ?? null,
      ]);
      for (const [key] of entries)
        if (!isWellFormed(key)) this.parsed([...path, key], key, parseScalar(FieldType.string, key));
      return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
    }
    if (typeof json === 'string') return this.parsed(path, json, parseScalar(FieldType.string, json));
    return json === 0 ? 0 : json;
  }
}

/** A field of a message, as its author called it; without a value it has its default, or is wrong. */
interface Found {
  readonly field: FieldDescriptor;
  readonly key: string;
  value: JsonValue | undefined;
}

// Messages have few fields: a map of them costs more than looking at each.
function keyOf(found: readonly Found[], field: FieldDescriptor): string | undefined {
  for (const one of found) if (one.field === field) return one.key;
  return undefined;
}

function keyOfMember(found: readonly Found[], oneof: string): string | undefined {
  for (const one of found) if (one.field.oneof === oneof) return one.key;
  return undefined;
}

function isNullable(field: FieldDescriptor): boolean {
  return field.typeName === 'google.protobuf.Value' || field.typeName === 'google.protobuf.NullValue';
}

function parseMapKey(field: FieldDescriptor, key: string): Parsed {
  const type = field.keyType ?? FieldType.string;
  return parseScalar(type, key);
}
