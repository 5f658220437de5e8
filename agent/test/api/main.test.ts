import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { findCgroup2 } from '../../src/probe/kernel.js';
import { take, TestClient } from './client.js';

const main = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const lab = `t-main-${process.pid}`;

/** The whole agent as a process, in a network namespace and a cgroup of its own, with no control plane. */
describe('the agent as a process', function () {
  this.timeout(20_000);
  const mount = findCgroup2(readFileSync('/proc/self/mountinfo', 'utf8')) ?? '';
  const cgroup = join(mount, `onehop.${lab}`, 'node-1');
  const made = [
    join(mount, `onehop.${lab}`),
    cgroup,
    join(cgroup, 'agent'),
    join(cgroup, 'workloads'),
    join(cgroup, 'workloads/w'),
  ];
  let folder: string;
  const running = new Set<ChildProcess>();

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'onehop-main-'));
    for (const path of made) mkdirSync(path);
  });

  after(async () => {
    for (const child of running) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    for (const path of made.reverse()) rmdirSync(path);
    rmSync(folder, { recursive: true });
  });

  function start(name: string, change: Record<string, string> = {}): Started {
    const socket = join(folder, `${name}.sock`);
    const log = join(folder, `${name}.log`);
    const workloads = JSON.stringify([
      { name: 'w', id: 1, addresses: ['198.18.1.11'], cgroup: join(cgroup, 'workloads/w') },
    ]);
    const flags = {
      node: 'node-1',
      lab,
      cgroup,
      socket,
      'control-plane': `unix:${folder}/none.sock`,
      workloads,
      log,
      ...change,
    };
    const words = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]);
    const child = spawn('unshare', ['--net', process.execPath, main, ...words], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    running.add(child);
    child.once('exit', () => running.delete(child));
    const exited = once(child, 'exit').then(([code]) => code as number | null);
    return { child, socket, log, exited, firstLine: firstLine(child) };
  }

  it('says that it is ready, answers, and stops cleanly', async () => {
    const { child, socket, log, exited, firstLine } = start('good');
    assert.deepEqual(JSON.parse(await firstLine), { ready: true });
    assert.equal(statSync(socket).mode & 0o777, 0o600);
    assert.equal(statSync(log).mode & 0o777, 0o600);
    const client = new TestClient(socket);
    const status = await client.call('GetStatus', {});
    const { node, state, pid, generation, anchorPort, controlPlane, programs } = status;
    assert.deepEqual([node, state, pid, generation, anchorPort], ['node-1', 'ready', child.pid, 0, 15001]);
    assert.match(controlPlane?.state ?? '', /^(connecting|lost)$/);
    assert.ok(programs.some(({ attached }) => attached === `cgroup ${cgroup}/workloads`));
    assert.ok(programs.some(({ attached }) => attached === 'sock map oh_client_s'));
    assert.deepEqual(
      status.workloads.map(({ name, id, cgroupId }) => [name, id, cgroupId]),
      [['w', 1, statSync(join(cgroup, 'workloads/w')).ino]],
    );
    assert.deepEqual(await client.call('GetRoutes', {}), { generation: 0, rows: [] });
    const counters = await client.call('GetCounters', {});
    assert.deepEqual([counters.relay?.requests, counters.pools, counters.clusters], [0, [], []]);
    const last = take(client.watch('WatchStatus', {}), 100).catch(() => []);
    const began = performance.now();
    child.kill('SIGTERM');
    assert.equal(await exited, 0);
    assert.ok(performance.now() - began < 2_000, `${performance.now() - began} ms`);
    await last;
    assert.equal(existsSync(socket), false);
    assert.match(readFileSync(log, 'utf8'), /"msg":"stopped"/);
    client.close();
  });

  it('writes events only while somebody watches', async () => {
    const { child, socket, exited, firstLine } = start('events');
    assert.match(await firstLine, /ready/);
    const client = new TestClient(socket);
    const knob = async (): Promise<unknown> => {
      const { entries } = await client.call('DumpMap', { name: 'oh_knobs' });
      return (JSON.parse(entries[0]?.value ?? '{}') as { events?: number }).events;
    };
    assert.equal(await knob(), 0);
    const stream = client.watch('WatchEvents', { workloads: [] });
    await once(stream, 'metadata');
    assert.equal(await knob(), 1);
    stream.cancel();
    while ((await knob()) !== 0) await new Promise((resolve) => setTimeout(resolve, 10));
    client.close();
    child.kill('SIGINT');
    assert.equal(await exited, 0);
  });

  const refused: [what: string, change: Record<string, string>, error: RegExp][] = [
    ['the root cgroup', { cgroup: mount, workloads: '[]' }, /is the root cgroup/],
    [
      'a cgroup that no lab made',
      { cgroup: join(mount, `onehop.${lab}`), workloads: '[]' },
      /was not made by a lab/,
    ],
    [
      'a cgroup that is not there',
      { cgroup: join(mount, 'onehop.none/node-1'), workloads: '[]' },
      /There is no cgroup/,
    ],
    ['an object that is no object', { object: main }, /onehop|object|main\.js/],
    ['a socket in no folder', { socket: '/no/such/folder/a.sock' }, /Cannot listen on/],
    ['a flag that it does not know', { bogus: '1' }, /Unknown option '--bogus'/],
  ];
  for (const [what, change, error] of refused)
    it(`refuses ${what}, on one line`, async () => {
      const { exited, firstLine } = start('bad', change);
      const told = JSON.parse(await firstLine) as { error: string; hint: string };
      assert.match(told.error, error);
      assert.notEqual(told.hint, '');
      assert.equal(await exited, 1);
    });

  it('leaves a running agent alone', async () => {
    const first = start('twice');
    assert.match(await first.firstLine, /ready/);
    const second = start('second', { socket: first.socket });
    assert.match(await second.firstLine, /Another process listens/);
    assert.equal(await second.exited, 1);
    const client = new TestClient(first.socket);
    assert.equal((await client.call('GetStatus', {})).pid, first.child.pid);
    client.close();
    first.child.kill('SIGTERM');
    assert.equal(await first.exited, 0);
  });
});

interface Started {
  readonly child: ChildProcess;
  readonly socket: string;
  readonly log: string;
  readonly exited: Promise<number | null>;
  readonly firstLine: Promise<string>;
}

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  let text = '';
  for await (const chunk of stdout ?? []) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  return text.split('\n')[0] ?? '';
}
