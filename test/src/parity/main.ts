/**
 * npm run parity: random configurations in an Envoy and in a lab, asked the same requests. --requests N (default 30,000)
 * --configurations M (default one for 100 requests) --seed S (default: the time). What is written by hand (cases/) is asked in every run.
 * --report: the run of npm test, and docs/parity.md from it.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ensureEnvoy } from '@onehop/lab/bench/envoy.js';
import { ParityLab } from './parityLab.js';
import { renderReport, reportPath } from './report.js';
import { runParity, usualRun } from './run.js';
import { reproduction, shrink } from './shrink.js';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '30000' },
    configurations: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    report: { type: 'boolean', default: false },
    shrink: { type: 'string', default: '3' },
  },
});
const asked = Number(values.requests);
const { requests, configurations, seed } = values.report
  ? usualRun
  : {
      requests: asked,
      configurations: Number(values.configurations ?? Math.ceil(asked / 100)),
      seed: Number(values.seed),
    };
const progress = (line: string): void => console.log(line);

const lab = await ParityLab.up(`t-${process.pid}-parity`, await ensureEnvoy(progress));
try {
  console.log(`seed ${seed}`);
  const result = await runParity(lab, { requests, configurations, seed, progress });
  const kinds = new Map<string, number>();
  for (const { difference } of result.mismatches) {
    const kind = difference.replace(/"?c\d+-\d+-\d+"?|cluster-\d+/g, '…');
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  for (const [kind, n] of [...kinds].sort(([, a], [, b]) => b - a).slice(0, 20))
    console.log(`${n} × ${kind}`);
  for (const mismatch of result.mismatches.slice(0, Number(values.shrink)))
    console.log(`\n${reproduction(await shrink(lab, mismatch))}`);
  for (const text of result.cases.differences) console.log(text);
  if (values.report) writeFileSync(reportPath, renderReport(result, seed));
  console.log(
    `${result.requests} requests, ${result.configurations} configurations, ${result.mismatches.length} mismatches`,
  );
  process.exitCode = result.mismatches.length + result.cases.differences.length === 0 ? 0 : 1;
} finally {
  await lab.down();
}
