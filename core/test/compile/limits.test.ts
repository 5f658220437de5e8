import assert from 'node:assert/strict';
import {
  CLUSTER_TYPE,
  type JsonObject,
  type ResourceProblem,
  type XdsResource,
} from '../../src/resources/model.js';
import { buildRouting } from '../../src/routing/build.js';
import { httpListener, route, routeConfiguration, setOf, virtualHost } from '../routing/configuration.js';
import { limits, oh_match } from '../../src/wire/wire.generated.js';
import type { MapLimits } from '../../src/compile/limits.js';
import { Kernel, LIMITS } from './kernel.js';
import { seeGeneration } from './kernelMaps.js';

import { bookinfo, modelOf, sizes } from './bookinfo.js';

describe('compile: limits', function () {
  // On a busy machine the largest take seconds.
  this.timeout(30_000);

  const withRoutes = (...routes: ReturnType<typeof route>[]): XdsResource[] => [
    httpListener('l', ['10.0.0.1:80'], 'rc'),
    routeConfiguration('rc', [virtualHost('v', ['*'], routes)]),
  ];
  const withDomains = (...domains: string[]): XdsResource[] => [
    httpListener('l', ['10.0.0.1:80'], 'rc'),
    routeConfiguration('rc', [virtualHost('v', domains, [])]),
  ];
  const headers = (n: number): { name: string; exactMatch: string }[] =>
    Array.from({ length: n }, (_, i) => ({ name: `x${i}`, exactMatch: 'a' }));
  const weights = (n: number): Record<string, number> =>
    Object.fromEntries(Array.from({ length: n }, (_, i) => [`c${i}`, 1]));
  const cases: readonly (readonly [string, readonly XdsResource[], RegExp?])[] = [
    ['a path of 192 bytes', withRoutes(route({ prefix: `/${'a'.repeat(191)}` }, 'a'))],
    ["a path of 193 bytes, the relay's", withRoutes(route({ prefix: `/${'a'.repeat(192)}` }, 'a'))],
    ['bytes, not letters', withRoutes(route({ prefix: `/${'é'.repeat(96)}` }, 'a'))],
    ['a domain of 128 bytes', withDomains('a'.repeat(128))],
    ['a domain of 129 bytes', withDomains('a'.repeat(129)), /A domain has 129 bytes; .*OH_DOMAIN_MAX/],
    ['a wildcard of 129 bytes', withDomains(`*${'a'.repeat(129)}`)],
    ['32 wildcards', withDomains(...Array.from({ length: 32 }, (_, i) => `*.a${i}`))],
    [
      '33 wildcards',
      withDomains(...Array.from({ length: 33 }, (_, i) => `*.a${i}`)),
      /has 33 wildcard domains; .*OH_WILD_MAX/,
    ],
    ['8 conditions', withRoutes(route({ prefix: '/', headers: headers(8) }, 'a'))],
    [
      "9 conditions, the last of them the relay's",
      withRoutes(route({ prefix: '/', headers: headers(9) }, 'a')),
    ],
    ['64 clusters', withRoutes(route({ prefix: '/' }, weights(64)))],
    ['65 clusters', withRoutes(route({ prefix: '/' }, weights(65))), /has 65 clusters; .*OH_SPLIT_MAX/],
    ['4096 routes', withRoutes(...Array.from({ length: 4096 }, (_, i) => route({ path: `/${i}` }, 'a')))],
    [
      '4097 routes',
      withRoutes(...Array.from({ length: 4097 }, (_, i) => route({ path: `/${i}` }, 'a'))),
      /has 4097 routes; .*OH_ROUTES_MAX/,
    ],
  ];
  for (const [title, resources, refused] of cases) {
    it(`${title}: ${refused === undefined ? 'fine' : 'refused'}`, () => {
      const kernel = new Kernel();
      const { model } = buildRouting(setOf(...resources));
      const result = kernel.plan(model);
      if (refused === undefined) assert.ok(result.ok);
      else {
        assert.ok(!result.ok);
        assert.deepEqual(
          [result.problems.length, result.problems[0]?.rule, result.problems[0]?.resource],
          [1, 'map-limit', 'rc'],
        );
        assert.match(result.problems[0]?.message ?? '', refused);
      }
    });
  }

  it('leaves a regular expression to the relay where its map has no room', () => {
    const header = { name: 'x', stringMatch: { safeRegex: { regex: '[a-z]+' } } };
    const resources = withRoutes(route({ safeRegex: { regex: '/a[0-9]{90}' }, headers: [header] }, 'a'));
    const seen = (most: Partial<MapLimits>): unknown => {
      const kernel = new Kernel(most);
      const result = kernel.plan(modelOf(...resources));
      assert.ok(result.ok);
      const { writes, flip, generation } = result.plan;
      for (const one of [...writes, flip]) kernel.maps.apply(one);
      const [found] = Object.values(seeGeneration(kernel.maps, generation).listeners)[0]?.any ?? [];
      const conditions = found?.conditions.map(({ match, name }) => `${match} ${name}`);
      return [found?.match, found?.flags, conditions];
    };
    const { M_ANY, M_REGEX } = oh_match;
    assert.deepEqual(seen({}), [M_REGEX, 0, [`${M_REGEX} x`]]);
    assert.deepEqual(seen({ oh_dfa: 3 }), [M_ANY, limits.F_OPAQUE, [`${M_REGEX} x`]]);
    assert.deepEqual(seen({ oh_dfa: 2, oh_regex: 2 }), [M_ANY, limits.F_OPAQUE, [`${M_REGEX} x`]]);
    assert.deepEqual(seen({ oh_regex: 2 }), [M_REGEX, limits.F_OPAQUE, [`${M_ANY} `]]);
  });

  it('counts the domains of all route configurations that are written', () => {
    const two = ['a', 'b'].flatMap((name, i) => [
      httpListener(name, [`10.0.0.${i + 1}:80`], name),
      routeConfiguration(name, [virtualHost('v', ['a', 'b'], [])]),
    ]);
    assert.ok(!new Kernel({ oh_domain: 3 }).plan(modelOf(...two)).ok);
    assert.ok(new Kernel({ oh_domain: 4 }).plan(modelOf(...two)).ok);
  });

  describe('of hash tables', () => {
    const hashed = (name: string, policy: JsonObject, priorities = 1): XdsResource => ({
      typeUrl: CLUSTER_TYPE,
      name,
      value: {
        name,
        type: 'STATIC',
        ...policy,
        loadAssignment: {
          clusterName: name,
          // All are unwell: in panic each priority has a table.
          endpoints: Array.from({ length: priorities }, (_, priority) => ({
            priority,
            lbEndpoints: [1, 2].map((host) => ({
              healthStatus: 'UNHEALTHY',
              endpoint: {
                address: { socketAddress: { address: `10.0.${priority}.${host}`, portValue: 80 } },
              },
            })),
          })),
        },
      },
    });
    const ring = (size: number): JsonObject => ({
      lbPolicy: 'RING_HASH',
      ringHashLbConfig: { minimumRingSize: String(size) },
    });
    const maglev = (size: number): JsonObject => ({
      lbPolicy: 'MAGLEV',
      maglevLbConfig: { tableSize: String(size) },
    });
    const names = (problems: readonly ResourceProblem[]): string[] =>
      problems.map(({ resource }) => resource);

    for (const [title, policy, priorities] of [
      ['rings', ring(8_000_000), 1],
      ['rings of many priorities', ring(200_000), 100],
      ['Maglev tables of many priorities', maglev(1_048_573), 100],
    ] as const) {
      it(`${title} that do not fit are refused before they are made`, () => {
        const clusters = Array.from({ length: 8 }, (_, i) => hashed(`c${i}`, policy, priorities));
        const model = modelOf(...clusters);
        const begin = process.cpuUsage();
        const result = new Kernel().plan(model);
        const { user } = process.cpuUsage(begin);
        assert.ok(!result.ok);
        assert.deepEqual(names(result.problems), clusters.map(({ name }) => name)); // prettier-ignore
        // Making one of them takes seconds.
        assert.ok(user < 300_000, `${user} µs`);
      });
    }

    it('the cluster that comes last is refused, and not one that is in force', () => {
      const kernel = new Kernel({ oh_ring: 3001 });
      const old = hashed('z', ring(2000));
      kernel.apply(modelOf(old));
      const result = kernel.plan(modelOf(hashed('a', ring(2000)), old));
      assert.ok(!result.ok);
      assert.deepEqual(names(result.problems), ['a']);
      assert.match(result.problems[0]?.message ?? '', /has 2000 places; .* has 3000 .*2000 are taken/);
      assert.ok(kernel.plan(modelOf(hashed('a', ring(1000)), old)).ok);
    });
  });

  const full: readonly (keyof typeof LIMITS)[] = [
    'oh_addr',
    'oh_listener',
    'oh_rconf',
    'oh_domain',
    'oh_wild',
    'oh_vhost',
    'oh_list',
    'oh_route',
    'oh_split',
    'oh_cluster',
    'oh_group',
    'oh_share',
    'oh_endpoint',
    'oh_str',
  ];
  for (const map of full) {
    it(`${map} full: refused, and what is in force stays`, () => {
      const small = modelOf(...bookinfo());
      const needs = (limit: number): boolean => new Kernel({ [map]: limit }).plan(small).ok;
      let limit = 1;
      while (!needs(limit)) limit++;
      const kernel = new Kernel({ [map]: limit });
      kernel.apply(small);
      const large = modelOf(
        ...bookinfo({
          extraRoute: true,
          user: 'mary',
          details: ['10.0.0.1:1', '10.0.0.2:1', '10.0.0.3:1'],
          domains: ['a', 'b', 'c', 'd', 'e', '*.a', '*.b', '*.c', 'a.*'],
        }),
        httpListener('more', ['10.0.0.1:80', '10.0.0.2:80'], 'more'),
        routeConfiguration('more', [
          virtualHost('more', ['more'], [route({ prefix: '/more' }, { x: 1, y: 2, z: 3 })]),
        ]),
      );
      const result = kernel.plan(large);
      assert.ok(!result.ok);
      assert.deepEqual(
        result.problems.map(({ rule }) => rule),
        ['map-limit'],
      );
      assert.match(result.problems[0]?.message ?? '', new RegExp(`${map} is full`));
      assert.notEqual(result.problems[0]?.resource, '');
      assert.deepEqual(sizes(kernel.apply(small)), {});
    });
  }
});
