import type { Report } from '../../src/bench/generator.js';
import type { Sample } from '../../src/bench/measure.js';
import { KIB, type Arm, type Cell } from '../../src/bench/plan.js';
import type { ArmName, Mode, Placement, Results, Row } from '../../src/bench/results.js';
import type { Measurement } from '../../src/bench/rounds.js';

export function report(values: Partial<Report>): Report {
  return {
    requests: 0,
    allRequests: 0,
    connections: 1,
    bytes: 0,
    windowNs: 1e9,
    unserved: 0,
    lateUs: 0,
    p50Us: 1,
    p90Us: 1,
    p99Us: 1,
    p999Us: 1,
    maxUs: 1,
    meanUs: 1,
    failed: 0,
    failure: '',
    ...values,
  };
}

/** @param requests in a window of one second */
export function sample(requests: number, values: Partial<Report> = {}, cpuUs = 10): Sample {
  return {
    report: report({ requests, allRequests: requests, bytes: requests * KIB, ...values }),
    cost: {
      participantsUs: { client: (cpuUs / 2) * requests, server: (cpuUs / 2) * requests },
      kernelThreadsUs: 0,
      othersShare: 0,
      relayed: null,
    },
  };
}

export function arm(name: ArmName, placement: Placement = 'same-node'): Arm {
  return { name, placement };
}

export function cell(connections: number, mode: Mode = 'keep', responseBytes = KIB): Cell {
  return { connections, mode, responseBytes, warmMs: 0, ms: 1000 };
}

export function measurement(
  one: Arm,
  at: Cell,
  round: number,
  requests: number,
  values: Partial<Report> = {},
): Measurement {
  return { arm: one, cell: at, variantCell: false, round, sample: sample(requests, values) };
}

export function row(values: Partial<Row> & Pick<Row, 'arm'>): Row {
  const rate = { median: 1000, min: 900, max: 1100 };
  return {
    placement: values.arm === 'kernel-cross-node' ? 'cross-node' : 'same-node',
    connections: 16,
    keepAlive: (values.mode ?? 'keep') === 'keep',
    mode: 'keep',
    responseBytes: KIB,
    requestsPerSecond: rate,
    baseline: 'same-node',
    ratioToNoMesh: 1,
    ratioToNoMeshSpread: { median: 1, min: 0.9, max: 1.1 },
    ratioToEnvoyPair: null,
    p50Us: 10,
    p90Us: 20,
    p99Us: 30,
    p999Us: 40,
    cpuUsPerRequest: 5,
    cpuRatioToNoMesh: 1,
    cpuByParticipantUs: { client: 2.5, server: 2.5 },
    kernelThreadsUsPerRequest: 0.1,
    kernelShare: null,
    othersCpuShare: 0.02,
    requests: 5000,
    ...values,
  };
}

export function results(values: Partial<Results> = {}): Results {
  const spread = (median: number) => ({ median, min: median * 0.9, max: median * 1.1 });
  return {
    version: 1,
    startedAt: '2025-01-02T03:04:05.000Z',
    seconds: 42,
    quick: true,
    machine: {
      cpu: 'A <fast> CPU',
      cores: 2,
      memoryBytes: 8 << 28,
      kernel: '6.12.0',
      distribution: 'Debian',
      node: 'v20',
      envoy: '1.40.0',
      loadBefore: [0, 0, 0],
      loadAfter: [1, 1, 1],
    },
    rounds: 3,
    rows: [
      row({ arm: 'no-mesh' }),
      row({ arm: 'no-mesh', placement: 'cross-node', baseline: 'cross-node' }),
      row({ arm: 'kernel-same-node', ratioToNoMesh: 1.6, ratioToEnvoyPair: 16, kernelShare: 1 }),
      row({ arm: 'kernel-cross-node', ratioToNoMesh: 0.42, baseline: 'cross-node', kernelShare: 1 }),
      row({ arm: 'envoy-pair', ratioToNoMesh: 0.1, ratioToEnvoyPair: 1 }),
    ],
    variants: [],
    latency: [
      {
        group: 'all',
        arm: 'kernel-same-node',
        placement: 'same-node',
        baseline: 'same-node',
        rate: 5000,
        connections: 16,
        responseBytes: KIB,
        p50Us: spread(40),
        p90Us: spread(60),
        p99Us: spread(90),
        p999Us: spread(200),
        p99RatioToNoMesh: 1,
        unserved: 0,
        cpuUsPerRequest: 20,
      },
    ],
    bulk: [],
    programs: [],
    memory: [{ what: 'agent', when: 'idle', bytes: 3 << 20 }],
    goals: [{ goal: 'a goal', met: false, limit: 1, value: 0.4, measured: '0.4', missedBy: '60 % short' }],
    method: ['how'],
    notes: ['note'],
    ...values,
  };
}
