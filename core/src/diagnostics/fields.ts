/** What is wrong in the fields of one message: what the codec found, then what protoc-gen-validate finds in the rest. */
import type { CodecProblem } from '../envoy/problem.js';
import type { FieldPath, FieldProblem, JsonObject } from '../resources/model.js';
import { validateMessage } from './validateMessage.js';

/** A problem that is about the name of a field has `key`. */
export type MarkedProblem = FieldProblem & { readonly key?: boolean };

/** `found` are the problems that `canonicalJson` or `decodeAny` told together with `value`. */
export function fieldProblems(
  messageName: string,
  value: JsonObject,
  found: readonly CodecProblem[],
): MarkedProblem[] {
  const problems = found.map((problem): MarkedProblem => ({ severity: 'error', ...problem }));
  const more = validateMessage(messageName, value).filter((problem) => !followsFrom(problem, found));
  return [...problems, ...more];
}

/**
 * A value that could not be understood is left out, and so looks missing. True for a problem that says no more than that: it is
 * about the same field, about something inside of it, or about the message whose field it is, when a name there is wrong.
 */
function followsFrom(problem: FieldProblem, found: readonly CodecProblem[]): boolean {
  const isMissing = problem.rule === 'required' || problem.rule === 'oneof' || problem.rule === 'bad-length';
  return found.some(({ path, rule }) => {
    if (isWithin(problem.path, path)) return true;
    if (!isMissing) return false;
    const holder = problem.rule === 'oneof' ? problem.path : problem.path.slice(0, -1);
    const isSibling = path.length === holder.length + 1 && isWithin(path, holder);
    return isWithin(path, problem.path) && problem.rule !== 'oneof'
      ? true
      : isSibling && (rule === 'unknown-field' || problem.rule === 'oneof');
  });
}

function isWithin(path: FieldPath, outer: FieldPath): boolean {
  return path.length >= outer.length && outer.every((step, index) => path[index] === step);
}
