import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalBackend } from '@onehop/lab/backends/local/backend.js';
import { labNames } from '@onehop/lab/backends/local/names.js';
import { applyResources, getState } from '@onehop/lab/controlplane/client.js';
import { sendRequests } from '@onehop/lab/traffic/requests.js';
import { root, samples, TestLab } from '../../src/e2e/testLab.js';

interface Answer {
  readonly cluster: string | null;
  readonly path: string | null;
}

const url = 'http://reviews:9080/reviews/1';
const good = readFileSync(join(root, samples.bookinfo.config), 'utf8');

describe('apply', () => {
  let lab: TestLab;
  let folder: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'onehop-apply-'));
    lab = await TestLab.up('apply', 'bookinfo');
  });
  after(async () => {
    await lab.down();
    rmSync(folder, { recursive: true });
  });

  const file = (text: string): string => {
    const path = join(folder, 'routes.xds.yaml');
    writeFileSync(path, text);
    return path;
  };
  const shares = async (n: number): Promise<Record<string, number>> => {
    const counts: Record<string, number> = {};
    for (const { cluster, path } of await lab.lines<Answer>(
      'request',
      url,
      '--from',
      'productpage-v1',
      '-n',
      String(n),
      '-c',
      '4',
    )) {
      assert.equal(path, 'kernel');
      counts[cluster ?? ''] = (counts[cluster ?? ''] ?? 0) + 1;
    }
    return counts;
  };
  const changed = (from: string, to: string): string => {
    assert.ok(good.includes(from), `the sample has ${from}`);
    return good.replace(from, to);
  };

  it('puts a changed weight in force', async () => {
    const half = changed('weight: 90', 'weight: 50').replace(
      'name: reviews-v3, weight: 10',
      'name: reviews-v3, weight: 50',
    );
    const result = await lab.run('apply', file(half));
    assert.equal(result.code, 0, result.stdout + result.stderr);
    const counts = await shares(2000);
    assert.ok(Math.abs((counts['reviews-v3'] ?? 0) - 1000) < 3 * Math.sqrt(500), JSON.stringify(counts));
    assert.equal((await lab.run('apply', file(good))).code, 0);
  });

  const broken: readonly (readonly [title: string, from: string, to: string, at: RegExp, says: RegExp])[] = [
    [
      'a field that does not exist',
      'weighted_clusters:',
      'weighted_cluster:',
      /routes\.xds\.yaml:\d+:\d+/,
      /weighted_cluster.*\n?[\s\S]*weighted_clusters/,
    ],
    [
      'a cluster that is not defined',
      'cluster: reviews-v2 }',
      'cluster: reviews-v4 }',
      /routes\.xds\.yaml:\d+:\d+/,
      /reviews-v4[\s\S]*reviews-v[123]/,
    ],
    [
      'YAML that does not parse',
      "domains: [reviews, 'reviews:9080']",
      "domains: [reviews, 'reviews:9080'",
      /routes\.xds\.yaml:\d+:\d+/,
      /./,
    ],
    [
      'a feature that the lab cannot run',
      'route: { cluster: reviews-v2 }',
      'route: { cluster: reviews-v2, auto_host_rewrite: true }',
      /routes\.xds\.yaml:\d+:\d+/,
      /auto_?host_?rewrite/i,
    ],
  ];
  for (const [title, from, to, at, says] of broken) {
    it(`refuses ${title}, at its place, while traffic goes on`, async () => {
      const text = changed(from, to);
      const traffic = await sendRequests(createLocalBackend(), lab.name, 'productpage-v1', {
        url,
        count: 3000,
        connections: 4,
        quiet: true,
      });
      const result = await lab.run('apply', file(text));
      let answered: Record<string, number> = {};
      for await (const line of traffic.lines)
        if (line.type === 'summary') answered = { ...line.byStatus, errors: line.errors };
      assert.equal(result.code, 1, result.stdout + result.stderr);
      const output = result.stdout + result.stderr;
      assert.match(output, at);
      assert.match(output, says);
      const line = Number(/routes\.xds\.yaml:(\d+)/.exec(output)?.[1]);
      const expected = text.slice(0, text.indexOf(to)).split('\n').length;
      // A bracket that is not closed shows only where something else begins.
      assert.ok(line >= expected && line <= expected + 2, `line ${line}, expected ${expected}: ${output}`);
      assert.deepEqual(answered, { 200: 3000, errors: 0 }, 'the traffic in flight was not disturbed');
      const routes = await lab.json<{ rows: { route: string; clusters: { weight: number }[] }[] }>('routes');
      assert.deepEqual(
        routes.rows.find(({ route }) => route === 'canary')?.clusters.map(({ weight }) => weight),
        [90, 10],
      );
    });
  }

  it('a resource that agents refuse is NACKed by name and field, and the last good one stays', async () => {
    const socket = labNames(lab.name).controlPlaneSocket;
    const before = await getState(socket);
    const resources = before.resources.map(({ typeUrl, name, json }) => {
      const value = JSON.parse(json) as { virtualHosts?: { routes: { route?: object }[] }[] };
      const route = name === 'reviews' ? value.virtualHosts?.[0]?.routes[0] : undefined;
      // Past the checks of the command line: what only the agent sees.
      if (route !== undefined)
        route.route = { ...route.route, requestMirrorPolicies: [{ cluster: 'reviews-v2' }] };
      return { typeUrl, name, value: value as never };
    });
    const rejections: { node: string; resource: string; field: string; message: string }[] = [];
    let inForce = '';
    for await (const progress of applyResources(socket, resources, { timeoutMs: 10_000 })) {
      if (progress.state === 'nacked') inForce = progress.inForce;
      rejections.push(
        ...progress.rejections.map(({ resource, field, message }) => ({
          node: progress.node,
          resource,
          field,
          message,
        })),
      );
    }
    assert.deepEqual(new Set(rejections.map(({ resource }) => resource)), new Set(['reviews']));
    assert.ok(rejections.length >= 2, 'both nodes say so');
    assert.ok(
      rejections.every(({ field }) => field === 'virtualHosts[0].routes[0].route.requestMirrorPolicies'),
      JSON.stringify(rejections),
    );
    assert.equal(inForce, before.version);
    const counts = await shares(200);
    assert.equal((counts['reviews-v1'] ?? 0) + (counts['reviews-v3'] ?? 0), 200);
    assert.equal((await lab.run('apply', file(good))).code, 0);
  });
});
