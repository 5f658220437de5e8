import assert from 'node:assert/strict';
import {
  formatFieldPath,
  LISTENER_TYPE,
  ROUTE_TYPE,
  type JsonObject,
  type XdsResource,
} from '../../src/resources/model.js';
import { buildRouting, type RoutingBuild } from '../../src/routing/build.js';
import type { RouteNode } from '../../src/routing/model.js';
import { checkSupport } from '../../src/routing/support.js';
import { routeRows } from '../../src/routing/rows.js';
import {
  address,
  assignment,
  edsCluster,
  hcm,
  httpListener,
  listenerWith,
  route,
  routeConfiguration,
  setOf,
  staticCluster,
  tcpListener,
  virtualHost,
} from './configuration.js';

function problemsOf({ problems }: RoutingBuild): string[] {
  return problems.map(({ rule, severity, resource, path }) =>
    `${severity} ${rule} ${resource} ${formatFieldPath(path)}`.trimEnd(),
  );
}

function routesOf({ model }: RoutingBuild): RouteNode[] {
  return [...model.routeConfigurations.values()].flatMap(({ virtualHosts }) =>
    virtualHosts.flatMap(({ routes }) => routes),
  );
}

/** A listener, and a route configuration with one virtual host, for these routes. */
function served(...routes: JsonObject[]): XdsResource[] {
  return [
    httpListener('l', ['10.0.0.1:80'], 'rc'),
    routeConfiguration('rc', [virtualHost('v', ['*'], routes)]),
  ];
}

/** A load assignment with an endpoint in each locality; their weights by priority. */
function localities(...weights: readonly (readonly number[])[]): JsonObject {
  const endpoints = weights.flatMap((all, priority) =>
    all.map((loadBalancingWeight, i) => ({
      priority,
      loadBalancingWeight,
      locality: { region: `r${i}` },
      lbEndpoints: [{ endpoint: { address: address(`10.0.${priority}.${i + 1}:80`) } }],
    })),
  );
  return { clusterName: 'a', endpoints };
}

