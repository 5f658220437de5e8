/** Bundles the tests of the extension host: it loads one CommonJS file, with `vscode` from the editor. */
import { join } from 'node:path';
import { build } from 'esbuild';
import { REPOSITORY } from '../vscode/host.js';

/** @returns the path of the bundle */
export async function bundleSuite(): Promise<string> {
  const outfile = join(REPOSITORY, 'build/editor/run.cjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'run.js')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    sourcemap: true,
    // mocha is found from build/ in the repository's node_modules.
    external: ['vscode', 'mocha'],
    logLevel: 'warning',
  });
  return outfile;
}
