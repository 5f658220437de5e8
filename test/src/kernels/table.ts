/** The matrix for people. */
import type { KernelResult } from './matrix.js';

const COLUMNS = ['kernel', 'release', 'programs', 'most instructions', 'load', 'checks', 'run'] as const;

/** A table with one line a kernel, and below it what went wrong. */
export function formatMatrix(results: readonly KernelResult[]): string {
  const rows = [COLUMNS, ...results.map(cells)];
  const widths = COLUMNS.map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)));
  const lines = rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [...lines, ...results.flatMap(failures)].join('\n');
}

function cells(result: KernelResult): readonly string[] {
  if (result.outcome === 'skipped') return [result.id, `skipped: ${result.reason}`];
  const { report, seconds } = result;
  const { programs, checks, probe } = report;
  const time = `${seconds.toFixed(0)} s`;
  if (probe?.runs === false) {
    return [result.id, report.release, 'refused', '', '', `${probe.missing.length} features missing`, time];
  }
  return [
    result.id,
    report.release,
    `${programs.filter(({ error }) => error === undefined).length} of ${programs.length}`,
    Math.max(0, ...programs.map(({ instructions }) => instructions)).toLocaleString('en'),
    `${programs.reduce((sum, { loadMs }) => sum + loadMs, 0).toFixed(0)} ms`,
    `${checks.filter(({ ok }) => ok).length} of ${checks.length}`,
    time,
  ];
}

function failures(result: KernelResult): string[] {
  if (result.outcome === 'skipped') return [];
  const { programs, checks } = result.report;
  const lines = [
    ...programs.flatMap(({ name, error }) => (error === undefined ? [] : [`program ${name}: ${error}`])),
    ...checks.flatMap(({ ok, name, message }) => (ok ? [] : [`${name}: ${message}`])),
    ...(result.outcome === 'dead'
      ? [`the guest ended early; its console: ${result.console.slice(-1000)}`]
      : []),
  ];
  return lines.map((line) => `${result.id}: ${line}`);
}
