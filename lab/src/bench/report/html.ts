/** The report: one file, nothing loaded from elsewhere. */
import type { Results } from '../results.js';
import { cpuPlot, latencyPlot, newConnectionPlot, sizesPlot, throughputPlot } from './plots.js';
import { escaped, plotStyle } from './svg.js';
import {
  bulkTable,
  goalsTable,
  latencyTable,
  lossesTable,
  memoryTable,
  programsTable,
  ratioMatrix,
  rowsTable,
} from './tables.js';

const style = `
:root { color-scheme: light dark; --back: #ffffff; --text: #1f2328; --faint: #59636e; --line: #d1d9e0; --good: #1a7f37; --bad: #b42318; --panel: #f6f8fa; }
@media (prefers-color-scheme: dark) { :root { --back: #0d1117; --text: #e6edf3; --faint: #9198a1; --line: #30363d; --good: #3fb950; --bad: #ff7b72; --panel: #151b23; } }
body { margin: 0 auto; padding: 2rem 1.5rem 4rem; max-width: 68rem; background: var(--back); color: var(--text); font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', sans-serif; }
h1 { font-size: 1.7rem; margin: 0 0 .25rem; } h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; } h3 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
.faint { color: var(--faint); } .good { color: var(--good); } .bad { color: var(--bad); }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--faint); font-weight: 600; } .number { text-align: right; white-space: nowrap; }
.scroll { overflow-x: auto; margin: .5rem 0 1rem; } .matrices { display: flex; flex-wrap: wrap; gap: 1.5rem; }
.small caption { text-align: left; font-weight: 600; padding-bottom: .25rem; }
.plot { max-width: 100%; height: auto; display: block; margin: 1rem 0; }
details { margin: 1rem 0; } summary { cursor: pointer; color: var(--faint); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; } dt { color: var(--faint); } dd { margin: 0; }
`;

export function reportHtml(results: Results): string {
  const { machine, goals } = results;
  const met = goals.filter((goal) => goal.met).length;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>OneHop benchmark, ${escaped(results.startedAt.slice(0, 10))}</title>
<style>${style}${plotStyle}</style>
</head>
<body>
<h1>OneHop beside no mesh and beside Envoy</h1>
<p class="faint">${escaped(results.startedAt.slice(0, 16).replace('T', ' '))} UTC, ${results.quick ? 'quick run: few points, short windows' : 'full run'}, ${results.rounds} rounds, ${results.seconds} s; ${met} of ${goals.length} goals met</p>

<h2>Goals</h2>
${goalsTable(results)}

<h2>Where OneHop loses</h2>
<p>Every point at which an arm of OneHop is more than 3 % behind no mesh, or behind one Envoy hop; worst first. A ratio above 1 is a latency.</p>
${lossesTable(results)}

<h2>Throughput</h2>
${throughputPlot(results)}
${sizesPlot(results)}
${newConnectionPlot(results)}

<h2>Ratio to no mesh over the matrix</h2>
<p>Connections across, size of the response down. Same-node arms are to no mesh on one node, kernel-cross-node to no mesh across nodes.</p>
<h3>Keep-alive</h3>
<div class="matrices">${ratioMatrix(results, 'keep')}</div>
<h3>New connection for each request, Connection: close</h3>
<div class="matrices">${ratioMatrix(results, 'close')}</div>
<details><summary>All rows</summary>${rowsTable(results.rows)}</details>
<h3>Outside the matrix</h3>
<p>Envoy with a thread a core (all-cores), Envoys and relay across nodes, connections that the client closes without announcing it, and nginx and wrk as endpoints.</p>
<details><summary>Rows</summary>${rowsTable(results.variants)}</details>

<h2>Latency at a fixed rate</h2>
${latencyPlot(results, 'all')}
${latencyTable(results.latency.filter(({ group }) => group === 'all'))}
<h3>At half of what the slowest arm without user space reaches</h3>
${latencyPlot(results, 'kernel')}
${latencyTable(results.latency.filter(({ group }) => group === 'kernel'))}

<h2>CPU per request</h2>
${cpuPlot(results)}

<h2>Long streams (L4)</h2>
${bulkTable(results.bulk)}

<h2>Run time of BPF programs</h2>
${programsTable(results.programs)}

<h2>Memory</h2>
${memoryTable(results.memory)}

<h2>Machine</h2>
${machineList(results)}

<h2>Method</h2>
<ul>${results.method.map((line) => `<li>${escaped(line)}</li>`).join('\n')}</ul>
<h3>About this run</h3>
<ul>${results.notes.map((line) => `<li>${escaped(line)}</li>`).join('\n')}</ul>
<p class="faint">${machine.cores} cores run everything: client, server, proxies. Figures of another machine differ; ratios less so.</p>
</body>
</html>
`;
}

function machineList({ machine }: Results): string {
  const loads = (values: readonly number[]): string => values.map((load) => load.toFixed(1)).join(', ');
  const entries: readonly (readonly [string, string])[] = [
    ['CPU', `${machine.cpu}, ${machine.cores} cores`],
    ['Memory', `${(machine.memoryBytes / (1 << 30)).toFixed(1)} GiB`],
    ['Kernel', machine.kernel],
    ['Distribution', machine.distribution],
    ['Node', machine.node],
    ['Envoy', machine.envoy],
    ['Load before and after', `${loads(machine.loadBefore)}; ${loads(machine.loadAfter)}`],
  ];
  return `<dl>${entries.map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`).join('')}</dl>`;
}
