import assert from 'node:assert/strict';
import { formatFieldPath, type XdsResource } from '../../src/resources/model.js';
import { checkSupport } from '../../src/routing/support.js';

/** `error path: message` of every problem. */
function problemsOf(of: XdsResource): string[] {
  return checkSupport(of).map(
    ({ severity, path, message }) => `${severity} ${formatFieldPath(path)}: ${message}`,
  );
}

/** A test: these problems, in this order, and no others. */
export function check(title: string, of: XdsResource, ...expected: readonly (string | RegExp)[]): void {
  it(title, () => {
    const found = problemsOf(of);
    assert.equal(found.length, expected.length, found.join('\n'));
    for (const [i, want] of expected.entries()) {
      if (typeof want === 'string') assert.equal(found[i], want);
      else assert.match(found[i] ?? '', want);
    }
    for (const { hint, severity } of checkSupport(of))
      assert.ok(severity !== 'error' || hint, 'an error says what to do');
  });
}
