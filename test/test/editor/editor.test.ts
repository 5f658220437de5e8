/** What the tests in the extension host of a real VS Code found: test/src/editor/suite. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { bundleSuite } from '../../src/editor/bundle.js';
import { REPOSITORY } from '../../src/vscode/host.js';
import { runInEditor } from '../../src/vscode/integration.js';

const MINUTE = 60_000;

// As it is published, so that figures are of that. Before the tests are named: their names come from the extension host.
execFileSync('bash', [join(REPOSITORY, 'scripts/vscode-host.sh')], { stdio: 'inherit' });
execFileSync('npm', ['run', '--silent', '-w', 'extension', 'build', '--', '--production'], {
  cwd: REPOSITORY,
  stdio: 'inherit',
});
const { results, figures } = await runInEditor({
  bundle: await bundleSuite(),
  workspace: join(REPOSITORY, 'lab/samples/bookinfo'),
  results: join(REPOSITORY, 'build/editor/results.json'),
  limitMs: 9 * MINUTE,
});

describe('in the editor', () => {
  after(() => {
    for (const figure of figures) console.log(`      ${figure}`);
  });

  for (const { title, state, error } of results) {
    if (state === 'pending') it.skip(title);
    else it(title, () => assert.equal(state, 'passed', error));
  }
});
