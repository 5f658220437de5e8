import assert from 'node:assert/strict';
import { TestLab } from '../../src/e2e/testLab.js';

interface Result {
  readonly status: number;
  readonly path: string;
  readonly route: string | null;
  readonly cluster: string | null;
  readonly reason: string | null;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface RouteRow {
  readonly route: string;
  readonly path: string;
  readonly reason: string;
}

describe('conditions and actions of routes in a lab', () => {
  let lab: TestLab;

  before(async () => {
    lab = await TestLab.up('actions', 'actions');
  });
  after(() => lab.down());

  const request = (target: string, ...more: string[]): Promise<Result> =>
    lab.json<Result>('request', `http://echo:8080${target}`, '--from', 'client', ...more);

  const checked = /checked in the relay/;
  const kernel = { path: 'kernel', reason: /^$/ };
  const relay = (reason: RegExp) => ({ path: 'relay', reason });
  const cases: readonly (readonly [
    title: string,
    args: readonly [string, ...string[]],
    route: string,
    cluster: string | null,
    how: { readonly path: string; readonly reason: RegExp },
  ])[] = [
    ['a query parameter, with the port of the Host not looked at', ['/?a=1&v=2'], 'query', 'far', kernel],
    ['a number in a range', ['/x', '-H', 'x-level: +07'], 'range', 'far', kernel],
    ['a fraction of all', ['/fraction'], 'fraction', 'near', kernel],
    ['a route before the one that the kernel cannot check', ['/early'], 'early', 'near', kernel],
    ['a regular expression', ['/r/12.json'], 'regex', 'far', kernel],
    ['a route behind it', ['/r/x'], 'rest', 'near', kernel],
    ['a large regular expression', ['/large/12.json'], 'large-regex', 'far', relay(checked)],
    ['a route behind that', ['/large/x'], 'rest', 'near', relay(checked)],
    ['what the expression cannot match', ['/other'], 'rest', 'near', kernel],
    [
      'a cluster by header',
      ['/by-header', '-H', 'x-cluster: far'],
      'header',
      'far',
      relay(/names the cluster/),
    ],
  ];
  for (const [title, args, route, cluster, how] of cases)
    it(`${title}: ${how.path}, and explain says so`, async () => {
      const result = await request(...args);
      assert.deepEqual(
        [result.status, result.route, result.cluster, result.path],
        [200, route, cluster, how.path],
      );
      assert.match(result.reason ?? '', how.reason);
      const [target, ...more] = args;
      const said = await lab.json<Result>(
        'explain',
        `http://echo:8080${target}`,
        '--from',
        'client',
        ...more,
      );
      assert.deepEqual([said.route, said.path], [route, how.path]);
      assert.match(said.reason ?? '', how.reason);
    });

  it('a redirect', async () => {
    const { status, headers, route, reason } = await request('/old/a?b');
    assert.deepEqual([status, headers['location'], route], [302, 'http://echo:8080/new/a?b', 'redirect']);
    assert.match(reason ?? '', /redirects/);
  });

  it('changes of request and response', async () => {
    const { status, headers, route, reason, body } = await request('/changes/x?y');
    assert.deepEqual([status, headers['x-answered'], route], [200, '200', 'changes']);
    assert.match(reason ?? '', /changes the request/);
    const asked = JSON.parse(body) as { target: string; headers: [string, string][] };
    assert.equal(asked.target, '//x?y');
    const sent = new Map(asked.headers);
    assert.deepEqual([sent.get('x-added'), sent.get('Host')], ['from /changes/x?y', 'other']);
  });

  it('a cluster that a header names and nobody has', async () => {
    const { status, route } = await request('/by-header', '-H', 'x-cluster: nobody');
    assert.deepEqual([status, route], [503, 'header']);
  });

  it('each route has its path and reason', async () => {
    const { rows } = await lab.json<{ rows: readonly RouteRow[] }>('routes');
    const paths = Object.fromEntries(rows.map(({ route, path }) => [route, path]));
    assert.deepEqual(paths, {
      ...{ query: 'kernel', range: 'kernel', fraction: 'kernel', redirect: 'relay', header: 'relay' },
      ...{ early: 'kernel', regex: 'kernel', 'large-regex': 'relay', changes: 'relay', rest: 'kernel' },
    });
    for (const { route, path, reason } of rows) if (path === 'relay') assert.notEqual(reason, '', route);
  });
});
