/** Tables of the report. */
import { findLosses } from '../losses.js';
import { matrixArms } from '../plan.js';
import type { BulkRow, LatencyRow, MemoryRow, ProgramRow, Results, Row } from '../results.js';
import { bytesText, describeCell } from '../rounds.js';
import type { Spread } from '../statistics.js';
import { armLabel, ratioText } from './plots.js';
import { escaped, short } from './svg.js';

interface Column<T> {
  readonly title: string;
  /** Text of a cell; numbers are aligned right. */
  readonly text: (row: T) => string;
  readonly number?: boolean;
  /** Class of a cell. */
  readonly mark?: (row: T) => string;
}

export function goalsTable({ goals }: Results): string {
  return table(goals, [
    { title: '', text: ({ met }) => (met ? '✔ met' : '✘ missed'), mark: ({ met }) => (met ? 'good' : 'bad') },
    { title: 'Goal', text: ({ goal }) => goal },
    { title: 'Measured', text: ({ measured }) => measured },
    { title: 'Missed by', text: ({ missedBy }) => missedBy },
  ]);
}

export function lossesTable({ rows, latency }: Results): string {
  return table(findLosses(rows, latency), [
    { title: 'Ratio', text: ({ ratio }) => ratioText(ratio), number: true, mark: () => 'bad' },
    { title: 'Arm', text: ({ arm }) => arm },
    { title: 'Against', text: ({ against }) => against },
    { title: 'Where', text: ({ where }) => where },
    { title: 'Why', text: ({ why }) => why },
  ]);
}

export function rowsTable(rows: readonly Row[]): string {
  return table(rows, [
    { title: 'Point', text: describeCell },
    {
      title: 'Arm',
      text: (row) =>
        `${armLabel(row.arm, row.placement)}${row.variant === undefined ? '' : `, ${row.variant}`}`,
    },
    { title: 'Requests/s', text: ({ requestsPerSecond }) => spreadText(requestsPerSecond), number: true },
    { title: 'to no mesh', text: (row) => ratioText(row.ratioToNoMesh), number: true, mark: shade },
    {
      title: 'to Envoy pair',
      text: ({ ratioToEnvoyPair: ratio }) => (ratio === null ? '' : ratioText(ratio)),
      number: true,
    },
    { title: 'p50 µs', text: ({ p50Us }) => short(p50Us), number: true },
    { title: 'p99 µs', text: ({ p99Us }) => short(p99Us), number: true },
    { title: 'CPU µs/request', text: ({ cpuUsPerRequest }) => short(cpuUsPerRequest), number: true },
    { title: 'CPU to no mesh', text: ({ cpuRatioToNoMesh }) => ratioText(cpuRatioToNoMesh), number: true },
    {
      title: 'by the kernel path',
      text: ({ kernelShare }) => (kernelShare === null ? '' : `${Math.round(kernelShare * 100)} %`),
      number: true,
    },
    {
      title: 'Others’ CPU',
      text: ({ othersCpuShare }) => `${Math.round(othersCpuShare * 100)} %`,
      number: true,
    },
  ]);
}

/** One small table an arm: connections across, sizes down, the ratio to no mesh inside. */
export function ratioMatrix({ rows }: Results, mode: Row['mode']): string {
  const here = rows.filter((row) => row.mode === mode);
  const sizes = unique(here.map((row) => row.responseBytes));
  const connections = unique(here.map((row) => row.connections));
  const arms = matrixArms.filter(({ name }) => name !== 'no-mesh');
  return arms
    .map((arm) => {
      const cells = sizes.map((size) => {
        const found = connections.map((count) => {
          const row = here.find(
            (one) =>
              one.arm === arm.name &&
              one.placement === arm.placement &&
              one.connections === count &&
              one.responseBytes === size,
          );
          return row === undefined
            ? '<td></td>'
            : `<td class="number ${shade(row)}">${row.ratioToNoMesh.toFixed(2)}</td>`;
        });
        return `<tr><th scope="row">${bytesText(size)}</th>${found.join('')}</tr>`;
      });
      const head = connections.map((count) => `<th scope="col">${count}</th>`).join('');
      return `<table class="small"><caption>${arm.name}</caption><thead><tr><th></th>${head}</tr></thead><tbody>${cells.join('')}</tbody></table>`;
    })
    .join('\n');
}

