import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createLocalBackend } from '../../src/backends/local/backend.js';
import { patternBytes } from '../../src/services/pattern.js';
import type {
  AnswerLine,
  ConnectedLine,
  ErrorLine,
  SummaryLine,
  TrafficLine,
} from '../../src/traffic/lines.js';
import { sendRequests, type RequestRun } from '../../src/traffic/requests.js';
import type { RequestSpec } from '../../src/traffic/requestSpec.js';
import { echoTopology, noMesh, testLabName } from '../backends/testLab.js';

interface Outcome {
  readonly connected: ConnectedLine[];
  readonly answers: AnswerLine[];
  readonly errors: ErrorLine[];
  readonly summary: SummaryLine | undefined;
  readonly code: number | null;
  readonly stderr: string;
}

describe('requests from a workload', function () {
  this.timeout(60_000);
  const backend = createLocalBackend();
  const lab = testLabName('req');
  const base = 'http://echo-far:9080';
  before(() => backend.up(echoTopology(lab), noMesh));
  after(() => backend.down(lab));

  const collect = async (run: RequestRun): Promise<Outcome> => {
    const lines: TrafficLine[] = [];
    for await (const line of run.lines) lines.push(line);
    return {
      connected: lines.filter((line) => line.type === 'connected'),
      answers: lines.filter((line) => line.type === 'answer'),
      errors: lines.filter((line) => line.type === 'error'),
      summary: lines.find((line) => line.type === 'summary'),
      ...(await run.exited),
    };
  };
  const send = async (spec: RequestSpec): Promise<Outcome> =>
    collect(await sendRequests(backend, lab, 'client', spec));
  const ask = async (spec: RequestSpec): Promise<AnswerLine> => {
    const { answers, errors, code } = await send(spec);
    assert.deepEqual(errors, []);
    assert.equal(code, 0);
    assert.equal(answers.length, 1);
    return answers[0] as AnswerLine;
  };
  const served = async (): Promise<number> =>
    (JSON.parse((await ask({ url: `${base}/_onehop/served` })).body) as { count: number }).count;

  describe('bring back what the service answered', () => {
    const sized = (n: number): Partial<AnswerLine> => ({
      status: 200,
      bodyBytes: n,
      bodyEncoding: 'base64',
      body: patternBytes(n).toString('base64'),
    });
    const cases: [string, Partial<RequestSpec>, Partial<AnswerLine>][] = [
      ['/bytes/1000', {}, sized(1000)],
      ['/chunked/50000', {}, sized(50_000)],
      ['/bytes/100000', { maxBody: 300 }, { bodyBytes: 100_000, body: patternBytes(300).toString('base64') }],
      ['/health', { maxBody: 4 }, { bodyBytes: 37, body: '{"st', bodyEncoding: 'utf8' }],
      ['/bytes/3000000', { maxBody: 0 }, { bodyBytes: 3_000_000, body: '' }],
      ['/bytes/10', { method: 'HEAD' }, { status: 200, bodyBytes: 0, body: '' }],
      ['/status/204', {}, { status: 204, bodyBytes: 0 }],
      ['/status/503', {}, { status: 503, body: '{"status":503}\n', bodyEncoding: 'utf8' }],
      ['/health', {}, { status: 200, body: '{"status":"ok","podname":"echo-far"}\n' }],
      ['/delay/30', {}, { status: 200, body: '{"podname":"echo-far","delayMs":30}\n' }],
    ];
    for (const [path, spec, expected] of cases) {
      it(`${spec.method ?? 'GET'} ${path}`, async () => {
        const answer = await ask({ url: base + path, ...spec });
        assert.deepEqual({ ...answer, ...expected }, answer);
        assert.equal(answer.headers['x-served-by'], 'echo-far');
        assert.ok(answer.durationUs >= answer.firstByteUs && answer.firstByteUs > 0);
      });
    }
  });

  it('send method, target, headers and body as they are told', async () => {
    const headers = [
      ['X-Two', 'a'],
      ['x-two', 'b'],
      ['Host', 'somebody:1'],
    ] as const;
    const { body } = await ask({ url: `${base}/a%20b?c=d`, method: 'POST', headers, body: 'gr\u00fc\u00df' });
    assert.deepEqual(JSON.parse(body), {
      podname: 'echo-far',
      method: 'POST',
      target: '/a%20b?c=d',
      httpVersion: '1.1',
      headers: [
        ...headers,
        ['User-Agent', 'onehop'],
        ['Accept', '*/*'],
        ['Content-Length', '6'],
        ['Connection', 'keep-alive'],
      ],
      body: 'gr\u00fc\u00df',
      bodyEncoding: 'utf8',
      bodyBytes: 6,
    });
  });

  it('send a large binary body whole', async () => {
    const body = patternBytes(700_000);
    const answer = await ask({ url: `${base}/digest`, method: 'PUT', body });
    const sha256 = createHash('sha256').update(body).digest('hex');
    assert.deepEqual(JSON.parse(answer.body), { podname: 'echo-far', bytes: body.length, sha256 });
  });

  it('keep their connections and count on them', async () => {
    const { connected, answers, summary } = await send({ url: `${base}/`, count: 20, connections: 4 });
    assert.deepEqual(connected.map(({ connection }) => connection).sort(), [0, 1, 2, 3]);
    assert.deepEqual(
      answers.map(({ seq }) => seq).sort((a, b) => a - b),
      [...Array(20).keys()],
    );
    for (const { connection, local } of connected) {
      const own = answers.filter((answer) => answer.connection === connection);
      assert.deepEqual(
        own.map(({ connectionSeq }) => connectionSeq),
        [...own.keys()],
      );
      for (const answer of own) assert.deepEqual(answer.local, local);
    }
    assert.equal(summary?.connections, 4);
  });

  it('connect anew when the server ended the connection', async () => {
    const { connected, answers, code } = await send({ url: `${base}/close`, count: 3 });
    assert.equal(code, 0);
    assert.deepEqual(
      connected.map(({ connection, again }) => [connection, again]),
      [
        [0, false],
        [0, true],
        [0, true],
      ],
    );
    assert.deepEqual(
      answers.map(({ connectionSeq }) => connectionSeq),
      [0, 0, 0],
    );
    assert.deepEqual(
      answers.map(({ local }) => local),
      connected.map(({ local }) => local),
    );
  });

  it('wait at the gate with open connections until they may go', async () => {
    const before = await served();
    const run = await sendRequests(backend, lab, 'client', {
      url: `${base}/`,
      count: 5,
      connections: 2,
      gate: true,
    });
    const lines = run.lines[Symbol.asyncIterator]();
    const first = [(await lines.next()).value, (await lines.next()).value] as TrafficLine[];
    assert.deepEqual(
      first.map(({ type }) => type),
      ['connected', 'connected'],
    );
    assert.equal(await served(), before);
    run.go();
    const types: string[] = [];
    for (let next = await lines.next(); !next.done; next = await lines.next()) types.push(next.value.type);
    assert.deepEqual(types, [...Array<string>(5).fill('answer'), 'summary']);
    assert.equal(await served(), before + 5);
    assert.equal((await run.exited).code, 0);
  });

  it('are 10,000 in a few seconds, each counted once by the service', async () => {
    const before = await served();
    const { answers, summary, code } = await send({
      url: `${base}/health`,
      count: 10_000,
      connections: 8,
      quiet: true,
    });
    assert.equal(code, 0);
    assert.deepEqual(answers, []);
    assert.ok(summary);
    assert.deepEqual(summary.byStatus, { 200: 10_000 });
    assert.deepEqual(summary.byServer, { 'echo-far': 10_000 });
    assert.equal(summary.errors, 0);
    assert.equal(await served(), before + 10_000);
    assert.ok(summary.elapsedMs < 10_000, `${summary.elapsedMs} ms`);
    const { p50 = 0, p90 = 0, p99 = 0, max = 0 } = summary.latencyUs ?? {};
    assert.ok(0 < p50 && p50 <= p90 && p90 <= p99 && p99 <= max);
  });

  describe('that fail say why and what to do', () => {
    const cases: [string, Partial<RequestSpec> & { url: string }, string, number, RegExp][] = [
      ['an unknown name', { url: 'http://nobody:9080/' }, 'ENOTFOUND', -1, /It knows echo, /],
      [
        'a port where nothing listens',
        { url: 'http://echo-far:1/' },
        'ECONNREFUSED',
        -1,
        /198\.18\.2\.11 port 1/,
      ],
      ['no answer in time', { url: `${base}/delay/5000`, timeoutMs: 100 }, 'ETIMEDOUT', 0, /more time/],
      [
        'an answer that breaks off',
        { url: `${base}/abort/1000` },
        'ECONNRESET',
        0,
        /before the answer was complete/,
      ],
      [
        'a header that is none',
        { url: `${base}/`, headers: [['a b', 'c']] },
        'ERR_INVALID_HTTP_TOKEN',
        0,
        /headers/,
      ],
    ];
    for (const [what, spec, errno, seq, hint] of cases) {
      it(what, async () => {
        const { errors, summary, code } = await send(spec);
        assert.equal(code, 1);
        assert.deepEqual(
          errors.map((error) => [error.errno, error.seq]),
          [[errno, seq]],
        );
        assert.match(errors[0]?.hint ?? '', hint);
        assert.equal(summary?.errors, 1);
      });
    }
    it('arguments that are none', async () => {
      const { code, stderr } = await send({ url: 'ftp://echo-far/' });
      assert.equal(code, 2);
      assert.match(stderr, /only http:/);
    });
    it('and go on: the others are answered', async () => {
      const { errors, answers } = await send({ url: `${base}/abort/1000`, count: 3 });
      assert.deepEqual([errors.length, answers.length], [3, 0]);
    });
  });
});
