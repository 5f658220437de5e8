/**
 * The messages and enums that xDS configuration is made of, read from the table that `core/tools/generate-envoy.mjs`
 * makes of Envoy's protos. Parsed once, at first use; a message is unpacked when it is asked for.
 */
import { DESCRIPTORS_JSON } from './descriptors.generated.js';

/** protobuf's FieldDescriptorProto.Type. */
export const FieldType = {
  double: 1,
  float: 2,
  int64: 3,
  uint64: 4,
  int32: 5,
  fixed64: 6,
  fixed32: 7,
  bool: 8,
  string: 9,
  message: 11,
  bytes: 12,
  uint32: 13,
  enum: 14,
  sfixed32: 15,
  sfixed64: 16,
  sint32: 17,
  sint64: 18,
} as const;
export type FieldType = (typeof FieldType)[keyof typeof FieldType];

/** implicit: a scalar whose default means "not set"; for messages and members of a oneof, presence is always known. */
export type Presence = 'implicit' | 'repeated' | 'optional' | 'map';

export interface FieldDescriptor {
  readonly number: number;
  /** As in the proto: `virtual_hosts`. */
  readonly name: string;
  /** As in canonical JSON: `virtualHosts`. */
  readonly jsonName: string;
  /** Of the value, for a map. */
  readonly type: FieldType;
  readonly presence: Presence;
  /** Full name, when `type` is message or enum. */
  readonly typeName?: string;
  readonly keyType?: FieldType;
  readonly oneof?: string;
  readonly deprecated: boolean;
  /** Holds a secret. */
  readonly sensitive: boolean;
  /** Written element by element on the wire although its type could be packed. */
  readonly unpacked: boolean;
}

export interface MessageDescriptor {
  readonly name: string;
  /** In the order of their numbers. */
  readonly fields: readonly FieldDescriptor[];
  /** By proto name and by JSON name. */
  readonly byName: ReadonlyMap<string, FieldDescriptor>;
  readonly byNumber: ReadonlyMap<number, FieldDescriptor>;
  /** Proto names of the oneofs. */
  readonly oneofs: readonly string[];
}

export interface EnumDescriptor {
  readonly name: string;
  readonly byName: ReadonlyMap<string, number>;
  /** The first name of a number that has several. */
  readonly byNumber: ReadonlyMap<number, string>;
  readonly deprecated: ReadonlySet<string>;
}

/** undefined: no such message in the table. */
export function findMessage(name: string): MessageDescriptor | undefined {
  const known = unpackedMessages.get(name);
  if (known !== undefined) return known;
  const index = tables().messageIndex.get(name);
  const raw = index === undefined ? undefined : tables().messages[index];
  if (raw === undefined) return undefined;
  const message = unpackMessage(raw);
  unpackedMessages.set(name, message);
  return message;
}

export function findEnum(name: string): EnumDescriptor | undefined {
  const known = unpackedEnums.get(name);
  if (known !== undefined) return known;
  const index = tables().enumIndex.get(name);
  const raw = index === undefined ? undefined : tables().enums[index];
  if (raw === undefined) return undefined;
  const found = unpackEnum(raw);
  unpackedEnums.set(name, found);
  return found;
}

/** The message of a message field. */
export function messageOf(field: FieldDescriptor): MessageDescriptor {
  const message = field.typeName === undefined ? undefined : findMessage(field.typeName);
  if (message === undefined) throw new TypeError(`${field.name} is not a message field of the table`);
  return message;
}

/** The enum of an enum field. */
export function enumOf(field: FieldDescriptor): EnumDescriptor {
  const found = field.typeName === undefined ? undefined : findEnum(field.typeName);
  if (found === undefined) throw new TypeError(`${field.name} is not an enum field of the table`);
  return found;
}

/** Full names of all messages, sorted. */
export function messageNames(): readonly string[] {
  return tables().messages.map(([name]) => name);
}

