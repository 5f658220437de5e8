import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { LabError } from '../../src/backends/errors.js';
import { lockHolder, lockLab } from '../../src/backends/local/lock.js';
import { identify } from '../../src/backends/local/processes.js';
import { testLabName } from './testLab.js';

const CONTENDER = fileURLToPath(new URL('./lockContender.js', import.meta.url));

describe('the lock of a lab', function () {
  this.timeout(20_000);
  const lab = testLabName('lock');
  const files = (): string[] =>
    existsSync('/run/onehop') ? readdirSync('/run/onehop').filter((name) => name.startsWith(`${lab}.`)) : [];
  afterEach(() => assert.deepEqual(files(), []));

  it('refuses a second one, and says who has it', async () => {
    using lock = await lockLab(lab, 'up');
    assert.equal(lockHolder(lab)?.purpose, 'up');
    await assert.rejects(lockLab(lab, 'down'), (error) => {
      assert.ok(LabError.is(error, 'busy'));
      assert.ok(
        error.message.includes(`Process ${process.pid} is running \`up\` of lab ${lab}`),
        error.message,
      );
      return true;
    });
    lock.close();
    using _again = await lockLab(lab, 'down');
  });

  it('leaves other labs alone, also one whose name it begins', async () => {
    using _one = await lockLab(lab, 'up');
    using _other = await lockLab(`${lab}-2`, 'up');
  });

  it('is taken over from a process that was killed', async () => {
    const child = spawn(process.execPath, [CONTENDER, lab, 'hold'], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    await assert.rejects(lockLab(lab, 'up'), (error) => LabError.is(error, 'busy'));
    child.kill('SIGKILL');
    await once(child, 'exit');
    using _lock = await lockLab(lab, 'up');
    assert.equal(files().length, 1);
  });

  it('is not held by a later process with the same pid', async () => {
    const self = identify(process.pid);
    assert.ok(self);
    mkdirSync('/run/onehop', { recursive: true });
    writeFileSync(`/run/onehop/${lab}.lock.${self.pid}.${Number(self.startTime) - 1}.0`, 'up\n');
    using _lock = await lockLab(lab, 'up');
    assert.equal(files().length, 1);
  });

  it('is never held by two of several processes that contend for it', async () => {
    const contend = async (): Promise<[number, number][]> => {
      const { stdout } = await promisify(execFile)(process.execPath, [CONTENDER, lab, 'work', '10']);
      return JSON.parse(stdout) as [number, number][];
    };
    const held = (await Promise.all([contend(), contend(), contend(), contend()]))
      .flat()
      .sort(([a], [b]) => a - b);
    assert.equal(held.length, 40);
    for (const [index, [from]] of held.entries()) {
      const before = held[index - 1];
      if (before !== undefined) assert.ok(before[1] <= from, `${before.join('–')} and ${from} overlap`);
    }
  });
});
