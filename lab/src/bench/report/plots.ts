/** The plots of the report and of the README. */
import { KIB } from '../plan.js';
import type { ArmName, LatencyRow, Placement, Results, Row } from '../results.js';
import { bytesText } from '../rounds.js';
import type { Spread } from '../statistics.js';
import { barPlot, stackPlot, type Bar, type BarGroup, type Part } from './bars.js';
import { short, standalone } from './svg.js';

const order: readonly ArmName[] = [
  'no-mesh',
  'direct',
  'kernel-same-node',
  'kernel-cross-node',
  'relay',
  'envoy-hop',
  'envoy-pair',
];

/** Names of files below docs/images with their content. */
export function readmePlots(results: Results): readonly (readonly [string, string])[] {
  return [
    ['bench-throughput.svg', standalone(throughputPlot(results))],
    ['bench-latency.svg', standalone(latencyPlot(results, 'all'))],
    ['bench-cpu.svg', standalone(cpuPlot(results))],
  ];
}

export function throughputPlot({ rows, rounds, machine }: Results): string {
  const groups = [16, 64].map((connections) => ({
    title: `${connections} connections`,
    bars: sorted(
      rows.filter(
        (row) => row.mode === 'keep' && row.responseBytes === KIB && row.connections === connections,
      ),
    ).map(rateBar),
  }));
  return barPlot({
    title: 'Requests per second, keep-alive, 1 KiB responses',
    subtitle: `median of ${rounds} rounds, whiskers: min to max; × is to no mesh in the same place; ${machine.cores} cores for everything`,
    groups: filled(groups),
    unit: 'requests/s',
  });
}

export function newConnectionPlot({ rows }: Results): string {
  const bars = sorted(
    rows.filter((row) => row.mode === 'close' && row.responseBytes === KIB && row.connections === 16),
  ).map(rateBar);
  return barPlot({
    title: 'Requests per second, a new connection for each, 1 KiB responses',
    subtitle: '16 at a time, with Connection: close',
    groups: filled([{ title: '', bars }]),
    unit: 'requests/s',
  });
}

/** Ratio to no mesh over the sizes of responses. */
export function sizesPlot({ rows }: Results, connections = 16): string {
  const sizes = [...new Set(rows.map((row) => row.responseBytes))].toSorted((a, b) => a - b);
  const shown: readonly ArmName[] = ['kernel-same-node', 'kernel-cross-node', 'envoy-pair'];
  const groups = sizes.map((size) => ({
    title: bytesText(size),
    bars: sorted(
      rows.filter(
        (row) =>
          row.mode === 'keep' &&
          row.connections === connections &&
          row.responseBytes === size &&
          shown.includes(row.arm),
      ),
    ).map((row) => ({
      label: armLabel(row.arm, row.placement),
      fill: fillOf(row.arm),
      value: row.ratioToNoMeshSpread,
      note: `${ratioText(row.ratioToNoMesh)}${relayedNote(row)}`,
    })),
  }));
  return barPlot({
    title: `Rate as a part of no mesh, by size of the response, ${connections} connections, keep-alive`,
    subtitle: 'the dashed line is no mesh; over 64 KiB responses take the relay',
    groups: filled(groups),
    unit: '× no mesh',
    base: 1,
  });
}

export function latencyPlot({ latency }: Results, group: string): string {
  const rows = latency.filter((row) => row.group === group);
  const rate = rows[0]?.rate ?? 0;
  const groupOf = (title: string, of: (row: LatencyRow) => Spread): BarGroup => ({
    title,
    bars: sorted(rows).map((row) => ({
      label: armLabel(row.arm, row.placement),
      fill: fillOf(row.arm),
      value: of(row),
      note: `${Math.round(of(row).median)} µs`,
    })),
  });
  return barPlot({
    title: `Latency at ${short(rate)} requests/s, 16 connections, 1 KiB responses`,
    subtitle: 'from the moment at which each request was due; whiskers: min to max of the rounds',
    groups: filled([
      groupOf('half of the requests (p50)', (row) => row.p50Us),
      groupOf('99 of 100 (p99)', (row) => row.p99Us),
    ]),
    unit: 'µs',
  });
}

export function cpuPlot({ rows }: Results): string {
  const at = sorted(
    rows.filter((row) => row.mode === 'keep' && row.responseBytes === KIB && row.connections === 16),
  );
  return stackPlot({
    title: 'CPU time per request, 16 connections, keep-alive, 1 KiB responses',
    subtitle: 'from the cgroups of all participants; kernel threads: of the whole machine',
    unit: 'µs',
    bars: at.map((row) => ({ label: armLabel(row.arm, row.placement), parts: cpuParts(row) })),
  });
}

/** The rate of a row, with its ratio to no mesh. */
function rateBar(row: Row): Bar {
  const rate = short(row.requestsPerSecond.median);
  return {
    label: armLabel(row.arm, row.placement),
    fill: fillOf(row.arm),
    value: row.requestsPerSecond,
    note: row.arm === 'no-mesh' ? rate : `${rate}, ${ratioText(row.ratioToNoMesh)}`,
  };
}

function cpuParts(row: Row): Part[] {
  const of = (name: string): number => row.cpuByParticipantUs[name] ?? 0;
  const envoys = Object.entries(row.cpuByParticipantUs)
    .filter(([name]) => name.startsWith('envoy'))
    .reduce((sum, [, us]) => sum + us, 0);
  const parts = [
    { name: 'client', fill: 'client', value: of('client') },
    { name: 'server', fill: 'server', value: of('server') },
    { name: 'OneHop agent', fill: 'mesh', value: of('agent') + of('control-plane') },
    { name: 'Envoy', fill: 'envoy', value: row.arm.startsWith('envoy') ? envoys : 0 },
    { name: 'kernel threads', fill: 'threads', value: row.kernelThreadsUsPerRequest },
  ];
  return parts.filter(({ value }) => value > 0);
}

export function armLabel(arm: ArmName, placement: Placement): string {
  return arm === 'no-mesh' ||
    (arm !== 'kernel-same-node' && placement === 'cross-node' && arm !== 'kernel-cross-node')
    ? `${arm}, ${placement}`
    : arm;
}

export function fillOf(arm: ArmName): string {
  if (arm === 'no-mesh') return 'none';
  if (arm === 'relay') return 'relay';
  return arm.startsWith('envoy') ? 'envoy' : 'ours';
}

export function ratioText(ratio: number): string {
  return `${ratio >= 10 ? ratio.toFixed(1) : ratio.toFixed(2)} ×`;
}

function relayedNote({ kernelShare }: Row): string {
  return kernelShare !== null && kernelShare < 0.05 ? ' (relay)' : '';
}

function sorted<T extends { readonly arm: ArmName; readonly placement: Placement }>(rows: readonly T[]): T[] {
  return rows.toSorted(
    (a, b) => order.indexOf(a.arm) - order.indexOf(b.arm) || b.placement.localeCompare(a.placement),
  );
}

function filled(groups: readonly BarGroup[]): BarGroup[] {
  return groups.filter(({ bars }) => bars.length > 0);
}
