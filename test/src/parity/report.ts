/** docs/parity.md: what OneHop does with each field of Envoy's API, and how many requests of a run had a part in it. */
import { supportTable, type Feature } from '@onehop/core/routing/supportTable.js';
import type { ParityResult } from './run.js';

export const reportPath = new URL('../../../../docs/parity.md', import.meta.url);

export function renderReport(
  { requests, configurations, mismatches, fields, cases }: ParityResult,
  seed: number,
): string {
  const table = supportTable();
  const done = table.filter(isDone);
  const seen = done.filter(({ id }) => (fields.get(id) ?? 0) > 0);
  return [
    '# Parity with Envoy 1.40',
    '',
    'Every field of Envoy’s listeners, routes, clusters and endpoints, and what becomes of it. Written by `npm run parity -- --report`',
    'from the tables that resources are checked with (`core/src/routing/support/`) and from a run in which a real Envoy and a lab were given the',
    'same random configurations and asked the same requests; `npm test` repeats that run and fails when they differ, or when this page is',
    'no longer what is so.',
    '',
    `The run (seed ${seed}): ${number(requests)} requests, ${number(configurations)} configurations, ${number(mismatches.length)} mismatches. Of ${done.length} fields that are honoured,`,
    `${seen.length} had a part in requests that were compared; the number is that of the requests whose route, or one tried before it, has the field.`,
    '',
    `By hand there are ${number(cases.requests)} more requests (\`test/src/parity/cases/\`), of which whole answers are compared: ${number(cases.differences.length)} differences.`,
    '',
    'Compared are the route (by Envoy’s own word and by `onehop xds explain`), the cluster whose server answered, method, path and Host as the server',
    'got them, the status and location of answers that no server gave, the bodies of direct responses, and over many answers to one request',
    'the shares of clusters and endpoints.',
    '',
    ...sections.flatMap(([resource, title]) =>
      section(
        title,
        table.filter(({ id }) => id.startsWith(`${resource}.`)),
        fields,
      ),
    ),
  ].join('\n');
}

/** Of each field in a report: where it is done, and whether requests checked it. */
export function rowsOf(report: string): ReadonlyMap<string, string> {
  const rows = new Map<string, string>();
  let resource = '';
  for (const line of report.split('\n')) {
    const title = /^## (.*)$/.exec(line)?.[1];
    if (title !== undefined) resource = sections.find(([, one]) => one === title)?.[0] ?? '';
    const [, field, where, checked] = /^\| `([^`]+)` \| ([^|]+) \| ([^|]*) \|/.exec(line) ?? [];
    if (field !== undefined)
      rows.set(`${resource}.${field}`, `${where?.trim()}${/\d/.test(checked ?? '') ? ', checked' : ''}`);
  }
  return rows;
}

const sections = [
  ['listener', 'Listeners'],
  ['route', 'Routes'],
  ['cluster', 'Clusters'],
  ['endpoint', 'Endpoints'],
] as const;

function section(title: string, table: readonly Feature[], counts: ReadonlyMap<string, number>): string[] {
  return [
    `## ${title}`,
    '',
    '| field | where | requests | remarks |',
    '|---|---|---|---|',
    ...merged(table).map((feature) => row(feature, counts.get(feature.id) ?? 0)),
    '',
  ];
}

/** One row a field: of one that has several, as of an Any, the first says where. */
function merged(table: readonly Feature[]): Feature[] {
  const byId = new Map<string, Feature>();
  for (const one of table) {
    const before = byId.get(one.id);
    byId.set(
      one.id,
      before === undefined ? one : { ...before, note: [before.note, one.note].filter(Boolean).join('; ') },
    );
  }
  return [...byId.values()];
}

function row(feature: Feature, count: number): string {
  const { field, where, note, instead } = feature;
  const checked = isDone(feature) ? (count > 0 ? number(count) : 'none') : '';
  const remarks = [note, instead].filter((text) => text !== '').join('. ');
  return `| \`${field}\` | ${where} | ${checked} | ${remarks.replaceAll('|', '\\|').replaceAll('<', '&lt;')} |`;
}

function isDone({ where }: Feature): boolean {
  return where === 'kernel' || where === 'relay' || where === 'kernel or relay';
}

function number(n: number): string {
  return n.toLocaleString('en-US');
}
