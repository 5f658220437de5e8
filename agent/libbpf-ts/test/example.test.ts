import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { arch } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scratch } from './fixture.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const multiarch = arch() === 'x64' ? 'x86_64' : 'aarch64';

function runExample(directory: string, object: string): void {
  const source = join(directory, 'examples/connections.bpf.c');
  execFileSync('clang', [
    '-O2',
    '-g',
    '-target',
    'bpf',
    `-I/usr/include/${multiarch}-linux-gnu`,
    '-c',
    source,
    '-o',
    object,
  ]);
  const output = execFileSync(process.execPath, [join(directory, 'examples/connections.mjs'), object], {
    encoding: 'utf8',
  });
  assert.deepEqual(output.trim().split('\n').sort(), [
    '127.0.0.1:13  1 times, last by bash',
    '127.0.0.1:9  2 times, last by bash',
  ]);
}

describe('the example', function () {
  this.timeout(60_000);
  const directory = scratch();
  after(() => directory.remove());

  it('runs', () => runExample(root, join(directory.path, 'connections.bpf.o')));

  it('is what the README shows', () => {
    const example = readFileSync(join(root, 'examples/connections.mjs'), 'utf8').trim();
    assert.ok(readFileSync(join(root, 'README.md'), 'utf8').includes(`\`\`\`js\n${example}\n\`\`\``));
  });

  it('runs with the package as it is published, alone', () => {
    const tarball = execFileSync(process.execPath, [join(root, 'scripts/pack.mjs'), directory.path], {
      encoding: 'utf8',
    });
    execFileSync('tar', ['-xzf', join(directory.path, tarball.trim()), '-C', directory.path]);
    const published = join(directory.path, 'package');
    assert.ok(!existsSync(join(published, 'node_modules')));
    execFileSync('sh', [join(published, 'scripts/build-native.sh')]);
    runExample(published, join(directory.path, 'published.bpf.o'));
    assert.ok(readdirSync(join(published, 'dist/src/btf')).includes('codec.d.ts'));
  });

  it('type-checks for who installs it', () => {
    const user = join(directory.path, 'user');
    mkdirSync(join(user, 'node_modules'), { recursive: true });
    symlinkSync(join(directory.path, 'package'), join(user, 'node_modules/libbpf-ts'));
    symlinkSync(join(root, '../../node_modules/@types'), join(user, 'node_modules/@types'));
    const source = `
      import { BpfObject } from 'libbpf-ts/object.js';
      import type { BpfMap } from 'libbpf-ts/map.js';
      const map: BpfMap<number, { count: bigint }> = BpfObject.open('x').load().map<number, { count: bigint }>('m');
      export const count: bigint | undefined = map.get(1)?.count;
    `;
    writeFileSync(join(user, 'index.mts'), source);
    const tsc = join(root, '../../node_modules/.bin/tsc');
    const options = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--lib',
      'es2023,esnext.disposable',
    ];
    execFileSync(tsc, [...options, '--types', 'node', 'index.mts'], { cwd: user });
  });
});
