import assert from 'node:assert/strict';
import { isLive, versionsFit } from '../src/agent/connectionState.js';
import { Backoff } from '../src/agent/backoff.js';
import { Interest } from '../src/store/interest.js';

describe('connections', () => {
  it('fit when major and minor versions are the same', () => {
    assert.equal(versionsFit('0.1.0', '0.1.9'), true);
    assert.equal(versionsFit('0.2.0', '0.1.0'), false);
    assert.equal(versionsFit('1.1.0', '0.1.0'), false);
  });

  it('are live when the agent answers, whatever its version', () => {
    assert.equal(isLive({ kind: 'versionDiffers', agent: '0.2.0', extension: '0.1.0' }), true);
    assert.equal(isLive({ kind: 'lost', why: '', hint: '' }), false);
  });

  it('are tried again later and later, and at once when something has changed', async () => {
    const backoff = new Backoff();
    const { signal } = new AbortController();
    const began = performance.now();
    await backoff.wait(signal);
    assert.ok(performance.now() - began >= 195);
    const second = backoff.wait(signal);
    const from = performance.now();
    backoff.wake();
    await second;
    assert.ok(performance.now() - from < 150, 'woken, not waited out');
  });

  it('ask for traffic from the first who wants it to the last', () => {
    const seen: boolean[] = [];
    const interest = new Interest((wanted) => seen.push(wanted));
    const [one, two] = [interest.add(), interest.add()];
    one();
    one();
    assert.deepEqual([seen, interest.wanted], [[true], true]);
    two();
    assert.deepEqual(seen, [true, false]);
  });
});
