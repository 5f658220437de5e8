/** Loaded by the extension host: runs every test of suite/ with mocha. */
import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';
import { figures } from './suite/figures.js';
import type { HostResult, HostResults } from '../vscode/results.js';

export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: 30_000, retries: 1 });
  // Gives the suites `describe` and `it`; they are part of this bundle.
  mocha.suite.emit('pre-require', globalThis as unknown as Mocha.MochaGlobals, '', mocha);
  await import('./suite/all.js');
  const results: HostResult[] = [];
  const failures = await new Promise<number>((done) => {
    const runner = mocha.run(done);
    runner.on('pass', (test) =>
      results.push({ title: test.fullTitle(), state: 'passed', ms: test.duration ?? 0 }),
    );
    runner.on('fail', (test, error: Error) =>
      results.push({ title: test.fullTitle(), state: 'failed', error: error.stack ?? String(error) }),
    );
    runner.on('pending', (test) => results.push({ title: test.fullTitle(), state: 'pending' }));
  });
  const file = process.env['ONEHOP_TEST_RESULTS'];
  if (file !== undefined) writeFileSync(file, JSON.stringify({ results, figures } satisfies HostResults));
  if (failures > 0) throw new Error(`${failures} tests failed`);
}
