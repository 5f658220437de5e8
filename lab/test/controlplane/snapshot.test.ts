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
} from './resources.js';

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
  const tcp = (split: object): XdsResource => {
    const typedConfig = {
      '@type': 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
      statPrefix: 'db',
      ...split,
    };
    const filter = { name: 'envoy.filters.network.tcp_proxy', typedConfig };
    return {
      typeUrl: LISTENER_TYPE,
      name: 'db',
      value: { name: 'db', defaultFilterChain: { filters: [filter] } },
    };
  };
  const inline = listenerWith('web', { routeConfig: routeConfiguration('main', ['a']) });
  const cases: readonly [string, readonly XdsResource[], readonly string[]][] = [
    ['nothing', [], []],
    ['all there', [cluster('a'), endpoints('a'), listener('web', 'main'), routes('main', 'a')], []],
    [
      'no endpoints',
      [cluster('a')],
      ['resource a: name: There is no endpoint list (ClusterLoadAssignment) "a".'],
    ],
    [
      'no endpoints of the service name',
      [cluster('a', { edsClusterConfig: { edsConfig: { ads: {} }, serviceName: 'svc' } }), endpoints('a')],
      ['resource a: edsClusterConfig.serviceName: There is no endpoint list (ClusterLoadAssignment) "svc".'],
    ],
    [
      'no route configuration',
      [listener('web', 'main')],
      [
        'resource web: filterChains[0].filters[0].typedConfig.rds.routeConfigName: There is no route configuration "main".',
      ],
    ],
    [
      'no cluster of a route',
      [routes('main', 'a')],
      ['resource main: virtualHosts[0].routes[0].route.cluster: There is no cluster "a".'],
    ],
    [
      'no cluster of a split',
      [staticCluster('a'), routes('main', 'a', 'b')],
      [
        'resource main: virtualHosts[0].routes[0].route.weightedClusters.clusters[1].name: There is no cluster "b".',
      ],
    ],
    [
      'no cluster of routes inside a listener',
      [inline],
      [
        'resource web: filterChains[0].filters[0].typedConfig.routeConfig.virtualHosts[0].routes[0].route.cluster: There is no cluster "a".',
      ],
    ],
    [
      'no cluster of a TCP listener',
      [tcp({ cluster: 'a' })],
      ['resource db: defaultFilterChain.filters[0].typedConfig.cluster: There is no cluster "a".'],
    ],
    [
      'no cluster of a TCP split',
      [tcp({ weightedClusters: { clusters: [{ name: 'a', weight: 1 }] } })],
      [
        'resource db: defaultFilterChain.filters[0].typedConfig.weightedClusters.clusters[0].name: There is no cluster "a".',
      ],
    ],
    [
      'routes that say so themselves',
      [{ ...routes('main', 'a'), value: { ...routes('main', 'a').value, validateClusters: false } }],
      [],
    ],
  ];
  for (const [title, resources, expected] of cases) {
    it(title, () => {
      assert.deepEqual(
        findDangling(xdsSetOf(resources)).map((problem) => formatRejection(rejectionOf(problem))),
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
