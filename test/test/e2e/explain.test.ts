import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Event, Explanation, ExplainStep } from '@onehop/core/api/agent.generated.js';
import { decodeBtf } from '@onehop/core/btf/decode.js';
import type { Allocation } from '@onehop/core/compile/allocate.js';
import { CONFIG_MAPS, type MapLimits } from '@onehop/core/compile/limits.js';
import { planGeneration } from '@onehop/core/compile/plan.js';
import { explainSteps } from '@onehop/core/decision/steps.js';
import { loadFile } from '@onehop/core/resources/load.js';
import { xdsSetOf } from '@onehop/core/resources/model.js';
import { buildRouting } from '@onehop/core/routing/build.js';
import type { RoutingModel } from '@onehop/core/routing/model.js';
import { formatAddress, parseIp } from '@onehop/core/wire/ip.js';
import { reasonId, reasonText } from '@onehop/core/wire/reasons.js';
import { structCodec } from '@onehop/core/wire/structs.js';
import { wireBtf } from '@onehop/core/wire/wire.generated.js';
import { AgentClient } from '@onehop/lab/agent/client.js';
import type { LabProcess } from '@onehop/lab/backends/backend.js';
import { createLocalBackend } from '@onehop/lab/backends/local/backend.js';
import { labNames } from '@onehop/lab/backends/local/names.js';
import type { RawAnswer, RawQuestion } from '../../src/e2e/rawClient.js';
import { root, samples, TestLab } from '../../src/e2e/testLab.js';
import { WasmBuild } from '../../src/router/builds.js';
import { Random } from '../../src/router/random.js';
import { plainRequest, type PlainRequest } from '../../src/router/requests.js';

const REQUESTS = 200;
const SEED = Number(process.env['EXPLAIN_SEED'] ?? 1);
const text = (name: string): string => reasonText(reasonId(name));

interface Question {
  readonly address: string;
  readonly port: number;
  readonly request: PlainRequest;
  /** Head and what follows it. */
  readonly bytes: Buffer;
  readonly head: Buffer;
}

