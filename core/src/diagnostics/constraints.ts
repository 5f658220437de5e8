/** What one rule set of validate.proto asks of one value, in words for people. */
import { decodeBase64 } from '../envoy/base64.js';
import type { FieldRules, KindRules, RuleValue } from '../envoy/rules.js';
import { type FieldDescriptor, findEnum } from '../envoy/schema.js';
import { parseDuration } from '../envoy/time.js';
import type { JsonValue } from '../resources/model.js';

export interface Violation {
  readonly rule: 'required' | 'out-of-range' | 'bad-length' | 'bad-format' | 'bad-value' | 'not-unique';
  /** Follows the name of the field: "must be at least 1". */
  readonly must: string;
  readonly hint?: string;
}

/** Kinds of validate.FieldRules that speak of a single value. */
const NUMBERS: ReadonlySet<string> = new Set(['float', 'double', 'int32', 'int64', 'uint32', 'uint64', 'sint32', 'sint64', 'fixed32', 'fixed64', 'sfixed32', 'sfixed64']); // prettier-ignore

/** A value that is there, or the default of a scalar that is not. Element and map rules are not looked at. */
export function violationsOf(field: FieldDescriptor, rules: FieldRules, value: JsonValue): Violation[] {
  const found: Violation[] = [];
  for (const kind in rules) found.push(...violationsOfKind(field, kind, rules[kind] as KindRules, value));
  return found;
}

function violationsOfKind(
  field: FieldDescriptor,
  kind: string,
  kindRules: KindRules,
  value: JsonValue,
): Violation[] {
  if (NUMBERS.has(kind)) return ofNumber(kindRules, value);
  switch (kind) {
    case 'string':
      return typeof value === 'string' ? ofString(kindRules, value) : [];
    case 'bytes':
      return typeof value === 'string' ? ofBytes(kindRules, value) : [];
    case 'bool':
      return kindRules['const'] !== undefined && kindRules['const'] !== value
        ? [{ rule: 'bad-value', must: `must be ${String(kindRules['const'])}` }]
        : [];
    case 'enum':
      return ofEnum(field, kindRules, value);
    case 'duration':
      return typeof value === 'string' ? ofDuration(kindRules, value) : [];
    case 'any':
      return ofAny(kindRules, value);
    case 'repeated':
      return ofList(kindRules, Array.isArray(value) ? (value as readonly JsonValue[]) : []);
    case 'map':
      return ofMap(kindRules, value);
    case 'message':
    case 'timestamp':
      return [];
    default:
      throw new TypeError(`validate.proto has no rules called ${kind}`);
  }
}

/** True when the field must be there whatever its value. */
export function isRequired(rules: FieldRules): boolean {
  return ['message', 'any', 'duration', 'timestamp'].some((kind) => rules[kind]?.['required'] === true);
}

/** Rules of the elements of a list, or of the keys or values of a map. */
export function innerRules(
  rules: FieldRules,
  kind: 'repeated' | 'map',
  part: 'items' | 'keys' | 'values',
): FieldRules | undefined {
  return rules[kind]?.[part] as FieldRules | undefined;
}

function ofNumber(rules: KindRules, value: JsonValue): Violation[] {
  if (typeof value !== 'number' && typeof value !== 'string') return [];
  if (rules['ignore_empty'] === true && Number(value) === 0) return [];
  const limits = limitsOf(rules, (limit) => String(limit), numericValue);
  const number = numericValue(value);
  const violations: Violation[] =
    number === undefined || !limits.hold(number)
      ? [{ rule: 'out-of-range', must: `must be ${limits.text}, not ${value}` }]
      : [];
  return [...violations, ...ofChoice(rules, value, (choice) => Number(choice) === Number(value))];
}

/** Comparable: bigint for a whole number of any size, else number; undefined for NaN, which no range holds. */
function numericValue(value: RuleValue): number | bigint | undefined {
  if (typeof value === 'number') return Number.isNaN(value) ? undefined : value;
  if (typeof value !== 'string') return undefined;
  return /^-?\d+$/.test(value) ? BigInt(value) : Number.isNaN(Number(value)) ? undefined : Number(value);
}

function ofDuration(rules: KindRules, value: string): Violation[] {
  const limits = limitsOf(rules, (limit) => `${Number(nanosOfRule(limit)) / 1e9}s`, nanosOfRule);
  const nanos = parseDuration(value);
  return nanos === undefined || limits.hold(nanos)
    ? []
    : [{ rule: 'out-of-range', must: `must be ${limits.text}, not ${value}` }];
}

function nanosOfRule(limit: RuleValue): bigint {
  const { seconds = 0, nanos = 0 } = limit as { seconds?: number; nanos?: number };
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanos);
}

interface Limits {
  readonly text: string;
  hold(value: number | bigint): boolean;
}

