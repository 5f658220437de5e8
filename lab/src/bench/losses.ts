/** Where OneHop is worse than no mesh at all, or than an Envoy: shown as prominently as where it is better. */
import { findRow } from './aggregate.js';
import type { LatencyRow, Row } from './results.js';
import { bytesText, describeCell } from './rounds.js';

export interface Loss {
  readonly where: string;
  readonly arm: string;
  readonly against: string;
  /** Below 1: so much of the other's rate. Above 1 only for latencies. */
  readonly ratio: number;
  readonly why: string;
}

/** Worst first. */
export function findLosses(rows: readonly Row[], latency: readonly LatencyRow[]): Loss[] {
  const ours = rows.filter(({ arm }) => arm.startsWith('kernel') || arm === 'relay' || arm === 'direct');
  const toNoMesh = ours
    .filter(({ arm, ratioToNoMesh }) => arm !== 'relay' && ratioToNoMesh < 0.97)
    .map((row) => ({
      where: describeCell(row),
      arm: row.arm,
      against: `no mesh, ${row.baseline}`,
      ratio: row.ratioToNoMesh,
      why: reason(row),
    }));
  const toEnvoy = ours.flatMap((row) => {
    const hop = row.placement === 'same-node' ? findRow(rows, 'envoy-hop', row) : undefined;
    const ratio = hop === undefined ? NaN : row.requestsPerSecond.median / hop.requestsPerSecond.median;
    return ratio < 0.97
      ? [{ where: describeCell(row), arm: row.arm, against: 'one Envoy hop', ratio, why: reason(row) }]
      : [];
  });
  const late = latency
    .filter(({ arm, p99RatioToNoMesh }) => arm.startsWith('kernel') && p99RatioToNoMesh > 1.03)
    .map((row) => ({
      where: `p99 at ${row.rate}/s, ${bytesText(row.responseBytes)}`,
      arm: row.arm,
      against: `no mesh, ${row.baseline}`,
      ratio: row.p99RatioToNoMesh,
      why: '',
    }));
  const badness = ({ ratio }: Loss): number => (ratio > 1 ? 1 / ratio : ratio);
  return [...toNoMesh, ...toEnvoy, ...late].toSorted((a, b) => badness(a) - badness(b));
}

/** From what the counters say about the path; else, whether all rounds say the same. */
function reason(row: Row): string {
  if (row.arm === 'relay') return 'user space, on purpose';
  if (row.arm !== 'direct' && row.responseBytes > 65_536) return 'over the budget of 64 KiB: relayed';
  if (row.kernelShare !== null && row.kernelShare < 0.05)
    return row.mode === 'close' ? '`Connection: close` is relayed' : 'relayed';
  if (row.kernelShare !== null && row.kernelShare < 0.95)
    return `${Math.round((1 - row.kernelShare) * 100)} % of the requests relayed`;
  const { min, max } = row.ratioToNoMeshSpread;
  return max >= 1 ? `not in every round: ${min.toFixed(2)} to ${max.toFixed(2)}` : '';
}
