import assert from 'node:assert/strict';
import { formatRejection, rejectionOf } from '@onehop/core/api/rejections.js';
import {
  CLUSTER_TYPE,
  ENDPOINT_TYPE,
  LISTENER_TYPE,
  ROUTE_TYPE,
  xdsSetOf,
  type XdsResource,
} from '@onehop/core/resources/model.js';
import { findDangling } from '../../src/controlplane/consistency.js';
import { buildSnapshot, contentWith, type Snapshot } from '../../src/controlplane/snapshot.js';
import {
  cluster,
  endpoints,
  listener,
  listenerWith,
  routeConfiguration,
  routes,
  staticCluster,
} from '@onehop/core/test/resources/xdsResources.js';

describe('snapshot', () => {
  const base = [cluster('a'), endpoints('a', '198.18.1.11'), listener('web', 'main'), routes('main', 'a')];

  it('changes the version of a type only with the resources of that type', () => {
    const before = snapshot(base);
    const after = snapshot([
      ...base.slice(0, 3),
      { ...routes('main', 'a'), value: routeConfiguration('main', ['a', 'a']) },
    ]);
    assert.notEqual(after.version, before.version);
    assert.notEqual(after.types[ROUTE_TYPE].version, before.types[ROUTE_TYPE].version);
    for (const typeUrl of [CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE] as const) {
      assert.equal(after.types[typeUrl].version, before.types[typeUrl].version, typeUrl);
    }
  });

  it('has one version for one content, whatever the order', () => {
    assert.equal(snapshot([...base].reverse()).version, snapshot(base).version);
  });

  it('keeps apart what differs only in a name', () => {
    assert.notEqual(snapshot([endpoints('a')]).version, snapshot([endpoints('b')]).version);
  });

  it('adds what goes next to what comes', () => {
    const old = snapshot([staticCluster('a', '198.18.1.1'), staticCluster('b')]).types[CLUSTER_TYPE];
    const next = snapshot([staticCluster('a', '198.18.1.2'), staticCluster('c')]).types[CLUSTER_TYPE];
    const both = contentWith(next, old);
    assert.deepEqual([...both.resources.keys()], ['a', 'b', 'c']);
    assert.deepEqual(both.resources.get('a'), next.resources.get('a'));
    assert.equal(contentWith(next, next), next);
    assert.equal(contentWith(next, undefined), next);
  });

  const refusals: readonly [string, readonly XdsResource[], readonly string[]][] = [
    [
      'a field of the wrong type',
      [{ typeUrl: CLUSTER_TYPE, name: 'a', value: { name: 'a', connectTimeout: 7 } }],
      [/^resource a: connectTimeout: /.source],
    ],
    ['two resources with one name', [cluster('a'), cluster('a')], ['^resource a: There are several']],
    [
      'a type that is not served',
      [
        {
          typeUrl: 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret',
          name: 's',
          value: { name: 's' },
        },
      ],
      ['^resource s: .*Secret is not a type'],
    ],
  ];
  for (const [title, resources, expected] of refusals) {
    it(`refuses ${title}`, () => {
      const result = buildSnapshot(resources);
      assert.equal(result.ok, false);
      const lines = result.ok ? [] : result.rejections.map(formatRejection);
      assert.equal(lines.length, expected.length, lines.join('\n'));
      expected.forEach((pattern, i) => assert.match(lines[i]!, new RegExp(pattern)));
    });
  }
});

describe('dangling references', () => {
  const split = 'virtualHosts[0].routes[0].route.weightedClusters.clusters[1].name';
  const connectionManager = 'filterChains[0].filters[0].typedConfig';
  const cases: readonly [string, readonly XdsResource[], readonly string[]][] = [
    ['nothing', [], []],
    ['all there', [cluster('a'), endpoints('a'), listener('web', 'main'), routes('main', 'a')], []],
    ['no endpoints', [cluster('a')], ['a name']],
    ['no route configuration', [listener('web', 'main')], [`web ${connectionManager}.rds.routeConfigName`]],
    ['no cluster of a split', [staticCluster('a'), routes('main', 'a', 'b')], [`main ${split}`]],
    [
      'no cluster of routes inside a listener',
      [listenerWith('web', { routeConfig: routeConfiguration('main', ['a']) })],
      [`web ${connectionManager}.routeConfig.virtualHosts[0].routes[0].route.cluster`],
    ],
  ];
  for (const [title, resources, expected] of cases) {
    it(title, () => {
      const found = findDangling(xdsSetOf(resources)).map(rejectionOf);
      assert.deepEqual(
        found.map(({ resource, field }) => `${resource} ${field}`),
        expected,
      );
    });
  }
});

function snapshot(resources: readonly XdsResource[]): Snapshot {
  const result = buildSnapshot(resources);
  assert.ok(result.ok);
  return result.snapshot;
}
