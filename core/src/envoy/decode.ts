/** Protobuf bytes → canonical JSON, with limits: nothing in the bytes can make it throw, hang or take unbounded memory. */
import {
  type FieldPath,
  formatFieldPath,
  type JsonObject,
  type JsonValue,
  messageNameOf,
} from '../resources/model.js';
import { encodeBase64 } from './base64.js';
import { EarlierElements, rememberElement } from './decodedElements.js';
import { isScalarDefault, zeroOf } from './defaults.js';
import { shareJson } from '../resources/share.js';
import { mapKeyField, wireTypeOf } from './encode.js';
import { type CodecProblem, MAX_PROBLEMS } from './problem.js';
import { floatToJson, shortestFloat } from './scalars.js';
import {
  enumOf,
  type FieldDescriptor,
  FieldType,
  findMessage,
  hasPresence,
  type MessageDescriptor,
  messageOf,
} from './schema.js';
import { fieldMaskToJson, formatTime, isJsonObject, wellKnownKind } from './wellKnown.js';
import { REMEMBERED } from './walk.js';
import { unknownType } from './wording.js';
import { MAX_DEPTH, unzigzag, utf8, WireError, WireReader, WireType } from './wire.js';

export interface Decoded {
  readonly value: JsonValue;
  readonly problems: readonly CodecProblem[];
}

/** Unknown fields are dropped; what cannot be read is left out and told in `problems`. Never throws. */
export function decodeMessage(type: MessageDescriptor, bytes: Uint8Array, before?: JsonValue): Decoded {
  const work = new Decoder();
  try {
    return { value: work.message(type, bytes, [], 0, before), problems: work.problems };
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    const path = work.path;
    const message =
      path.length === 0
        ? `The bytes are not a valid ${type.name}: ${error.message}.`
        : `The bytes are not a valid ${type.name} in ${formatFieldPath(path)}: ${error.message}.`;
    const rule = error.reason === 'deep' ? 'too-deep' : 'bad-wire';
    return {
      value: {},
      problems: [...work.problems, { rule, path, message }],
    };
  }
}

/** A value of a field as it stood on the wire. */
type Raw =
  | { readonly wireType: WireType; readonly bits: bigint }
  | { readonly wireType: typeof WireType.bytes; readonly bytes: Uint8Array };

class Decoder {
  readonly problems: CodecProblem[] = [];
  /** Where the decoder is; after a WireError, where it stopped. */
  path: FieldPath = [];

  message(
    message: MessageDescriptor,
    bytes: Uint8Array,
    path: FieldPath,
    depth: number,
    before?: JsonValue,
  ): JsonValue {
    this.path = path;
    if (this.problems.length >= MAX_PROBLEMS) return {};
    if (depth > MAX_DEPTH) throw new WireError('deep', `messages are nested more than ${MAX_DEPTH} deep`);
    const kind = wellKnownKind(message.name);
    if (kind === undefined) return this.fields(message, bytes, path, depth, before);
    const raw = this.scan(message, bytes, path);
    const bits = (number: number): bigint => {
      const last = raw.get(number)?.at(-1);
      return last !== undefined && 'bits' in last ? BigInt.asIntN(64, last.bits) : 0n;
    };
    const first = message.fields[0];
    switch (kind) {
      case 'duration':
      case 'timestamp': {
        const text = formatTime(kind, bits(1), BigInt.asIntN(32, bits(2)));
        return (
          text ??
          this.wrong(
            path,
            kind === 'duration' ? 'bad-duration' : 'wrong-type',
            `${bits(1)} s and ${bits(2)} ns are not a valid ${kind}.`,
            kind === 'duration' ? '0s' : '1970-01-01T00:00:00Z',
          )
        );
      }
      case 'wrapper':
        return first === undefined ? null : (this.single(first, raw.get(1), path, depth) ?? zeroOf(first));
      case 'struct':
        return first === undefined ? {} : this.map(first, raw.get(1) ?? [], path, depth);
      case 'list':
        return first === undefined ? [] : this.list(first, raw.get(1) ?? [], path, depth);
      case 'value':
        return this.value(message, raw, path, depth);
      case 'fieldMask': {
        const paths = (raw.get(1) ?? []).flatMap((element) =>
          'bytes' in element ? [utf8(element.bytes)] : [],
        );
        return (
          fieldMaskToJson(paths) ??
          this.wrong(path, 'wrong-type', 'The field mask has a path without a JSON form.', '')
        );
      }
      case 'any':
        return this.any(raw, path, depth);
    }
  }

