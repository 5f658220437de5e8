import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type FieldPath,
  formatFieldPath,
  messageNameOf,
  parseFieldPath,
  resourcesIn,
  xdsSetOf,
} from '../../src/resources/model.js';
import { CLUSTER_TYPE, LISTENER_TYPE } from '../../src/resources/model.js';

describe('field paths', () => {
  const paths: [FieldPath, string][] = [
    [[], ''],
    [['virtualHosts', 0, 'routes', 1, 'match', 'prefix'], 'virtualHosts[0].routes[1].match.prefix'],
    [['typedConfig', '@type'], 'typedConfig.@type'],
    [
      ['typedPerFilterConfig', 'envoy.filters.http.fault', 'abort'],
      'typedPerFilterConfig["envoy.filters.http.fault"].abort',
    ],
    [['m', ''], 'm[""]'],
    [['m', 'a"b\\'], 'm["a\\"b\\\\"]'],
    [[3], '[3]'],
  ];
  for (const [path, text] of paths) {
    it(`are written ${JSON.stringify(text)}`, () => {
      assert.equal(formatFieldPath(path), text);
      assert.deepEqual(parseFieldPath(text), path);
    });
  }

  it('are read as they were written', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat(), fc.string())), (path) =>
        assert.deepEqual(parseFieldPath(formatFieldPath(path)), path),
      ),
    );
  });

  it('are not read from another text', () => {
    for (const text of ['a..b', '.a', 'a.', 'a[b]', 'a[01]', 'a["b"', 'a b', '["a"]'])
      assert.equal(parseFieldPath(text), undefined, text);
    fc.assert(
      fc.property(fc.string(), (text) =>
        assert.ok(
          [undefined, text].includes(((path) => path && formatFieldPath(path))(parseFieldPath(text))),
        ),
      ),
    );
  });
});

describe('type URLs', () => {
  const names: [string, string | undefined][] = [
    [CLUSTER_TYPE, 'envoy.config.cluster.v3.Cluster'],
    ['x/y/a.B', 'a.B'],
    ['a.B', undefined],
    ['a/', undefined],
    ['', undefined],
  ];
  for (const [url, name] of names)
    it(`${JSON.stringify(url)} names ${name}`, () => assert.equal(messageNameOf(url), name));
});

describe('sets', () => {
  it('hold resources by type and name, the later one of two', () => {
    const one = { typeUrl: CLUSTER_TYPE, name: 'a', value: { name: 'a' } };
    const two = { typeUrl: CLUSTER_TYPE, name: 'a', value: { name: 'a', type: 'EDS' } };
    const listener = { typeUrl: LISTENER_TYPE, name: 'a', value: {} };
    const other = { typeUrl: 'x/y', name: 'a', value: {} };
    const set = xdsSetOf([listener, one, two, other]);
    assert.deepEqual(resourcesIn(set), [two, listener]);
    assert.equal(set.clusters.get('a'), two);
  });
});
