import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../../test/cli/golden/', import.meta.url));

/** Compares with `golden/<name>.txt`. GOLDEN=write writes what is there now: then read the difference. */
export function assertGolden(name: string, text: string): void {
  const path = `${folder}${name}.txt`;
  if (process.env['GOLDEN'] === 'write') {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, text);
  }
  assert.equal(text, readFileSync(path, 'utf8'), `differs from ${path} (GOLDEN=write accepts it)`);
}
