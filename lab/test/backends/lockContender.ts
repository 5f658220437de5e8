// A process that takes a lab's lock. `hold` keeps it until it is killed; `work` takes it again and again and says when
// it had it, so that a test can see whether two processes ever had it together.
import { setTimeout as sleep } from 'node:timers/promises';
import { LabError } from '../../src/backends/errors.js';
import { lockLab } from '../../src/backends/local/lock.js';

const [lab = '', what, rounds = '0'] = process.argv.slice(2);
if (what === 'hold') {
  await lockLab(lab, 'up');
  process.stdout.write('held\n');
  await sleep(60_000);
} else {
  const held: [number, number][] = [];
  for (let round = 0; round < Number(rounds);) {
    try {
      using _lock = await lockLab(lab, 'up');
      const from = now();
      await sleep(1);
      held.push([from, now()]);
      round++;
    } catch (error) {
      if (!LabError.is(error, 'busy')) throw error;
    }
  }
  process.stdout.write(JSON.stringify(held));
}

/** Nanoseconds of a clock that all processes share. */
function now(): number {
  return Number(process.hrtime.bigint());
}
