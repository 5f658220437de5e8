import assert from 'node:assert/strict';
import { parseCpuStat, parseMapFdinfo, parseProcStat } from '../../src/bench/accounting.js';
import { aggregateBulk, aggregateLatency, aggregateRows, findRow } from '../../src/bench/aggregate.js';
import { KIB, MIB } from '../../src/bench/plan.js';
import type { Measurement } from '../../src/bench/rounds.js';
import { arm, cell, measurement, sample } from './examples.js';

describe('rows from the measurements of all rounds', () => {
  const near = arm('no-mesh');
  const far = arm('no-mesh', 'cross-node');
  const kernel = arm('kernel-same-node');
  const across = arm('kernel-cross-node', 'cross-node');
  const pair = arm('envoy-pair');
  // The machine is twice as slow in the second round: ratios within a round do not see it.
  const measurements: Measurement[] = [
    ...[100, 50, 100].map((rate, round) => measurement(near, cell(16), round, rate)),
    ...[80, 40, 80].map((rate, round) => measurement(far, cell(16), round, rate)),
    ...[150, 75, 160].map((rate, round) => measurement(kernel, cell(16), round, rate, { p99Us: 10 + round })),
    ...[60, 30, 64].map((rate, round) => measurement(across, cell(16), round, rate)),
    ...[10, 5, 10].map((rate, round) => measurement(pair, cell(16), round, rate)),
  ];
  const rows = aggregateRows(measurements);
  const of = (name: (typeof rows)[number]['arm'], placement?: 'cross-node') =>
    findRow(rows, name, { connections: 16, mode: 'keep', responseBytes: KIB }, placement)!;

  it('median with the smallest and the largest', () => {
    assert.deepEqual(of('kernel-same-node').requestsPerSecond, { median: 150, min: 75, max: 160 });
    assert.equal(of('kernel-same-node').p99Us, 11);
    assert.equal(of('kernel-same-node').requests, 385);
  });

  it('ratios within a round, each to no mesh in its place', () => {
    assert.equal(of('kernel-same-node').ratioToNoMesh, 1.5);
    assert.deepEqual(of('kernel-same-node').ratioToNoMeshSpread, { median: 1.5, min: 1.5, max: 1.6 });
    assert.equal(of('kernel-cross-node').ratioToNoMesh, 0.75);
    assert.equal(of('kernel-cross-node').baseline, 'cross-node');
    assert.equal(of('no-mesh').ratioToNoMesh, 1);
    assert.equal(of('no-mesh', 'cross-node').ratioToNoMesh, 1);
  });

  it('ratio to the Envoy pair of the same place only', () => {
    assert.equal(of('kernel-same-node').ratioToEnvoyPair, 15);
    assert.equal(of('kernel-cross-node').ratioToEnvoyPair, null);
  });

  it('long responses count by the bytes that arrived, short ones whole', () => {
    const long = measurement(near, cell(1, 'keep', MIB), 0, 3, { bytes: 3.5 * MIB });
    const short = measurement(near, cell(1, 'keep', 100), 0, 3, { bytes: 350 });
    assert.deepEqual(
      aggregateRows([long, short]).map((row) => row.requestsPerSecond.median),
      [3.5, 3],
    );
  });

  it('what the relay answered is not the kernel’s', () => {
    const base = measurement(kernel, cell(16), 0, 100);
    const relayed = { ...base, sample: { ...base.sample, cost: { ...base.sample.cost, relayed: 25 } } };
    assert.equal(aggregateRows([relayed])[0]!.kernelShare, 0.75);
    assert.equal(of('no-mesh').kernelShare, null);
  });

  it('CPU time of all participants, by request', () => {
    assert.equal(of('no-mesh').cpuUsPerRequest, 10);
    assert.deepEqual(of('no-mesh').cpuByParticipantUs, { client: 5, server: 5 });
    assert.equal(of('kernel-same-node').cpuRatioToNoMesh, 1);
  });

  it('latencies at a fixed rate: p99 to no mesh of the same round', () => {
    const rate = (one: typeof near, round: number, p99Us: number) => ({
      group: 'all',
      arm: one,
      rate: 1000,
      round,
      sample: sample(1000, { p99Us, unserved: round }),
    });
    const latency = aggregateLatency([
      ...[100, 200, 100].map((p99, round) => rate(near, round, p99)),
      ...[110, 220, 150].map((p99, round) => rate(kernel, round, p99)),
    ]);
    assert.equal(latency[1]!.p99RatioToNoMesh, 1.1);
    assert.equal(latency[1]!.unserved, 3);
    assert.deepEqual(latency[1]!.p99Us, { median: 150, min: 110, max: 220 });
  });

  it('streams: each direction to no mesh in the same direction', () => {
    const stream = (name: 'no-mesh' | 'direct', direction: 'up' | 'down', bytes: number) => ({
      arm: arm(name),
      direction,
      streams: 1,
      round: 0,
      sample: sample(1, { bytes }),
    });
    const bulk = aggregateBulk([
      stream('no-mesh', 'down', 2e9),
      stream('direct', 'down', 1e9),
      stream('no-mesh', 'up', 4e9),
      stream('direct', 'up', 4e9),
    ]);
    assert.deepEqual(
      bulk.map((row) => [row.arm, row.direction, row.bytesPerSecond.median, row.ratioToNoMesh]),
      [
        ['no-mesh', 'down', 2e9, 1],
        ['direct', 'down', 1e9, 0.5],
        ['no-mesh', 'up', 4e9, 1],
        ['direct', 'up', 4e9, 1],
      ],
    );
  });
});

describe('the kernel’s books', () => {
  it('cpu.stat', () =>
    assert.equal(parseCpuStat('usage_usec 1234\nuser_usec 1000\nsystem_usec 234\n'), 1234));
  it('/proc/stat: idle and waiting for a disk are not busy', () =>
    assert.deepEqual(parseProcStat('cpu  1 2 3 40 5 6 7 8 0 0\ncpu0 1 2 3 4\n'), {
      busy: 270_000,
      all: 720_000,
    }));
  it('fdinfo of a map', () =>
    assert.deepEqual(parseMapFdinfo('pos:\t0\nmap_type:\t2\nmemlock:\t4096\nmap_id:\t17\n'), {
      id: '17',
      bytes: 4096,
    }));
  it('fdinfo of something else', () =>
    assert.equal(parseMapFdinfo('pos:\t0\nprog_id:\t3\nmemlock:\t4096\n'), undefined));
});
