/** Canonical JSON → protobuf bytes. Fields in the order of their numbers, map entries by key: equal JSON, equal bytes. */
import { type JsonObject, type JsonPrimitive, type JsonValue, messageNameOf } from '../resources/model.js';
import { decodeBase64 } from './base64.js';
import {
  enumOf,
  type FieldDescriptor,
  FieldType,
  findMessage,
  type MessageDescriptor,
  messageOf,
} from './schema.js';
import { splitDuration, splitTimestamp } from './time.js';
import {
  durationFromJson,
  fieldMaskFromJson,
  isJsonObject,
  timestampFromJson,
  wellKnownKind,
} from './wellKnown.js';
import { REMEMBERED } from './walk.js';
import { WireType, WireWriter, zigzag } from './wire.js';

/** `json` is what `canonicalJson` made without a problem, or what `decodeMessage` made; anything else is a TypeError. */
export function encodeMessage(message: MessageDescriptor, json: JsonValue): Uint8Array {
  const writer = new WireWriter();
  switch (wellKnownKind(message.name)) {
    case undefined:
      writeFields(writer, message, asObject(json));
      break;
    case 'any':
      writeAny(writer, asObject(json));
      break;
    case 'duration':
      writeTime(writer, splitDuration(durationFromJson(json) ?? fail('a duration', json)));
      break;
    case 'timestamp':
      writeTime(writer, splitTimestamp(timestampFromJson(json) ?? fail('a timestamp', json)));
      break;
    case 'wrapper':
      writeImplicit(writer, message.fields[0] ?? fail('a wrapper', json), json);
      break;
    case 'struct':
      writeStruct(writer, asObject(json));
      break;
    case 'list':
      for (const element of asArray(json)) writer.tag(1, WireType.bytes).delimited(encodeValue(element));
      break;
    case 'value':
      return encodeValue(json);
    case 'fieldMask':
      for (const path of fieldMaskFromJson(json) ?? fail('a field mask', json))
        writer.tag(1, WireType.bytes).string(path);
      break;
  }
  return writer.finish();
}

function writeFields(writer: WireWriter, message: MessageDescriptor, json: JsonObject): void {
  for (const field of message.fields) {
    if (!Object.hasOwn(json, field.jsonName)) continue;
    const value = json[field.jsonName] as JsonValue;
    if (field.presence === 'repeated') writeList(writer, field, asArray(value));
    else if (field.presence === 'map') writeMap(writer, field, asObject(value));
    else writeSingle(writer, field, value);
  }
}

function writeSingle(writer: WireWriter, field: FieldDescriptor, value: JsonValue): void {
  if (field.type === FieldType.message) {
    writer.tag(field.number, WireType.bytes).delimited(encodeMessage(messageOf(field), value));
    return;
  }
  writer.tag(field.number, wireTypeOf(field.type));
  writeScalar(writer, field, asPrimitive(value));
}

/** The value of a wrapper: left out when it is the default. */
function writeImplicit(writer: WireWriter, field: FieldDescriptor, value: JsonValue): void {
  if (
    value === 0 ||
    value === '' ||
    value === false ||
    (value === '0' && field.type !== FieldType.string && field.type !== FieldType.bytes)
  )
    return;
  writeSingle(writer, field, value);
}

function writeList(writer: WireWriter, field: FieldDescriptor, values: readonly JsonValue[]): void {
  const wireType = wireTypeOf(field.type);
  if (wireType === WireType.bytes || field.unpacked) {
    if (values.length < REMEMBERED || field.type !== FieldType.message)
      for (const value of values) writeSingle(writer, field, value);
    else
      for (const value of values)
        writer.tag(field.number, WireType.bytes).delimited(encodeElement(field, value));
    return;
  }
  if (values.length === 0) return;
  const packed = new WireWriter();
  for (const value of values) writeScalar(packed, field, asPrimitive(value));
  writer.tag(field.number, WireType.bytes).delimited(packed.finish());
}

/** An element of a long list is encoded once: an object never changes. */
function encodeElement(field: FieldDescriptor, value: JsonValue): Uint8Array {
  const message = messageOf(field);
  if (!isJsonObject(value)) return encodeMessage(message, value);
  const known = elements.get(value);
  if (known?.message === message) return known.bytes;
  const bytes = encodeMessage(message, value);
  elements.set(value, { message, bytes });
  return bytes;
}

const elements = new WeakMap<
  JsonObject,
  { readonly message: MessageDescriptor; readonly bytes: Uint8Array }
>();

function writeMap(writer: WireWriter, field: FieldDescriptor, json: JsonObject): void {
  const keyField = mapKeyField(field);
  for (const key of Object.keys(json).sort()) {
    const entry = new WireWriter();
    writeSingle(entry, keyField, keyField.type === FieldType.bool ? key === 'true' : key);
    writeSingle(entry, { ...field, number: 2, presence: 'implicit' }, json[key] as JsonValue);
    writer.tag(field.number, WireType.bytes).delimited(entry.finish());
  }
}

