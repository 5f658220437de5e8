/** The benchmark as people run it, on real labs; without Envoy, which would have to be downloaded. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { existingLabs } from '../../src/backends/local/inspect.js';
import type { Results } from '../../src/bench/results.js';

const main = fileURLToPath(new URL('../../src/bench/main.js', import.meta.url));

describe('npm run bench', function () {
  this.timeout(60_000);
  const out = mkdtempSync(join(tmpdir(), 'onehop-bench-run-'));
  const name = `t-${process.pid}-bench`;
  after(() => rmSync(out, { recursive: true, force: true }));

  const start = (): ChildProcessByStdio<null, Readable, Readable> =>
    spawn(process.execPath, [main, '--quick', '--rounds', '1', '--no-envoy', '--name', name, '--out', out], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const remains = (): string[] => existingLabs().filter((lab) => lab.startsWith(name));

  it('measures every arm that it can, and leaves nothing behind', async () => {
    const { code, stdout, stderr } = await finished(start());
    assert.equal(code, 0, stderr);
    assert.deepEqual(remains(), []);
    const results = JSON.parse(readFileSync(join(out, 'latest.json'), 'utf8')) as Results;
    const arms = new Set(results.rows.map(({ arm }) => arm));
    assert.deepEqual(arms, new Set(['no-mesh', 'kernel-same-node', 'kernel-cross-node', 'direct', 'relay']));
    for (const row of results.rows) {
      assert.ok(row.requestsPerSecond.median > 0 && row.ratioToNoMesh > 0, row.arm);
      assert.ok(row.p50Us > 0 && row.p99Us >= row.p50Us && row.cpuUsPerRequest > 0, row.arm);
    }
    const share = (arm: string): (number | null)[] =>
      results.rows.filter((row) => row.arm === arm && row.keepAlive).map((row) => row.kernelShare);
    assert.ok(
      share('kernel-same-node').every((part) => part !== null && part > 0.9),
      `${share('kernel-same-node')}`,
    );
    assert.ok(
      share('relay').every((part) => part !== null && part < 0.1),
      `${share('relay')}`,
    );
    assert.ok(results.latency.length > 0 && results.bulk.length > 0 && results.memory.length > 0);
    assert.ok(results.programs.some(({ program, nsPerRun }) => program === 'oh_client_msg' && nsPerRun > 0));
    assert.match(stdout, /Goals: \d of \d met/);
    assert.match(readFileSync(join(out, 'report.html'), 'utf8'), /<\/html>/);
    // Written whole or not at all.
    assert.deepEqual(readdirSync(out).toSorted(), ['latest.json', 'report.html']);
  });

  it('Ctrl-C removes the labs and writes nothing', async () => {
    rmSync(join(out, 'latest.json'), { force: true });
    const child = start();
    const output = finished(child);
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        if (chunk.toString().includes('round 1/1')) resolve();
      });
      void output.then(() => resolve());
    });
    assert.notDeepEqual(remains(), []);
    child.kill('SIGINT');
    const { code, stderr } = await output;
    assert.equal(code, 1);
    assert.match(stderr, /Cancelled; nothing was written/);
    assert.deepEqual(remains(), []);
    assert.ok(!readdirSync(out).includes('latest.json'));
  });
});

async function finished(
  child: ChildProcessByStdio<null, Readable, Readable>,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, stdout, stderr };
}
