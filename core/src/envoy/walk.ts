import { type FieldPath, type JsonObject, type JsonValue, messageNameOf } from '../resources/model.js';
import { type FieldDescriptor, FieldType, findMessage, type MessageDescriptor, messageOf } from './schema.js';
import { isJsonObject, wellKnownKind } from './wellKnown.js';

/** A field that is set: an element of a list or an entry of a map is visited by itself. */
export interface Visited {
  readonly message: MessageDescriptor;
  readonly field: FieldDescriptor;
  readonly value: JsonValue;
  readonly path: FieldPath;
}

/** Every set field of a message in canonical JSON and of all messages below it, Anys included, in the order of the fields. */
export function* fieldsOf(messageName: string, json: JsonObject, base: FieldPath = []): Generator<Visited> {
  const message = findMessage(messageName);
  if (message === undefined) return;
  switch (wellKnownKind(messageName)) {
    case undefined:
      break;
    case 'any': {
      const typeUrl = json['@type'];
      const inner = typeof typeUrl === 'string' ? messageNameOf(typeUrl) : undefined;
      if (inner !== undefined && wellKnownKind(inner) === undefined) yield* fieldsOf(inner, json, base);
      return;
    }
    default:
      return;
  }
  for (const field of message.fields) {
    const value = Object.hasOwn(json, field.jsonName) ? json[field.jsonName] : undefined;
    if (value === undefined) continue;
    for (const [element, path] of elementsOf(field, value, [...base, field.jsonName])) {
      yield { message, field, value: element, path };
      if (field.type === FieldType.message && isJsonObject(element))
        yield* fieldsOf(messageOf(field).name, element, path);
    }
  }
}

function elementsOf(field: FieldDescriptor, value: JsonValue, path: FieldPath): [JsonValue, FieldPath][] {
  if (field.presence === 'repeated' && Array.isArray(value))
    return (value as readonly JsonValue[]).map((element, index) => [element, [...path, index]]);
  if (field.presence === 'map' && isJsonObject(value))
    return Object.entries(value).map(([key, element]) => [element, [...path, key]]);
  return [[value, path]];
}
