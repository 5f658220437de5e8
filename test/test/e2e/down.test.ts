import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLocalBackend } from '@onehop/lab/backends/local/backend.js';
import { cli, samples, startCli, TestLab } from '../../src/e2e/testLab.js';

interface Program {
  readonly id: number;
  readonly name: string;
}

/** Ids of loaded BPF programs, links and maps whose names are ours. */
function loaded(): { programs: Set<number>; links: Set<number>; maps: Set<number> } {
  const list = <T>(...args: string[]): T[] =>
    JSON.parse(execFileSync('bpftool', ['-j', ...args], { encoding: 'utf8', maxBuffer: 1 << 28 })) as T[];
  const programs = list<Program>('prog', 'show').filter(({ name }) => name?.startsWith('oh_'));
  const ids = new Set(programs.map(({ id }) => id));
  const links = list<{ id: number; prog_id: number }>('link', 'show').filter((link) => ids.has(link.prog_id));
  const maps = list<Program>('map', 'show').filter(({ name }) => name?.startsWith('oh_'));
  return {
    programs: ids,
    links: new Set(links.map(({ id }) => id)),
    maps: new Set(maps.map(({ id }) => id)),
  };
}

function processesOf(lab: string): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => {
      try {
        return (
          readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(`/onehop.${lab}/`) &&
          readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0] !== 'Z'
        );
      } catch {
        return false;
      }
    });
}

async function assertNothingLeft(lab: string): Promise<void> {
  const left = await createLocalBackend().inspect(lab);
  assert.deepEqual(
    { phase: left.phase, namespaces: left.namespaces, cgroups: left.cgroups },
    { phase: 'absent', namespaces: [], cgroups: [] },
  );
  assert.equal(existsSync(`/run/onehop/${lab}`), false, 'the state directory is gone');
  assert.deepEqual(processesOf(lab), []);
  assert.equal(
    readFileSync('/proc/self/mountinfo', 'utf8').includes(`/run/onehop/${lab}/`),
    false,
    'no mount is left',
  );
  assert.equal(
    existsSync('/run/netns') && readdirSync('/run/netns').some((name) => name.startsWith(`onehop.${lab}.`)),
    false,
  );
}

/** What is loaded now and was not before; the kernel frees programs and maps a moment after the last descriptor is gone. */
async function assertUnloaded(
  during: ReturnType<typeof loaded>,
  before: ReturnType<typeof loaded>,
): Promise<void> {
  const own = (kind: 'programs' | 'links' | 'maps'): number[] =>
    [...during[kind]].filter((id) => !before[kind].has(id));
  assert.ok(
    own('programs').length >= 20 && own('links').length >= 12 && own('maps').length >= 50,
    'the lab had loaded its programs',
  );
  for (let tries = 0; ; tries++) {
    const now = loaded();
    const left = (['programs', 'links', 'maps'] as const).flatMap((kind) =>
      own(kind)
        .filter((id) => now[kind].has(id))
        .map((id) => `${kind} ${id}`),
    );
    if (left.length === 0) return;
    assert.ok(tries < 40, `still loaded: ${left.slice(0, 10).join(', ')}`);
    await sleep(50);
  }
}

describe('down', () => {
  it('leaves no namespace, cgroup, pin, link, program, map, process or socket', async () => {
    const before = loaded();
    const lab = await TestLab.up('down', 'bookinfo');
    const during = loaded();
    assert.equal((await lab.down()).code, 0);
    await assertNothingLeft(lab.name);
    await assertUnloaded(during, before);
    assert.equal((await lab.down()).code, 0, 'twice is no error');
  });

  for (const [what, kind] of [
    ['an agent', 'agent'],
    ['the control plane', 'control-plane'],
  ] as const) {
    it(`cleans up after kill -9 of ${what}`, async () => {
      const before = loaded();
      const lab = await TestLab.up(`kill-${kind}`.slice(0, 14), 'bookinfo');
      const during = loaded();
      const state = await createLocalBackend().inspect(lab.name);
      const victim = state.processes.find((process) => process.kind === kind);
      assert.ok(victim !== undefined);
      process.kill(victim.pid, 'SIGKILL');
      await sleep(100);
      assert.equal((await lab.run('status')).code, 1, 'status says that something is missing');
      assert.equal((await lab.down()).code, 0);
      await assertNothingLeft(lab.name);
      await assertUnloaded(during, before);
    });
  }

  it('cleans up after kill -9 of `up` at 20 random moments, and `up` after a crash works without it', async function () {
    this.timeout(240_000);
    const name = TestLab.nameOf('crash');
    const args = [
      'up',
      '--name',
      name,
      '--topology',
      samples.bookinfo.topology,
      '--config',
      samples.bookinfo.config,
    ];
    for (let i = 0; i < 20; i++) {
      const child = startCli(args);
      const ended = new Promise((resolve) => child.on('close', resolve));
      await sleep(100 + Math.random() * 2500);
      child.kill('SIGKILL');
      await ended;
      if (i % 5 === 4) continue; // the next `up` finds what this one left
      assert.equal((await cli(['down', '--name', name])).code, 0, `round ${i}`);
      await assertNothingLeft(name);
    }
    const again = await cli(args);
    assert.equal(again.code, 0, again.stdout + again.stderr);
    const answer = await cli([
      'request',
      'http://details:9080/details/0',
      '--from',
      'productpage-v1',
      '--lab',
      name,
      '--json',
    ]);
    assert.equal((JSON.parse(answer.stdout) as { path: string }).path, 'kernel');
    assert.equal((await cli(['down', '--name', name])).code, 0);
    await assertNothingLeft(name);
  });

  it('two labs side by side do not disturb each other', async () => {
    const [one, two] = await Promise.all([TestLab.up('one', 'bookinfo'), TestLab.up('two', 'bookinfo')]);
    try {
      const ask = (lab: TestLab): Promise<{ path: string; cluster: string }[]> =>
        lab.lines(
          'request',
          'http://reviews:9080/reviews/1',
          '--from',
          'productpage-v1',
          '-H',
          'end-user: jason',
          '-n',
          '300',
          '-c',
          '3',
        );
      const answers = await Promise.all([ask(one), ask(two)]);
      for (const lines of answers) {
        assert.equal(lines.length, 300);
        assert.ok(lines.every(({ path, cluster }) => path === 'kernel' && cluster === 'reviews-v2'));
      }
      for (const lab of [one, two]) {
        const { rows } = await lab.json<{ rows: { route: string; requests: number }[] }>('routes');
        assert.equal(rows.find(({ route }) => route === 'jason')?.requests, 300, 'each counts its own');
      }
      assert.equal((await one.down()).code, 0);
      await assertNothingLeft(one.name);
      assert.equal((await ask(two)).length, 300, 'the other goes on');
    } finally {
      await one.down();
      await two.down();
    }
  });
});
