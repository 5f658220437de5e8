// Fuzzes the head parser and the router (bpf/fuzz) with sanitizers: npm run fuzz -- --seconds 60
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const root = resolve(import.meta.dirname, '..');
const work = join(root, 'build/fuzz');
const found = join(work, 'found');
const corpus = join(root, 'bpf/fuzz/corpus');

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' } } });
const seconds = Number(values.seconds);
if (!Number.isInteger(seconds) || seconds < 1)
  fail(`--seconds "${values.seconds}" is not a number of seconds.`);

mkdirSync(found, { recursive: true });
if (!links()) install();
run('make', ['-s', '-C', join(root, 'bpf'), 'build/fuzz-head']);
const { status } = spawnSync(
  join(root, 'bpf/build/fuzz-head'),
  [
    `-max_total_time=${seconds}`,
    `-dict=${join(root, 'bpf/fuzz/head.dict')}`,
    `-artifact_prefix=${work}/`,
    '-print_final_stats=1',
    '-verbosity=0',
    found,
    corpus,
  ],
  { stdio: 'inherit' },
);
if (status !== 0)
  fail(
    `The input that failed is the newest file in ${work}. Run it alone: bpf/build/fuzz-head FILE\n` +
      'When it is mended, add the file to bpf/fuzz/corpus.',
  );
console.log(`No fault in ${seconds} s; ${readdirSync(found).length} inputs of interest so far in ${found}`);

/** Does clang find the runtime of its sanitizers? */
function links() {
  const source = join(work, 'probe.c');
  const program = join(work, 'probe');
  writeFileSync(source, 'int LLVMFuzzerTestOneInput(const char *p, unsigned long n) { return 0; }\n');
  const probe = spawnSync('clang', ['-fsanitize=fuzzer,address,undefined', source, '-o', program]);
  rmSync(source);
  rmSync(program, { force: true });
  return probe.status === 0;
}

function install() {
  const version = /version (\d+)/.exec(spawnSync('clang', ['--version'], { encoding: 'utf8' }).stdout)?.[1];
  if (version === undefined) fail('There is no clang. Run npm run setup.');
  const name = `libclang-rt-${version}-dev`;
  const options = ['-o', 'DPkg::Lock::Timeout=300', '-qq'];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  spawnSync('apt-get', [...options, 'update'], { stdio: 'ignore', env });
  const { status } = spawnSync('apt-get', [...options, 'install', '-y', '--no-install-recommends', name], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env,
  });
  if (status !== 0 || !links())
    fail(`clang has no sanitizers: install ${name} (Debian's name), then run this again.`);
}

function run(command, args) {
  if (spawnSync(command, args, { stdio: 'inherit' }).status !== 0) process.exit(1);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
