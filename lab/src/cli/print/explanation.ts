import type { Explanation, ExplainStep, MapEntry, MapRead } from '@onehop/core/api/agent.generated.js';
import { parseIp } from '@onehop/core/wire/ip.js';
import type { LabTopology } from '../../backends/topology.js';
import type { Asked } from '../request/result.js';
import { entryText } from './entry.js';
import { dressPath, pathText } from './path.js';
import { displayWidth, printable, type Style } from './style.js';
import { table } from './table.js';
import { count } from './units.js';

/** A question and its answer, with what is known of the lab. */
export interface Explained {
  readonly lab: string;
  readonly node: string;
  readonly topology: LabTopology;
  readonly asked: Asked;
  readonly answer: Explanation;
}

/** Where a request would go, as a list that reads from top to bottom, and the entries that were read. */
export function explanationText(explained: Explained, style: Style): string {
  const { answer, node, topology } = explained;
  const lines = [requestLine(explained.asked, style), ...stepLines(answer.steps, topology, style)];
  lines.push(` → ${outcome(answer, style)}`, '');
  return `${lines.join('\n')}\n${readsText(answer, node, style)}`;
}

function requestLine({ method, url, from, headers }: Asked, style: Style): string {
  const sent = headers.map(([name, value]) => `  ${printable(name)}: ${printable(value)}`).join('');
  return `${style('strong', `${method} ${printable(url)}`)}${sent}  ${style('faint', `from ${from}`)}`;
}

function stepLines(steps: readonly ExplainStep[], topology: LabTopology, style: Style): string[] {
  const rows = steps.map((step) => ({ ...step, title: step.kind.replaceAll('-', ' ') }));
  const titleWidth = Math.max(0, ...rows.map(({ title }) => title.length));
  const nameWidth = Math.max(0, ...rows.map(({ name }) => displayWidth(printable(name))));
  return rows.map(({ title, name, ok, detail, kind }) => {
    const shown = printable(name);
    const mark = ok ? style('good', '✔') : style('bad', '✖');
    const where = kind === 'endpoint' && ok ? runsOn(name, topology) : undefined;
    const note = printable([detail, ...(where === undefined ? [] : [where])].join(', '));
    const fill = ' '.repeat(nameWidth - displayWidth(shown));
    return ` ${mark} ${title.padEnd(titleWidth)}  ${shown}${fill}  ${style('faint', note)}`.trimEnd();
  });
}

/** `reviews-v2 on node-2`, of the workload that has the address. */
function runsOn(endpoint: string, topology: LabTopology): string | undefined {
  const wanted = ipText(endpoint.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1'));
  const workload = topology.workloads.find(({ addresses }) =>
    addresses.some((address) => ipText(address.replace(/\/\d+$/, '')) === wanted),
  );
  return workload === undefined ? undefined : `${workload.name} on ${workload.node}`;
}

function ipText(address: string): string {
  return String(parseIp(address) ?? address);
}

function outcome({ path, reason, status }: Explanation, style: Style): string {
  const because = reason === '' ? '' : `, because ${printable(reason)}`;
  if (path === '') return 'the mesh leaves the connection alone';
  const way = dressPath(`${pathText(path)} path`, path, style);
  if (path === 'direct' && reason !== '') return `${way}: the connection is refused${because}`;
  return `${way}${because}${status === 0 ? '' : `; it answers ${status} itself`}`;
}

function readsText({ reads, generation, source }: Explanation, node: string, style: Style): string {
  if (reads.length === 0) return '';
  const who = source === 'relay' ? 'The relay decides by' : 'Decided by';
  const title = `${who} ${count(reads.length, 'map entry', 'map entries')} of ${node}, generation ${generation}:`;
  const text = table<MapRead>(
    [
      { title: 'MAP', text: ({ map }) => map },
      { title: 'KEY', text: ({ entry }) => entryText(entry?.key ?? '') },
      { title: 'ENTRY', text: ({ entry }) => readText(entry) },
    ],
    reads,
    style,
  );
  return `${style('faint', title)}\n${text}\n`;
}

/** What the entry is in the configuration; where it is nothing by itself, what it holds. */
function readText(entry: MapEntry | null): string {
  if (entry === null || entry.value === '') return 'none';
  return entry.note === '' ? entryText(entry.value) : entry.note;
}
