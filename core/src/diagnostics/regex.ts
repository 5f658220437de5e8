/** Regular expressions that RE2, Envoy's engine, refuses. */
import type { Visited } from '../envoy/walk.js';
import type { Family, Finding } from './finding.js';
import { re2Fault } from './re2.js';

/** Expressions of RegexMatchers with a fault. */
export const badRegex: Family = {
  concerns: (message, field) =>
    message.name === 'envoy.type.matcher.v3.RegexMatcher' && field.name === 'regex',
  find: (visited) => (badRegex.concerns(visited.message, visited.field) ? faultOf(visited) : undefined),
};

function faultOf({ value, path }: Visited): Finding | undefined {
  const fault = typeof value === 'string' ? re2Fault(value) : undefined;
  return fault && { rule: 'bad-regex', severity: 'error', path, ...fault };
}
