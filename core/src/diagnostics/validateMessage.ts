/** protoc-gen-validate on canonical JSON: everything that Envoy's own generated validators refuse, with the field's path. */
import { zeroOf } from '../envoy/defaults.js';
import { type FieldRules, rulesOf } from '../envoy/rules.js';
import {
  type FieldDescriptor,
  FieldType,
  findMessage,
  hasPresence,
  type MessageDescriptor,
  messageOf,
} from '../envoy/schema.js';
import { REMEMBERED } from '../envoy/walk.js';
import { isJsonObject, wellKnownKind } from '../envoy/wellKnown.js';
import { shortName } from '../envoy/wording.js';
import {
  type FieldPath,
  type FieldProblem,
  type JsonObject,
  type JsonValue,
  messageNameOf,
} from '../resources/model.js';
import { innerRules, isRequired, type Violation, violationsOf } from './constraints.js';

/** Problems after which the rest of a resource is not looked at. */
const MAX_PROBLEMS = 500;

/** `json` is canonical. Fields of Anys are looked into as well. Never throws. */
export function validateMessage(messageName: string, json: JsonObject): FieldProblem[] {
  const message = findMessage(messageName);
  if (message === undefined) return [];
  const work = new Validator();
  work.message(message, json);
  return work.problems;
}

/** Without the value, which is a secret. */
function discreet({ rule, must }: Violation): Violation {
  return { rule, must: must.replace(/, not .*$/s, '') };
}

/** What there is to look at in messages of one type. */
interface Plan {
  /** Names of those that must have a member. */
  readonly oneofs: readonly string[];
  readonly fields: readonly {
    readonly field: FieldDescriptor;
    readonly rules: FieldRules | undefined;
    readonly isEntered: boolean;
  }[];
}

const plans = new Map<string, Plan>();

function planOf(message: MessageDescriptor): Plan {
  let plan = plans.get(message.name);
  if (plan === undefined) {
    const rules = rulesOf(message.name);
    const fields = message.fields.flatMap((field) => {
      const own = rules?.fields.get(field.name);
      const isEntered = field.type === FieldType.message && own?.['message']?.['skip'] !== true;
      return own === undefined && !isEntered ? [] : [{ field, rules: own, isEntered }];
    });
    plans.set(message.name, (plan = { oneofs: rules?.required ?? [], fields }));
  }
  return plan;
}

const clean = new WeakMap<JsonObject, MessageDescriptor>();

class Validator {
  readonly problems: FieldProblem[] = [];
  /** Of the message or field that is looked at; copied into problems. */
  private readonly path: (string | number)[] = [];

  message(message: MessageDescriptor, json: JsonValue): void {
    if (message.name === 'google.protobuf.Duration') this.duration(json);
    if (!isJsonObject(json) || this.problems.length >= MAX_PROBLEMS) return;
    const kind = wellKnownKind(message.name);
    if (kind === 'any') this.any(json);
    if (kind !== undefined) return;
    const { oneofs, fields } = planOf(message);
    for (const oneof of oneofs) this.requiredOneof(message, oneof, json);
    for (const { field, rules, isEntered } of fields) {
      const value = Object.hasOwn(json, field.jsonName) ? json[field.jsonName] : undefined;
      if (value === undefined && rules === undefined) continue;
      this.path.push(field.jsonName);
      if (rules !== undefined) this.field(field, rules, value);
      if (value !== undefined && isEntered) this.below(field, value);
      this.path.pop();
    }
  }

