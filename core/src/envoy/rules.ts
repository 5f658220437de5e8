/** The protoc-gen-validate rules of Envoy's protos (validate.proto), from the generated table. */
import { RULES_JSON } from './rules.generated.js';

export type RuleValue =
  string | number | boolean | readonly RuleValue[] | { readonly [part: string]: RuleValue };

/** Rules of one kind: { min_len: 1, well_known_regex: "HTTP_HEADER_NAME" }. */
export type KindRules = Readonly<Record<string, RuleValue>>;

/** By kind, as the members of validate.FieldRules: { string: … }, { message: { required: true } }. */
export type FieldRules = Readonly<Record<string, KindRules>>;

export interface MessageRules {
  /** By proto name. */
  readonly fields: ReadonlyMap<string, FieldRules>;
  /** Oneofs that must have a member. */
  readonly required: readonly string[];
}

/** undefined: nothing is asked of the message itself. */
export function rulesOf(messageName: string): MessageRules | undefined {
  const known = unpacked.get(messageName);
  if (known !== undefined) return known;
  parsed ??= new Map(Object.entries(JSON.parse(RULES_JSON) as Record<string, RawRules>));
  const raw = parsed.get(messageName);
  if (raw === undefined || raw.off === true) return undefined;
  const rules = { fields: new Map(Object.entries(raw.f ?? {})), required: raw.o ?? [] };
  unpacked.set(messageName, rules);
  return rules;
}

/** Names of all messages that have rules. */
export function messagesWithRules(): string[] {
  return Object.keys(JSON.parse(RULES_JSON) as Record<string, RawRules>);
}

interface RawRules {
  readonly f?: Readonly<Record<string, FieldRules>>;
  readonly o?: readonly string[];
  readonly off?: boolean;
}

const unpacked = new Map<string, MessageRules>();
let parsed: ReadonlyMap<string, RawRules> | undefined;
