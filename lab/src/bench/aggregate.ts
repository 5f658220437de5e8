/** Rows of the result file from the measurements of all rounds. */
import type { BulkRow, LatencyRow, Placement, Row } from './results.js';
import { armKey, cellKey, latencyBytes, latencyConnections, noMesh, type Arm } from './plan.js';
import {
  bytesPerSecond,
  requestsPerSecond,
  type BulkMeasurement,
  type Measurement,
  type RateMeasurement,
} from './rounds.js';
import { median, significant, spread, type Spread } from './statistics.js';

/** One row for each arm at each point. */
export function aggregateRows(measurements: readonly Measurement[]): Row[] {
  const find = index(measurements, (one) => `${key(one.arm, one)} ${one.round}`);
  return groups(measurements, (one) => key(one.arm, one)).map((rounds) => {
    const { arm, cell } = rounds[0]!;
    const ratios = (to: Arm, of: (one: Measurement) => number = requestsPerSecond): number[] =>
      rounds.flatMap((one) => {
        const base = find.get(`${key(to, one)} ${one.round}`);
        return base === undefined ? [] : [of(one) / of(base)];
      });
    const toNoMesh = ratios(noMesh[arm.placement]);
    const toPair = ratios({ name: 'envoy-pair', placement: arm.placement });
    const perRequest = (us: (one: Measurement) => number): number =>
      significant(median(rounds.map((one) => us(one) / Math.max(1, one.sample.report.allRequests))), 4);
    const participants = Object.keys(rounds[0]!.sample.cost.participantsUs);
    const byParticipant = participants.map(
      (name) => [name, perRequest((one) => one.sample.cost.participantsUs[name] ?? 0)] as const,
    );
    const percentile = (of: (one: Measurement) => number): number => significant(median(rounds.map(of)), 4);
    return {
      arm: arm.name,
      placement: arm.placement,
      ...(arm.variant === undefined ? {} : { variant: arm.variant }),
      connections: cell.connections,
      keepAlive: cell.mode === 'keep',
      mode: cell.mode,
      responseBytes: cell.responseBytes,
      requestsPerSecond: rounded(spread(rounds.map(requestsPerSecond)), 5),
      baseline: arm.placement,
      ratioToNoMesh: significant(median(toNoMesh), 4),
      ratioToNoMeshSpread: rounded(spread(toNoMesh), 4),
      ratioToEnvoyPair: toPair.length === 0 ? null : significant(median(toPair), 4),
      p50Us: percentile((one) => one.sample.report.p50Us),
      p90Us: percentile((one) => one.sample.report.p90Us),
      p99Us: percentile((one) => one.sample.report.p99Us),
      p999Us: percentile((one) => one.sample.report.p999Us),
      cpuUsPerRequest: perRequest(({ sample }) => total(sample.cost.participantsUs)),
      cpuRatioToNoMesh: significant(median(ratios(noMesh[arm.placement], cpuUs)), 4),
      cpuByParticipantUs: Object.fromEntries(byParticipant.filter(([, us]) => us > 0.005)),
      kernelThreadsUsPerRequest: perRequest(({ sample }) => sample.cost.kernelThreadsUs),
      kernelShare: kernelShare(rounds),
      othersCpuShare: significant(median(rounds.map((one) => one.sample.cost.othersShare)), 3),
      requests: rounds.reduce((sum, one) => sum + one.sample.report.allRequests, 0),
    };
  });
}

function cpuUs({ sample: { cost, report } }: Measurement): number {
  return (total(cost.participantsUs) + cost.kernelThreadsUs) / Math.max(1, report.allRequests);
}

/** Arms of L7 only: the relay's counter says nothing about TCP. */
function kernelShare(rounds: readonly Measurement[]): number | null {
  if (rounds[0]!.arm.name === 'direct') return null;
  const shares = rounds.flatMap(({ sample: { cost, report } }) =>
    cost.relayed === null ? [] : [1 - Math.min(1, cost.relayed / Math.max(1, report.allRequests))],
  );
  return shares.length === 0 ? null : significant(median(shares), 4);
}