  private fields(
    message: MessageDescriptor,
    bytes: Uint8Array,
    path: FieldPath,
    depth: number,
    before?: JsonValue,
  ): JsonObject {
    const raw = this.scan(message, bytes, path);
    const entries: [string, JsonValue][] = [];
    for (const field of message.fields) {
      const found = raw.get(field.number);
      if (found === undefined) continue;
      const at = [...path, field.jsonName];
      const old = isJsonObject(before) ? before[field.jsonName] : undefined;
      let value: JsonValue | undefined;
      if (field.presence === 'repeated') {
        const list = this.list(field, found, at, depth, old);
        value = list.length === 0 ? undefined : list;
      } else if (field.presence === 'map') value = this.map(field, found, at, depth);
      else value = this.single(field, found, at, depth, old);
      if (value === undefined) continue;
      if (field.presence === 'implicit' && !hasPresence(field) && isScalarDefault(field, value)) continue;
      entries.push([field.jsonName, value]);
    }
    const value = Object.fromEntries(entries);
    return before === undefined ? value : (shareJson(value, before) as JsonObject);
  }

  /** The values of each known field in wire order. Of the members of a oneof only the last one stays. */
  private scan(message: MessageDescriptor, bytes: Uint8Array, path: FieldPath): Map<number, Raw[]> {
    this.path = path;
    const reader = new WireReader(bytes);
    const found = new Map<number, Raw[]>();
    const chosen = new Map<string, number>();
    while (!reader.done) {
      const tag = reader.tag();
      const field = message.byNumber.get(tag.number);
      if (field === undefined || !fits(field, tag.wireType)) {
        reader.skip(tag);
        continue;
      }
      if (field.oneof !== undefined) {
        const before = chosen.get(field.oneof);
        if (before !== undefined && before !== field.number) found.delete(before);
        chosen.set(field.oneof, field.number);
      }
      const value = readRaw(reader, tag.wireType);
      const list = found.get(field.number);
      if (list === undefined) found.set(field.number, [value]);
      else list.push(value);
    }
    return found;
  }

  private single(
    field: FieldDescriptor,
    found: readonly Raw[] | undefined,
    path: FieldPath,
    depth: number,
    before?: JsonValue,
  ): JsonValue | undefined {
    const last = found?.at(-1);
    if (found === undefined || last === undefined) return undefined;
    this.path = path;
    if (field.type !== FieldType.message) return scalarJson(field, last);
    // protobuf: a singular message that comes twice is merged, which is what its concatenated bytes mean.
    return this.message(messageOf(field), concatenate(found), path, depth + 1, before);
  }

  private list(
    field: FieldDescriptor,
    found: readonly Raw[],
    path: FieldPath,
    depth: number,
    before?: JsonValue,
  ): JsonValue[] {
    const values: JsonValue[] = [];
    const old = new EarlierElements(Array.isArray(before) ? (before as readonly JsonValue[]) : []);
    const isLong = found.length >= REMEMBERED;
    for (const raw of found) {
      this.path = path;
      if (field.type === FieldType.message) {
        if (!('bytes' in raw)) continue;
        const at = values.length;
        values.push(
          isLong
            ? this.element(field, raw.bytes, [...path, at], depth + 1, old)
            : this.message(messageOf(field), raw.bytes, [...path, at], depth + 1, old.near(at)),
        );
      } else if ('bytes' in raw && wireTypeOf(field.type) !== WireType.bytes) {
        const packed = new WireReader(raw.bytes);
        while (!packed.done) values.push(scalarJson(field, readRaw(packed, wireTypeOf(field.type))));
      } else values.push(scalarJson(field, raw));
    }
    return values;
  }

  /** An element of a long list, which is remembered with its bytes. */
  private element(
    field: FieldDescriptor,
    bytes: Uint8Array,
    path: FieldPath,
    depth: number,
    earlier: EarlierElements,
  ): JsonValue {
    const message = messageOf(field);
    const at = Number(path.at(-1));
    const known = earlier.same(at, { message, depth, bytes });
    if (known !== undefined) return known;
    const count = this.problems.length;
    const value = this.message(message, bytes, path, depth, earlier.near(at));
    if (isJsonObject(value) && this.problems.length === count && count < MAX_PROBLEMS)
      rememberElement(value, { message, depth, bytes });
    return value;
  }

