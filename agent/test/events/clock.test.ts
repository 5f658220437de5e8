import assert from 'node:assert/strict';
import { MonotonicClock } from '../../src/events/clock.js';

describe('monotonic clock', () => {
  it('agrees with the wall clock to the millisecond', () => {
    const clock = new MonotonicClock();
    const us = clock.unixUs(process.hrtime.bigint());
    assert.ok(Math.abs(us / 1000 - Date.now()) < 20, `${us} µs against ${Date.now()} ms`);
  });

  it('knows the offset to less than a millisecond, and takes it again when it is old', () => {
    // A machine whose clocks differ by 5000.25 s, later by 6000.25 s; every look at the wall clock takes 100 µs.
    let ns = 250_400_000n;
    let offsetMs = 5_000_000;
    const wall = (): number => {
      ns += 100_000n;
      return Math.floor(Number(ns) / 1e6) + offsetMs;
    };
    const clock = new MonotonicClock(1_000_000_000n, () => ns, wall);
    const error = (at: bigint): number => clock.unixUs(at) - (Number(at) / 1e3 + offsetMs * 1e3);
    assert.ok(Math.abs(error(ns)) <= 100, `${error(ns)} µs off`);
    offsetMs = 6_000_000;
    assert.ok(Math.abs(error(ns)) > 900_000_000, 'the offset was taken again too early');
    ns += 2_000_000_000n;
    assert.ok(Math.abs(error(ns)) <= 100, `${error(ns)} µs off`);
  });
});
