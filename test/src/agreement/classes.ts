/** The disagreements that docs/validate-differences.md lists, read from its table. */
import { readFileSync } from 'node:fs';
import type { Diagnostic } from '@onehop/core/diagnostics/diagnostic.js';

const page = new URL('../../../../docs/validate-differences.md', import.meta.url);

export interface DifferenceClass {
  /** The rule that refuses. */
  readonly rule: string;
  /** What its message says; the whole class of messages has it. */
  readonly message: RegExp;
  readonly why: string;
}

/** Rows `| rule | message | why |` of the list; the message is a regular expression in backquotes. */
export function differenceClasses(): DifferenceClass[] {
  return readFileSync(page, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, rule, message, why] = /^\| `([a-z-]+)` \| `(.+?)` \| (.+?) \|$/.exec(line) ?? [];
      return rule === undefined || message === undefined || why === undefined
        ? []
        : [{ rule, message: new RegExp(message.replaceAll('\\|', '|')), why }];
    });
}

/** What Envoy says of configurations that only its machine makes wrong: rows `| message | why |`. */
export function machineRefusals(): RegExp[] {
  return readFileSync(page, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, message] = /^\| `([^`]+)` \| ([^|`]+) \|$/.exec(line) ?? [];
      return message === undefined ? [] : [new RegExp(message)];
    });
}

/** The class of an error that Envoy does not have; undefined when it is not listed. */
export function classOf(
  classes: readonly DifferenceClass[],
  { rule, message }: Diagnostic,
): DifferenceClass | undefined {
  return classes.find((one) => one.rule === rule && one.message.test(message));
}
