/** What protoc-gen-validate asks of a field, in words. */
import type { FieldRules, KindRules, RuleValue } from '../envoy/rules.js';
import { type FieldDescriptor, findEnum } from '../envoy/schema.js';

/** Clauses that follow "must": `be at least 1`. Empty: everything of the type is taken. */
export function ruleClauses(field: FieldDescriptor, rules: FieldRules): string[] {
  return Object.entries(rules).flatMap(([kind, own]) => [
    ...rangeClauses(kind, own),
    ...lengthClauses(kind, own),
    ...textClauses(own),
    ...choiceClauses(field, own),
  ]);
}

function rangeClauses(kind: string, rules: KindRules): string[] {
  if (kind === 'string' || kind === 'bytes') return [];
  const show = (limit: RuleValue): string => (kind === 'duration' ? seconds(limit) : String(limit));
  const words: [string, (limit: string) => string][] = [
    ['gte', (limit) => `at least ${limit}`],
    ['gt', (limit) => `more than ${limit}`],
    ['lte', (limit) => `at most ${limit}`],
    ['lt', (limit) => `less than ${limit}`],
  ];
  const parts = words.flatMap(([key, inWords]) => {
    const limit = rules[key];
    return limit === undefined ? [] : [inWords(show(limit))];
  });
  return parts.length === 0 ? [] : [`be ${parts.join(' and ')}`];
}

function lengthClauses(kind: string, rules: KindRules): string[] {
  const units: [string, string][] = [
    ['len', kind === 'bytes' ? 'bytes' : 'characters'],
    ['bytes', 'bytes'],
    ['items', 'elements'],
    ['pairs', 'entries'],
  ];
  const exact = rules['len'] === undefined ? [] : [`have exactly ${String(rules['len'])} characters`];
  return units.reduce<string[]>((all, [name, unit]) => {
    const least = rules[`min_${name}`];
    const most = rules[`max_${name}`];
    if (least !== undefined)
      all.push(Number(least) === 1 ? 'not be empty' : `have at least ${String(least)} ${unit}`);
    if (most !== undefined) all.push(`have at most ${String(most)} ${unit}`);
    return all;
  }, exact);
}

function textClauses(rules: KindRules): string[] {
  const words: [string, string][] = [
    ['prefix', 'begin with'],
    ['suffix', 'end with'],
    ['contains', 'contain'],
    ['not_contains', 'not contain'],
    ['pattern', 'match'],
  ];
  const clauses = words.flatMap(([key, word]) =>
    typeof rules[key] === 'string' ? [`${word} \`${rules[key]}\``] : [],
  );
  const known = rules['well_known_regex'];
  if (known === 'HTTP_HEADER_NAME') clauses.push('be a valid header name');
  if (known === 'HTTP_HEADER_VALUE') clauses.push('be a valid header value');
  if (rules['unique'] === true) clauses.push('have no element twice');
  return clauses;
}

function choiceClauses(field: FieldDescriptor, rules: KindRules): string[] {
  const show = (value: RuleValue): string =>
    `\`${(field.typeName === undefined ? undefined : findEnum(field.typeName)?.byNumber.get(Number(value))) ?? String(value)}\``;
  const list = (key: string): string[] => {
    const values = rules[key];
    return Array.isArray(values) ? (values as readonly RuleValue[]).map(show) : [];
  };
  const clauses: string[] = [];
  if (list('in').length > 0) clauses.push(`be one of ${list('in').join(', ')}`);
  if (list('not_in').length > 0) clauses.push(`not be ${list('not_in').join(' or ')}`);
  if (rules['const'] !== undefined) clauses.push(`be ${show(rules['const'])}`);
  return clauses;
}

function seconds(limit: RuleValue): string {
  const { seconds: whole = 0, nanos = 0 } = limit as { seconds?: number; nanos?: number };
  return `${Number(whole) + Number(nanos) / 1e9}s`;
}
