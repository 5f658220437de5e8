import assert from 'node:assert/strict';
import { cli, TestLab } from '../../src/e2e/testLab.js';

describe('npm start', () => {
  const name = TestLab.nameOf('start');
  after(() => cli(['down', '--name', name]));

  it('shows nodes, workloads, routes with their path, and the answer of one request for each route', async () => {
    const first = await cli(['tour', '--headless', '--name', name]);
    assert.equal(first.code, 0, first.stdout + first.stderr);
    for (const part of [
      'node-1',
      'node-2',
      'productpage-v1',
      'ratings-db-v1',
      'jason',
      'canary',
      'reviews-v1 90',
      'Try next',
    ]) {
      assert.ok(first.stdout.includes(part), `${part} is shown`);
    }
    assert.equal(first.stdout.match(/→ ● kernel path/g)?.length, 5, first.stdout);
    assert.equal(first.stdout.match(/→ ─ direct path/g)?.length, 1);
    assert.equal(first.stdout.match(/200 OK/g)?.length, 5);
  });

  it('is quick when all is there: under 15 s', async () => {
    const started = Date.now();
    const second = await cli(['tour', '--headless', '--name', name]);
    const seconds = (Date.now() - started) / 1000;
    assert.equal(second.code, 0);
    assert.match(second.stdout, /running already/);
    assert.ok(seconds < 15, `${seconds} s`);
  });
});
