import assert from 'node:assert/strict';
import { latency } from '../../src/traffic/summary.js';

describe('percentiles', () => {
  const upTo = (n: number): number[] => Array.from({ length: n }, (_, index) => n - index);
  const cases: [string, number[], object | undefined][] = [
    ['of nothing', [], undefined],
    ['of one value', [7], { mean: 7, p50: 7, p90: 7, p99: 7, max: 7 }],
    ['of two', [10, 9], { mean: 9.5, p50: 9, p90: 10, p99: 10, max: 10 }],
    ['of 1 to 100', upTo(100), { mean: 50.5, p50: 50, p90: 90, p99: 99, max: 100 }],
    ['of 1 to 1000, numbers not texts', upTo(1000), { mean: 500.5, p50: 500, p90: 900, p99: 990, max: 1000 }],
  ];
  for (const [what, values, expected] of cases) it(what, () => assert.deepEqual(latency(values), expected));
});
