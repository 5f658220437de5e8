import assert from 'node:assert/strict';
import { withoutSecrets } from '../src/secrets.js';

describe('collected diagnostics', () => {
  it('hold no credentials', () => {
    const cases: readonly [string, string][] = [
      ['Authorization: Bearer abc.def-1', 'Authorization: •••'],
      ['password=hunter2 next', 'password=••• next'],
      ['https://me:pw@host/x', 'https://•••@host/x'],
      ['end-user: jason', 'end-user: jason'],
    ];
    for (const [text, expected] of cases) assert.equal(withoutSecrets(text), expected);
    assert.ok(!withoutSecrets('{"token":"s3cret","a":1}').includes('s3cret'));
  });
});
