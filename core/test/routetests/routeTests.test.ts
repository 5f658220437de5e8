import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { decodeBtf } from '../../src/btf/decode.js';
import { validateFiles } from '../../src/diagnostics/validate.js';
import { decodeBase64 } from '../../src/envoy/base64.js';
import type { AskRoute } from '../../src/routetests/model.js';
import { askOffline } from '../../src/routetests/offline.js';
import { checkExpectedNames, parseRouteTests } from '../../src/routetests/parse.js';
import { type CaseResult, routesReached, runTests } from '../../src/routetests/run.js';
import { parseTopology } from '../../src/topology/parse.js';
import { wireBtf } from '../../src/wire/wire.generated.js';
import { show } from '../diagnostics/marked.js';

const read = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../../../${path}`, import.meta.url)), 'utf8');
const CONFIGURATION = read('lab/samples/bookinfo/bookinfo.xds.yaml');
const TESTS = read('lab/samples/bookinfo/bookinfo.routes.test.yaml');
const topology = parseTopology(read('lab/samples/bookinfo/bookinfo.lab.yaml')).topology;

async function asker(text = CONFIGURATION, names = topology?.services ?? []): Promise<AskRoute> {
  const module = readFileSync(fileURLToPath(new URL('../../../../bpf/build/router.wasm', import.meta.url)));
  const btf = decodeBtf(decodeBase64(wireBtf) ?? new Uint8Array());
  return askOffline({ set: validateFiles([{ path: 'x.yaml', text }]).set, module, btf, names });
}

async function run(tests: string, text = CONFIGURATION): Promise<CaseResult[]> {
  const { file, problems } = parseRouteTests(tests);
  assert.deepEqual(problems, []);
  assert.ok(file !== undefined);
  return runTests(file, await asker(text));
}

const failuresOf = (results: readonly CaseResult[]): string[] =>
  results.flatMap(({ title, failures }) => failures.map(({ message }) => `${title}: ${message}`));

const one = (request: string, expect: string): string =>
  `tests:\n  - name: t\n    request: ${request}\n    expect: ${expect}\n`;

describe('route tests', () => {
  it('the sample passes', async () => {
    const results = await run(TESTS);
    assert.deepEqual(failuresOf(results), []);
    assert.equal(results.length, 11);
  });

  it('the sample fails where the configuration is changed', async () => {
    const results = await run(
      TESTS,
      CONFIGURATION.replace('weight: 90', 'weight: 80').replace('exact: jason', 'exact: james'),
    );
    assert.deepEqual(
      failuresOf(results)
        .map((text) => text.replace(/ ›.*?:/, ':'))
        .filter((text, index, all) => all.indexOf(text) === index),
      [
        'jason sees v2: Expected route jason, got canary.',
        'jason sees v2: Expected cluster reviews-v2, got reviews-v1 88.89 %, reviews-v3 11.11 %. The route is split: expect weights.',
        'everybody else draws the canary: Expected shares reviews-v1 90 %, reviews-v3 10 %, got reviews-v1 88.89 %, reviews-v3 11.11 %.',
      ],
    );
  });

  it('a failure stands at its expectation and has the chain of the decision', async () => {
    const text = one("{ url: 'http://reviews:9080/' }", '{ route: jason }');
    const [result] = await run(text);
    const [failure] = result?.failures ?? [];
    assert.equal(failure === undefined ? '' : show(failure.range), '4:22-4:27');
    assert.deepEqual([failure?.expected, failure?.actual], ['jason', 'canary']);
    const steps =
      result?.outcome?.steps.map(({ kind, name, ok }) => `${ok ? '+' : '-'} ${kind} ${name}`) ?? [];
    assert.deepEqual(steps.slice(0, 4), [
      '+ connect 198.18.100.3:9080',
      '+ virtual-host reviews',
      '- route jason',
      '+ route canary',
    ]);
    const route = result?.outcome?.steps[3]?.source;
    assert.deepEqual([route?.resource, route?.field], ['reviews', 'virtualHosts[0].routes[1]']);
  });

  // prettier-ignore
  const outcomes: [title: string, request: string, expect: string, failure: RegExp | undefined][] = [
    ['a name that is no listener', "{ url: 'http://nobody:9080/' }", '{ status: 404 }', /There is no name "nobody"/],
    ['a misspelt listener', "{ url: 'http://x/', listener: review }", '{ status: 404 }', /no listener "review"\. Did you mean "reviews"\?/],
    ['a listener by its name', "{ url: 'http://reviews/', listener: reviews }", '{ route: canary }', undefined],
    ['an address', "{ url: 'http://198.18.100.3:9080/', headers: { host: reviews } }", '{ route: canary }', undefined],
    ['an IPv6 address', "{ url: 'http://[fd00:198:18:100::3]:9080/', headers: { host: reviews } }", '{ route: canary }', undefined],
    ['an address that no listener has', "{ url: 'http://198.18.100.99:9080/' }", '{ cluster: x }', /got none: no listener takes the connection/],
    ['a host that no virtual host has', "{ url: 'http://reviews:9080/', headers: { Host: other } }", '{ status: 404 }', undefined],
    ['a status where an endpoint answers', "{ url: 'http://details:9080/' }", '{ status: 200 }', /Expected status 200, got an answer of an endpoint/],
    ['the path', "{ url: 'http://ratings-db:3306/' }", '{ path: kernel }', /Expected path kernel, got direct/],
    ['the virtual host', "{ url: 'http://details:9080/' }", '{ virtual_host: details }', undefined],
    ['shares in another unit', "{ url: 'http://reviews:9080/' }", '{ weights: { reviews-v3: 1, reviews-v1: 9 } }', undefined],
    ['shares of one cluster', "{ url: 'http://details:9080/' }", '{ weights: { details-v1: 1 } }', undefined],
  ];
  for (const [title, request, expect, failure] of outcomes)
    it(title, async () => {
      const found = failuresOf(await run(one(request, expect)));
      if (failure === undefined) assert.deepEqual(found, []);
      else assert.match(found.join('\n'), failure);
    });

  it('direct responses and clusters without endpoints have their status', async () => {
    const text = CONFIGURATION.replace(
      '- name: jason',
      '- { match: { path: /healthz }, direct_response: { status: 418, body: { inline_string: x } } }\n          - { match: { path: /gone }, route: { cluster: nothing } }\n          - name: jason',
    );
    const tests = `tests:\n  - name: t\n    cases:\n      - { request: { url: 'http://reviews:9080/healthz' }, expect: { status: 418 } }\n      - { request: { url: 'http://reviews:9080/gone' }, expect: { status: 503 } }\n`;
    assert.deepEqual(failuresOf(await run(tests, text)), []);
  });

  it('say which routes they reach', async () => {
    const reached = routesReached(await run(TESTS));
    const keys = [...reached.keys()].map((key) => key.replace(/.*RouteConfiguration /, '')).sort();
    assert.deepEqual(keys, [
      'details virtualHosts[0].routes[0]',
      'productpage virtualHosts[0].routes[0]',
      'ratings virtualHosts[0].routes[0]',
      'reviews virtualHosts[0].routes[0]',
      'reviews virtualHosts[0].routes[1]',
    ]);
  });
});

describe('the form of route tests', () => {
  // prettier-ignore
  const wrong: [title: string, text: string, line: number, rule: string, part: RegExp][] = [
    ['nothing', '', 1, 'syntax', /There are no tests.*Begin with "tests:"/],
    ['broken YAML', 'tests: [', 1, 'syntax', /./],
    ['a misspelt field', 'tests:\n  - name: a\n    reqest: {}\n', 3, 'unknown-field', /has no "reqest".*Did you mean "request"\?/],
    ['no name', 'tests:\n  - request: { url: http://a/ }\n    expect: { status: 404 }\n', 2, 'required', /needs "name"/],
    ['a name twice', `${one('{ url: http://a/ }', '{ status: 404 }')}  - name: t\n    request: { url: http://a/ }\n    expect: { status: 404 }\n`, 5, 'duplicate-name', /two tests with the name "t"/],
    ['no expectation', 'tests:\n  - name: a\n    request: { url: http://a/ }\n', 2, 'required', /expects nothing/],
    ['no URL', 'tests:\n  - name: a\n    expect: { status: 404 }\n', 2, 'required', /has no URL/],
    ['a URL without a host', one('{ url: /reviews }', '{ status: 404 }'), 3, 'bad-format', /Write a whole URL/],
    ['a URL of another protocol', one('{ url: https://a/ }', '{ status: 404 }'), 3, 'bad-format', /Write a whole URL/],
    ['a status that is none', one('{ url: http://a/ }', '{ status: 99 }'), 4, 'out-of-range', /from 100 to 599/],
    ['a path that is none', one('{ url: http://a/ }', '{ path: kernal }'), 4, 'bad-format', /Did you mean "kernel"\?/],
    ['a weight that is a text', one('{ url: http://a/ }', '{ weights: { a: half } }'), 4, 'wrong-type', /must be a whole number/],
    ['a header that is a number', one('{ url: http://a/, headers: { a: 1 } }', '{ status: 404 }'), 3, 'wrong-type', /Put it in quotes/],
    ['two documents', `${one('{ url: http://a/ }', '{ status: 404 }')}---\na: 1\n`, 6, 'syntax', /one document/],
  ];
  for (const [title, text, line, rule, part] of wrong)
    it(title, () => {
      const { problems } = parseRouteTests(text);
      const shown = problems.map(
        (problem) => `${problem.rule}@${problem.range.start.line} ${problem.message} ${problem.hint ?? ''}`,
      );
      assert.ok(
        shown.some((one_) => one_.startsWith(`${rule}@${line} `) && part.test(one_)),
        shown.join('\n') || 'nothing is wrong',
      );
    });

  it('clusters that the configuration does not have', () => {
    const { set } = validateFiles([{ path: 'x.yaml', text: CONFIGURATION }]);
    const { file } = parseRouteTests(
      one('{ url: http://a/ }', '{ cluster: reviews-v4, weights: { reviews-v1: 1, nope: 1 } }'),
    );
    assert.ok(file !== undefined);
    assert.deepEqual(
      checkExpectedNames(file, set, 'x').map(({ message, hint }) => `${message} ${hint ?? ''}`),
      ['Cluster "reviews-v4" is not defined. Did you mean "reviews-v1"?', 'Cluster "nope" is not defined. '],
    );
  });

  it('cases have titles of their own', () => {
    const { file } = parseRouteTests(
      `tests:\n  - name: t\n    request: { url: http://a/ }\n    expect: { status: 404 }\n    cases:\n      - {}\n      - {}\n      - { name: x }\n      - { request: { path: /y } }\n`,
    );
    assert.deepEqual(
      file?.tests[0]?.cases.map(({ title }) => title),
      ['t › case', 't › case (2)', 't › x', 't › /y'],
    );
    assert.equal(file?.tests[0]?.cases[3]?.request.url, 'http://a/y');
  });
});
