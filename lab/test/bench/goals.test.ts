import assert from 'node:assert/strict';
import { checkGoals } from '../../src/bench/goals.js';
import { findLosses } from '../../src/bench/losses.js';
import { MIB } from '../../src/bench/plan.js';
import type { BulkRow, LatencyRow, Row } from '../../src/bench/results.js';
import { results, row } from './examples.js';

const latencyRow = results().latency[0]!;
const bulkRow: BulkRow = {
  arm: 'direct',
  placement: 'same-node',
  baseline: 'same-node',
  direction: 'down',
  streams: 1,
  bytesPerSecond: { median: 1, min: 1, max: 1 },
  ratioToNoMesh: 1,
  ratioToNoMeshSpread: { median: 1, min: 1, max: 1 },
  cpuUsPerMiB: 1,
};

describe('goals of the benchmark', () => {
  const same = (connections: number, ratioToNoMesh: number, ratioToEnvoyPair = 20): Row =>
    row({ arm: 'kernel-same-node', connections, ratioToNoMesh, ratioToEnvoyPair });
  const fixed = (arm: LatencyRow['arm'], ratio: number, group = 'kernel'): LatencyRow => ({
    ...latencyRow,
    arm,
    group,
    p99RatioToNoMesh: ratio,
  });
  const rate = (median: number) => ({ median, min: median, max: median });

  /** Rows, and for each goal that they say something about: met, or by how much it is missed. */
  const cases: [string, Partial<Parameters<typeof checkGoals>[0]>, Record<string, string>][] = [
    ['nothing measured', {}, {}],
    [
      'both points reach it',
      { rows: [same(16, 1.5), same(64, 1.7)] },
      { 'kernel same-node ≥ 1.5': '', 'kernel same-node ≥ 15': '' },
    ],
    [
      'one point misses: the worst counts',
      { rows: [same(16, 1.6), same(64, 1.2, 12)] },
      {
        'kernel same-node ≥ 1.5': '64 connections: 1.20 instead of 1.5, 20 % short',
        'kernel same-node ≥ 15': '64 connections: 12.0 instead of 15, 20 % short',
      },
    ],
    [
      'cross-node',
      { rows: [row({ arm: 'kernel-cross-node', ratioToNoMesh: 0.45 })] },
      { 'kernel cross-node ≥ 0.9': 'cross-node, 16 connections: 0.45 instead of 0.9, 50 % short' },
    ],
    [
      'new connections are not keep-alive ones',
      { rows: [row({ arm: 'kernel-same-node', mode: 'close', ratioToNoMesh: 0.4 })] },
      { 'new connection per request ≥ 0.8': '16 connections: 0.40 instead of 0.8, 50 % short' },
    ],
    [
      'endpoints that everybody knows are goals of their own, and only they are',
      {
        variants: [
          { ...same(16, 1.6), variant: 'nginx and wrk' },
          { ...same(64, 0.2), variant: 'all-cores' },
        ],
      },
      { 'between nginx and wrk: kernel same-node ≥ 1.5': '' },
    ],
    [
      'streams together',
      { bulk: [bulkRow, { ...bulkRow, direction: 'up', ratioToNoMesh: 0.97 }] },
      { 'direct L4 bulk ≥ 0.98': '' },
    ],
    [
      'p99: only the kernel paths, at the rate of their group',
      { latency: [fixed('kernel-same-node', 1.05), fixed('relay', 9), fixed('kernel-cross-node', 7, 'all')] },
      { 'p99 at a fixed rate ≤ 1.1': '' },
    ],
    [
      'p99 over it',
      { latency: [fixed('kernel-cross-node', 2.2)] },
      { 'p99 at a fixed rate ≤ 1.1': 'kernel-cross-node at 5000/s: 2.20 instead of 1.1, 100 % over' },
    ],
    [
      'the relay beside one Envoy hop',
      {
        rows: [
          row({ arm: 'relay', requestsPerSecond: rate(60) }),
          row({ arm: 'envoy-hop', requestsPerSecond: rate(100) }),
          row({ arm: 'relay', responseBytes: MIB, requestsPerSecond: rate(60) }),
          row({ arm: 'envoy-hop', responseBytes: MIB, requestsPerSecond: rate(100) }),
        ],
      },
      {
        'relay ≥ 0.5': '',
        'relay ≥ 0.8': '16 connections: 0.60 instead of 0.8, 25 % short',
      },
    ],
  ];
  for (const [what, measured, expected] of cases)
    it(what, () => {
      const goals = checkGoals({ rows: [], variants: [], latency: [], bulk: [], ...measured });
      assert.deepEqual(
        Object.fromEntries(goals.map(({ goal, missedBy }) => [/^.*?[≥≤] [\d.]+/.exec(goal)?.[0], missedBy])),
        expected,
      );
      for (const { met, missedBy, limit, value, goal } of goals) {
        assert.equal(met, missedBy === '');
        assert.equal(met, goal.includes('≥') ? value >= limit : value <= limit, `${goal}: ${value}`);
      }
    });
});

describe('where OneHop loses', () => {
  it('every point more than 3 % behind, worst first, with the reason that the counters give', () => {
    const rows = [
      row({ arm: 'kernel-same-node', ratioToNoMesh: 1.4 }),
      row({
        arm: 'kernel-cross-node',
        ratioToNoMesh: 0.6,
        ratioToNoMeshSpread: { median: 0.6, min: 0.5, max: 0.7 },
        kernelShare: 1,
      }),
      row({ arm: 'kernel-same-node', mode: 'close', ratioToNoMesh: 0.05, kernelShare: 0 }),
      row({ arm: 'kernel-same-node', responseBytes: MIB, ratioToNoMesh: 0.3, kernelShare: 0 }),
      row({ arm: 'direct', ratioToNoMesh: 0.98 }),
      row({ arm: 'direct', ratioToNoMesh: 0.9 }),
      row({ arm: 'envoy-pair', ratioToNoMesh: 0.1 }),
    ];
    const late: LatencyRow = { ...latencyRow, p99RatioToNoMesh: 2.5 };
    assert.deepEqual(
      findLosses(rows, [late]).map(({ arm, ratio, why }) => [arm, ratio, why]),
      [
        ['kernel-same-node', 0.05, '`Connection: close` is relayed'],
        ['kernel-same-node', 0.3, 'over the budget of 64 KiB: relayed'],
        ['kernel-same-node', 2.5, ''],
        ['kernel-cross-node', 0.6, ''],
        ['direct', 0.9, 'not in every round: 0.90 to 1.10'],
      ],
    );
  });

  it('behind one Envoy hop', () => {
    const slow = row({ arm: 'relay', requestsPerSecond: { median: 500, min: 1, max: 1000 } });
    const [loss, ...more] = findLosses([slow, row({ arm: 'envoy-hop' })], []);
    assert.deepEqual(
      [loss?.arm, loss?.against, loss?.ratio, more.length],
      ['relay', 'one Envoy hop', 0.5, 0],
    );
  });
});
