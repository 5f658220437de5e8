/** Runs a bundle of tests inside the extension host of a real VS Code. */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { openBrowser, REPOSITORY, startHost, type HostOptions } from './host.js';
import type { HostResult, HostResults } from './results.js';

export interface IntegrationRun extends Pick<HostOptions, 'settings' | 'env'> {
  /** The bundle that exports `run`, see test/src/editor/run.ts. */
  readonly bundle: string;
  /** The folder that is copied and opened as workspace. */
  readonly workspace: string;
  /** Where the host writes what it found; screenshots of a stuck editor go beside it. */
  readonly results: string;
  readonly limitMs: number;
}

/** Lines of the extension host that mean a fault nobody asserted on. */
const FAULTS = /rejected promise not handled|An unknown error occurred/;
/** No answer for three seconds by the clock: a fault where the host had a processor to answer with. */
const LATE = /unresponsive/;
const BUSY = 1.25;

/** @throws Error when the host ended early, hung, or complained: an exit code alone says little, see results.ts */
export async function runInEditor(run: IntegrationRun): Promise<HostResults> {
  rmSync(run.results, { force: true });
  mkdirSync(dirname(run.results), { recursive: true });
  const faults: string[] = [];
  await using host = await startHost({
    // Without this flag a built server ignores the tests that the address names.
    flags: ['--disable-workspace-trust', '--enable-smoke-test-driver'],
    env: { ...run.env, ONEHOP_TEST_RESULTS: run.results },
    ...(run.settings === undefined ? {} : { settings: run.settings }),
  });
  const workspace = join(host.home, 'workspace');
  cpSync(run.workspace, workspace, { recursive: true });
  const browser = await openBrowser();
  let ended: number | 'time-out';
  try {
    const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
    const exit = new Promise<number>((done) => void page.exposeFunction('codeAutomationExit', done));
    await page.exposeFunction('codeAutomationLog', (type: string, words: readonly unknown[]) => {
      const line = words.map(String).join(' ');
      const crowd = (loadavg()[0] ?? 0) / availableParallelism();
      if (FAULTS.test(line) || (LATE.test(line) && crowd < BUSY)) faults.push(line);
      else if (LATE.test(line))
        console.log(`      not judged, with ${crowd.toFixed(1)} programs a processor: ${line}`);
      if (process.env['VERBOSE'] !== undefined) console.log(type, line);
    });
    const payload = [
      ['extensionDevelopmentPath', host.remote(join(REPOSITORY, 'extension'))],
      ['extensionTestsPath', host.remote(run.bundle)],
      ['skipWelcome', 'true'],
    ];
    await page.goto(host.url({ folder: workspace, payload: JSON.stringify(payload) }));
    ended = await Promise.race([
      exit,
      new Promise<'time-out'>((done) => setTimeout(done, run.limitMs, 'time-out').unref()),
    ]);
    if (ended === 'time-out') await page.screenshot({ path: join(dirname(run.results), 'stuck.png') });
  } finally {
    await browser.close();
  }
  if (!existsSync(run.results)) {
    throw new Error(
      `the extension host wrote no results; it ended with ${ended}. VERBOSE=1 shows its output. ${faults.join('\n')}`,
    );
  }
  const { results, figures } = JSON.parse(readFileSync(run.results, 'utf8')) as HostResults;
  if (results.length === 0) throw new Error('the extension host ran no test');
  if (faults.length === 0) return { results, figures };
  const fault: HostResult = {
    title: 'no fault in the extension host',
    state: 'failed',
    error: faults.join('\n'),
  };
  return { results: [...results, fault], figures };
}
