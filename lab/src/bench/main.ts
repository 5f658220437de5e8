/** `npm run bench`. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LabError } from '../backends/errors.js';
import { runBench } from './bench.js';
import { BenchError } from './errors.js';
import { parseOptions, usage, type BenchOptions } from './options.js';
import { root } from './paths.js';
import { Progress } from './progress.js';
import { readmePlots } from './report/plots.js';
import { reportHtml } from './report/html.js';
import type { Results } from './results.js';
import { summaryText } from './summary.js';

process.exitCode = await main();

async function main(): Promise<number> {
  // The first signal cleans up; a second one ends at once, and the next run removes the remains.
  const abort = new AbortController();
  const stop = (signal: NodeJS.Signals): void => {
    process.stderr.write(`\n${signal}: removing the labs\n`);
    abort.abort(
      new BenchError('cancelled', 'Cancelled; nothing was written.', 'Run it again whenever you like.'),
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop);
  try {
    const options = parseOptions(process.argv.slice(2));
    if (options.help) {
      process.stdout.write(usage);
      return 0;
    }
    await run(options, abort.signal);
    return 0;
  } catch (error) {
    const shown = abort.signal.aborted ? abort.signal.reason : error;
    process.stderr.write(`${describe(shown)}\n`);
    return BenchError.is(shown) && shown.reason === 'usage' ? 2 : 1;
  }
}

async function run(options: BenchOptions, signal: AbortSignal): Promise<void> {
  const directory = resolve(options.out ?? join(root, 'bench-results'));
  const file = join(directory, 'latest.json');
  const results = options.reportOnly
    ? (JSON.parse(readFileSync(file, 'utf8')) as Results)
    : await runBench(options, new Progress(process.stdout), signal);
  mkdirSync(directory, { recursive: true });
  if (!options.reportOnly) write(file, `${JSON.stringify(results, undefined, 1)}\n`);
  const report = join(directory, 'report.html');
  write(report, reportHtml(results));
  if (options.images) {
    const images = join(root, 'docs/images');
    mkdirSync(images, { recursive: true });
    for (const [name, svg] of readmePlots(results)) write(join(images, name), svg);
  }
  process.stdout.write(summaryText(results));
  process.stdout.write(`${results.seconds} s. Results: ${file}\nReport:  ${report}\n`);
}

/** Readers never see half a file. */
function write(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

function describe(error: unknown): string {
  if (BenchError.is(error) || LabError.is(error)) return `${error.message}\n${error.hint}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
