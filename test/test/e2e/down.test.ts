import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLocalBackend } from '@onehop/lab/backends/local/backend.js';
import { cli, samples, startCli, TestLab } from '../../src/e2e/testLab.js';

/** Ids of BPF objects. */
interface Loaded {
  readonly programs: ReadonlySet<number>;
  readonly links: ReadonlySet<number>;
  readonly maps: ReadonlySet<number>;
}

const kinds = ['programs', 'links', 'maps'] as const;

/** What the agents of a lab hold: every descriptor of theirs says what it is. */
async function heldBy(lab: string): Promise<Loaded> {
  const { processes } = await createLocalBackend().inspect(lab);
  const held = { programs: new Set<number>(), links: new Set<number>(), maps: new Set<number>() };
  for (const { pid } of processes.filter(({ kind }) => kind === 'agent'))
    for (const fd of readdirSync(`/proc/${pid}/fdinfo`)) {
      const id = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)$`, 'm').exec(text)?.[1]);
      const text = infoOf(pid, fd);
      // a link names its program, too
      if (id('link_id') > 0) held.links.add(id('link_id'));
      else if (id('prog_id') > 0) held.programs.add(id('prog_id'));
      else if (id('map_id') > 0) held.maps.add(id('map_id'));
    }
  return held;
}

function infoOf(pid: number, fd: string): string {
  try {
    return readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8');
  } catch {
    return ''; // closed meanwhile
  }
}

/** What the machine has loaded, whoever did it. */
function loaded(): Loaded {
  const ids = (what: string): Set<number> =>
    new Set(
      (
        JSON.parse(
          execFileSync('bpftool', ['-j', what, 'show'], { encoding: 'utf8', maxBuffer: 1 << 28 }),
        ) as {
          id: number;
        }[]
      ).map(({ id }) => id),
    );
  return { programs: ids('prog'), links: ids('link'), maps: ids('map') };
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

/** The kernel frees programs and maps a moment after the last descriptor is gone. */
async function assertUnloaded(held: Loaded): Promise<void> {
  assert.ok(
    held.programs.size >= 20 && held.links.size >= 12 && held.maps.size >= 50,
    `the lab had loaded its programs: ${kinds.map((kind) => `${held[kind].size} ${kind}`).join(', ')}`,
  );
  for (let tries = 0; ; tries++) {
    const now = loaded();
    const left = kinds.flatMap((kind) =>
      [...held[kind]].filter((id) => now[kind].has(id)).map((id) => `${kind} ${id}`),
    );
    if (left.length === 0) return;
    assert.ok(tries < 40, `still loaded: ${left.slice(0, 10).join(', ')}`);
    await sleep(50);
  }
}

describe('down', () => {
  it('leaves no namespace, cgroup, pin, link, program, map, process or socket', async () => {
    const lab = await TestLab.up('down', 'bookinfo');
    const held = await heldBy(lab.name);
    assert.equal((await lab.down()).code, 0);
    await assertNothingLeft(lab.name);
    await assertUnloaded(held);
    assert.equal((await lab.down()).code, 0, 'twice is no error');
  });

  for (const [what, kind] of [
    ['an agent', 'agent'],
    ['the control plane', 'control-plane'],
  ] as const) {
    it(`cleans up after kill -9 of ${what}`, async () => {
      const lab = await TestLab.up(`kill-${kind}`.slice(0, 14), 'bookinfo');
      const held = await heldBy(lab.name);
      const state = await createLocalBackend().inspect(lab.name);
      const victim = state.processes.find((process) => process.kind === kind);
      assert.ok(victim !== undefined);
      process.kill(victim.pid, 'SIGKILL');
      await sleep(100);
      assert.equal((await lab.run('status')).code, 1, 'status says that something is missing');
      assert.equal((await lab.down()).code, 0);
      await assertNothingLeft(lab.name);
      await assertUnloaded(held);
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
