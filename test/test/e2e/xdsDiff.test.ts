import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, samples, TestLab } from '../../src/e2e/testLab.js';

describe('onehop xds diff', function () {
  this.timeout(120_000);
  let lab: TestLab;
  let folder: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'onehop-diff-'));
    lab = await TestLab.up('diff', 'bookinfo');
  });
  after(async () => {
    await lab.down();
    rmSync(folder, { recursive: true });
  });

  it('finds file, control plane, agents and kernel in agreement', async () => {
    const { code, stdout } = await lab.run('xds', 'diff', samples.bookinfo.config);
    assert.equal(code, 0, stdout);
    assert.deepEqual(stdout.trim().split('\n'), [
      '✔ file ⇄ control plane: the same',
      ...['node-1', 'node-2'].flatMap((node) => [
        `✔ control plane ⇄ agent ${node}: the same`,
        `✔ agent ${node} ⇄ kernel ${node}: the same`,
      ]),
    ]);
  });

  it('names the field that differs', async () => {
    const text = readFileSync(join(root, samples.bookinfo.config), 'utf8');
    const path = join(folder, 'other.xds.yaml');
    writeFileSync(path, text.replace('exact: jason', 'exact: martha'));
    const { code, stdout } = await lab.run('xds', 'diff', path);
    assert.equal(code, 1);
    assert.match(stdout, /routes\[0\]\.match\.headers\[0\]\.stringMatch\.exact: martha ⇄ jason/);
  });
});
