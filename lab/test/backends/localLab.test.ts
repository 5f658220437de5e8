import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import type { Progress, RunOptions } from '../../src/backends/backend.js';
import { LabError } from '../../src/backends/errors.js';
import { createLocalBackend } from '../../src/backends/local/backend.js';
import { lockLab } from '../../src/backends/local/lock.js';
import type { LabTopology, LabWorkload } from '../../src/backends/topology.js';
import type { AnswerLine } from '../../src/traffic/lines.js';
import { sendRequests } from '../../src/traffic/requests.js';
import type { RequestSpec } from '../../src/traffic/requestSpec.js';
import { echoTopology, leftovers, machineNetwork, noMesh, testLabName, workload } from './testLab.js';

const backend = createLocalBackend();

async function answersOf(lab: string, from: string, spec: RequestSpec): Promise<AnswerLine[]> {
  const run = await sendRequests(backend, lab, from, spec);
  const answers: AnswerLine[] = [];
  for await (const line of run.lines) {
    assert.notEqual(line.type, 'error', JSON.stringify(line));
    if (line.type === 'answer') answers.push(line);
  }
  assert.deepEqual(await run.exited, { code: 0, stderr: '' });
  return answers;
}

async function output(
  lab: string,
  name: string,
  argv: string[],
  options: RunOptions = {},
): Promise<{ stdout: string; code: number | null }> {
  const child = await backend.runIn(lab, name, argv, { ...options, stdin: 'ignore' });
  assert.ok(child.stdout);
  const [stdout, { code }] = await Promise.all([text(child.stdout), child.exited]);
  return { stdout, code };
}

