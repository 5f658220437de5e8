/** Runs the plan: in every round every arm at every point, one right after the other, each time in another order. */
import type { Environment } from './environment.js';
import { measureBulk, measureCell, measureRate, type Sample } from './measure.js';
import {
  armKey,
  armsOfVariantCell,
  cellKey,
  latencyBytes,
  latencyConnections,
  latencyGroups,
  matrixArms,
  noMesh,
  type Arm,
  type Cell,
  type Plan,
} from './plan.js';
import type { Progress } from './progress.js';
import { median, rotated } from './statistics.js';

/** Samples of one round of one arm at one point. */
export interface Measurement {
  readonly arm: Arm;
  readonly cell: Cell;
  readonly variantCell: boolean;
  readonly round: number;
  readonly sample: Sample;
}

export interface RateMeasurement {
  readonly group: string;
  readonly arm: Arm;
  readonly rate: number;
  readonly round: number;
  readonly sample: Sample;
}

export interface BulkMeasurement {
  readonly arm: Arm;
  readonly direction: 'down' | 'up';
  readonly streams: number;
  readonly round: number;
  readonly sample: Sample;
}

export async function runCells(
  environment: Environment,
  plan: Plan,
  progress: Progress,
  signal: AbortSignal,
): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (let round = 0; round < plan.rounds; round++) {
    await warmPools(environment, plan);
    const points = [
      ...plan.cells.map((cell) => ({ cell, variantCell: false, arms: matrixArms })),
      ...plan.variantCells.map((cell) => ({ cell, variantCell: true, arms: armsOfVariantCell(cell) })),
    ];
    for (const { cell, variantCell, arms } of points) {
      const row: Measurement[] = [];
      for (const arm of rotated(present(environment, arms), round)) {
        signal.throwIfAborted();
        const sample = await measureCell(environment, arm, cell);
        row.push({ arm, cell, variantCell, round, sample });
        progress.advance(cell.warmMs + cell.ms * 1.15 + 45);
      }
      measurements.push(...row);
      progress.line(`round ${round + 1}/${plan.rounds}  ${describeCell(cell)}  ${ratios(row)}`);
    }
  }
  return measurements;
}

/** Every arm of a group at one rate: half of what the slowest of them did. */
export async function runRates(
  environment: Environment,
  plan: Plan,
  measurements: readonly Measurement[],
  progress: Progress,
  signal: AbortSignal,
): Promise<RateMeasurement[]> {
  const results: RateMeasurement[] = [];
  for (let round = 0; round < plan.latency.rounds; round++) {
    for (const { name: group, arms: all } of latencyGroups) {
      const arms = present(environment, all);
      const rate = fixedRate(arms, measurements);
      const row: string[] = [];
      for (const arm of rotated(arms, round)) {
        signal.throwIfAborted();
        const { warmMs, ms } = plan.latency;
        const job = { connections: latencyConnections, bytes: latencyBytes, rate, warmMs, ms };
        const sample = await measureRate(environment, arm, job);
        results.push({ group, arm, rate, round, sample });
        row.push(`${armKey(arm)} ${Math.round(sample.report.p99Us)}`);
        progress.advance(warmMs + ms * 1.15 + 45);
      }
      progress.line(`round ${round + 1}/${plan.latency.rounds}  p99 in us at ${rate}/s: ${row.join(', ')}`);
    }
  }
  return results;
}

/** Requests a second, rounded down to hundreds. */
export function fixedRate(arms: readonly Arm[], measurements: readonly Measurement[]): number {
  const capacities = arms.flatMap((arm) => {
    const rates = measurements
      .filter(
        (one) =>
          armKey(one.arm) === armKey(arm) &&
          cellKey(one.cell) ===
            cellKey({ connections: latencyConnections, mode: 'keep', responseBytes: latencyBytes }),
      )
      .map((one) => requestsPerSecond(one));
    return rates.length > 0 ? [median(rates)] : [];
  });
  return Math.max(100, Math.floor(Math.min(...capacities) / 2 / 100) * 100);
}

