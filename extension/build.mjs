// src/extension.ts → dist/extension.cjs with everything that it needs but `vscode`; what is needed later in dist/chunks; webviews
// beside them. `--production` minifies and leaves source maps out, and fails when the bundle is above its budgets.
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { cwd } from 'node:process';
import { xdsJsonSchemaText } from '@onehop/core/language/jsonSchema.js';
import { routeTestsSchemaText } from '@onehop/core/routetests/schema.js';
import { topologySchemaText } from '@onehop/core/topology/schema.js';
import { build, transform } from 'esbuild';

const here = import.meta.dirname;
const production = process.argv.includes('--production');
const budget = 2 * 1024 * 1024;
const startBudget = 192 * 1024;
const out = join(here, 'dist');
mkdirSync(out, { recursive: true });

const common = {
  bundle: true,
  minify: production,
  sourcemap: production ? false : 'linked',
  target: 'es2022',
  logLevel: 'warning',
};

// Code that is first needed later is in files of its own beside the entry, so that activation reads little. esbuild splits ES
// modules only, so they are made first and then each becomes a CommonJS module, as every VS Code can load.
const host = await build({
  ...common,
  entryPoints: { extension: join(here, 'src/extension.ts') },
  outdir: out,
  outExtension: { '.js': '.cjs' },
  chunkNames: 'chunks/[name]-[hash]',
  format: 'esm',
  splitting: true,
  platform: 'node',
  external: ['vscode'],
  metafile: true,
  write: false,
  sourcemap: production ? false : 'inline',
});
rmSync(join(out, 'chunks'), { recursive: true, force: true });
const code = [];
for (const { path, text } of host.outputFiles) {
  mkdirSync(dirname(path), { recursive: true });
  const module = await transform(text, {
    format: 'cjs',
    target: common.target,
    minify: production,
    sourcemap: production ? false : 'external',
    sourcefile: path,
    platform: 'node',
    // By require(), for which VS Code answers when somebody asks for `vscode`.
    supported: { 'dynamic-import': false },
  });
  const named = module.map === '' ? '' : `//# sourceMappingURL=${basename(path)}.map\n`;
  writeFileSync(path, module.code + named);
  if (module.map !== '') writeFileSync(`${path}.map`, module.map);
  code.push(path);
}

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

const sizeOf = (files) => files.reduce((sum, file) => sum + statSync(file).size, 0);
const total = sizeOf([...code, ...pages.map((name) => join(out, 'webviews', `${name}.js`))]);
const atStart = sizeOf(loadedAtStart(host.metafile));
console.log(
  `extension: ${(total / 1024).toFixed(0)} kB, of which ${(atStart / 1024).toFixed(0)} kB at activation`,
);
const native = Object.keys(host.metafile.inputs).filter((file) => file.endsWith('.node'));
if (native.length > 0) throw new Error(`Native code in the bundle: ${native.join(', ')}`);
if (production && total > budget) throw new Error(`The bundle is above its budget of ${budget / 1024} kB.`);
if (production && atStart > startBudget)
  throw new Error(`What activation reads is above its budget of ${startBudget / 1024} kB.`);

/** The entry with everything that it imports statically. */
function loadedAtStart({ outputs }) {
  const found = new Set();
  const visit = (file) => {
    if (found.has(file)) return;
    found.add(file);
    for (const { path, kind, external } of outputs[file].imports)
      if (kind === 'import-statement' && external !== true) visit(path);
  };
  visit(Object.keys(outputs).find((file) => file.endsWith('dist/extension.cjs')));
  return [...found].map((file) => join(cwd(), file));
}
