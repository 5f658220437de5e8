import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LabError } from '../../src/backends/errors.js';
import { createLocalBackend } from '../../src/backends/local/backend.js';
import { killRecorded } from '../../src/backends/local/processes.js';
import type { TrafficLine } from '../../src/traffic/lines.js';
import { sendRequests } from '../../src/traffic/requests.js';
import { bookinfo, leftovers, testLabName } from './testLab.js';

describe('a lab with a mesh', function () {
  this.timeout(60_000);
  const backend = createLocalBackend();
  const name = testLabName('mesh');
  const { topology, options } = bookinfo(name);
  after(() => backend.down(name));

  const ask = async (url: string, family: 4 | 6): Promise<TrafficLine[]> => {
    const run = await sendRequests(backend, name, 'productpage-v1', { url, family });
    const lines: TrafficLine[] = [];
    for await (const line of run.lines) lines.push(line);
    return lines;
  };

  it('comes up with a control plane, an agent a node, and the configuration in force', async () => {
    const steps: string[] = [];
    const state = await backend.up(topology, options, ({ step, done }) => done && steps.push(step));
    assert.deepEqual(steps, ['network', 'control-plane', 'agents', 'workloads', 'configuration']);
    assert.equal(state.phase, 'running');
    assert.equal(state.mesh, true);
    const of = (kind: string): string[] =>
      state.processes.filter((process) => process.kind === kind).map((process) => process.name);
    assert.deepEqual(of('control-plane'), ['control']);
    assert.deepEqual(of('agent'), ['node-1', 'node-2']);
    assert.deepEqual(
      of('workload'),
      topology.workloads.map((workload) => workload.name),
    );
  });

  for (const family of [4, 6] as const) {
    it(`answers at once at the addresses of services, over IPv${family}`, async () => {
      const address = family === 4 ? '198.18.100.2' : 'fd00:198:18:100::2';
      const [connected, answer] = await ask('http://details:9080/details/1', family);
      assert.ok(
        connected?.type === 'connected' && answer?.type === 'answer',
        JSON.stringify([connected, answer]),
      );
      assert.deepEqual(connected.remote, { address, port: 9080 });
      assert.equal(answer.headers['x-served-by'], 'details-v1');
    });
  }

  it('keeps its sockets and files from other users, and its bpffs from other processes', () => {
    const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);
    assert.equal(mode(`/run/onehop/${name}`), '700');
    for (const socket of ['xds.sock', 'agent-node-1.sock', 'agent-node-2.sock']) {
      assert.equal(mode(`/run/onehop/${name}/${socket}`), '600', socket);
    }
    assert.doesNotMatch(readFileSync('/proc/self/mountinfo', 'utf8'), new RegExp(`/run/onehop/${name}`));
  });

  for (const kind of ['agent', 'control-plane'] as const) {
    it(`is degraded when its ${kind} is killed, and \`up\` works again`, async () => {
      const { processes } = await backend.inspect(name);
      const victim = processes.find((process) => process.kind === kind);
      assert.ok(victim && killRecorded(victim));
      while ((await backend.inspect(name)).phase === 'running') await sleep(5);
      assert.equal((await backend.inspect(name)).phase, 'degraded');
      assert.equal((await backend.up(topology, options)).phase, 'running');
      const [, answer] = await ask('http://details:9080/details/1', 4);
      assert.equal(answer?.type, 'answer');
    });
  }

  it('goes without a trace', async () => {
    const { removed } = await backend.down(name);
    assert.equal(removed.filter(({ kind }) => kind === 'process').length, 10);
    assert.deepEqual(leftovers(name), []);
  });

  it('does not come up on a file that is no configuration, and says where it is wrong', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'onehop-'));
    try {
      const file = join(directory, 'broken.xds.yaml');
      writeFileSync(file, 'resources: [\n');
      await assert.rejects(backend.up(topology, { config: [file] }), (error) => {
        assert.ok(LabError.is(error, 'process-failed'), String(error));
        assert.match(error.message, /control plane cannot start: [^]*broken\.xds\.yaml/);
        return true;
      });
      assert.deepEqual(leftovers(name), []);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