describe('explain', () => {
  let lab: TestLab;
  let agent: AgentClient;
  let client: LabProcess;
  let answers: AsyncIterator<string>;
  const events = new Map<string, Event>();
  let stopEvents: (() => void) | undefined;

  before(async () => {
    lab = await TestLab.up('explain', 'explain');
    agent = new AgentClient({
      lab: lab.name,
      node: 'node-1',
      socket: labNames(lab.name).agentSocket('node-1'),
    });
    const watching = await agent.watchEvents(['client']);
    stopEvents = () => watching.close();
    void (async () => {
      for await (const event of watching) events.set(`${event.type} ${event.client}`, event);
    })();
    const program = resolve(import.meta.dirname, '../../src/e2e/rawClient.js');
    client = await createLocalBackend().runIn(lab.name, 'client', [process.execPath, program], {
      stderr: 'inherit',
    });
    assert.ok(client.stdout !== undefined);
    answers = createInterface({ input: client.stdout })[Symbol.asyncIterator]();
  });
  after(async () => {
    client?.stdin?.end();
    stopEvents?.();
    agent?.close();
    await lab?.down();
  });

  const ask = (question: Question): Promise<Explanation> => {
    const { address, port, head } = question;
    return agent.explain({ address, port, head, method: '', target: '', headers: [] });
  };

  const send = async ({ address, port, bytes }: Question): Promise<RawAnswer> => {
    const line: RawQuestion = { address, port, bytes: bytes.toString('base64') };
    client.stdin?.write(`${JSON.stringify(line)}\n`);
    const { value, done } = await answers.next();
    assert.ok(done !== true, 'the client in the workload has ended');
    return JSON.parse(value) as RawAnswer;
  };

  const eventOf = async (type: string, name: string): Promise<Event> => {
    for (let waited = 0; waited < 3_000; waited += 10) {
      const event = events.get(`${type} ${name}`);
      if (event !== undefined) return event;
      await new Promise((wait) => setTimeout(wait, 10));
    }
    throw new Error(`no event of ${name}`);
  };

  it(`says of ${REQUESTS} requests what then becomes of them, and so does the wasm router`, async function () {
    this.timeout(120_000);
    const random = new Random(SEED);
    const wasm = await WasmTables.load();
    const seen = { kernel: 0, relay: 0, direct: 0, dry: 0 };
    const names = new Set<string>();
    for (let i = 0; i < REQUESTS; i++) {
      const question = randomQuestion(random);
      const said = await ask(question);
      const answer = await send(question);
      const event = await eventOf(said.path === 'direct' ? 'open' : 'request', answer.client);
      const what = `${question.address} ${JSON.stringify(question.head.toString())}`;
      if (event.reason === text('pool-dry')) seen.dry++;
      else assert.deepEqual([event.path, event.reason], [said.path, said.reason], what);
      seen[said.path as 'kernel' | 'relay' | 'direct']++;
      names.add(said.route);
      const { listener, virtualHost, route } = event;
      assert.deepEqual(
        { listener, virtualHost, route },
        // The relay does not tell the listener of a request that it turned away.
        { listener: isRouted(said) ? said.listener : '', virtualHost: said.virtualHost, route: said.route },
        what,
      );
      wasm.checkDestination(event, said, what);
      if (said.status !== 0) assert.equal(answer.status, said.status, what);
      else if (said.path !== 'direct') assert.equal(answer.status, event.status, what);
      if (isRouted(said)) assert.deepEqual(wasm.steps(question), lines(said.steps), what);
    }
    console.log(
      `      seed ${SEED}: ${seen.kernel} kernel, ${seen.relay} relay, ${seen.direct} direct, ${names.size - 1} routes; ${seen.dry} found no idle connection`,
    );
    assert.ok(seen.kernel > 40 && seen.relay > 40 && seen.direct > 5, JSON.stringify(seen));
    assert.ok(names.size >= 9, [...names].join());
    assert.ok(seen.dry < REQUESTS / 10, `${seen.dry} found no idle connection`);
  });

  it('leaves no trace: counters, turns and pools stay as they were', async () => {
    const state = async (): Promise<string> => {
      const turns = await agent.map('oh_turn');
      const routes = await agent.routes();
      return JSON.stringify([await agent.counters(), turns.entries, routes]);
    };
    const random = new Random(SEED + 1);
    const before = await state();
    for (let i = 0; i < 300; i++) await ask(randomQuestion(random));
    assert.equal(await state(), before);
  });

  it('answers on the command line', async () => {
    const explained = await lab.json<Explanation & { to: string }>(
      ...['explain', 'POST', 'http://shop:8080/x?a', '--from', 'client', '-H', 'x-a: z', '-d', 'hello', '-6'],
    );
    assert.equal(explained.to, '[fd00:198:18:100::10]:8080');
    assert.deepEqual([explained.path, explained.route, explained.draw], ['kernel', 'many', null]);
    const { stdout } = await lab.run('explain', 'http://db:8080/', '--from', 'client');
    assert.match(stdout, /✔ connect +198\.18\.100\.11:8080 +listener db\n/);
    assert.match(stdout, /✔ endpoint .* (near on node-1|far on node-2)\n → ─ direct path\n/);
    assert.match(stdout, /oh_listener +\d+ +listener db\n/);
    const { stdout: nowhere, code } = await lab.run('explain', 'http://near:81/', '--from', 'client');
    assert.match(nowhere, /✖ connect +198\.18\.1\.12:81 +no listener has it\n → the mesh leaves/);
    assert.equal(code, 0);
    const wrong = await lab.run('explain', 'http://shop:8080/', '--from', 'nobody');
    assert.deepEqual([wrong.code, wrong.stdout], [1, '']);
  });
});

/** Not those that the relay turns away before it looks for a route. */
function isRouted({ steps }: Explanation): boolean {
  return !steps.some(({ kind }) => kind === 'request');
}

/** What does not depend on chance. */
function lines(steps: readonly Omit<ExplainStep, 'source'>[]): string[] {
  return steps
    .filter(({ kind }) => kind !== 'cluster' && kind !== 'endpoint')
    .map(({ kind, name, ok, detail }) => `${ok ? '✔' : '✖'} ${kind} ${name}: ${detail}`);
}