describe('a lab in namespaces', function () {
  this.timeout(30_000);
  const lab = testLabName('lab');
  const progress: Progress[] = [];
  let network = '';

  before(async () => {
    network = machineNetwork();
    await backend.up(echoTopology(lab), noMesh, (event) => progress.push(event));
  });
  after(() => backend.down(lab));

  it('tells its progress', () => {
    assert.deepEqual(progress.map(({ step, detail, done }) => [step, done ? detail : 'working']).slice(-1), [
      ['workloads', '3 on 2 nodes'],
    ]);
    assert.deepEqual([...new Set(progress.map(({ step }) => step))], ['network', 'workloads']);
  });

  it('is running, in names that follow from its own', async () => {
    const state = await backend.inspect(lab);
    assert.equal(state.phase, 'running');
    assert.deepEqual(state.namespaces, [
      `onehop.${lab}.node-1`,
      `onehop.${lab}.node-2`,
      `onehop.${lab}.switch`,
    ]);
    assert.deepEqual(
      state.processes.map(({ name, kind, node, alive }) => ({ name, kind, node, alive })),
      [
        { name: 'echo-near', kind: 'workload', node: 'node-1', alive: true },
        { name: 'echo-far', kind: 'workload', node: 'node-2', alive: true },
      ],
    );
    assert.deepEqual(state.topology, echoTopology(lab));
    assert.ok((await backend.list()).includes(lab));
  });

  it('keeps each workload in its cgroup', async () => {
    const { processes, cgroups } = await backend.inspect(lab);
    for (const { name, node, pid } of processes) {
      const own = `/onehop.${lab}/${node ?? ''}/workloads/${name}`;
      assert.match(readFileSync(`/proc/${pid}/cgroup`, 'utf8'), new RegExp(`^0::${own}$`, 'm'));
      assert.ok(cgroups.some((path) => path.endsWith(own)));
    }
  });

  it("changes nothing of the machine's network", () => assert.equal(machineNetwork(), network));

  it('is not brought up twice', () =>
    assert.rejects(backend.up(echoTopology(lab), noMesh), (error) => LabError.is(error, 'already-running')));

  describe('resolves names from its own hosts file', () => {
    const cases: [string, number, RegExp][] = [
      ['echo', 0, /^198\.18\.1\.12 /m],
      ['echo-far', 0, /^198\.18\.2\.11 /m],
      ['not-of-this-lab', 2, /^$/],
    ];
    for (const [name, code, expected] of cases) {
      it(name, async () => {
        const found = await output(lab, 'client', ['getent', 'ahostsv4', name]);
        assert.match(found.stdout, expected);
        assert.equal(found.code, code);
      });
    }
    it("and leaves the machine's as it is", () =>
      assert.doesNotMatch(readFileSync('/etc/hosts', 'utf8'), /198\.18\./));
  });

  describe('carries HTTP', () => {
    const cases = [
      ['to the same node over IPv4', 'http://198.18.1.12:9080', 'echo-near', '198.18.1.11'],
      ['to the same node over IPv6', 'http://[fd00:198:18:1::12]:9080', 'echo-near', 'fd00:198:18:1::11'],
      ['to the other node over IPv4', 'http://198.18.2.11:9080', 'echo-far', '198.18.1.11'],
      ['to the other node over IPv6', 'http://[fd00:198:18:2::11]:9080', 'echo-far', 'fd00:198:18:1::11'],
      ['to a name', 'http://echo:9080', 'echo-near', '198.18.1.11'],
    ] as const;
    for (const [what, base, server, source] of cases) {
      it(what, async () => {
        const [answer] = await answersOf(lab, 'client', { url: `${base}/peer` });
        assert.ok(answer);
        assert.equal(answer.headers['x-served-by'], server);
        const peer = JSON.parse(answer.body) as { remote: unknown; local: { port: number } };
        assert.deepEqual(peer.remote, answer.local);
        assert.equal(answer.local.address, source);
        assert.equal(peer.local.port, 9080);
      });
    }
  });

  describe('runs programs in a workload', () => {
    it('with its environment', async () => {
      const { stdout } = await output(
        lab,
        'client',
        ['sh', '-c', 'echo $ONEHOP_WORKLOAD $ONEHOP_ADDRESSES $MORE'],
        { env: { MORE: 'x' } },
      );
      assert.equal(stdout, 'client 198.18.1.11,fd00:198:18:1::11 x\n');
    });
    it('with their exit code', async () =>
      assert.equal((await output(lab, 'client', ['sh', '-c', 'exit 7'])).code, 7));
    it('and says so when there is no such program', async () =>
      assert.equal((await output(lab, 'client', ['/no/such'])).code, 127));
    it('that end when they are aborted', async () => {
      const abort = new AbortController();
      const child = await backend.runIn(lab, 'client', ['sleep', '60'], { signal: abort.signal });
      abort.abort();
      assert.deepEqual(await child.exited, { code: null, signal: 'SIGKILL' });
    });
    it('not in a lab that is not there', () =>
      assert.rejects(
        async () => backend.runIn(testLabName('none'), 'client', ['true']),
        (error) => LabError.is(error, 'no-lab'),
      ));
    it('not in a workload that it does not have', () =>
      assert.rejects(
        async () => backend.runIn(lab, 'nobody', ['true']),
        (error) => LabError.is(error, 'no-workload'),
      ));
  });

  it('goes without a trace, and going twice is no error', async () => {
    const other = testLabName('gone');
    await backend.up(echoTopology(other), noMesh);
    const { removed } = await backend.down(other);
    assert.deepEqual(leftovers(other), []);
    assert.deepEqual([...new Set(removed.map(({ kind }) => kind))].sort(), [
      'cgroup',
      'directory',
      'namespace',
      'process',
    ]);
    assert.equal(removed.filter(({ kind }) => kind === 'process').length, 2);
    assert.deepEqual(await backend.down(other), { lab: other, removed: [] });
    assert.equal((await backend.inspect(other)).phase, 'absent');
    assert.equal((await backend.inspect(lab)).phase, 'running');
  });
});

describe('a program of the user', function () {
  this.timeout(30_000);
  const lab = testLabName('own');
  after(() => backend.down(lab));

  it('is ready when it listens on one of its addresses, and runs where the caller says', async () => {
    const program =
      "require('net').createServer(s => s.end(process.cwd())).listen(process.env.PORT, '198.18.2.19')";
    const own: LabWorkload = {
      ...workload('own', 'v1', 2, 19, 7000),
      command: ['node', '-e', program],
      env: { PORT: '7000' },
    };
    const topology = { ...echoTopology(lab), workloads: [own] };
    assert.equal((await backend.up(topology, { ...noMesh, directory: '/usr' })).phase, 'running');
    const ask = "require('net').connect(7000, '198.18.2.19').pipe(process.stdout)";
    assert.equal((await output(lab, 'own-v1', ['node', '-e', ask])).stdout, '/usr');
  });
});