/** The `key` field of the entry message that a map is on the wire. */
export function mapKeyField(field: FieldDescriptor): FieldDescriptor {
  const type = field.keyType ?? FieldType.string;
  return {
    number: 1,
    name: 'key',
    jsonName: 'key',
    type,
    presence: 'implicit',
    deprecated: false,
    sensitive: false,
    unpacked: false,
  };
}

function writeScalar(writer: WireWriter, field: FieldDescriptor, value: JsonPrimitive): void {
  switch (field.type) {
    case FieldType.double:
      writer.double(Number(value));
      return;
    case FieldType.float:
      writer.float(Number(value));
      return;
    case FieldType.bool:
      writer.varint(value === true ? 1 : 0);
      return;
    case FieldType.string:
      writer.string(String(value));
      return;
    case FieldType.bytes:
      writer.delimited(decodeBase64(String(value)) ?? fail('base64', value));
      return;
    case FieldType.enum:
      writer.varint(
        value === null
          ? 0
          : typeof value === 'number'
            ? value
            : (enumOf(field).byName.get(String(value)) ?? fail(`a value of ${field.typeName}`, value)),
      );
      return;
    case FieldType.sint32:
    case FieldType.sint64:
      writer.varint(zigzag(whole(value)));
      return;
    case FieldType.fixed32:
    case FieldType.sfixed32:
      writer.fixed32(Number(whole(value)));
      return;
    case FieldType.fixed64:
    case FieldType.sfixed64:
      writer.fixed64(whole(value));
      return;
    case FieldType.int32:
    case FieldType.int64:
    case FieldType.uint32:
    case FieldType.uint64:
      writer.varint(whole(value));
      return;
    case FieldType.message:
      fail('a scalar', value);
  }
}

export function wireTypeOf(type: FieldType): WireType {
  switch (type) {
    case FieldType.double:
    case FieldType.fixed64:
    case FieldType.sfixed64:
      return WireType.fixed64;
    case FieldType.float:
    case FieldType.fixed32:
    case FieldType.sfixed32:
      return WireType.fixed32;
    case FieldType.string:
    case FieldType.bytes:
    case FieldType.message:
      return WireType.bytes;
    default:
      return WireType.varint;
  }
}

function writeAny(writer: WireWriter, json: JsonObject): void {
  const typeUrl = json['@type'];
  if (typeof typeUrl !== 'string') fail('an Any with "@type"', json);
  const name = messageNameOf(typeUrl);
  const message = (name === undefined ? undefined : findMessage(name)) ?? fail('a known type', typeUrl);
  const { '@type': _, ...rest } = json;
  const bytes =
    wellKnownKind(message.name) === undefined
      ? encodeMessage(message, rest)
      : encodeMessage(message, json['value'] ?? null);
  writer.tag(1, WireType.bytes).string(typeUrl);
  if (bytes.length > 0) writer.tag(2, WireType.bytes).delimited(bytes);
}

function writeTime(writer: WireWriter, { seconds, nanos }: { seconds: bigint; nanos: bigint }): void {
  if (seconds !== 0n) writer.tag(1, WireType.varint).varint(seconds);
  if (nanos !== 0n) writer.tag(2, WireType.varint).varint(nanos);
}

// struct.proto: Struct.fields = 1; Value: null 1, number 2, string 3, bool 4, struct 5, list 6; ListValue.values = 1.
function writeStruct(writer: WireWriter, json: JsonObject): void {
  for (const key of Object.keys(json).sort()) {
    const entry = new WireWriter();
    entry.tag(1, WireType.bytes).string(key);
    entry.tag(2, WireType.bytes).delimited(encodeValue(json[key] as JsonValue));
    writer.tag(1, WireType.bytes).delimited(entry.finish());
  }
}

function encodeValue(json: JsonValue): Uint8Array {
  const writer = new WireWriter();
  if (json === null) writer.tag(1, WireType.varint).varint(0);
  else if (typeof json === 'number') writer.tag(2, WireType.fixed64).double(json);
  else if (typeof json === 'string') writer.tag(3, WireType.bytes).string(json);
  else if (typeof json === 'boolean') writer.tag(4, WireType.varint).varint(json ? 1 : 0);
  else {
    const inner = new WireWriter();
    if (isJsonObject(json)) writeStruct(inner, json);
    else for (const element of asArray(json)) inner.tag(1, WireType.bytes).delimited(encodeValue(element));
    writer.tag(isJsonObject(json) ? 5 : 6, WireType.bytes).delimited(inner.finish());
  }
  return writer.finish();
}

function whole(value: JsonPrimitive): bigint {
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  if (typeof value === 'string' && /^-?\d{1,20}$/.test(value)) return BigInt(value);
  return fail('a whole number', value);
}

function asObject(json: JsonValue): JsonObject {
  return isJsonObject(json) ? json : fail('an object', json);
}

function asArray(json: JsonValue): readonly JsonValue[] {
  return Array.isArray(json) ? (json as readonly JsonValue[]) : fail('a list', json);
}

function asPrimitive(json: JsonValue): JsonPrimitive {
  return json === null || typeof json !== 'object' ? json : fail('a scalar', json);
}

function fail(expected: string, got: unknown): never {
  throw new TypeError(
    `not canonical JSON: expected ${expected}, got ${JSON.stringify(got) ?? String(got)}`.slice(0, 300),
  );
}
