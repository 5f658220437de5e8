import assert from 'node:assert/strict';
import { fixedRate } from '../../src/bench/rounds.js';
import {
  cellKey,
  expectedMs,
  KIB,
  latencyGroups,
  makePlan,
  matrixArms,
  MIB,
  noMesh,
} from '../../src/bench/plan.js';
import { armNames } from '../../src/bench/results.js';
import { parseOptions } from '../../src/bench/options.js';
import { median, rotated, significant, spread } from '../../src/bench/statistics.js';
import { arm, cell, measurement } from './examples.js';

describe('statistics of a few rounds', () => {
  const medians: [string, number[], number][] = [
    ['of one', [7], 7],
    ['of an odd number', [9, 1, 5], 5],
    ['of an even number: between the two in the middle', [1, 2, 4, 100], 3],
    ['numbers, not texts', [10, 9, 100], 10],
    ['of none', [], NaN],
  ];
  for (const [what, values, expected] of medians)
    it(`median ${what}`, () => assert.equal(median(values), expected));

  it('spread', () => assert.deepEqual(spread([3, 1, 2]), { median: 2, min: 1, max: 3 }));

  const digits: [number, number, number][] = [
    [1234.567, 3, 1230],
    [0.0012345, 2, 0.0012],
    [0, 3, 0],
  ];
  for (const [value, count, expected] of digits)
    it(`${value} to ${count} digits`, () => assert.equal(significant(value, count), expected));

  it('each round starts elsewhere, with the same items', () => {
    assert.deepEqual(
      [0, 1, 2, 3].map((round) => rotated(['a', 'b', 'c'], round).join('')),
      ['abc', 'bca', 'cab', 'abc'],
    );
    assert.deepEqual(rotated([], 3), []);
  });
});

describe('the plan of a benchmark', () => {
  const full = makePlan(false);
  const quick = makePlan(true);

  it('full: every connection count, keep-alive or not, every size, 5 rounds', () => {
    const keys = new Set(full.cells.map(cellKey));
    for (const connections of [1, 16, 64, 256])
      for (const mode of ['keep', 'close'] as const)
        for (const responseBytes of [100, KIB, 16 * KIB, 64 * KIB, MIB])
          assert.ok(keys.has(cellKey({ connections, mode, responseBytes })));
    assert.equal(keys.size, 40);
    assert.ok(full.rounds >= 5);
  });

  it('measures every arm in every round, both places of no mesh among them', () => {
    assert.deepEqual(new Set(matrixArms.map(({ name }) => name)), new Set(armNames));
    for (const one of matrixArms) assert.ok(matrixArms.includes(noMesh[one.placement]));
  });

  it('compares latencies with no mesh in the same place', () => {
    for (const { arms } of latencyGroups)
      for (const one of arms) assert.ok(arms.includes(noMesh[one.placement]), one.name);
  });

  it('full stays under 14 minutes, quick under 50 seconds', () => {
    assert.ok(expectedMs(full) < 14 * 60_000, `${expectedMs(full)}`);
    assert.ok(expectedMs(quick) < 50_000, `${expectedMs(quick)}`);
  });

  it('the fixed rate is half of what the slowest arm can do, in whole hundreds', () => {
    const slow = arm('envoy-pair');
    const fast = arm('no-mesh');
    const measured = [
      ...[9000, 8555, 100].map((rate, round) => measurement(slow, cell(16), round, rate)),
      ...[50_000, 40_000, 60_000].map((rate, round) => measurement(fast, cell(16), round, rate)),
      measurement(slow, cell(64), 0, 10),
    ];
    assert.equal(fixedRate([slow, fast], measured), 4200);
    assert.equal(fixedRate([fast], measured), 25_000);
  });
});

describe('options of the benchmark', () => {
  it('without any: the full matrix with Envoy', () => {
    const { quick, rounds, envoy, name } = parseOptions([]);
    assert.deepEqual(
      { quick, rounds, envoy, name },
      { quick: false, rounds: undefined, envoy: true, name: 'bench' },
    );
  });

  it('all of them', () => {
    const words = ['--quick', '--rounds', '2', '--no-envoy', '--name', 'x', '--out', '/tmp/x', '--images'];
    const { quick, rounds, envoy, name, out, images } = parseOptions(words);
    assert.deepEqual(
      { quick, rounds, envoy, name, out, images },
      { quick: true, rounds: 2, envoy: false, name: 'x', out: '/tmp/x', images: true },
    );
  });

  const refused: [string, string[]][] = [
    ['no rounds', ['--rounds', '0']],
    ['rounds that are no number', ['--rounds', 'many']],
    ['a name that no lab can have', ['--name', 'Bench_1']],
    ['an unknown option', ['--fast']],
    ['a word too many', ['now']],
  ];
  for (const [what, argv] of refused)
    it(`refuses ${what}`, () =>
      assert.throws(() => parseOptions(argv), { name: 'BenchError', reason: 'usage' }));
});
