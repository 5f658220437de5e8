/** npm run agreement: mutated configurations, Envoy's validator beside ours. --count N (default 2,000) --seed S (default 1: the first). */
import { parseArgs } from 'node:util';
import { formatDiagnostic } from '@onehop/core/diagnostics/diagnostic.js';
import { ensureEnvoy } from '@onehop/lab/bench/envoy.js';
import { classOf, differenceClasses } from './classes.js';
import { compare, report } from './compare.js';

const { values } = parseArgs({
  options: { count: { type: 'string', default: '2000' }, seed: { type: 'string', default: '1' } },
});
const seeds = Array.from({ length: Number(values.count) }, (_, i) => Number(values.seed) + i);
const classes = differenceClasses();
const all = await compare(await ensureEnvoy((line) => console.log(line)), seeds);
const { alike, accepted, onlyEnvoy, listed, unlisted } = report(all, classes);
for (const { seed, mutant, envoy } of onlyEnvoy)
  console.log(`only Envoy refuses ${seed}: ${mutant.what.slice(0, 400)}\n  ${envoy.slice(0, 600)}`);
for (const { seed, mutant, errors } of unlisted)
  console.log(
    `not listed ${seed}: ${mutant.what.slice(0, 400)}\n  ${errors.map(formatDiagnostic).join('\n  ')}`,
  );
const counts = new Map<string, number>();
for (const { errors } of listed)
  for (const why of new Set(errors.map((error) => classOf(classes, error)))) {
    const key = `${why?.rule}: ${why?.why}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
for (const [why, n] of [...counts].sort(([, a], [, b]) => b - a))
  console.log(`${String(n).padStart(6)} ${why}`);
console.log(
  `${all.length} configurations: ${alike} alike (${accepted} accepted), ${onlyEnvoy.length} refused by Envoy alone, ${listed.length + unlisted.length} by OneHop alone, ${unlisted.length} of these not listed`,
);
process.exitCode = onlyEnvoy.length + unlisted.length === 0 ? 0 : 1;