/** `virtual_hosts` → `virtualHosts`, as protobuf derives JSON names. */
export function jsonNameOf(protoName: string): string {
  return protoName.replace(/_+(.?)/g, (_, letter: string) => letter.toUpperCase());
}

/** True when unset and default are told apart: messages, members of a oneof, `optional`. */
export function hasPresence(field: FieldDescriptor): boolean {
  return (
    field.presence === 'optional' ||
    (field.presence === 'implicit' && (field.oneof !== undefined || field.type === FieldType.message))
  );
}

// The rows of the generated table; see the generator for their form.
type RawField = readonly [
  number: number,
  name: string,
  type: number,
  presence: number,
  typeIndex: number,
  oneof?: number,
  flags?: number,
  keyType?: number,
];
type RawMessage = readonly [name: string, fields: readonly RawField[], oneofs: readonly string[]];
type RawEnum = readonly [
  name: string,
  values: readonly (readonly [name: string, number: number, deprecated?: 1])[],
];

interface Tables {
  readonly messages: readonly RawMessage[];
  readonly enums: readonly RawEnum[];
  readonly messageIndex: ReadonlyMap<string, number>;
  readonly enumIndex: ReadonlyMap<string, number>;
}

const PRESENCES: readonly Presence[] = ['implicit', 'repeated', 'optional', 'map'];
const FLAG_DEPRECATED = 1;
const FLAG_SENSITIVE = 2;
const FLAG_UNPACKED = 4;

const unpackedMessages = new Map<string, MessageDescriptor>();
const unpackedEnums = new Map<string, EnumDescriptor>();
let parsed: Tables | undefined;

function tables(): Tables {
  if (parsed === undefined) {
    const raw = JSON.parse(DESCRIPTORS_JSON) as { messages: RawMessage[]; enums: RawEnum[] };
    parsed = {
      ...raw,
      messageIndex: new Map(raw.messages.map(([name], index) => [name, index])),
      enumIndex: new Map(raw.enums.map(([name], index) => [name, index])),
    };
  }
  return parsed;
}

function unpackMessage([name, rows, oneofs]: RawMessage): MessageDescriptor {
  const fields = rows.map((row) => unpackField(row, oneofs));
  const byName = new Map<string, FieldDescriptor>();
  for (const field of fields) byName.set(field.jsonName, field);
  for (const field of fields) byName.set(field.name, field);
  return { name, fields, byName, byNumber: new Map(fields.map((field) => [field.number, field])), oneofs };
}

function unpackField(
  [number, name, type, presence, typeIndex, oneof = -1, flags = 0, keyType]: RawField,
  oneofs: readonly string[],
): FieldDescriptor {
  const typeName =
    type === FieldType.message
      ? tables().messages[typeIndex]?.[0]
      : type === FieldType.enum
        ? tables().enums[typeIndex]?.[0]
        : undefined;
  const oneofName = oneofs[oneof];
  return {
    number,
    name,
    jsonName: jsonNameOf(name),
    type: type as FieldType,
    presence: PRESENCES[presence] ?? 'implicit',
    deprecated: (flags & FLAG_DEPRECATED) !== 0,
    sensitive: (flags & FLAG_SENSITIVE) !== 0,
    unpacked: (flags & FLAG_UNPACKED) !== 0,
    ...(typeName === undefined ? {} : { typeName }),
    ...(oneofName === undefined ? {} : { oneof: oneofName }),
    ...(keyType === undefined ? {} : { keyType: keyType as FieldType }),
  };
}

function unpackEnum([name, values]: RawEnum): EnumDescriptor {
  const byNumber = new Map<number, string>();
  for (const [value, number] of values) if (!byNumber.has(number)) byNumber.set(number, value);
  return {
    name,
    byName: new Map(values.map(([value, number]) => [value, number])),
    byNumber,
    deprecated: new Set(values.filter(([, , deprecated]) => deprecated === 1).map(([value]) => value)),
  };
}
