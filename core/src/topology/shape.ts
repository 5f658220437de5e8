/** A document against a schema of `schema.ts`, each problem at its place. */
import { nearestName } from '../envoy/nearest.js';
import { describeJson } from '../envoy/scalars.js';
import { markOf, type Span, toJson, type YamlMapping, type YamlNode } from '../yaml/tree.js';
import type { IntegerSchema, ListSchema, ObjectSchema, Schema, TextSchema } from './schema.js';

export interface ShapeProblem {
  readonly rule: 'unknown-field' | 'wrong-type' | 'required' | 'bad-length' | 'bad-format' | 'out-of-range';
  readonly span: Span;
  readonly message: string;
  readonly hint?: string;
}

/** `mark` is where a problem with the whole value is shown; `what` is how messages call it. */
export function checkShape(
  schema: Schema,
  node: YamlNode,
  what = 'The topology',
  mark: Span = markOf({ node, depth: 0 }),
): ShapeProblem[] {
  switch (schema.type) {
    case 'object':
      return node.kind === 'mapping'
        ? ofObject(schema, node, what, mark)
        : wrongType('a mapping', node, what, mark);
    case 'array':
      return node.kind === 'sequence'
        ? ofList(schema, node.items, what, mark)
        : wrongType('a list', node, what, mark);
    case 'string':
      return node.kind === 'scalar' && typeof node.value === 'string'
        ? ofText(schema, node.value, what, mark)
        : wrongType('text', node, what, mark);
    case 'integer':
      return node.kind === 'scalar' && typeof node.value === 'number'
        ? ofInteger(schema, node.value, what, mark)
        : wrongType('a whole number', node, what, mark);
  }
}

function ofObject(schema: ObjectSchema, node: YamlMapping, what: string, mark: Span): ShapeProblem[] {
  const known = Object.keys(schema.properties ?? {});
  const missing = (schema.required ?? [])
    .filter((name) => !node.entries.some(({ key }) => key === name))
    .map((name): ShapeProblem => ({
      rule: 'required',
      span: mark,
      message: `${what} needs "${name}".`,
      ...describe(schema.properties?.[name]),
    }));
  const found = node.entries.flatMap(({ key, keySpan, value }): ShapeProblem[] => {
    const inner =
      (Object.hasOwn(schema.properties ?? {}, key) ? schema.properties?.[key] : undefined) ??
      schema.additionalProperties;
    if (inner === false) {
      const near = nearestName(key, known);
      return [
        {
          rule: 'unknown-field',
          span: keySpan,
          message: `${what} has no "${key.slice(0, 80)}".`,
          hint: near === undefined ? `It has ${known.join(', ')}.` : `Did you mean "${near}"?`,
        },
      ];
    }
    if (schema.propertyNames !== undefined && !new RegExp(schema.propertyNames.pattern).test(key)) {
      return [
        {
          rule: 'bad-format',
          span: keySpan,
          message: `"${key.slice(0, 80)}" cannot be a name here.`,
          hint: 'Use letters, digits and "_".',
        },
      ];
    }
    return checkShape(inner, value, `"${key}"`, markOf({ key: keySpan, node: value, depth: 0 }));
  });
  return [...missing, ...found];
}

function ofList(schema: ListSchema, items: readonly YamlNode[], what: string, mark: Span): ShapeProblem[] {
  const { minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema;
  const bad = (must: string): ShapeProblem[] => [
    { rule: 'bad-length', span: mark, message: `${what} must have ${must}, not ${items.length}.` },
  ];
  if (items.length < minItems) return bad(`at least ${minItems}`);
  if (items.length > maxItems) return bad(`at most ${maxItems}`);
  const name = what.replaceAll('"', '');
  return items.flatMap((item, index) => checkShape(schema.items, item, `${name}[${index}]`));
}

function ofText(schema: TextSchema, value: string, what: string, mark: Span): ShapeProblem[] {
  if (schema.enum !== undefined && !schema.enum.includes(value))
    return notOneOf(schema.enum, value, what, mark);
  const { pattern, minLength = 0, maxLength = Number.POSITIVE_INFINITY } = schema;
  const shown = JSON.stringify(value.slice(0, 80));
  if (
    value.length < minLength ||
    value.length > maxLength ||
    (pattern !== undefined && !new RegExp(pattern).test(value))
  ) {
    return [
      {
        rule: 'bad-format',
        span: mark,
        message: `${what} cannot be ${shown}.`,
        hint: 'Use lower-case letters, digits and "-".',
      },
    ];
  }
  return [];
}

function notOneOf(values: readonly string[], value: string, what: string, mark: Span): ShapeProblem[] {
  const near = nearestName(value, values);
  const hint = near === undefined ? `Use one of ${values.join(', ')}.` : `Did you mean "${near}"?`;
  return [
    {
      rule: 'bad-format',
      span: mark,
      message: `${what} cannot be ${JSON.stringify(value.slice(0, 80))}.`,
      hint,
    },
  ];
}

function ofInteger(
  { minimum, maximum }: IntegerSchema,
  value: number,
  what: string,
  mark: Span,
): ShapeProblem[] {
  if (value >= minimum && value <= maximum) return [];
  return [
    {
      rule: 'out-of-range',
      span: mark,
      message: `${what} must be from ${minimum} to ${maximum}, not ${value}.`,
    },
  ];
}

function wrongType(expected: string, node: YamlNode, what: string, mark: Span): ShapeProblem[] {
  const value = node.kind === 'scalar' ? node.value : toJson(node);
  const isWord = expected === 'text' && (typeof value === 'number' || typeof value === 'boolean');
  const hint = isWord
    ? { hint: 'Put it in quotes.' }
    : expected === 'a list'
      ? { hint: 'Begin each element with "- ".' }
      : {};
  return [
    {
      rule: 'wrong-type',
      span: mark,
      message: `${what} must be ${expected}, not ${describeJson(value)}.`,
      ...hint,
    },
  ];
}

function describe(schema: Schema | undefined): { hint?: string } {
  return schema?.description === undefined ? {} : { hint: schema.description };
}