describe('two labs with the same addresses side by side', function () {
  this.timeout(30_000);
  const labs = [testLabName('left'), testLabName('right')] as const;
  after(() => Promise.all(labs.map((lab) => backend.down(lab))));

  it('do not see each other, nor does one notice when the other goes', async () => {
    await Promise.all(labs.map((lab) => backend.up(echoTopology(lab), noMesh)));
    const served = async (lab: string): Promise<number> => {
      const [answer] = await answersOf(lab, 'client', { url: 'http://echo-far:9080/_onehop/served' });
      return (JSON.parse(answer?.body ?? '{}') as { count: number }).count;
    };
    await Promise.all([
      answersOf(labs[0], 'client', { url: 'http://echo-far:9080/', count: 30, connections: 3 }),
      answersOf(labs[1], 'client', { url: 'http://echo-far:9080/', count: 50, connections: 2 }),
    ]);
    assert.deepEqual(await Promise.all(labs.map(served)), [30, 50]);
    await backend.down(labs[0]);
    assert.deepEqual(leftovers(labs[0]), []);
    await answersOf(labs[1], 'client', { url: 'http://echo-far:9080/', count: 5 });
    assert.equal(await served(labs[1]), 55);
  });
});

describe('an `up` that does not work leaves nothing', function () {
  this.timeout(30_000);
  const lab = testLabName('fail');
  afterEach(() => assert.deepEqual(leftovers(lab), []));

  const withWorkload = (change: Partial<LabWorkload>): LabTopology => {
    const topology = echoTopology(lab);
    return {
      ...topology,
      workloads: [...topology.workloads, { ...workload('echo', 'odd', 2, 19), ...change }],
    };
  };

  const cases: [string, LabTopology, string, RegExp][] = [
    [
      'a program that ends',
      withWorkload({ command: ['sh', '-c', 'echo sorry; exit 3'] }),
      'process-failed',
      /echo-odd ended with code 3.*\n {2}sorry$/,
    ],
    [
      'a program that is not there',
      withWorkload({ command: ['/no/such/program'] }),
      'process-failed',
      /echo-odd ended with code 127/,
    ],
    [
      'a program that never listens',
      withWorkload({ command: ['sleep', '60'] }),
      'timeout',
      /echo-odd was not ready after 1\.5 s/,
    ],
    [
      'an address that is none',
      withWorkload({ addresses: ['198.18.2.300'] }),
      'system',
      /^ip failed: .*198\.18\.2\.300.*[^.]\.$/,
    ],
    ['a node that is not there', withWorkload({ node: 'node-9' }), 'invalid', /node-9/],
    [
      'a node with a name that the lab needs',
      { ...echoTopology(lab), nodes: [{ name: 'switch' }] },
      'invalid',
      /switch/,
    ],
    ['a lab name that is none', { ...echoTopology(lab), name: 'Not_A_Name' }, 'invalid', /Not_A_Name/],
  ];
  for (const [what, topology, reason, message] of cases) {
    it(what, () =>
      assert.rejects(backend.up(topology, { ...noMesh, readyTimeoutMs: 1_500 }), (error) => {
        assert.ok(error instanceof LabError, String(error));
        assert.equal(error.reason, reason, error.message);
        assert.match(error.message, message);
        assert.notEqual(error.hint, '');
        return true;
      }),
    );
  }

  it('another `up` or `down` at work', async () => {
    using _lock = await lockLab(lab, 'up');
    await assert.rejects(backend.up(echoTopology(lab), noMesh), (error) => LabError.is(error, 'busy'));
    await assert.rejects(backend.down(lab), (error) => LabError.is(error, 'busy'));
  });

  const isCancelled = (error: unknown): boolean => LabError.is(error, 'cancelled');

  it('a signal that was aborted before', () =>
    assert.rejects(backend.up(echoTopology(lab), noMesh, undefined, AbortSignal.abort()), isCancelled));

  for (const step of ['network', 'workloads'] as const) {
    it(`a signal aborted at the step ${step}`, async () => {
      const abort = new AbortController();
      const progress = ({ step: at }: Progress): void => void (at === step && abort.abort());
      await assert.rejects(
        backend.up(withWorkload({ command: ['sleep', '60'] }), noMesh, progress, abort.signal),
        isCancelled,
      );
    });
  }
});