/** validate.proto: when the upper limit is under the lower one, the value must be outside of both. */
function limitsOf(
  rules: KindRules,
  show: (limit: RuleValue) => string,
  value: (limit: RuleValue) => number | bigint | undefined,
): Limits {
  const lower = rules['gt'] ?? rules['gte'];
  const upper = rules['lt'] ?? rules['lte'];
  const low = lower === undefined ? undefined : value(lower);
  const high = upper === undefined ? undefined : value(upper);
  const isAbove = (at: number | bigint): boolean =>
    low === undefined || (rules['gt'] === undefined ? at >= low : at > low);
  const isBelow = (at: number | bigint): boolean =>
    high === undefined || (rules['lt'] === undefined ? at <= high : at < high);
  const above =
    lower === undefined
      ? []
      : [rules['gt'] === undefined ? `at least ${show(lower)}` : `more than ${show(lower)}`];
  const below =
    upper === undefined
      ? []
      : [rules['lt'] === undefined ? `at most ${show(upper)}` : `less than ${show(upper)}`];
  const outside = low !== undefined && high !== undefined && high < low;
  return {
    text: outside ? [...below, ...above].join(' or ') : [...above, ...below].join(' and '),
    hold: (at) => (outside ? isAbove(at) || isBelow(at) : isAbove(at) && isBelow(at)),
  };
}

function ofString(rules: KindRules, value: string): Violation[] {
  if (rules['ignore_empty'] === true && value === '') return [];
  if (value === '' && Number(rules['min_len'] ?? rules['min_bytes'] ?? 0) > 0)
    return [{ rule: 'required', must: 'is required and must not be empty' }];
  return [
    ...ofLength(rules, 'len', [...value].length, 'character'),
    ...(hasByteRule(rules) ? ofLength(rules, 'bytes', new TextEncoder().encode(value).length, 'byte') : []),
    ...ofAffixes(rules, value),
    ...ofPattern(rules, value),
    ...ofChoice(rules, value, (choice) => choice === value),
  ];
}

function hasByteRule(rules: KindRules): boolean {
  return ['len_bytes', 'min_bytes', 'max_bytes'].some((name) => rules[name] !== undefined);
}

function ofBytes(rules: KindRules, value: string): Violation[] {
  const length = decodeBase64(value)?.length ?? 0;
  if (rules['ignore_empty'] === true && length === 0) return [];
  if (length === 0 && Number(rules['min_len'] ?? 0) > 0)
    return [{ rule: 'required', must: 'is required and must not be empty' }];
  return ofLength(rules, 'len', length, 'byte');
}

function ofLength(
  rules: KindRules,
  name: 'len' | 'bytes' | 'items' | 'pairs',
  length: number,
  unit: string,
): Violation[] {
  const exact = rules[name === 'bytes' ? 'len_bytes' : 'len'];
  const least = rules[`min_${name}`];
  const most = rules[`max_${name}`];
  const bad = (must: string): Violation[] => [{ rule: 'bad-length', must: `${must}, not ${length}` }];
  if (exact !== undefined && (name === 'len' || name === 'bytes') && length !== Number(exact))
    return bad(`must have exactly ${plural(Number(exact), unit)}`);
  if (least !== undefined && length < Number(least))
    return bad(`must have at least ${plural(Number(least), unit)}`);
  if (most !== undefined && length > Number(most))
    return bad(`must have at most ${plural(Number(most), unit)}`);
  return [];
}

function ofAffixes(rules: KindRules, value: string): Violation[] {
  const { prefix, suffix, contains, not_contains: without } = rules;
  const violations: Violation[] = [];
  if (typeof prefix === 'string' && !value.startsWith(prefix))
    violations.push({ rule: 'bad-format', must: `must begin with "${prefix}"` });
  if (typeof suffix === 'string' && !value.endsWith(suffix))
    violations.push({ rule: 'bad-format', must: `must end with "${suffix}"` });
  if (typeof contains === 'string' && !value.includes(contains))
    violations.push({ rule: 'bad-format', must: `must contain "${contains}"` });
  if (typeof without === 'string' && value.includes(without))
    violations.push({ rule: 'bad-format', must: `must not contain "${without}"` });
  return violations;
}