export function aggregateLatency(measurements: readonly RateMeasurement[]): LatencyRow[] {
  const find = index(measurements, (one) => `${one.group} ${armKey(one.arm)} ${one.round}`);
  return groups(measurements, (one) => `${one.group} ${armKey(one.arm)}`).map((rounds) => {
    const { arm, group, rate } = rounds[0]!;
    const base = armKey(noMesh[arm.placement]);
    const ratios = rounds.flatMap((one) => {
      const other = find.get(`${group} ${base} ${one.round}`);
      return other === undefined ? [] : [one.sample.report.p99Us / other.sample.report.p99Us];
    });
    const of = (value: (one: RateMeasurement) => number): Spread => rounded(spread(rounds.map(value)), 4);
    return {
      group,
      arm: arm.name,
      placement: arm.placement,
      baseline: arm.placement,
      rate,
      connections: latencyConnections,
      responseBytes: latencyBytes,
      p50Us: of((one) => one.sample.report.p50Us),
      p90Us: of((one) => one.sample.report.p90Us),
      p99Us: of((one) => one.sample.report.p99Us),
      p999Us: of((one) => one.sample.report.p999Us),
      p99RatioToNoMesh: significant(median(ratios), 4),
      unserved: rounds.reduce((sum, one) => sum + one.sample.report.unserved, 0),
      cpuUsPerRequest: significant(
        median(
          rounds.map(
            ({ sample }) => total(sample.cost.participantsUs) / Math.max(1, sample.report.allRequests),
          ),
        ),
        4,
      ),
    };
  });
}

export function aggregateBulk(measurements: readonly BulkMeasurement[]): BulkRow[] {
  const pointKey = (arm: Arm, one: BulkMeasurement): string =>
    `${armKey(arm)} ${one.direction} ${one.streams}`;
  const find = index(measurements, (one) => `${pointKey(one.arm, one)} ${one.round}`);
  return groups(measurements, (one) => pointKey(one.arm, one)).map((rounds) => {
    const { arm, direction, streams } = rounds[0]!;
    const ratios = rounds.flatMap((one) => {
      const base = find.get(`${pointKey(noMesh[arm.placement], one)} ${one.round}`);
      return base === undefined ? [] : [bytesPerSecond(one.sample) / bytesPerSecond(base.sample)];
    });
    return {
      arm: arm.name,
      placement: arm.placement,
      baseline: arm.placement,
      direction,
      streams,
      bytesPerSecond: rounded(spread(rounds.map((one) => bytesPerSecond(one.sample))), 4),
      ratioToNoMesh: significant(median(ratios), 4),
      ratioToNoMeshSpread: rounded(spread(ratios), 4),
      cpuUsPerMiB: significant(
        median(
          rounds.map(
            ({ sample }) => total(sample.cost.participantsUs) / Math.max(1, sample.report.bytes / (1 << 20)),
          ),
        ),
        4,
      ),
    };
  });
}

/** The row of an arm at a point. */
export function findRow(
  rows: readonly Row[],
  arm: Row['arm'],
  at: { readonly connections: number; readonly mode: Row['mode']; readonly responseBytes: number },
  placement?: Placement,
): Row | undefined {
  return rows.find(
    (row) =>
      row.arm === arm &&
      row.variant === undefined &&
      (placement === undefined || row.placement === placement) &&
      row.connections === at.connections &&
      row.mode === at.mode &&
      row.responseBytes === at.responseBytes,
  );
}

function key(arm: Arm, { cell, variantCell }: Measurement): string {
  // A point may be in the matrix and among the variants: their rounds are apart.
  return `${armKey(arm)} ${cellKey(cell)} ${variantCell}`;
}

function index<T>(all: readonly T[], by: (one: T) => string): Map<string, T> {
  return new Map(all.map((one) => [by(one), one]));
}

function groups<T>(all: readonly T[], by: (one: T) => string): T[][] {
  const found = new Map<string, T[]>();
  for (const one of all) {
    const name = by(one);
    const group = found.get(name);
    if (group === undefined) found.set(name, [one]);
    else group.push(one);
  }
  return [...found.values()];
}

function total(parts: Readonly<Record<string, number>>): number {
  return Object.values(parts).reduce((sum, part) => sum + part, 0);
}

function rounded({ median: middle, min, max }: Spread, digits: number): Spread {
  return {
    median: significant(middle, digits),
    min: significant(min, digits),
    max: significant(max, digits),
  };
}
