import assert from 'node:assert/strict';
import { Backoff } from '../../src/xds/backoff.js';

describe('backoff', () => {
  const wait = (backoff: Backoff, times: number): number[] =>
    Array.from({ length: times }, () => backoff.nextMs());

  it('doubles from 10 ms to 15 s', () => {
    const waits = wait(new Backoff({ random: () => 0 }), 14);
    assert.deepEqual(waits.slice(0, 4), [10, 20, 40, 80]);
    assert.deepEqual(waits.slice(-3), [15_000, 15_000, 15_000]);
  });

  it('is shortened by up to half', () => {
    const draws = [0, 0.5, 0.999];
    let draw = 0;
    const waits = wait(new Backoff({ initialMs: 100, longestMs: 100, random: () => draws[draw++ % 3]! }), 3);
    assert.deepEqual(waits.map(Math.round), [100, 75, 50]);
  });

  it('begins again after a success', () => {
    const backoff = new Backoff({ random: () => 0 });
    wait(backoff, 5);
    backoff.reset();
    assert.equal(backoff.nextMs(), 10);
  });
});
