import fc from 'fast-check';
import {
  enumOf,
  type FieldDescriptor,
  FieldType,
  findMessage,
  type MessageDescriptor,
  messageOf,
} from '../../src/envoy/schema.js';
import { isWellFormed } from '../../src/envoy/scalars.js';
import { wellKnownKind } from '../../src/envoy/wellKnown.js';
import type { JsonValue } from '../../src/resources/model.js';

/** JSON of a message as an author could write it: any field, both spellings, numbers as texts, defaults, Anys of some types. */
export function anyMessage(message: MessageDescriptor, depth: number): fc.Arbitrary<JsonValue> {
  switch (wellKnownKind(message.name)) {
    case 'any':
      return fc.constantFrom(...ANY_TYPES).chain((name) => {
        const inner = findMessage(name) as MessageDescriptor;
        return anyMessage(inner, depth - 1).map((json) =>
          wellKnownKind(name) === undefined
            ? { '@type': `type.googleapis.com/${name}`, ...(json as object) }
            : { '@type': `type.googleapis.com/${name}`, value: json },
        );
      });
    case 'duration':
      return fc.constantFrom(
        '0s',
        '1s',
        '1.5s',
        '0.000000001s',
        '-0.25s',
        '315576000000s',
        '-315576000000s',
        '1.000s',
      );
    case 'timestamp':
      return fc.constantFrom('1970-01-01T00:00:00Z', '2026-01-31T12:30:15.123456789+02:00', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999999999Z', '1969-12-31T23:59:59.5Z'); // prettier-ignore
    case 'wrapper':
      return anyScalar(message.fields[0] as FieldDescriptor);
    case 'struct':
      return fc.dictionary(anyText(), anyJson(), { maxKeys: 3 });
    case 'list':
      return fc.array(anyJson(), { maxLength: 3 });
    case 'value':
      return anyJson();
    case 'fieldMask':
      return fc.constantFrom('', 'a', 'fooBar,baz', 'a.bC.d');
    case undefined:
      return anyObject(message, depth);
  }
}

const ANY_TYPES = [
  'envoy.extensions.filters.http.router.v3.Router',
  'envoy.extensions.filters.http.fault.v3.HTTPFault',
  'envoy.extensions.access_loggers.stream.v3.StdoutAccessLog',
  'envoy.config.route.v3.FilterConfig',
  'google.protobuf.Duration',
  'google.protobuf.StringValue',
  'google.protobuf.Struct',
  'google.protobuf.Empty',
];

function anyObject(message: MessageDescriptor, depth: number): fc.Arbitrary<JsonValue> {
  const fields = message.fields.filter((field) => depth > 0 || field.type !== FieldType.message);
  return fc
    .tuple(fc.shuffledSubarray([...fields], { maxLength: Math.min(5, fields.length) }), fc.boolean())
    .chain(([chosen, snake]) => {
      const oneofs = new Set<string>();
      const kept = chosen.filter(
        (field) => field.oneof === undefined || (!oneofs.has(field.oneof) && oneofs.add(field.oneof)),
      );
      return fc.tuple(
        ...kept.map((field) =>
          anyField(field, depth).map((json): [string, JsonValue] => [
            snake ? field.name : field.jsonName,
            json,
          ]),
        ),
      );
    })
    .map((entries) => Object.fromEntries(entries));
}

function anyField(field: FieldDescriptor, depth: number): fc.Arbitrary<JsonValue> {
  const one = field.type === FieldType.message ? anyMessage(messageOf(field), depth - 1) : anyScalar(field);
  if (field.presence === 'repeated') return fc.array(one, { maxLength: 3 });
  if (field.presence !== 'map') return one;
  const key =
    field.keyType === FieldType.string
      ? anyText()
      : field.keyType === FieldType.bool
        ? fc.constantFrom('true', 'false')
        : fc.nat(99).map(String);
  return fc.dictionary(key, one, { maxKeys: 3 });
}

function anyScalar(field: FieldDescriptor): fc.Arbitrary<JsonValue> {
  switch (field.type) {
    case FieldType.double:
      return fc.oneof(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.constantFrom('NaN', 'Infinity', '-Infinity', '1.5', '1e3', 0),
      );
    case FieldType.float:
      return fc.oneof(
        fc.float({ noNaN: true, noDefaultInfinity: true }),
        fc.constantFrom('NaN', '-Infinity', 0.1, '3.25', 0),
      );
    case FieldType.int32:
    case FieldType.sint32:
    case FieldType.sfixed32:
      return fc.oneof(fc.integer(), fc.integer().map(String), fc.constantFrom(0, -(2 ** 31), 2 ** 31 - 1));
    case FieldType.uint32:
    case FieldType.fixed32:
      return fc.oneof(fc.nat(), fc.nat().map(String), fc.constantFrom(0, 2 ** 32 - 1, '80.0', 1e3));
    case FieldType.int64:
    case FieldType.sint64:
    case FieldType.sfixed64:
      return fc.oneof(fc.integer(), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map(String));
    case FieldType.uint64:
    case FieldType.fixed64:
      return fc.oneof(fc.nat(), fc.bigInt(0n, 2n ** 64n - 1n).map(String));
    case FieldType.bool:
      return fc.boolean();
    case FieldType.bytes:
      return fc.base64String();
    case FieldType.enum:
      return fc.oneof(
        fc.constantFrom(...enumOf(field).byName.keys()),
        fc.constantFrom(...enumOf(field).byNumber.keys()),
      );
    default:
      return anyText();
  }
}

function anyText(): fc.Arbitrary<string> {
  return fc
    .oneof(
      fc.string({ unit: 'grapheme', maxLength: 8 }),
      fc.constantFrom('', 'a', '\u0000', '\uFEFFx', '__proto__', 'héllo'),
    )
    .filter(isWellFormed);
}

function anyJson(): fc.Arbitrary<JsonValue> {
  return fc
    .jsonValue({ maxDepth: 2 })
    .filter((json) => isWellFormed(JSON.stringify(json))) as fc.Arbitrary<JsonValue>;
}
