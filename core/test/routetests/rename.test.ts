import assert from 'node:assert/strict';
import { CLUSTER_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '../../src/resources/model.js';
import { parseRouteTests } from '../../src/routetests/parse.js';
import { nameListenerInTests, renameInTests } from '../../src/routetests/rename.js';
import { applyEdits } from '../../src/yaml/edits.js';

const TESTS = `tests:
  - name: v1 # v1 as a name stays
    request: { url: 'http://v1:9080/v1', listener: v1, headers: { v1: v1 } }
    expect: { cluster: "v1", route: v1 }
    cases:
      - expect: { weights: { v1: 90, v2: 10 } }
      - expect: { weights: { 'v1': 1 }, cluster: v1 }
`;

const renamed = (typeUrl: string, newName: string): string =>
  applyEdits(TESTS, renameInTests(TESTS, typeUrl, 'v1', newName));

describe('another name in route tests', () => {
  it('of a cluster: where it is expected, alone and as a share', () => {
    assert.equal(
      renamed(CLUSTER_TYPE, 'next'),
      TESTS.replace('cluster: "v1"', 'cluster: "next"')
        .replace('{ v1: 90', '{ next: 90')
        .replace("{ 'v1': 1 }, cluster: v1", "{ 'next': 1 }, cluster: next"),
    );
  });

  it('of a listener: where a request names it', () => {
    assert.equal(renamed(LISTENER_TYPE, 'next'), TESTS.replace('listener: v1', 'listener: next'));
  });

  it('of anything else: nowhere', () => {
    assert.equal(renamed(ROUTE_TYPE, 'next'), TESTS);
  });

  it('with letters that need quotes, and the tests still read', () => {
    const text = renamed(CLUSTER_TYPE, 'a: "b", \'c\'');
    const { file, problems } = parseRouteTests(text);
    assert.deepEqual(problems, []);
    const [first, second] = file?.tests[0]?.cases ?? [];
    assert.equal(first?.expect.cluster, 'a: "b", \'c\'');
    assert.deepEqual(first.expect.weights, { 'a: "b", \'c\'': 90, v2: 10 });
    assert.deepEqual(second?.expect.weights, { 'a: "b", \'c\'': 1 });
  });

  it('a text that is no YAML stays', () => {
    assert.deepEqual(renameInTests('tests: [', CLUSTER_TYPE, 'v1', 'next'), []);
  });

  describe('of a listener that only the host of a URL names', () => {
    const tests = `tests:
  - name: a
    request:
      url: http://v1:9080/x
    cases:
      - request: { path: /y }
      - request: { url: 'http://v1/z' }
  - name: b
    request: { url: http://v1/, headers: { end-user: jason } }
  - name: c
    request: { url: http://v1/, listener: v2 }
  - name: d
    request: { url: http://v1/ }
    cases:
      - request: { url: http://other/ }
      - request: { url: http://v1/q }
`;
    const named = (resolved: readonly string[]): string =>
      applyEdits(tests, nameListenerInTests(tests, 'v1', 'next', resolved));

    it('the request names it, and the Host header stays', () => {
      assert.equal(
        named(['reviews']),
        tests
          .replace('      url: http://v1:9080/x\n', '      url: http://v1:9080/x\n      listener: next\n')
          .replace('end-user: jason } }', 'end-user: jason }, listener: next }')
          .replace('{ url: http://v1/q }', '{ url: http://v1/q, listener: next }'),
      );
    });

    it('nothing changes where the lab has that name', () => {
      assert.equal(named(['v1']), tests);
    });
  });
});
