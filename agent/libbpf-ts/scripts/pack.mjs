// Makes the tarball that is published: node scripts/pack.mjs [DIRECTORY]. Needs `tsc -b` before.
// In this repository the BTF decoder lives in @onehop/core, which is not published: it is put inside.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = resolve(process.argv[2] ?? '.');
const stage = mkdtempSync(join(tmpdir(), 'libbpf-ts-pack-'));

for (const part of ['native', 'examples', 'README.md', 'scripts/build-native.sh']) {
  cpSync(join(root, part), join(stage, part), { recursive: true });
}
cpSync(join(root, '../../LICENSE'), join(stage, 'LICENSE'));
copyCompiled(join(root, 'dist/src'), join(stage, 'dist/src'), './btf/');
copyCompiled(join(root, '../../core/dist/src/btf'), join(stage, 'dist/src/btf'), './');

const {
  private: _private,
  dependencies: _dependencies,
  devDependencies: _dev,
  scripts: _scripts,
  ...manifest
} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
writeFileSync(
  join(stage, 'package.json'),
  JSON.stringify({ ...manifest, os: ['linux'], scripts: { install: 'sh scripts/build-native.sh' } }, null, 2),
);
mkdirSync(target, { recursive: true });
console.log(
  execFileSync('npm', ['pack', '--silent', '--pack-destination', target], {
    cwd: stage,
    encoding: 'utf8',
  }).trim(),
);
rmSync(stage, { recursive: true });

function copyCompiled(from, to, btf) {
  mkdirSync(to, { recursive: true });
  for (const file of readdirSync(from)) {
    if (!/\.(js|d\.ts)$/.test(file)) continue;
    const text = readFileSync(join(from, file), 'utf8').replaceAll('@onehop/core/btf/', btf);
    writeFileSync(join(to, file), text.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'));
  }
}
