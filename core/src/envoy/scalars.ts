/** Scalars of proto3 JSON: what an author may write → the canonical form, or why not. */
import type { JsonPrimitive, JsonValue } from '../resources/model.js';
import { decodeBase64, encodeBase64 } from './base64.js';
import type { CodecRule } from './problem.js';
import { type EnumDescriptor, FieldType } from './schema.js';
import { nearestName } from './nearest.js';

export type Parsed =
  | { readonly ok: true; readonly value: JsonPrimitive }
  | { readonly ok: false; readonly rule: CodecRule; readonly expected: string; readonly hint?: string };

/** Canonical: 32-bit integers and finite floats as numbers, 64-bit integers as strings, bytes as padded base64. */
export function parseScalar(type: FieldType, json: JsonValue): Parsed {
  switch (type) {
    case FieldType.double:
      return parseFloating(json, (value) => value, 'a number');
    case FieldType.float:
      return parseFloating(json, shortestFloat, 'a number');
    case FieldType.int32:
    case FieldType.sint32:
    case FieldType.sfixed32:
      return parseInteger(json, -(2n ** 31n), 2n ** 31n - 1n, Number);
    case FieldType.uint32:
    case FieldType.fixed32:
      return parseInteger(json, 0n, 2n ** 32n - 1n, Number);
    case FieldType.int64:
    case FieldType.sint64:
    case FieldType.sfixed64:
      return parseInteger(json, -(2n ** 63n), 2n ** 63n - 1n, String);
    case FieldType.uint64:
    case FieldType.fixed64:
      return parseInteger(json, 0n, 2n ** 64n - 1n, String);
    case FieldType.bool:
      return parseBool(json);
    case FieldType.string:
      return parseString(json);
    case FieldType.bytes:
      return parseBytes(json);
    case FieldType.enum:
    case FieldType.message:
      throw new TypeError('enums and messages are not scalars');
  }
}

/** Canonical: the name of the value; the number when the enum has no name for it. */
export function parseEnum(type: EnumDescriptor, json: JsonValue): Parsed {
  const expected = `one of ${oneOf([...type.byName.keys()])}`;
  if (typeof json === 'number' || (typeof json === 'string' && /^-?\d+$/.test(json))) {
    const number = Number(json);
    if (!Number.isInteger(number) || number < -(2 ** 31) || number > 2 ** 31 - 1)
      return { ok: false, rule: 'bad-enum', expected };
    return { ok: true, value: type.byNumber.get(number) ?? number };
  }
  if (typeof json !== 'string') return { ok: false, rule: 'wrong-type', expected };
  // Envoy's loader does not mind the case of an enum.
  const number = type.byName.get(json) ?? type.byName.get(json.toUpperCase());
  if (number !== undefined) return { ok: true, value: type.byNumber.get(number) ?? number };
  const near = nearestName(json.toUpperCase(), type.byName.keys());
  return {
    ok: false,
    rule: 'bad-enum',
    expected,
    ...(near === undefined ? {} : { hint: `Did you mean "${near}"?` }),
  };
}

/** The value that means "not set" for a scalar without presence. */
export function isDefault(type: FieldType, value: JsonPrimitive, firstOfEnum?: string): boolean {
  if (type === FieldType.enum) return value === firstOfEnum || value === 0;
  return value === 0 || value === false || value === '' || (value === '0' && is64(type));
}

/** The shortest decimal that reads back as the same 32-bit float: 0.1, not 0.10000000149011612. */
export function shortestFloat(value: number): number {
  const rounded = Math.fround(value);
  if (!Number.isFinite(rounded)) return rounded;
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(rounded.toPrecision(digits));
    if (Math.fround(short) === rounded) return short;
  }
  return Number(rounded.toPrecision(9));
}

/** A JSON value in a few words, for messages. */
export function describeJson(json: JsonValue): string {
  if (json === null) return 'null';
  if (Array.isArray(json)) return 'a list';
  switch (typeof json) {
    case 'object':
      return 'a mapping';
    case 'string':
      return `the text ${JSON.stringify(json.length > 60 ? `${json.slice(0, 57)}…` : json)}`;
    case 'number':
      return `the number ${json}`;
    default:
      return `the boolean ${String(json)}`;
  }
}

/** Numbers that JSON has no literal for are texts; JSON text does not keep the sign of -0. */
export function floatToJson(value: number): number | string {
  return Number.isFinite(value) ? withoutNegativeZero(value) : String(value);
}

