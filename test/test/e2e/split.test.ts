import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { AgentClient } from '@onehop/lab/agent/client.js';
import { createLocalBackend } from '@onehop/lab/backends/local/backend.js';
import { labNames } from '@onehop/lab/backends/local/names.js';
import { sendRequests } from '@onehop/lab/traffic/requests.js';
import { TestLab } from '../../src/e2e/testLab.js';

interface Answer {
  readonly status: number;
  readonly path: string | null;
  readonly cluster: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const REQUESTS = 10_000;
const url = 'http://reviews:9080/reviews/1';

describe('the canary of Bookinfo', () => {
  let lab: TestLab;

  before(async () => {
    lab = await TestLab.up('split', 'bookinfo');
  });
  after(() => lab.down());

  const relayed = async (): Promise<number> => {
    let sum = 0;
    for (const node of ['node-1', 'node-2']) {
      using agent = new AgentClient({ lab: lab.name, node, socket: labNames(lab.name).agentSocket(node) });
      const { relay } = await agent.counters();
      sum += (relay?.requests ?? 0) + (relay?.bytesFromClients ?? 0) + (relay?.bytesToClients ?? 0);
    }
    return sum;
  };

  /** What the services themselves counted. They are asked at their own address, past the mesh. */
  const served = async (): Promise<Record<string, number>> => {
    const at = { 'reviews-v1': '198.18.1.13', 'reviews-v3': '198.18.2.12' };
    const counts: Record<string, number> = {};
    for (const [name, address] of Object.entries(at)) {
      const { body } = await lab.json<Answer>(
        'request',
        `http://${address}:9080/_onehop/served`,
        '--from',
        'productpage-v1',
      );
      counts[name] = (JSON.parse(body) as { paths: Record<string, number> }).paths['/reviews/1'] ?? 0;
    }
    return counts;
  };

  it(`splits ${REQUESTS} keep-alive requests 90 to 10, and events and services agree exactly`, async () => {
    const before = await served();
    const lines = await lab.lines<Answer>(
      'request',
      url,
      '--from',
      'productpage-v1',
      '-n',
      String(REQUESTS),
      '-c',
      '8',
    );
    const after = await served();

    assert.equal(lines.length, REQUESTS);
    const count = (of: (line: Answer) => string | null | undefined, value: string): number =>
      lines.filter((line) => of(line) === value).length;
    assert.equal(
      count(({ path }) => path, 'kernel'),
      REQUESTS,
      'every request was routed in the kernel',
    );
    for (const version of ['reviews-v1', 'reviews-v3']) {
      const events = count(({ cluster }) => cluster, version);
      assert.equal(events, (after[version] ?? 0) - (before[version] ?? 0), `events and ${version} agree`);
      assert.equal(
        events,
        count(({ headers }) => headers['x-served-by'], version),
        `events and answers of ${version} agree`,
      );
    }
    const canary = count(({ cluster }) => cluster, 'reviews-v3');
    const deviation = Math.sqrt(REQUESTS * 0.1 * 0.9);
    console.log(
      `      canary: ${canary} of ${REQUESTS}, ${((canary - REQUESTS * 0.1) / deviation).toFixed(2)} standard deviations off`,
    );
    assert.ok(
      Math.abs(canary - REQUESTS * 0.1) <= 3 * deviation,
      `${canary} of ${REQUESTS} went to the canary`,
    );
    assert.equal(await relayed(), 0, 'no byte went through the relay');
  });

  it('costs the agent next to nothing: under 2 % of the CPU time of the services, over 100,000 requests', async function () {
    this.timeout(180_000);
    const names = labNames(lab.name);
    const cgroupRoot = (await createLocalBackend().inspect(lab.name)).cgroups[0] ?? '';
    const cpu = (path: string): number =>
      Number(/usage_usec (\d+)/.exec(readFileSync(`${cgroupRoot}/${path}/cpu.stat`, 'utf8'))?.[1]);
    // Both ends: who asks and who answers.
    const services = (): number => cpu('node-1/workloads') + cpu('node-2/workloads');
    const agents = (): number => cpu('node-1/agent') + cpu('node-2/agent');

    const bytesBefore = await relayed();
    // What the agents did for the test before this one (its event streams) is over by then.
    await setTimeout(2_000);
    const before = { services: services(), agents: agents() };
    const run = await sendRequests(createLocalBackend(), names.lab, 'productpage-v1', {
      url,
      count: 100_000,
      connections: 12,
      quiet: true,
      maxBody: 0,
    });
    let answers = 0;
    for await (const line of run.lines) if (line.type === 'summary') answers = line.answers;
    await run.exited;
    assert.equal(answers, 100_000);
    const used = { services: services() - before.services, agents: agents() - before.agents };
    console.log(
      `      services ${(used.services / 1e6).toFixed(2)} s of CPU, agents ${(used.agents / 1e6).toFixed(3)} s: ${((used.agents / used.services) * 100).toFixed(2)} %`,
    );
    assert.ok(used.services > 1e6, 'the services did work');
    assert.ok(used.agents < 0.02 * used.services, `agents ${used.agents} µs, services ${used.services} µs`);
    assert.equal(await relayed(), bytesBefore, 'no byte went through the relay');
  });

  it('gives the same answers through the relay', async () => {
    const ask = async (): Promise<Answer[]> =>
      Promise.all(
        [
          'http://details:9080/details/0',
          url,
          'http://ratings:9080/ratings/1',
          'http://reviews:9080/nothing',
        ].map((one) => lab.json<Answer>('request', one, '--from', 'productpage-v1', '-H', 'end-user: jason')),
      );
    const kernel = await ask();
    assert.equal((await lab.run('knobs', 'force-relay=on')).code, 0);
    const relay = await ask();
    const many = await lab.lines<Answer>('request', url, '--from', 'productpage-v1', '-n', '3000', '-c', '8');
    assert.equal((await lab.run('knobs', 'force-relay=off')).code, 0);

    assert.deepEqual(new Set(kernel.map(({ path }) => path)), new Set(['kernel']));
    assert.deepEqual(new Set(relay.map(({ path }) => path)), new Set(['relay']));
    for (const [i, one] of kernel.entries()) {
      const other = relay[i];
      assert.equal(other?.status, one.status);
      assert.equal(other?.body, one.body);
      assert.equal(other?.cluster, one.cluster);
      assert.deepEqual({ ...other?.headers, date: '' }, { ...one.headers, date: '' });
    }
    assert.equal(many.length, 3000);
    assert.ok(many.every(({ path, status }) => path === 'relay' && status === 200));
    const canary = many.filter(({ cluster }) => cluster === 'reviews-v3').length;
    assert.ok(
      Math.abs(canary - 300) <= 3 * Math.sqrt(3000 * 0.09),
      `${canary} of 3000 through the relay went to the canary`,
    );
    assert.ok(many.every(({ cluster, headers }) => headers['x-served-by'] === cluster));
  });
});
