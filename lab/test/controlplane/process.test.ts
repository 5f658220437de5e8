import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CLUSTER_TYPE } from '@onehop/core/resources/model.js';
import { applyResources, getState } from '../../src/controlplane/client.js';
import { AdsTestClient, summary } from './adsTestClient.js';
import { staticCluster } from '@onehop/core/test/resources/xdsResources.js';

const program = fileURLToPath(new URL('../../src/controlplane/main.js', import.meta.url));

const good = `
resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: reviews
  connect_timeout: 1s
  load_assignment:
    cluster_name: reviews
    endpoints:
    - lb_endpoints:
      - endpoint: {address: {socket_address: {address: 198.18.1.13, port_value: 9080}}}
`;
const broken = good.replace('connect_timeout: 1s', 'conect_timeout: 1s');

describe('process of the control plane', function () {
  this.timeout(15_000);
  let folder: string;
  let socket: string;
  const children: ChildProcess[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'oh-cp-'));
    socket = join(folder, 'xds.sock');
    writeFileSync(join(folder, 'good.xds.yaml'), good);
    writeFileSync(join(folder, 'broken.xds.yaml'), broken);
  });
  afterEach(() => {
    for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  it('serves the resources of its files to another process', async () => {
    await start('--config', 'good.xds.yaml');
    assert.equal(statSync(socket).mode & 0o777, 0o600);
    using client = new AdsTestClient(socket, 'lab.node-1');
    client.subscribe(CLUSTER_TYPE);
    assert.equal(summary(await client.next()), 'Cluster: reviews');
    const line = JSON.parse(readFileSync(join(folder, 'control.log'), 'utf8').split('\n')[0]!) as Record<
      string,
      unknown
    >;
    assert.equal(line['msg'], 'ready');
    assert.equal(statSync(join(folder, 'control.log')).mode & 0o777, 0o600);
  });

  it('says where a file is wrong, and ends with 1', async () => {
    const { answer, code } = await startAndFail('--config', 'good.xds.yaml', '--config', 'broken.xds.yaml');
    assert.equal(code, 1);
    assert.match(String(answer['error']), /broken\.xds\.yaml:5:3: error: .*conect_timeout.*connect_timeout/);
    assert.match(String(answer['hint']), /Correct it/);
    assert.equal(existsSync(socket), false);
  });

  const mistakes: readonly [string, readonly string[], RegExp][] = [
    [
      'a file that is not there',
      ['--socket', '/tmp/none.sock', '--config', 'none.yaml'],
      /none\.yaml cannot be read: ENOENT/,
    ],
    ['a relative socket', ['--socket', 'xds.sock'], /not an absolute path/],
    ['an unknown flag', ['--socket', '/tmp/none.sock', '--sokcet', 'x'], /--sokcet/],
    ['a socket in no folder', ['--socket', '/nowhere/xds.sock'], /Cannot listen on \/nowhere\/xds\.sock/],
  ];
  for (const [title, args, expected] of mistakes) {
    it(`says what is wrong with ${title}`, async () => {
      const { answer, code } = await startAndFail(...args);
      assert.equal(code, 1);
      assert.match(String(answer['error']), expected);
      assert.equal(typeof answer['hint'], 'string');
    });
  }

  it('ends on SIGTERM within 2 s, also with open streams, and leaves no socket', async () => {
    const child = await start('--config', 'good.xds.yaml');
    using client = new AdsTestClient(socket, 'lab.node-1');
    client.subscribe(CLUSTER_TYPE);
    await client.next();
    const begin = performance.now();
    child.kill('SIGTERM');
    assert.equal(await ended(child), 0);
    assert.ok(performance.now() - begin < 2_000);
    assert.equal(existsSync(socket), false);
  });

  it('starts again after a crash, and serves the same versions', async () => {
    const child = await start('--config', 'good.xds.yaml');
    const { version } = await getState(socket);
    child.kill('SIGKILL');
    await ended(child);
    assert.equal(existsSync(socket), true);
    await start('--config', 'good.xds.yaml');
    assert.equal((await getState(socket)).version, version);
  });

  it('takes resources over its socket', async () => {
    await start();
    const states: string[] = [];
    for await (const { state, done } of applyResources(socket, [staticCluster('a')], { timeoutMs: 2_000 })) {
      states.push(`${state} ${done}`);
    }
    assert.deepEqual(states, ['acked true']);
    assert.deepEqual(
      (await getState(socket)).resources.map(({ name }) => name),
      ['a'],
    );
  });

  async function start(...args: readonly string[]): Promise<ChildProcess> {
    const child = run(['--socket', socket, '--log', join(folder, 'control.log'), ...args]);
    assert.deepEqual(await firstLine(child), { ready: true });
    return child;
  }

  async function startAndFail(
    ...args: readonly string[]
  ): Promise<{ answer: Record<string, unknown>; code: number | null }> {
    const own = args.includes('--socket') ? [] : ['--socket', socket];
    const child = run([...own, '--log', join(folder, 'control.log'), ...args]);
    const exit = ended(child);
    return { answer: await firstLine(child), code: await exit };
  }

  function run(args: readonly string[]): ChildProcess {
    const child = spawn(process.execPath, [program, ...args], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    return child;
  }
});

function firstLine(child: ChildProcess): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout!.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const end = text.indexOf('\n');
      if (end >= 0) resolve(JSON.parse(text.slice(0, end)) as Record<string, unknown>);
    });
    child.once('exit', (code) => reject(new Error(`it ended with ${code} and said: ${text}`)));
  });
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
    else child.once('exit', resolve);
  });
}
