import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { cli, jsonLines, root, TestLab } from '../../src/e2e/testLab.js';

interface Result {
  readonly status: number;
  readonly path: string | null;
  readonly listener: string | null;
  readonly virtualHost: string | null;
  readonly route: string | null;
  readonly cluster: string | null;
  readonly endpoint: string | null;
  readonly durationUs: number | null;
  readonly cookie: string | null;
  readonly source: string | null;
  readonly sameNode: boolean | null;
  readonly reason: string | null;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

describe('one request through Bookinfo', () => {
  let lab: TestLab;
  const machine = ['/etc/hosts', '/etc/resolv.conf'].map(
    (file) => [file, readFileSync(file, 'utf8')] as const,
  );

  before(async () => {
    lab = await TestLab.up('req', 'bookinfo');
  });
  after(() => lab.down());

  const cases: readonly (readonly [title: string, args: readonly string[], expected: Partial<Result>])[] = [
    [
      'one user goes to v2, across nodes',
      ['http://reviews:9080/reviews/1', '--from', 'productpage-v1', '-H', 'end-user: jason'],
      { listener: 'reviews', virtualHost: 'reviews', route: 'jason', cluster: 'reviews-v2', sameNode: false },
    ],
    [
      'a header of another name or case of value does not match',
      ['http://reviews:9080/reviews/1', '--from', 'productpage-v1', '-H', 'end-user: Jason'],
      { listener: 'reviews', virtualHost: 'reviews', route: 'canary' },
    ],
    [
      'a header name matches in any case',
      ['http://reviews:9080/reviews/1', '--from', 'productpage-v1', '-H', 'End-USER: jason'],
      { route: 'jason', cluster: 'reviews-v2' },
    ],
    [
      'the server is on the same node',
      ['http://details:9080/details/0', '--from', 'productpage-v1'],
      {
        listener: 'details',
        route: 'details',
        cluster: 'details-v1',
        endpoint: '198.18.1.12:9080',
        sameNode: true,
      },
    ],
    [
      'over IPv6',
      ['http://ratings:9080/ratings/1', '--from', 'reviews-v2', '-6'],
      { listener: 'ratings', route: 'ratings', cluster: 'ratings-v1', sameNode: true },
    ],
    [
      'with a body',
      ['POST', 'http://ratings:9080/ratings/1', '--from', 'productpage-v1', '-d', '{"Reviewer1":5}'],
      { listener: 'ratings', route: 'ratings', cluster: 'ratings-v1' },
    ],
  ];

  for (const [title, args, expected] of cases) {
    it(`${title}: the kernel's own event says so`, async () => {
      const result = await lab.json<Result>('request', ...args);
      assert.deepEqual(
        { ...result, ...expected },
        result,
        `expected ${JSON.stringify(expected)} in ${JSON.stringify(result)}`,
      );
      assert.equal(result.path, 'kernel');
      assert.equal(result.source, 'kernel');
      assert.match(result.cookie ?? '', /^[1-9]\d*$/);
      assert.ok((result.durationUs ?? 0) > 0);
      assert.equal(result.headers['x-served-by'], (result.cluster ?? '').replace(/^ratings$/, 'ratings-v1'));
    });
  }

  it('the database connection of ratings is direct', async () => {
    const result = await lab.json<Record<string, string>>(
      'connect',
      'ratings-db:3306',
      '--from',
      'ratings-v1',
      '--send',
      'RATINGS 1',
    );
    assert.equal(result['path'], 'direct');
    assert.equal(result['endpoint'], '198.18.2.14:3306');
    assert.match(result['answer'] ?? '', /^OK /);
    assert.equal(result['peer'], '198.18.100.5:3306', 'getpeername() shows the address that was asked for');
  });

  it('a Host that no virtual host has gets 404 from the relay, with the reason', async () => {
    const result = await lab.json<Result>(
      'request',
      'http://reviews:9080/reviews/1',
      '--from',
      'productpage-v1',
      '-H',
      'host: nobody',
    );
    assert.equal(result.status, 404);
    assert.equal(result.path, 'relay');
    assert.match(result.reason ?? '', /no virtual host/);
  });

  it('many requests print one object a line', async () => {
    const { stdout, code } = await lab.run(
      'request',
      'http://details:9080/details/0',
      '--from',
      'productpage-v1',
      '-n',
      '25',
      '-c',
      '3',
      '--json',
    );
    assert.equal(code, 0);
    const lines = jsonLines<Result>(stdout);
    assert.equal(lines.length, 25);
    assert.deepEqual(new Set(lines.map(({ path }) => path)), new Set(['kernel']));
    assert.equal(new Set(lines.map(({ cookie }) => cookie)).size, 3);
  });

  it('a connection is told when it opens and when it closes, with its bytes', async () => {
    const watching = lab.lines<{
      type: string;
      client: string;
      cookie: string;
      path: string;
      requestBytes: number;
    }>('events', '--for', '4', '--from', 'productpage-v1');
    await setTimeout(1_500);
    const [answer] = await lab.lines<{ cookie: string }>(
      'request',
      'http://details:9080/details/0',
      '--from',
      'productpage-v1',
      '-n',
      '3',
    );
    const events = (await watching).filter(({ cookie }) => cookie === answer?.cookie);
    assert.deepEqual(
      events.map(({ type, path }) => `${type} ${path}`),
      ['open kernel', 'request kernel', 'request kernel', 'request kernel', 'close kernel'],
    );
    assert.ok((events.at(-1)?.requestBytes ?? 0) >= 3 * 60, 'the bytes of three requests');
  });

  it('the route tests of the sample pass on the loaded program, and what it does not do fails', async () => {
    const sample = 'lab/samples/bookinfo/bookinfo.routes.test.yaml';
    const passed = await cli(['test', sample, '--lab', lab.name]);
    assert.equal(passed.code, 0, passed.stdout + passed.stderr);
    assert.match(passed.stdout, /11 passed\./);
    const folder = mkdtempSync(join(tmpdir(), 'onehop-route-tests-'));
    try {
      const text = readFileSync(join(root, sample), 'utf8').replace('reviews-v1: 90', 'reviews-v1: 80');
      writeFileSync(join(folder, 'x.routes.test.yaml'), text);
      cpSync(join(root, 'lab/samples/bookinfo/bookinfo.xds.yaml'), join(folder, 'x.xds.yaml'));
      const failed = await cli(['test', join(folder, 'x.routes.test.yaml'), '--lab', lab.name]);
      assert.equal(failed.code, 1);
      assert.match(
        failed.stdout,
        /Expected shares reviews-v1 88\.89 %.*got reviews-v1 90 %, reviews-v3 10 %/,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('names resolved in the lab only', () => {
    for (const [file, text] of machine) assert.equal(readFileSync(file, 'utf8'), text, `${file} was changed`);
  });
});
