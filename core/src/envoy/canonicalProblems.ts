import type { FieldPath, JsonValue } from '../resources/model.js';
import { type CodecProblem, type CodecRule, MAX_PROBLEMS } from './problem.js';
import { describeJson, type Parsed } from './scalars.js';
import type { MessageDescriptor } from './schema.js';
import { shortName, unknownFieldHint } from './wording.js';

/** What is wrong with proto3 JSON, as it comes up. Each method that notes a problem returns undefined: there is no value. */
export class CanonicalProblems {
  readonly problems: CodecProblem[] = [];
  /** What the author called the field at hand, for messages. */
  protected label = '';

  protected parsed(path: FieldPath, json: JsonValue, result: Parsed): string | number | boolean | undefined {
    if (!result.ok) return this.wrong(path, json, result);
    return result.value ?? undefined;
  }

  protected wrong(path: FieldPath, json: JsonValue, why: Parsed & { ok: false }, key = false): undefined {
    const what = path.length === 0 ? 'The resource' : key ? 'A key of the mapping' : `"${this.label}"`;
    return this.problem(
      why.rule,
      path,
      `${what} must be ${why.expected}, not ${describeJson(json)}.`,
      why.hint,
      key,
    );
  }

  protected notA(path: FieldPath, json: JsonValue, expected: string, hint?: string): undefined {
    return this.wrong(path, json, {
      ok: false,
      rule: 'wrong-type',
      expected,
      ...(hint === undefined ? {} : { hint }),
    });
  }

  protected unknownField(message: MessageDescriptor, key: string, path: FieldPath): void {
    this.problem(
      'unknown-field',
      path,
      `${shortName(message.name)} has no field "${key.length > 80 ? `${key.slice(0, 80)}…` : key}".`,
      unknownFieldHint(message, key),
      true,
    );
  }

  problem(rule: CodecRule, path: FieldPath, message: string, hint?: string, key = false): undefined {
    if (this.problems.length < MAX_PROBLEMS)
      this.problems.push({
        rule,
        path,
        message,
        ...(hint === undefined ? {} : { hint }),
        ...(key ? { key } : {}),
      });
    return undefined;
  }
}