export async function runBulk(
  environment: Environment,
  plan: Plan,
  progress: Progress,
  signal: AbortSignal,
): Promise<BulkMeasurement[]> {
  const results: BulkMeasurement[] = [];
  for (let round = 0; round < plan.bulk.rounds; round++) {
    for (const placement of ['same-node', 'cross-node'] as const) {
      const direct: Arm = { name: 'direct', placement };
      const row: string[] = [];
      for (const streams of plan.bulk.streams)
        for (const direction of ['down', 'up'] as const)
          for (const arm of rotated([noMesh[placement], direct], round)) {
            signal.throwIfAborted();
            const sample = await measureBulk(environment, arm, {
              direction,
              connections: streams,
              ms: plan.bulk.ms,
            });
            results.push({ arm, direction, streams, round, sample });
            row.push(`${arm.name} ${direction} ${(bytesPerSecond(sample) / 1e9).toFixed(2)}`);
            progress.advance(80 + plan.bulk.ms * 1.15 + 45);
          }
      progress.line(`round ${round + 1}/${plan.bulk.rounds}  bulk ${placement}, GB/s: ${row.join(', ')}`);
    }
  }
  return results;
}

/** From the bytes that arrived in the window, so that long responses count by parts. */
export function requestsPerSecond({
  cell,
  sample: { report },
}: Pick<Measurement, 'cell' | 'sample'>): number {
  const seconds = report.windowNs / 1e9;
  // Short ones are whole anyway, and their bytes come at once with their end.
  return (cell.responseBytes >= 16_384 ? report.bytes / cell.responseBytes : report.requests) / seconds;
}

export function bytesPerSecond({ report }: Sample): number {
  return report.bytes / (report.windowNs / 1e9);
}

export function present(environment: Pick<Environment, 'hasEnvoy'>, arms: readonly Arm[]): readonly Arm[] {
  return environment.hasEnvoy ? arms : arms.filter(({ name }) => !name.startsWith('envoy'));
}

/** Pools of warm connections grow with use: a benchmark of steady state starts with what the load needs. */
async function warmPools(environment: Environment, plan: Plan): Promise<void> {
  const connections = Math.max(...plan.cells.map((cell) => cell.connections));
  const cell: Cell = { connections, mode: 'keep', responseBytes: 100, warmMs: 0, ms: 300 };
  for (const name of ['kernel-same-node', 'kernel-cross-node'] as const)
    await measureCell(
      environment,
      { name, placement: name === 'kernel-same-node' ? 'same-node' : 'cross-node' },
      cell,
    );
}

export function describeCell({ connections, mode, responseBytes }: Omit<Cell, 'warmMs' | 'ms'>): string {
  const how = { keep: 'keep-alive', close: 'new connection', hangup: 'new connection, client closes' }[mode];
  return `${String(connections).padStart(3)} × ${how}, ${bytesText(responseBytes)}`;
}

export function bytesText(bytes: number): string {
  if (bytes >= 1 << 20) return `${bytes / (1 << 20)} MiB`;
  return bytes >= 1024 ? `${bytes / 1024} KiB` : `${bytes} B`;
}

function ratios(row: readonly Measurement[]): string {
  const rate = (arm: Arm): number | undefined => {
    const found = row.find((one) => armKey(one.arm) === armKey(arm));
    return found === undefined ? undefined : requestsPerSecond(found);
  };
  return row
    .toSorted((a, b) => armKey(a.arm).localeCompare(armKey(b.arm)))
    .map(({ arm }) => {
      const own = rate(arm) ?? NaN;
      const base = rate(noMesh[arm.placement]) ?? NaN;
      return arm.name === 'no-mesh'
        ? `${arm.placement} ${Math.round(own)}/s`
        : `${arm.name}${arm.variant === undefined ? '' : '+'} ${(own / base).toFixed(2)}×`;
    })
    .join('  ');
}