/** Requests to the shop that its routes, or no route, match; some that the relay must serve; some to the TCP listener. */
function randomQuestion(random: Random): Question {
  const shop = random.chance(0.93);
  const address = shop
    ? random.pick(['198.18.100.10', 'fd00:198:18:100::10'])
    : random.pick(['198.18.100.11', 'fd00:198:18:100::11']);
  const plain = plainRequest(random);
  const host = random.pick(['shop', 'shop:8080', 'SHOP', 'a.example.com', plain.host]);
  const cookie = random.chance(0.4) ? ['cookie: a=b'] : [];
  const own = plain.headers.filter(([name]) => !/^(content-length|connection)$/i.test(name));
  const kept = [`Host: ${host}`, ...own.map(([name, value]) => `${name}: ${value}`), ...cookie];
  const target = plain.target.replace(/%7e/gi, 'abc').replace(/\/\/+/g, '/');
  const first = `${plain.method === 'TRACE' ? 'GET' : plain.method} ${target}`;
  const [version, more, body] = random.chance(0.85) ? PLAIN : random.pick(UNUSUAL);
  const head = Buffer.from(`${first} ${version}\r\n${[...kept, ...more].join('\r\n')}\r\n\r\n`);
  return {
    address,
    port: 8080,
    request: {
      ...plain,
      host,
      target,
      method: first.split(' ')[0] ?? '',
      headers: [...kept, ...more].map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
      }),
    },
    head,
    bytes: Buffer.concat([head, Buffer.from(body)]),
  };
}

type Kind = readonly [version: string, more: readonly string[], body: string];
const PLAIN: Kind = ['HTTP/1.1', [], ''];
const UNUSUAL: readonly Kind[] = [
  ['HTTP/1.0', [], ''],
  ['HTTP/1.1', ['Connection: close'], ''],
  ['HTTP/1.1', ['Transfer-Encoding: chunked'], '5\r\nhello\r\n0\r\n\r\n'],
  ['HTTP/1.1', [`X-Long: ${'x'.repeat(4500)}`], ''],
  ['HTTP/1.1', Array.from({ length: 70 }, (_, i) => `x-${i}: 1`), ''],
  ['HTTP/1.1', ['Content-Length: 3', 'Content-Length: 3'], ''],
  ['HTTP/1.1', ['Host: other'], ''],
];

/** The wasm router with the lab's configuration, written by this test. */
class WasmTables {
  private constructor(
    private readonly wasm: WasmBuild,
    private readonly model: RoutingModel,
    private readonly allocation: Allocation,
  ) {}

  static async load(): Promise<WasmTables> {
    const btf = decodeBtf(Buffer.from(wireBtf, 'base64'));
    const path = samples.explain.config;
    const { resources } = loadFile(path, readFileSync(resolve(root, path), 'utf8'));
    const { model } = buildRouting(xdsSetOf(resources.map(({ resource }) => resource)));
    const limits = Object.fromEntries(CONFIG_MAPS.map((map) => [map, 1024])) as unknown as MapLimits;
    const result = planGeneration({ previous: undefined, model, limits, codec: structCodec(btf) });
    assert.ok(result.ok);
    const wasm = await WasmBuild.load(btf);
    wasm.apply(result.plan);
    return new WasmTables(wasm, model, result.plan.allocation);
  }

  steps({ address, port, head, request }: Question): string[] {
    const [explanation] = this.wasm.ask([{ ip: parseIp(address) ?? new Uint8Array(16), port, head }]);
    assert.ok(explanation !== undefined);
    const where = formatAddress(address, port);
    return lines(
      explainSteps({
        ...{ explanation, opaque: [], allocation: this.allocation, model: this.model },
        ...{ address: where, request },
      }),
    );
  }

  /** The cluster is one of the split, the endpoint one of the cluster: the one that was told, when there is only one. */
  checkDestination(event: Event, said: Explanation, what: string): void {
    if (said.draw === null) assert.equal(event.cluster, said.cluster, what);
    else assert.ok(['near', 'far'].includes(event.cluster), what);
    const cluster = this.model.clusters.get(event.cluster);
    const all = (cluster?.endpoints ?? []).map(({ ip, port }) => formatAddress(ip, port));
    if (event.endpoint === '') assert.equal(said.endpoint, '', what);
    else assert.ok(all.includes(event.endpoint), `${what}: ${event.endpoint}`);
    if (all.length === 1 && said.draw === null) assert.equal(event.endpoint, said.endpoint, what);
  }
}
