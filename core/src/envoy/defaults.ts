/** Defaults of fields as canonical JSON. */
import type { JsonValue } from '../resources/model.js';
import { isDefault } from './scalars.js';
import { enumOf, type FieldDescriptor, FieldType } from './schema.js';
import { wellKnownKind } from './wellKnown.js';

/** The default of a scalar or enum. */
export function zeroOf(field: FieldDescriptor): JsonValue {
  switch (field.type) {
    case FieldType.bool:
      return false;
    case FieldType.string:
    case FieldType.bytes:
      return '';
    case FieldType.enum:
      return enumOf(field).byNumber.get(0) ?? 0;
    case FieldType.int64:
    case FieldType.uint64:
    case FieldType.sint64:
    case FieldType.fixed64:
    case FieldType.sfixed64:
      return '0';
    default:
      return 0;
  }
}

/** True for the value that a scalar field without presence has when it is not set. */
export function isScalarDefault(field: FieldDescriptor, value: JsonValue): boolean {
  if (value !== null && typeof value === 'object') return false;
  return isDefault(
    field.type,
    value,
    field.type === FieldType.enum ? enumOf(field).byNumber.get(0) : undefined,
  );
}

/** Stands for a list element that could not be understood, so that indices stay true. */
export function placeholder(field: FieldDescriptor): JsonValue {
  if (field.type === FieldType.message) {
    const kind = wellKnownKind(field.typeName ?? '');
    return kind === 'duration' ? '0s' : kind === 'wrapper' || kind === 'value' ? null : {};
  }
  return zeroOf(field);
}
