/** Regular expressions that RE2, Envoy's engine, refuses. */
import type { Visited } from '../envoy/walk.js';
import type { Finding } from './finding.js';
import { re2Fault } from './re2.js';

/** undefined for a field that is no regular expression of RE2, or one without a fault. */
export function badRegex({ message, field, value, path }: Visited): Finding | undefined {
  if (message.name !== 'envoy.type.matcher.v3.RegexMatcher' || field.name !== 'regex') return undefined;
  const fault = typeof value === 'string' ? re2Fault(value) : undefined;
  return fault && { rule: 'bad-regex', severity: 'error', path, ...fault };
}
