import type { FieldPath, JsonObject } from '../../resources/model.js';
import { parseIp } from '../../wire/ip.js';
import { listOf, numberOf, objectOf, textOf } from '../fields.js';
import type { Reading } from '../reading.js';
import { readHeaders } from '../readMatch.js';
import { readStringMatch } from '../readText.js';
import type { RbacConfig, RbacRule } from './model.js';

/** envoy.extensions.filters.http.rbac.v3.RBAC */
export function readRbac(reading: Reading, value: JsonObject, path: FieldPath): RbacConfig | undefined {
  if (value['rules'] === undefined) return { kind: 'rbac' };
  const rules = objectOf(value['rules']);
  const policies = Object.entries(objectOf(rules['policies'])).map(([name, item]) => {
    const at = [...path, 'rules', 'policies', name];
    return {
      permission: anyOf(reading, objectOf(item), 'permissions', at),
      principal: anyOf(reading, objectOf(item), 'principals', at),
    };
  });
  const action = ACTIONS[textOf(rules['action']) ?? ''] ?? 'allow';
  return { kind: 'rbac', rules: { action, policies } };
}

/** RBACPerRoute: without rbac everything is allowed. */
export function readRbacOfRoute(
  reading: Reading,
  value: JsonObject,
  path: FieldPath,
): RbacConfig | undefined {
  return readRbac(reading, objectOf(value['rbac']), [...path, 'rbac']);
}

const ACTIONS: Readonly<Record<string, 'deny' | 'log'>> = { DENY: 'deny', LOG: 'log' };

function anyOf(reading: Reading, value: JsonObject, field: string, path: FieldPath): RbacRule {
  return { kind: 'or', rules: readRules(reading, value, field, path) };
}

function readRules(reading: Reading, value: JsonObject, field: string, path: FieldPath): RbacRule[] {
  return listOf(value[field]).map((item, index) =>
    readRule(reading, objectOf(item), [...path, field, index]),
  );
}

/** A permission or a principal: what both have has the same form. */
function readRule(reading: Reading, rule: JsonObject, path: FieldPath): RbacRule {
  for (const [field, kind, inner] of GROUPS)
    if (rule[field] !== undefined)
      return { kind, rules: readRules(reading, objectOf(rule[field]), inner, [...path, field]) };
  for (const field of ['notRule', 'notId'])
    if (rule[field] !== undefined)
      return { kind: 'not', rule: readRule(reading, objectOf(rule[field]), [...path, field]) };
  // There is no TLS, and so nobody who has shown a certificate.
  if (rule['authenticated'] !== undefined) return never;
  if (rule['header'] !== undefined) {
    const [header] = readHeaders(reading, [objectOf(rule['header'])], [...path, 'header']) ?? [];
    return header === undefined ? never : { kind: 'header', header };
  }
  if (rule['urlPath'] !== undefined) {
    const match = objectOf(objectOf(rule['urlPath'])['path']);
    const text = readStringMatch(reading, match, [...path, 'urlPath', 'path']);
    return text === undefined ? never : { kind: 'path', path: text };
  }
  const port = numberOf(rule['destinationPort']);
  if (port !== undefined) return { kind: 'port', first: port, end: port + 1 };
  if (rule['destinationPortRange'] !== undefined) {
    const range = objectOf(rule['destinationPortRange']);
    return { kind: 'port', first: numberOf(range['start']) ?? 0, end: numberOf(range['end']) ?? 0 };
  }
  for (const [field, kind] of RANGES)
    if (rule[field] !== undefined) return readRange(reading, objectOf(rule[field]), kind, [...path, field]);
  return rule['any'] === true ? { kind: 'any' } : never;
}

const never: RbacRule = { kind: 'never' };

const GROUPS = [
  ['andRules', 'and', 'rules'],
  ['orRules', 'or', 'rules'],
  ['andIds', 'and', 'ids'],
  ['orIds', 'or', 'ids'],
] as const;

const RANGES = [
  ['destinationIp', 'destination'],
  ['sourceIp', 'source'],
  ['directRemoteIp', 'source'],
  ['remoteIp', 'source'],
] as const;

function readRange(
  reading: Reading,
  range: JsonObject,
  kind: 'destination' | 'source',
  path: FieldPath,
): RbacRule {
  const address = textOf(range['addressPrefix']) ?? '';
  if (parseIp(address) === undefined) {
    reading.error('bad-address', [...path, 'addressPrefix'], `"${address}" is no IP address.`, 'Correct it.');
    return never;
  }
  return { kind, address, bits: numberOf(range['prefixLen']) ?? 0 };
}
