import assert from 'node:assert/strict';
import { Dealer, Pacer, profiles } from '../../src/traffic/load/profiles.js';

describe('load profiles', () => {
  it('owe exactly the rate, however uneven the steps are', () => {
    const pacer = new Pacer(50, () => 1);
    let sent = 0;
    for (let i = 1, at = 0; at < 10; i++) {
      at = Math.min(10, at + (i % 3 === 0 ? 0.031 : 0.004));
      sent += pacer.due(at);
    }
    assert.ok(sent >= 499 && sent <= 500, `${sent} of 500`);
  });

  it('do not make up for a stall at once', () => {
    const pacer = new Pacer(100, () => 1);
    assert.equal(pacer.due(60), 25);
  });

  it('deal variants out by their weights, evenly', () => {
    const dealer = new Dealer([8, 1, 1]);
    const seen = Array.from({ length: 100 }, () => dealer.next());
    assert.deepEqual(
      [0, 1, 2].map((place) => seen.filter((one) => one === place).length),
      [80, 10, 10],
    );
    assert.ok(seen.slice(0, 10).includes(1) && seen.slice(0, 10).includes(2), 'not all of one kind first');
  });

  it('spike for a third of the time', () => {
    const factors = Array.from({ length: 30 }, (_, second) => profiles.spike.factor(second));
    assert.deepEqual(factors.slice(0, 15), [...Array<number>(10).fill(1), ...Array<number>(5).fill(8)]);
    assert.deepEqual(factors.slice(15), factors.slice(0, 15));
  });
});