describe('routing: buildRouting', () => {
  it('knows Bookinfo', () => {
    const build = buildRouting(
      setOf(
        httpListener('reviews', ['198.18.100.3:9080', '[fd00:198:18:100::3]:9080'], 'reviews'),
        tcpListener('ratings-db', ['198.18.100.5:27017'], { cluster: 'mongodb' }),
        routeConfiguration('reviews', [
          virtualHost(
            'reviews',
            ['reviews', 'reviews:9080'],
            [
              route(
                { prefix: '/', headers: [{ name: 'End-User', stringMatch: { exact: 'jason' } }] },
                'reviews-v2',
                { name: 'jason' },
              ),
              route({ prefix: '/' }, { 'reviews-v1': 90, 'reviews-v3': 10 }),
            ],
          ),
        ]),
        edsCluster('reviews-v1'),
        assignment('reviews-v1', ['198.18.1.11:9080', '[fd00:198:18:1::11]:9080']),
        staticCluster('reviews-v2', ['198.18.2.12:9080']),
        staticCluster('reviews-v3', ['198.18.2.13:9080']),
        staticCluster('mongodb', ['198.18.2.14:27017']),
      ),
    );
    assert.deepEqual(problemsOf(build), []);
    const none = { requests: 0, relayed: 0 };
    const sourceOf = (typeUrl: string, resource: string, field: string) => ({ typeUrl, resource, field });
    const reviews = {
      listener: 'reviews',
      addresses: ['198.18.100.3:9080', '[fd00:198:18:100::3]:9080'],
      virtualHost: 'reviews',
      domains: ['reviews', 'reviews:9080'],
      path: 'kernel',
      reason: 'every condition is checked in the kernel',
    };
    assert.deepEqual(routeRows(build.model), [
      {
        ...reviews,
        route: 'jason',
        match: 'path prefix "/", header end-user = "jason"',
        clusters: [{ cluster: 'reviews-v2', weight: 1, endpoints: 1 }],
        ...none,
        source: sourceOf(ROUTE_TYPE, 'reviews', 'virtualHosts[0].routes[0]'),
      },
      {
        ...reviews,
        route: 'reviews#1',
        match: 'path prefix "/"',
        clusters: [
          { cluster: 'reviews-v1', weight: 90, endpoints: 2 },
          { cluster: 'reviews-v3', weight: 10, endpoints: 1 },
        ],
        ...none,
        source: sourceOf(ROUTE_TYPE, 'reviews', 'virtualHosts[0].routes[1]'),
      },
      {
        listener: 'ratings-db',
        addresses: ['198.18.100.5:27017'],
        virtualHost: '',
        domains: [],
        route: '',
        match: 'every connection',
        clusters: [{ cluster: 'mongodb', weight: 1, endpoints: 1 }],
        path: 'direct',
        reason: 'TCP: decided when the connection is made',
        ...none,
        source: sourceOf(LISTENER_TYPE, 'ratings-db', ''),
      },
    ]);
  });

  it('says where each node comes from', () => {
    const build = buildRouting(
      setOf(
        listenerWith(
          'l',
          ['10.0.0.1:80'],
          hcm({
            routeConfig: {
              name: 'in',
              virtualHosts: [virtualHost('v', ['*'], [route({ prefix: '/' }, { a: 1 })])],
            },
          }),
        ),
        edsCluster('a', { edsClusterConfig: { edsConfig: { ads: {} }, serviceName: 's' } }),
        assignment('s', ['10.0.0.2:80']),
      ),
    );
    const [routed] = routesOf(build);
    assert.ok(routed && routed.action.kind === 'clusters');
    const at = 'filterChains[0].filters[0].typedConfig.routeConfig.virtualHosts[0].routes[0]';
    assert.equal(formatFieldPath(routed.source.path), at);
    assert.equal(routed.source.resource, 'l');
    assert.equal(
      formatFieldPath(routed.action.split[0]?.source.path ?? []),
      `${at}.route.weightedClusters.clusters[0]`,
    );
    const endpoint = build.model.clusters.get('a')?.endpoints[0];
    assert.equal(endpoint?.source.resource, 's');
    assert.equal(formatFieldPath(endpoint.source.path), 'endpoints[0].lbEndpoints[0]');
  });

  describe('problems between resources', () => {
    const listener = httpListener('l', ['10.0.0.1:80'], 'rc');
    const config = routeConfiguration('rc', [virtualHost('v', ['*'], [route({ prefix: '/' }, 'a')])]);
    const cluster = staticCluster('a', ['10.0.0.2:80']);
    const cases: readonly (readonly [string, readonly XdsResource[], readonly string[]])[] = [
      ['none', [listener, config, cluster], []],
      ['a listener without its routes', [listener, cluster], ['warning missing-routes l']],
      [
        'a route without its cluster',
        [listener, config],
        ['warning unknown-cluster rc virtualHosts[0].routes[0].route.cluster'],
      ],
      [
        'a TCP listener without its cluster',
        [tcpListener('t', ['10.0.0.1:80'], { cluster: 'x' })],
        ['warning unknown-cluster t filterChains[0].filters[0].typedConfig.cluster'],
      ],
      ['a cluster without endpoints', [staticCluster('a', [])], ['warning no-endpoints a']],
      ['an EDS cluster without its endpoints', [edsCluster('a')], ['warning no-endpoints a']],
      ['a cluster in panic', [staticCluster('a', ['10.0.0.2:80 UNHEALTHY'])], ['warning panic a']],
      [
        'two listeners with one address',
        [listener, config, cluster, tcpListener('t', ['10.0.0.9:80', '10.0.0.1:80'], { cluster: 'a' })],
        ['error address-conflict t additionalAddresses[0].address'],
      ],
      [
        'two listeners with any address',
        [
          tcpListener('t', ['0.0.0.0:80'], { cluster: 'a' }),
          tcpListener('u', ['[::]:80'], { cluster: 'a' }),
          cluster,
        ],
        [
          'info any-address t address.socketAddress.address',
          'info any-address u address.socketAddress.address',
          'error address-conflict u address',
        ],
      ],
      [
        'validate_clusters',
        [
          listener,
          routeConfiguration('rc', [virtualHost('v', ['*'], [route({ prefix: '/' }, 'a')])], {
            validateClusters: true,
          }),
        ],
        ['error unknown-cluster rc virtualHosts[0].routes[0].route.cluster'],
      ],
      [
        'inline routes without their cluster',
        [
          listenerWith(
            'l',
            ['10.0.0.1:80'],
            hcm({ routeConfig: { virtualHosts: [virtualHost('v', ['*'], [route({ prefix: '/' }, 'a')])] } }),
          ),
        ],
        [
          'error unknown-cluster l filterChains[0].filters[0].typedConfig.routeConfig.virtualHosts[0].routes[0].route.cluster',
        ],
      ],
      [
        'weights of localities beyond 32 bits',
        [staticCluster('a', [], { loadAssignment: localities([4294967295, 1], [1, 2]) })],
        ['error bad-weight a loadAssignment.endpoints'],
      ],
      [
        'weights of localities, each priority for itself',
        [staticCluster('a', [], { loadAssignment: localities([4294967295], [4294967295]) })],
        [],
      ],
      [
        'subsets that mind the weights of localities, of a cluster that does not',
        [staticCluster('a', ['10.0.0.2:80'], { lbSubsetConfig: { localityWeightAware: true } })],
        ['error bad-cluster a lbSubsetConfig.localityWeightAware'],
      ],
      [
        'a resource with an error of its own is as if it were not there',
        [listener, routeConfiguration('rc', [virtualHost('v', [], [])]), cluster],
        ['error bad-match rc virtualHosts[0].domains', 'warning missing-routes l'],
      ],
    ];
    for (const [title, resources, expected] of cases) {
      it(title, () =>
        assert.deepEqual(problemsOf(buildRouting(setOf(...resources))).sort(), [...expected].sort()),
      );
    }
  });

  describe('resources that come one type at a time', () => {
    const old = [
      httpListener('l', ['10.0.0.1:80'], 'rc'),
      routeConfiguration('rc', [virtualHost('v', ['*'], [route({ prefix: '/' }, 'a')])]),
      edsCluster('a'),
      assignment('a', ['10.0.0.2:80']),
    ];
    it('a listener keeps its old routes until the new ones are there', () => {
      const inForce = buildRouting(setOf(...old)).model;
      const next = httpListener('l', ['10.0.0.1:80'], 'new');
      const warming = buildRouting(setOf(...old, next), inForce);
      assert.equal(warming.model.listeners.get('l'), inForce.listeners.get('l'));
      assert.equal(warming.model.routeConfigurations.get('rc'), inForce.routeConfigurations.get('rc'));
      const there = buildRouting(setOf(...old, next, routeConfiguration('new', [])), warming.model);
      assert.deepEqual([...there.model.routeConfigurations.keys()], ['new']);
    });
    it('a listener keeps its old routes when they are taken away', () => {
      const inForce = buildRouting(setOf(...old)).model;
      const [listener, , ...rest] = old;
      assert.ok(listener);
      const { model } = buildRouting(setOf(listener, ...rest), inForce);
      assert.equal(model.routeConfigurations.get('rc'), inForce.routeConfigurations.get('rc'));
    });
    it('a cluster keeps its old endpoints until the new ones are there', () => {
      const inForce = buildRouting(setOf(...old)).model;
      const next = edsCluster('a', { edsClusterConfig: { edsConfig: { ads: {} }, serviceName: 'new' } });
      const warming = buildRouting(setOf(...old, next), inForce).model.clusters.get('a');
      assert.deepEqual(
        warming?.endpoints.map(({ ip }) => ip),
        ['10.0.0.2'],
      );
      const there = buildRouting(
        setOf(...old, next, assignment('new', ['10.0.0.3:80'])),
        inForce,
      ).model.clusters.get('a');
      assert.deepEqual(
        there?.endpoints.map(({ ip }) => ip),
        ['10.0.0.3'],
      );
    });
    it('a route configuration in force is not refused when a cluster goes away', () => {
      const strict = routeConfiguration('rc', [virtualHost('v', ['*'], [route({ prefix: '/' }, 'a')])], {
        validateClusters: true,
      });
      const listener = httpListener('l', ['10.0.0.1:80'], 'rc');
      const inForce = buildRouting(setOf(listener, strict, staticCluster('a', ['10.0.0.2:80']))).model;
      assert.deepEqual(problemsOf(buildRouting(setOf(listener, strict), inForce)), [
        'warning unknown-cluster rc virtualHosts[0].routes[0].route.cluster',
      ]);
    });
  });

  it('gives the same nodes for the same resources', () => {
    const resources = [
      ...served(route({ prefix: '/' }, 'a')),
      edsCluster('a'),
      assignment('a', ['10.0.0.2:80']),
    ];
    const first = buildRouting(setOf(...resources)).model;
    const second = buildRouting(setOf(...resources, staticCluster('b', []))).model;
    assert.equal(second.listeners.get('l'), first.listeners.get('l'));
    assert.equal(second.routeConfigurations.get('rc'), first.routeConfigurations.get('rc'));
    assert.equal(second.clusters.get('a'), first.clusters.get('a'));
    const moved = buildRouting(setOf(...resources.slice(0, 3), assignment('a', ['10.0.0.3:80']))).model;
    assert.notEqual(moved.clusters.get('a'), first.clusters.get('a'));
  });

  it('keeps the nodes of what comes again unchanged, also when it was checked before', () => {
    const resources = [
      ...served(route({ prefix: '/' }, 'a'), route({ prefix: '/b' }, 'a')),
      edsCluster('a'),
      assignment('a', ['10.0.0.2:80']),
    ];
    const first = buildRouting(setOf(...resources)).model;
    const again = structuredClone(resources);
    for (const one of again) checkSupport(one);
    const second = buildRouting(setOf(...again), first).model;
    assert.equal(second.listeners.get('l'), first.listeners.get('l'));
    assert.equal(second.routeConfigurations.get('rc'), first.routeConfigurations.get('rc'));
    assert.equal(second.clusters.get('a'), first.clusters.get('a'));
    const [, changed] = served(route({ prefix: '/' }, 'a'), route({ prefix: '/c' }, 'a'));
    assert.ok(changed);
    const third = buildRouting(setOf(...again, changed), second).model;
    const [kept, other] = third.routeConfigurations.get('rc')?.virtualHosts[0]?.routes ?? [];
    assert.equal(kept, first.routeConfigurations.get('rc')?.virtualHosts[0]?.routes[0]);
    assert.equal(other?.match.path.value, '/c');
  });

  it('reads a route anew where it moved, was renamed, or has problems', () => {
    const tea = { match: { path: '/tea' }, directResponse: { status: 418 } };
    const first = served(route({ prefix: '/a' }, 'a'), route({ prefix: '/b' }, 'a'), tea);
    const { model } = buildRouting(setOf(...first));
    const moved = buildRouting(
      setOf(...served(tea, route({ prefix: '/b' }, 'a'), route({ prefix: '/a' }, 'a'))),
      model,
    );
    assert.deepEqual(
      routesOf(moved).map(({ name, source }) => `${name} ${formatFieldPath(source.path)}`),
      [0, 1, 2].map((i) => `v#${i} virtualHosts[0].routes[${i}]`),
    );
    assert.deepEqual(
      routesOf(moved).map(({ match }) => match.path.value),
      ['/tea', '/b', '/a'],
    );
    const again = buildRouting(setOf(...structuredClone(first)), moved.model);
    assert.ok(
      problemsOf(again).includes('info in-relay rc virtualHosts[0].routes[2].directResponse'),
      'the information is not lost',
    );
  });

  it('gives routes and virtual hosts of one name a key each', () => {
    const twice = virtualHost(
      'v',
      ['a'],
      [route({ prefix: '/' }, 'a', { name: 'r' }), route({ prefix: '/' }, 'a', { name: 'r' })],
    );
    const build = buildRouting(
      setOf(
        httpListener('l', ['10.0.0.1:80'], 'rc'),
        routeConfiguration('rc', [twice, { ...twice, domains: ['b'] }]),
      ),
    );
    const hosts = build.model.routeConfigurations.get('rc')?.virtualHosts ?? [];
    assert.equal(new Set(hosts.map(({ key }) => key)).size, 2);
    assert.equal(new Set(routesOf(build).map(({ key }) => key)).size, 4);
    assert.deepEqual(
      routesOf(build).map(({ name }) => name),
      ['r', 'r', 'r', 'r'],
    );
  });

  it('uses an address of an EDS cluster once, of a STATIC cluster as often as it is written', () => {
    const { model } = buildRouting(
      setOf(
        staticCluster('s', ['10.0.0.1:80', '10.0.0.1:80']),
        edsCluster('e'),
        assignment('e', ['10.0.0.1:80', '10.0.0.1:80']),
      ),
    );
    assert.deepEqual(
      [model.clusters.get('s')?.endpoints.length, model.clusters.get('e')?.endpoints.length],
      [2, 1],
    );
  });

  it('relays direct responses, with the body', () => {
    const build = buildRouting(
      setOf(
        ...served({
          match: { path: '/tea' },
          directResponse: { status: 418, body: { inlineBytes: 'dGVh' } },
        }),
      ),
    );
    const [routed] = routesOf(build);
    assert.deepEqual(routed?.action, {
      kind: 'directResponse',
      status: 418,
      body: new TextEncoder().encode('tea'),
    });
    const [row] = routeRows(build.model, () => ({ requests: 7, relayed: 5 }));
    assert.deepEqual(
      [row?.path, row?.reason, row?.clusters, row?.requests, row?.relayed],
      ['relay', 'the route answers by itself; the relay writes that answer', [], 7, 5],
    );
  });
});