// As protoc-gen-validate has them (templates/shared/well_known_regex.go): "+-." is a range there, so "," is allowed.
const HEADER_NAME = /^:?[0-9a-zA-Z!#$%&'*+-.^_|~`]+$/;
const HEADER_VALUE = /^[^\0-\x08\x0A-\x1f\x7f]*$/;
/** `strict: false` of both. */
const HEADER_TEXT = /^[^\0\n\r]*$/;

function ofPattern(rules: KindRules, value: string): Violation[] {
  const known = rules['well_known_regex'];
  const isLoose = rules['strict'] === false;
  const shown = JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (known === 'HTTP_HEADER_NAME' && !(isLoose ? HEADER_TEXT : HEADER_NAME).test(value)) {
    return [{ rule: 'bad-format', must: `must be a valid header name, not ${shown}` }];
  }
  if (known === 'HTTP_HEADER_VALUE' && !(isLoose ? HEADER_TEXT : HEADER_VALUE).test(value)) {
    return [
      { rule: 'bad-format', must: `must be a valid header value without control characters, not ${shown}` },
    ];
  }
  const pattern = rules['pattern'];
  if (typeof pattern === 'string' && !new RegExp(pattern, 'u').test(value))
    return [{ rule: 'bad-format', must: `must match ${pattern}, not ${shown}` }];
  return [];
}

function ofEnum(field: FieldDescriptor, rules: KindRules, value: JsonValue): Violation[] {
  const type = findEnum(field.typeName ?? '');
  if (type === undefined) return [];
  const number = typeof value === 'number' ? value : type.byName.get(String(value));
  const violations: Violation[] = [];
  if (rules['defined_only'] === true && (number === undefined || !type.byNumber.has(number)))
    violations.push({
      rule: 'bad-value',
      must: `must be one of ${[...type.byName.keys()].join(', ')}, not ${String(value)}`,
    });
  const denied = rules['not_in'];
  if (Array.isArray(denied) && denied.some((choice) => Number(choice) === number)) {
    const allowed = [...type.byName]
      .filter(([, at]) => !denied.map(Number).includes(at))
      .map(([name]) => name);
    violations.push({
      rule: 'bad-value',
      must: `must not be ${String(value)}`,
      ...(allowed.length <= 12 ? { hint: `Use one of ${allowed.join(', ')}.` } : {}),
    });
  }
  const allowed = rules['in'];
  if (Array.isArray(allowed) && !allowed.some((choice) => Number(choice) === number))
    violations.push({
      rule: 'bad-value',
      must: `must be one of ${allowed.map((choice) => type.byNumber.get(Number(choice)) ?? String(choice)).join(', ')}, not ${String(value)}`,
    });
  if (rules['const'] !== undefined && Number(rules['const']) !== number)
    violations.push({
      rule: 'bad-value',
      must: `must be ${type.byNumber.get(Number(rules['const'])) ?? String(rules['const'])}`,
    });
  return violations;
}

function ofAny(rules: KindRules, value: JsonValue): Violation[] {
  const typeUrl =
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, JsonValue>>)['@type']
      : undefined;
  return typeof typeUrl === 'string' ? ofChoice(rules, typeUrl, (choice) => choice === typeUrl) : [];
}

function ofList(rules: KindRules, values: readonly JsonValue[]): Violation[] {
  if (rules['ignore_empty'] === true && values.length === 0) return [];
  if (values.length === 0 && Number(rules['min_items'] ?? 0) === 1)
    return [{ rule: 'required', must: 'is required: it must have at least one element' }];
  const violations = ofLength(rules, 'items', values.length, 'element');
  if (rules['unique'] === true) {
    const seen = new Set<string>();
    const twice = values.find((value) => seen.size === seen.add(JSON.stringify(value)).size);
    if (twice !== undefined)
      violations.push({ rule: 'not-unique', must: `must not have ${JSON.stringify(twice)} twice` });
  }
  return violations;
}

function ofMap(rules: KindRules, value: JsonValue): Violation[] {
  const length = typeof value === 'object' && value !== null ? Object.keys(value).length : 0;
  if (rules['ignore_empty'] === true && length === 0) return [];
  if (length === 0 && Number(rules['min_pairs'] ?? 0) === 1)
    return [{ rule: 'required', must: 'is required: it must have at least one entry' }];
  return ofLength(rules, 'pairs', length, 'entry');
}

/** const, in and not_in of what can be compared by `is`. */
function ofChoice(rules: KindRules, value: JsonValue, is: (choice: RuleValue) => boolean): Violation[] {
  const { const: only, in: allowed, not_in: denied } = rules;
  const violations: Violation[] = [];
  if (only !== undefined && !is(only))
    violations.push({ rule: 'bad-value', must: `must be ${JSON.stringify(only)}` });
  if (Array.isArray(allowed) && !allowed.some(is))
    violations.push({
      rule: 'bad-value',
      must: `must be one of ${allowed.map((choice) => JSON.stringify(choice)).join(', ')}, not ${JSON.stringify(value)}`,
    });
  if (Array.isArray(denied) && denied.some(is))
    violations.push({ rule: 'bad-value', must: `must not be ${JSON.stringify(value)}` });
  return violations;
}

function plural(count: number, unit: string): string {
  const units = unit === 'entry' ? 'entries' : `${unit}s`;
  return `${count} ${count === 1 ? unit : units}`;
}