export function latencyTable(rows: readonly LatencyRow[]): string {
  return table(rows, [
    { title: 'Arm', text: (row) => armLabel(row.arm, row.placement) },
    { title: 'Rate/s', text: ({ rate }) => short(rate), number: true },
    { title: 'p50 µs', text: ({ p50Us }) => spreadText(p50Us), number: true },
    { title: 'p90 µs', text: ({ p90Us }) => spreadText(p90Us), number: true },
    { title: 'p99 µs', text: ({ p99Us }) => spreadText(p99Us), number: true },
    { title: 'p99.9 µs', text: ({ p999Us }) => spreadText(p999Us), number: true },
    { title: 'p99 to no mesh', text: ({ p99RatioToNoMesh }) => ratioText(p99RatioToNoMesh), number: true },
    { title: 'CPU µs/request', text: ({ cpuUsPerRequest }) => short(cpuUsPerRequest), number: true },
    { title: 'never sent', text: ({ unserved }) => String(unserved), number: true },
  ]);
}

export function bulkTable(rows: readonly BulkRow[]): string {
  return table(rows, [
    { title: 'Arm', text: ({ arm }) => arm },
    { title: 'Place', text: ({ placement }) => placement },
    {
      title: 'Direction',
      text: ({ direction }) => (direction === 'down' ? 'to the client' : 'to the server'),
    },
    { title: 'Streams', text: ({ streams }) => String(streams), number: true },
    { title: 'Bytes/s', text: ({ bytesPerSecond }) => spreadText(bytesPerSecond), number: true },
    { title: 'to no mesh', text: ({ ratioToNoMesh }) => ratioText(ratioToNoMesh), number: true },
    { title: 'CPU µs/MiB', text: ({ cpuUsPerMiB }) => short(cpuUsPerMiB), number: true },
  ]);
}

export function programsTable(rows: readonly ProgramRow[]): string {
  return table(rows, [
    { title: 'Arm', text: ({ arm }) => arm },
    { title: 'Node', text: ({ node }) => node },
    { title: 'Program', text: ({ program }) => program },
    { title: 'Runs', text: ({ runs }) => String(runs), number: true },
    { title: 'ns/run', text: ({ nsPerRun }) => short(nsPerRun), number: true },
    { title: 'ns/request', text: ({ nsPerRequest }) => short(nsPerRequest), number: true },
  ]);
}

export function memoryTable(rows: readonly MemoryRow[]): string {
  return table(rows, [
    { title: 'What', text: ({ what }) => what },
    { title: 'When', text: ({ when }) => (when === 'idle' ? 'before any load' : 'after the run') },
    { title: 'MiB', text: ({ bytes }) => (bytes / (1 << 20)).toFixed(1), number: true },
  ]);
}

function table<T>(rows: readonly T[], columns: readonly Column<T>[]): string {
  if (rows.length === 0) return '<p>Not measured in this run.</p>';
  const head = columns.map(({ title }) => `<th scope="col">${escaped(title)}</th>`).join('');
  const body = rows.map((row) => {
    const cells = columns.map(({ text, number, mark }) => {
      const names = [number === true ? 'number' : '', mark?.(row) ?? ''].filter(Boolean).join(' ');
      return `<td${names === '' ? '' : ` class="${names}"`}>${escaped(text(row))}</td>`;
    });
    return `<tr>${cells.join('')}</tr>`;
  });
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`;
}

function shade({ ratioToNoMesh, arm }: Row): string {
  if (arm === 'no-mesh') return '';
  return ratioToNoMesh >= 1.03 ? 'good' : ratioToNoMesh < 0.8 ? 'bad' : '';
}

function spreadText({ median, min, max }: Spread): string {
  return `${short(median)} (${short(min)}–${short(max)})`;
}

function unique(values: readonly number[]): number[] {
  return [...new Set(values)].toSorted((a, b) => a - b);
}