  private map(field: FieldDescriptor, found: readonly Raw[], path: FieldPath, depth: number): JsonObject {
    const keyField = mapKeyField(field);
    const valueField: FieldDescriptor = { ...field, number: 2, presence: 'implicit' };
    const entryMessage: MessageDescriptor = { name: `${field.name} entry`, fields: [keyField, valueField], byName: new Map(), byNumber: new Map([[1, keyField], [2, valueField]]), oneofs: [] }; // prettier-ignore
    const entries = new Map<string, JsonValue>();
    for (const raw of found) {
      if (!('bytes' in raw)) continue;
      const entry = this.scan(entryMessage, raw.bytes, path);
      const key = String(this.single(keyField, entry.get(1), path, depth) ?? zeroOf(keyField));
      const at = [...path, key];
      const value = this.single(valueField, entry.get(2), at, depth);
      entries.set(
        key,
        value ??
          (field.type === FieldType.message
            ? this.message(messageOf(field), new Uint8Array(0), at, depth + 1)
            : zeroOf(valueField)),
      );
    }
    return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  private value(
    message: MessageDescriptor,
    raw: ReadonlyMap<number, readonly Raw[]>,
    path: FieldPath,
    depth: number,
  ): JsonValue {
    for (const field of message.fields) {
      const value = this.single(field, raw.get(field.number), path, depth);
      if (value === undefined) continue;
      if (field.name === 'number_value' && typeof value === 'string')
        return this.wrong(path, 'bad-number', `${value} has no JSON form.`, null);
      return field.name === 'null_value' ? null : value;
    }
    return null;
  }

  private any(raw: ReadonlyMap<number, readonly Raw[]>, path: FieldPath, depth: number): JsonValue {
    const last = (number: number): Uint8Array => {
      const value = raw.get(number)?.at(-1);
      return value !== undefined && 'bytes' in value ? value.bytes : new Uint8Array(0);
    };
    const typeUrl = utf8(last(1));
    const at = [...path, '@type'];
    const name = messageNameOf(typeUrl);
    if (name === undefined || typeUrl.startsWith('/'))
      return this.wrong(
        at,
        'bad-any',
        typeUrl === '' ? 'An Any does not say which message it is.' : `"${typeUrl}" is not a type URL.`,
        {},
      );
    const message = findMessage(name);
    if (message === undefined) {
      this.problems.push(unknownType(at, name));
      return { '@type': typeUrl };
    }
    if (wellKnownKind(name) !== undefined)
      return { '@type': typeUrl, value: this.message(message, last(2), [...path, 'value'], depth + 1) };
    const value = this.message(message, last(2), path, depth + 1);
    return { '@type': typeUrl, ...(isJsonObject(value) ? value : {}) };
  }

  private wrong<T extends JsonValue>(
    path: FieldPath,
    rule: CodecProblem['rule'],
    message: string,
    instead: T,
  ): T {
    this.problems.push({ rule, path, message });
    return instead;
  }
}

function fits(field: FieldDescriptor, wireType: WireType): boolean {
  const own = field.presence === 'map' ? WireType.bytes : wireTypeOf(field.type);
  return wireType === own || (wireType === WireType.bytes && field.presence === 'repeated');
}

function readRaw(reader: WireReader, wireType: WireType): Raw {
  switch (wireType) {
    case WireType.varint:
      return { wireType, bits: reader.varint() };
    case WireType.fixed64:
      return { wireType, bits: reader.fixed64() };
    case WireType.fixed32:
      return { wireType, bits: BigInt(reader.fixed32()) };
    case WireType.bytes:
      return { wireType, bytes: reader.delimited() };
    default:
      throw new WireError('group', 'groups are not part of proto3');
  }
}

function scalarJson(field: FieldDescriptor, raw: Raw): JsonValue {
  if ('bytes' in raw) return field.type === FieldType.bytes ? encodeBase64(raw.bytes) : utf8(raw.bytes);
  const bits = raw.bits;
  switch (field.type) {
    case FieldType.double:
      return floatToJson(doubleOf(bits));
    case FieldType.float:
      return floatToJson(shortestFloat(floatOf(bits)));
    case FieldType.bool:
      return bits !== 0n;
    case FieldType.enum: {
      if (field.typeName === 'google.protobuf.NullValue') return null;
      const number = Number(BigInt.asIntN(32, bits));
      return enumOf(field).byNumber.get(number) ?? number;
    }
    case FieldType.int32:
    case FieldType.sfixed32:
      return Number(BigInt.asIntN(32, bits));
    case FieldType.sint32:
      return Number(BigInt.asIntN(32, unzigzag(BigInt.asUintN(32, bits))));
    case FieldType.uint32:
    case FieldType.fixed32:
      return Number(BigInt.asUintN(32, bits));
    case FieldType.int64:
    case FieldType.sfixed64:
      return BigInt.asIntN(64, bits).toString();
    case FieldType.sint64:
      return unzigzag(bits).toString();
    default:
      return bits.toString();
  }
}

const scratch = new DataView(new ArrayBuffer(8));

function doubleOf(bits: bigint): number {
  scratch.setBigUint64(0, bits);
  return scratch.getFloat64(0);
}

function floatOf(bits: bigint): number {
  scratch.setUint32(0, Number(BigInt.asUintN(32, bits)));
  return scratch.getFloat32(0);
}

function concatenate(found: readonly Raw[]): Uint8Array {
  const parts = found.flatMap((raw) => ('bytes' in raw ? [raw.bytes] : []));
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
