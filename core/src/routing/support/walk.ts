import type { FieldProblem, JsonObject, JsonValue } from '../../resources/model.js';
import { isList, isObject, isUnset } from '../fields.js';
import type { RoutingRule } from '../rules.js';
import type { FieldSpec, MessageSpec } from './spec.js';

/** Every field of `value` that its table refuses or notes, in the order of the fields. */
export function walkMessage(value: JsonObject, spec: MessageSpec): FieldProblem[] {
  const walk: Walk = { path: [], problems: [] };
  walkFields(value, spec, walk);
  return walk.problems;
}

interface Walk {
  /** The place that is being looked at; copied into problems. */
  readonly path: (string | number)[];
  readonly problems: FieldProblem[];
}

function walkFields(value: JsonObject, spec: MessageSpec, walk: Walk): void {
  for (const name in value) {
    const field = value[name];
    if (name === '@type' || field === undefined || isUnset(field)) continue;
    walk.path.push(name);
    walkField(field, Object.hasOwn(spec, name) ? spec[name] : undefined, walk);
    walk.path.pop();
  }
}

function walkField(value: JsonValue, spec: FieldSpec | undefined, walk: Walk): void {
  switch (spec?.kind) {
    case undefined:
      refuse(walk, 'OneHop does not know what to do with this field.', 'Leave it out.');
      return;
    case 'read':
    case 'harmless':
      return;
    case 'message':
      if (isObject(value)) walkFields(value, spec.spec, walk);
      else refuse(walk, 'A message was expected here.', 'Write it as a mapping.');
      return;
    case 'list':
      walkList(value, spec, walk);
      return;
    case 'map':
      walkMap(value, spec, walk);
      return;
    case 'each':
      walkEach(value, spec.of, walk);
      return;
    case 'any':
      walkAny(value, spec, walk);
      return;
    case 'only':
      if (!spec.values.includes(value)) refuse(walk, notSupported(spec.what), spec.instead);
      return;
    case 'noted':
      report(walk, 'not-enforced', 'info', spec.message);
      return;
    case 'refused':
      refuse(walk, notSupported(spec.what), spec.instead);
  }
}

function walkList(value: JsonValue, spec: FieldSpec & { kind: 'list' }, walk: Walk): void {
  if (!isList(value)) {
    refuse(walk, 'A list was expected here.', 'Write it as a sequence.');
    return;
  }
  for (const [index, item] of value.entries()) {
    walk.path.push(index);
    const idle = isObject(item) ? spec.idle?.(item) : undefined;
    if (idle) report(walk, 'not-enforced', 'info', idle);
    else if (!isObject(item)) refuse(walk, 'A message was expected here.', 'Write it as a mapping.');
    else if (idle === undefined) walkItem(item, spec.spec, walk);
    walk.path.pop();
  }
}

/** Items without a problem, by the table that they were looked at with. */
const clean = new WeakMap<JsonObject, MessageSpec>();

function walkItem(item: JsonObject, spec: MessageSpec, walk: Walk): void {
  if (clean.get(item) === spec) return;
  const before = walk.problems.length;
  walkFields(item, spec, walk);
  if (walk.problems.length === before) clean.set(item, spec);
}

function walkMap(value: JsonValue, spec: FieldSpec & { kind: 'map' }, walk: Walk): void {
  if (!isObject(value)) {
    refuse(walk, 'A map was expected here.', 'Write it as a mapping.');
    return;
  }
  for (const key of Object.keys(value)) {
    const item = value[key];
    if (item === undefined) continue;
    walk.path.push(key);
    const known = Object.hasOwn(spec.spec, key) ? spec.spec[key] : undefined;
    if (known === undefined) refuse(walk, notSupported(spec.what), spec.instead);
    else walkField(item, known, walk);
    walk.path.pop();
  }
}

function walkEach(value: JsonValue, of: FieldSpec, walk: Walk): void {
  for (const [key, item] of Object.entries(isObject(value) ? value : {})) {
    walk.path.push(key);
    walkField(item, of, walk);
    walk.path.pop();
  }
}

function walkAny(value: JsonValue, spec: FieldSpec & { kind: 'any' }, walk: Walk): void {
  const type = isObject(value) ? value['@type'] : undefined;
  const known = typeof type === 'string' && Object.hasOwn(spec.types, type) ? spec.types[type] : undefined;
  if (isObject(value) && known !== undefined) walkFields(value, known, walk);
  else
    refuse(
      walk,
      `${typeof type === 'string' ? type.slice(type.lastIndexOf('/') + 1) : 'This'} is not supported: ${spec.what}.`,
      spec.instead,
    );
}

/** "retries" → "OneHop does not do retries." */
function notSupported(what: string): string {
  return `OneHop does not do ${what}.`;
}

function refuse(walk: Walk, message: string, hint: string): void {
  report(walk, 'not-supported', 'error', message, hint);
}

function report(
  walk: Walk,
  rule: RoutingRule,
  severity: FieldProblem['severity'],
  message: string,
  hint?: string,
): void {
  walk.problems.push({
    rule,
    severity,
    path: [...walk.path],
    message,
    ...(hint === undefined ? {} : { hint }),
  });
}