  private field(field: FieldDescriptor, rules: FieldRules, value: JsonValue | undefined): void {
    if (value === undefined) {
      // Rules of a member of a oneof hold only while it is the one chosen.
      if (field.oneof !== undefined) return;
      if (isRequired(rules)) {
        this.report([], { rule: 'required', must: 'is required' }, `"${field.name}"`);
        return;
      }
      // What has presence and is not there is not looked at; a scalar without presence counts as its default.
      if (field.type === FieldType.message ? field.presence === 'implicit' : hasPresence(field)) return;
    }
    const isMany = field.presence === 'repeated' || field.presence === 'map';
    const checked =
      value ?? (field.presence === 'repeated' ? [] : field.presence === 'map' ? {} : zeroOf(field));
    for (const violation of violationsOf(field, rules, checked)) {
      this.report([], field.sensitive ? discreet(violation) : violation, `"${field.name}"`);
    }
    if (!isMany) return;
    const items = innerRules(rules, 'repeated', 'items');
    if (items !== undefined && Array.isArray(checked)) {
      for (const [index, item] of (checked as readonly JsonValue[]).entries()) {
        for (const violation of violationsOf(field, items, item))
          this.report([index], violation, `"${field.name}[${index}]"`);
      }
    }
    const keys = innerRules(rules, 'map', 'keys');
    const values = innerRules(rules, 'map', 'values');
    for (const [key, item] of isJsonObject(checked) ? Object.entries(checked) : []) {
      for (const violation of keys === undefined ? [] : violationsOf(field, keys, key))
        this.report([key], violation, `A key of "${field.name}"`);
      for (const violation of values === undefined ? [] : violationsOf(field, values, item))
        this.report([key], violation, `"${key}"`);
    }
  }

  private below(field: FieldDescriptor, value: JsonValue): void {
    const message = messageOf(field);
    if (field.presence === 'repeated' && Array.isArray(value)) {
      for (let index = 0; index < value.length; index++) {
        const element = value[index] as JsonValue;
        this.path.push(index);
        if (value.length < REMEMBERED) this.message(message, element);
        else this.element(message, element);
        this.path.pop();
      }
    } else if (field.presence === 'map' && isJsonObject(value)) {
      for (const [key, element] of Object.entries(value)) {
        this.path.push(key);
        this.message(message, element);
        this.path.pop();
      }
    } else this.message(message, value);
  }

  /** An element without a problem is looked at once: an object never changes. */
  private element(message: MessageDescriptor, json: JsonValue): void {
    if (isJsonObject(json) && clean.get(json) === message) return;
    const before = this.problems.length;
    this.message(message, json);
    if (isJsonObject(json) && this.problems.length === before && before < MAX_PROBLEMS)
      clean.set(json, message);
  }

  private any(json: JsonObject): void {
    const typeUrl = json['@type'];
    const name = typeof typeUrl === 'string' ? messageNameOf(typeUrl) : undefined;
    const message = name === undefined ? undefined : findMessage(name);
    if (message !== undefined && wellKnownKind(message.name) === undefined) this.message(message, json);
  }

  /** No rule asks for it, but Envoy refuses every negative duration when it reads it. */
  private duration(json: JsonValue): void {
    if (typeof json !== 'string' || !json.startsWith('-') || this.isTold()) return;
    this.report([], { rule: 'out-of-range', must: `must not be negative, not ${json}` }, 'The duration');
  }

  /** The last problem is about this place. */
  private isTold(): boolean {
    const told = this.problems.at(-1)?.path;
    return told?.length === this.path.length && told.every((step, index) => step === this.path[index]);
  }

  private requiredOneof(message: MessageDescriptor, oneof: string, json: JsonObject): void {
    const members = message.fields.filter((field) => field.oneof === oneof);
    if (members.some((field) => Object.hasOwn(json, field.jsonName))) return;
    const names = members.filter((field) => !field.deprecated).map((field) => field.name);
    this.problem(
      'oneof',
      [],
      `${shortName(message.name)} needs one ${oneof}.`,
      `Add one of ${names.join(', ')}.`,
    );
  }

  /** `inside`: the steps from this place to what is wrong. */
  private report(inside: FieldPath, violation: Violation, name: string): void {
    this.problem(violation.rule, inside, `${name} ${violation.must}.`, violation.hint);
  }

  private problem(rule: string, inside: FieldPath, message: string, hint?: string): void {
    const path = [...this.path, ...inside];
    if (this.problems.length < MAX_PROBLEMS)
      this.problems.push({ rule, severity: 'error', path, message, ...(hint === undefined ? {} : { hint }) });
  }
}
