// src/extension.ts → dist/extension.cjs, one file with everything that it needs but `vscode`; webviews beside it.
// `--production` minifies and leaves source maps out, and fails when the bundle is above its budget.
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { xdsJsonSchemaText } from '@onehop/core/language/jsonSchema.js';
import { routeTestsSchemaText } from '@onehop/core/routetests/schema.js';
import { topologySchemaText } from '@onehop/core/topology/schema.js';
import { build } from 'esbuild';

const here = import.meta.dirname;
const production = process.argv.includes('--production');
const budget = 2 * 1024 * 1024;
const out = join(here, 'dist');
mkdirSync(out, { recursive: true });

const common = {
  bundle: true,
  minify: production,
  sourcemap: production ? false : 'linked',
  target: 'es2022',
  logLevel: 'warning',
};

const host = await build({
  ...common,
  entryPoints: [join(here, 'src/extension.ts')],
  outfile: join(out, 'extension.cjs'),
  format: 'cjs',
  platform: 'node',
  external: ['vscode'],
  metafile: true,
});

// Each folder of src/webviews with a page.ts is a page of its own.
const webviews = join(here, 'src/webviews');
const pages = existsSync(webviews)
  ? readdirSync(webviews).filter((name) => existsSync(join(webviews, name, 'page.ts')))
  : [];
for (const name of pages) {
  await build({
    ...common,
    entryPoints: [join(webviews, name, 'page.css')],
    outfile: join(out, 'webviews', `${name}.css`),
  });
  await build({
    ...common,
    entryPoints: [join(webviews, name, 'page.ts')],
    outfile: join(out, 'webviews', `${name}.js`),
    format: 'iife',
    platform: 'browser',
  });
}

// What a person without the repository starts from.
const data = join(out, 'data');
rmSync(data, { recursive: true, force: true });
cpSync(join(here, '../lab/samples/bookinfo'), join(data, 'bookinfo'), { recursive: true });
// The pages that diagnostics link to, and the router that route tests ask.
cpSync(join(here, '../docs/rules'), join(data, 'rules'), { recursive: true });
cpSync(join(here, '../bpf/build/router.wasm'), join(data, 'router.wasm'));
// For people who stay with another YAML extension.
mkdirSync(join(data, 'schemas'));
for (const [name, text] of [
  ['xds', xdsJsonSchemaText()],
  ['lab', topologySchemaText()],
  ['routes.test', routeTestsSchemaText()],
])
  writeFileSync(join(data, 'schemas', `${name}.schema.json`), text);

const sizes = [join(out, 'extension.cjs'), ...pages.map((name) => join(out, 'webviews', `${name}.js`))].map(
  (file) => statSync(file).size,
);
const total = sizes.reduce((sum, size) => sum + size, 0);
console.log(`extension: ${(total / 1024).toFixed(0)} kB in ${sizes.length} files`);
const native = Object.keys(host.metafile.inputs).filter((file) => file.endsWith('.node'));
if (native.length > 0) throw new Error(`Native code in the bundle: ${native.join(', ')}`);
if (production && total > budget) throw new Error(`The bundle is above its budget of ${budget / 1024} kB.`);