function withoutNegativeZero(value: number): number {
  return value === 0 ? 0 : value;
}

export function isWellFormed(text: string): boolean {
  return !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text);
}

const INTEGER = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;
const FLOATING = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

function is64(type: FieldType): boolean {
  return (
    type === FieldType.int64 ||
    type === FieldType.uint64 ||
    type === FieldType.sint64 ||
    type === FieldType.fixed64 ||
    type === FieldType.sfixed64
  );
}

function parseFloating(json: JsonValue, round: (value: number) => number, expected: string): Parsed {
  if (json === 'NaN' || json === 'Infinity' || json === '-Infinity') return { ok: true, value: json };
  if (typeof json !== 'number' && typeof json !== 'string')
    return { ok: false, rule: 'wrong-type', expected };
  if (typeof json === 'string' && !FLOATING.test(json)) return { ok: false, rule: 'bad-number', expected };
  const value = Number(json);
  const rounded = round(value);
  // Number("1e999") is Infinity: out of range, not infinite.
  if (!Number.isFinite(rounded))
    return {
      ok: false,
      rule: 'bad-number',
      expected:
        Number.isFinite(value) || typeof json === 'string' ? 'a number in the range of its type' : expected,
    };
  return { ok: true, value: withoutNegativeZero(rounded) };
}

function parseInteger(
  json: JsonValue,
  least: bigint,
  most: bigint,
  canonical: (value: bigint) => number | string,
): Parsed {
  const expected = `a whole number from ${least} to ${most}`;
  if (typeof json !== 'number' && typeof json !== 'string')
    return { ok: false, rule: 'wrong-type', expected };
  const value =
    typeof json === 'number' ? (Number.isInteger(json) ? BigInt(json) : undefined) : wholeNumber(json);
  if (value === undefined || value < least || value > most)
    return { ok: false, rule: 'bad-number', expected };
  return { ok: true, value: canonical(value) };
}

/** "80", "80.0", "8e1"; undefined when it is no whole number. */
function wholeNumber(text: string): bigint | undefined {
  const found = text.length > 64 ? null : INTEGER.exec(text);
  if (found === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = found;
  const digits = whole + fraction;
  const shift = Number(exponent) - fraction.length;
  let value: bigint;
  if (shift >= 0) {
    if (shift > 30) return /^0*$/.test(digits) ? 0n : undefined;
    value = BigInt(digits) * 10n ** BigInt(shift);
  } else {
    const cut = Math.max(0, digits.length + shift);
    if (!/^0*$/.test(digits.slice(cut))) return undefined;
    value = BigInt(digits.slice(0, cut) || '0');
  }
  return sign === '-' ? -value : value;
}

function parseBool(json: JsonValue): Parsed {
  if (typeof json === 'boolean') return { ok: true, value: json };
  // Envoy's loader takes the quoted words too.
  if (json === 'true' || json === 'false') return { ok: true, value: json === 'true' };
  return { ok: false, rule: 'wrong-type', expected: 'true or false' };
}

function parseString(json: JsonValue): Parsed {
  if (typeof json === 'string') {
    return isWellFormed(json)
      ? { ok: true, value: json }
      : {
          ok: false,
          rule: 'wrong-type',
          expected: 'text of valid Unicode',
          hint: 'It has half of a surrogate pair.',
        };
  }
  if (typeof json === 'boolean')
    return {
      ok: false,
      rule: 'wrong-type',
      expected: 'text',
      hint: 'YAML reads true, yes, on and y as booleans: put the value in quotes.',
    };
  if (typeof json === 'number')
    return { ok: false, rule: 'wrong-type', expected: 'text', hint: `Put it in quotes: "${json}".` };
  return { ok: false, rule: 'wrong-type', expected: 'text' };
}

function parseBytes(json: JsonValue): Parsed {
  if (typeof json !== 'string') return { ok: false, rule: 'wrong-type', expected: 'base64 text' };
  const bytes = decodeBase64(json);
  return bytes === undefined
    ? {
        ok: false,
        rule: 'bad-bytes',
        expected: 'base64 text',
        hint: 'Encode the bytes, for example with "base64 -w0".',
      }
    : { ok: true, value: encodeBase64(bytes) };
}

function oneOf(names: readonly string[]): string {
  const shown = names.slice(0, 8).join(', ');
  return names.length > 8 ? `${shown}, … (${names.length} values)` : shown;
}
