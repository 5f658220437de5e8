import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createLocalBackend } from '../../src/backends/local/backend.js';
import { killRecorded } from '../../src/backends/local/processes.js';
import { leftovers, testLabName, testLabs } from './testLab.js';

const LAB_PROCESS = fileURLToPath(new URL('./labProcess.js', import.meta.url));
const MOMENTS = 20;

for (const [kind, make] of Object.entries(testLabs)) {
  describe(`a lab ${kind} after a crash`, function () {
    this.timeout(300_000);
    const backend = createLocalBackend();
    const lab = testLabName('crash');
    const { topology, options } = make(lab);
    after(() => backend.down(lab));

    const run = (what: 'up' | 'down'): { child: ChildProcess; ended: Promise<unknown> } => {
      const child = spawn(process.execPath, [LAB_PROCESS, what, lab, kind], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      return { child, ended: once(child, 'exit') };
    };

    it(`of \`up\`, at ${MOMENTS} random moments: \`down\` leaves nothing, and \`up\` works without it`, async () => {
      const from = performance.now();
      await run('up').ended;
      const duration = performance.now() - from;
      assert.equal((await backend.inspect(lab)).phase, 'running');
      await backend.down(lab);
      assert.deepEqual(leftovers(lab), []);

      const phases = new Set<string>();
      for (let moment = 0; moment < MOMENTS; moment++) {
        // One moment in each of 20 equal parts of the time that `up` takes.
        const delay = ((moment + Math.random()) / MOMENTS) * duration;
        const { child, ended } = run('up');
        await sleep(delay);
        child.kill('SIGKILL');
        await ended;
        const { phase } = await backend.inspect(lab);
        phases.add(phase);
        const when = `killed after ${delay.toFixed(0)} of ${duration.toFixed(0)} ms (${phase})`;
        if (moment % 2 === 1 && phase !== 'running') {
          const state = await backend.up(topology, options);
          assert.equal(state.phase, 'running', when);
        }
        await backend.down(lab);
        assert.deepEqual(leftovers(lab), [], when);
      }
      assert.ok(phases.has('remains'), `no kill hit the time in between: ${[...phases].join(', ')}`);
    });

    it('of `down`: the next one finishes what it began', async () => {
      await backend.up(topology, options);
      const from = performance.now();
      await run('down').ended;
      const duration = performance.now() - from;
      assert.deepEqual(leftovers(lab), []);
      for (let moment = 0; moment < 5; moment++) {
        await backend.up(topology, options);
        // The first half of the time is the start of the process.
        const delay = duration * (0.5 + moment / 10);
        const { child, ended } = run('down');
        await sleep(delay);
        child.kill('SIGKILL');
        await ended;
        const { phase } = await backend.inspect(lab);
        await backend.down(lab);
        assert.deepEqual(
          leftovers(lab),
          [],
          `killed after ${delay.toFixed(0)} of ${duration.toFixed(0)} ms (${phase})`,
        );
      }
    });

    it('of a workload: it is degraded, and `up` replaces it', async () => {
      const { processes } = await backend.up(topology, options);
      const victim = processes.find((process) => process.kind === 'workload');
      assert.ok(victim);
      assert.equal(killRecorded(victim), true);
      while ((await backend.inspect(lab)).phase === 'running') await sleep(5);
      const state = await backend.inspect(lab);
      assert.equal(state.phase, 'degraded');
      assert.deepEqual(
        state.processes.map(({ name, alive }) => [name, alive]),
        processes.map(({ name }) => [name, name !== victim.name]),
      );
      assert.equal((await backend.up(topology, options)).phase, 'running');
      await backend.down(lab);
      assert.deepEqual(leftovers(lab), []);
    });
  });
}
