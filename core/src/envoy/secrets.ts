/** Values of fields that Envoy's protos mark as sensitive (udpa.annotations.sensitive): never shown, as in Envoy's config dump. */
import type { JsonObject, JsonValue } from '../resources/model.js';
import { encodeBase64 } from './base64.js';
import { type FieldDescriptor, FieldType } from './schema.js';
import { FieldCollector } from './walk.js';
import { isJsonObject } from './wellKnown.js';

/** The message in canonical JSON with "[redacted]" for every text in a sensitive field, whatever it is a field of. */
export function withoutSecrets(messageName: string, json: JsonObject): JsonObject {
  return SENSITIVE.in(messageName, json).reduce<JsonObject>(
    (value, { path, field }) => redactedAt(value, path, field) as JsonObject,
    json,
  );
}

interface Sensitive {
  readonly path: readonly (string | number)[];
  readonly field: FieldDescriptor;
}

const SENSITIVE = new FieldCollector<Sensitive>(
  {
    concerns: (_, field) => field.sensitive,
    find: ({ path, field }) => (field.sensitive ? { path, field } : undefined),
  },
  ({ path, field }, base) => ({ path: [...base, ...path], field }),
);

function redactedAt(value: JsonValue, path: Sensitive['path'], field: FieldDescriptor): JsonValue {
  const [step, ...rest] = path;
  if (step === undefined) return redacted(value, field.type === FieldType.bytes);
  if (Array.isArray(value))
    return (value as readonly JsonValue[]).map((item, index) =>
      index === step ? redactedAt(item, rest, field) : item,
    );
  if (!isJsonObject(value)) return value;
  return { ...value, [step]: redactedAt(value[step] ?? null, rest, field) };
}

/** Every text inside. "@type" says what there is, not what is secret. */
function redacted(value: JsonValue, isBytes: boolean, key = ''): JsonValue {
  if (typeof value === 'string') {
    if (key === '@type') return value;
    return isBytes || key === 'inlineBytes' ? BYTES : TEXT;
  }
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map((item) => redacted(item, isBytes));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, redacted(inner, isBytes, name)]),
  );
}

const TEXT = '[redacted]';
const BYTES = encodeBase64(new TextEncoder().encode(TEXT));
