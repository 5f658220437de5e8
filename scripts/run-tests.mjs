// Runs every suite and sums up. `npm test -- core lab` runs only the suites named so.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const results = join(root, 'build/test-results');
const mocha = (dir, ...flags) => mochaOn(`${dir}/dist/test/**/*.test.js`, ...flags);
const mochaOn = (files, ...flags) => [
  ...['npx', 'mocha', '--reporter', 'scripts/mocha-reporter.cjs'],
  ...flags,
  files,
];

/** name, command; a command without counts of its own is one test. Each folder of test/test is a suite, too. */
const suites = [
  ['lint', ['npm', 'run', '--silent', 'lint']],
  ['core', mocha('core')],
  ['libbpf-ts', mocha('agent/libbpf-ts', '--timeout', '20000')],
  ['agent', mocha('agent', '--timeout', '20000')],
  ['lab', mocha('lab', '--timeout', '60000')],
  ['extension', mocha('extension')],
  ...readdirSync(join(root, 'test/test'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => [
      name,
      mochaOn(
        `test/dist/test/${name}/**/*.test.js`,
        ...['--timeout', '120000'],
        // Whole labs on a busy machine: one more try, which the output shows.
        ...['--retries', '1'],
      ),
    ]),
];

const wanted = process.argv.slice(2);
const sum = { passed: 0, failed: 0, skipped: 0 };
mkdirSync(results, { recursive: true });
for (const [name, command] of suites) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`\n── ${name}`);
  const file = join(results, `${name}.json`);
  rmSync(file, { force: true });
  const started = Date.now();
  const { status } = spawnSync(command[0], command.slice(1), {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, TEST_RESULTS: file },
  });
  const own = existsSync(file)
    ? JSON.parse(readFileSync(file, 'utf8'))
    : { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0 };
  if (status !== 0 && own.failed === 0) own.failed = 1;
  for (const key of Object.keys(sum)) sum[key] += own[key];
  console.log(
    `   ${name}: ${own.passed} passed, ${own.failed} failed, ${own.skipped} skipped, ${((Date.now() - started) / 1000).toFixed(0)} s`,
  );
}
console.log(`\n${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
process.exit(sum.failed === 0 && sum.passed > 0 ? 0 : 1);
