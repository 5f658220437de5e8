import type { RequestSummary, Share } from '../request/summary.js';
import { dressPath, pathText } from './path.js';
import type { Style } from './style.js';
import { table, type Column } from './table.js';
import { count, duration, integer, percent } from './units.js';

/** The summary of many requests: answers by status, path, cluster and endpoint. */
export function summaryText(
  summary: RequestSummary,
  elapsedMs: number,
  connections: number,
  style: Style,
): string {
  const rate = elapsedMs > 0 ? ` (${integer((summary.requests / elapsedMs) * 1000)} requests/s)` : '';
  const time = duration(elapsedMs * 1000);
  const head = `${count(summary.requests, 'answer')} on ${count(connections, 'connection')} in ${time}${rate}\n`;
  const parts = [
    head,
    table([{ title: 'STATUS', text: nameOf }, ...shares<Share>()], summary.byStatus, style),
  ];
  if (summary.byPath.length > 0) parts.push(byPath(summary, style), byEndpoint(summary, style));
  for (const { name, requests } of summary.missing)
    parts.push(`${style('warning', '?')} ${count(requests, 'request')} without a decision: ${name}.\n`);
  return parts.join('\n');
}

function byPath({ byPath }: RequestSummary, style: Style): string {
  const time = (title: string, of: (row: Row) => number): Column<Row> => ({
    title,
    text: (row) => duration(of(row)),
    align: 'right',
  });
  type Row = (typeof byPath)[number];
  return table<Row>(
    [
      {
        title: 'PATH',
        text: ({ name }) => pathText(name),
        dress: (text, { name }) => dressPath(text, name, style),
      },
      ...shares<Row>(),
      time('P50', ({ latencyUs }) => latencyUs.p50),
      time('P90', ({ latencyUs }) => latencyUs.p90),
      time('P99', ({ latencyUs }) => latencyUs.p99),
      time('MAX', ({ latencyUs }) => latencyUs.max),
    ],
    byPath,
    style,
  );
}

function byEndpoint({ byEndpoint }: RequestSummary, style: Style): string {
  type Row = (typeof byEndpoint)[number];
  return table<Row>(
    [
      { title: 'CLUSTER', text: ({ cluster }) => cluster },
      { title: 'ENDPOINT', text: ({ endpoint }) => endpoint },
      ...shares<Row>(),
    ],
    byEndpoint,
    style,
  );
}

function shares<Row extends Share>(): Column<Row>[] {
  return [
    { title: 'REQUESTS', text: ({ requests }) => integer(requests), align: 'right' },
    { title: 'SHARE', text: ({ share }) => percent(share), align: 'right' },
  ];
}

function nameOf({ name }: Share): string {
  return name;
}
