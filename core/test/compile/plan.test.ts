import assert from 'node:assert/strict';
import { retire } from '../../src/compile/allocate.js';
import { planGeneration, type GenerationPlan } from '../../src/compile/plan.js';
import type { XdsResource } from '../../src/resources/model.js';
import { buildRouting } from '../../src/routing/build.js';
import { EMPTY_MODEL, type RoutingModel } from '../../src/routing/model.js';
import {
  action,
  assignment,
  edsCluster,
  httpListener,
  route,
  routeConfiguration,
  setOf,
  staticCluster,
  tcpListener,
  virtualHost,
} from '../routing/configuration.js';
import { CODEC, Kernel, LIMITS } from './kernel.js';

function modelOf(...resources: XdsResource[]): RoutingModel {
  const { model, problems } = buildRouting(setOf(...resources));
  assert.deepEqual(
    problems.filter(({ severity }) => severity === 'error'),
    [],
  );
  return model;
}

interface Choices {
  readonly user?: string;
  readonly canary?: number;
  readonly domains?: readonly string[];
  readonly extraRoute?: boolean;
  readonly details?: readonly string[];
  readonly address?: string;
}

/** Two listeners, three routes, four clusters. */
function bookinfo({
  user = 'jason',
  canary = 10,
  domains = ['reviews', 'reviews:9080', '*.reviews', 'reviews.*', '*'],
  ...more
}: Choices = {}): XdsResource[] {
  const jason = route(
    { prefix: '/', headers: [{ name: 'end-user', stringMatch: { exact: user } }] },
    'reviews-v2',
    { name: 'jason' },
  );
  const rest = route({ prefix: '/' }, { 'reviews-v1': 100 - canary, 'reviews-v3': canary }, { name: 'rest' });
  const extra = route({ path: '/extra' }, 'reviews-v2', { name: 'extra' });
  return [
    httpListener('reviews', [more.address ?? '198.18.100.3:9080', '[fd00:198:18:100::3]:9080'], 'reviews'),
    tcpListener('ratings-db', ['198.18.100.5:27017'], action({ mongodb: 1 })),
    routeConfiguration('reviews', [
      virtualHost('reviews', [...domains], more.extraRoute ? [jason, extra, rest] : [jason, rest]),
    ]),
    staticCluster('reviews-v1', ['198.18.1.11:9080']),
    edsCluster('reviews-v2'),
    assignment('reviews-v2', more.details ?? ['198.18.2.12:9080', '[fd00:198:18:2::12]:9080']),
    staticCluster('reviews-v3', ['198.18.2.13:9080'], { lbPolicy: 'RANDOM' }),
    staticCluster('mongodb', ['198.18.2.14:27017']),
  ];
}

/** How many entries of each map are written, and deleted. */
function sizes(plan: GenerationPlan): Record<string, number> {
  const count: Record<string, number> = {};
  for (const { map } of plan.writes) count[map] = (count[map] ?? 0) + 1;
  for (const { map } of plan.deletes) count[`-${map}`] = (count[`-${map}`] ?? 0) + 1;
  return count;
}

describe('compile: planGeneration', () => {
  it('writes a first generation from nothing', () => {
    const kernel = new Kernel();
    const plan = kernel.apply(modelOf(...bookinfo()));
    assert.equal(plan.generation, 1);
    assert.deepEqual(sizes(plan), {
      oh_endpoint: 5,
      oh_str: 5,
      oh_list: 7,
      oh_cluster: 4,
      oh_split: 4,
      oh_route: 2,
      oh_vhost: 1,
      oh_wild: 2,
      oh_rconf: 1,
      oh_domain: 2,
      oh_listener: 2,
      oh_addr: 3,
      oh_root: 1,
    });
    assert.deepEqual(plan.pools.added.map(({ cluster, ip }) => `${cluster} ${ip}`).sort(), [
      'reviews-v1 198.18.1.11',
      'reviews-v2 198.18.2.12',
      'reviews-v2 fd00:198:18:2::12',
      'reviews-v3 198.18.2.13',
    ]);
  });

  describe('writes what changed and nothing else', () => {
    const cases: readonly (readonly [string, Choices, Record<string, number>])[] = [
      ['nothing', {}, {}],
      ['a header value', { user: 'mary' }, { oh_str: 1, oh_route: 1 }],
      ['weights', { canary: 20 }, { oh_split: 2, oh_route: 1 }],
      ['all of the weight to one', { canary: 0 }, { oh_split: 1, oh_route: 1 }],
      ['one more route', { extraRoute: true }, { oh_str: 1, oh_route: 1, oh_list: 3, oh_vhost: 1 }],
      ['one endpoint less', { details: ['198.18.2.12:9080'] }, { oh_list: 1, oh_cluster: 1 }],
      [
        'one endpoint more',
        { details: ['198.18.2.12:9080', '[fd00:198:18:2::12]:9080', '198.18.2.99:9080'] },
        { oh_endpoint: 1, oh_list: 3, oh_cluster: 1 },
      ],
      [
        'the order of endpoints',
        { details: ['[fd00:198:18:2::12]:9080', '198.18.2.12:9080'] },
        { oh_list: 2, oh_cluster: 1 },
      ],
      [
        'an exact domain',
        { domains: ['reviews', '*.reviews', 'reviews.*', '*'] },
        { oh_domain: 1, '-oh_domain': 2, oh_rconf: 1 },
      ],
      [
        'a wildcard domain',
        { domains: ['reviews', 'reviews:9080', 'reviews.*', '*'] },
        { oh_wild: 1, oh_rconf: 1 },
      ],
      ['an address', { address: '198.18.100.9:9080' }, { oh_addr: 3, '-oh_addr': 3, oh_root: 1 }],
    ];
    for (const [title, choices, expected] of cases) {
      it(title, () => {
        const kernel = new Kernel();
        kernel.apply(modelOf(...bookinfo()));
        const plan = kernel.apply(modelOf(...bookinfo(choices)));
        assert.deepEqual(sizes(plan), expected);
        assert.equal(plan.changed, plan.writes.length > 0);
        assert.equal(kernel.generation, plan.changed ? 2 : 1);
        // And back: what is kept of the first generation is not written again.
        kernel.apply(modelOf(...bookinfo()));
      });
    }
  });

  it('takes contents up again that are not yet written over', () => {
    const kernel = new Kernel();
    kernel.apply(modelOf(...bookinfo()));
    kernel.apply(modelOf(...bookinfo({ user: 'mary' })), false);
    assert.deepEqual(sizes(kernel.apply(modelOf(...bookinfo()))), { oh_route: 1 });
  });

  it('keeps an id for a cluster that is named and not there', () => {
    const kernel = new Kernel();
    const all = bookinfo();
    const without = all.filter(({ name }) => name !== 'reviews-v3');
    kernel.apply(modelOf(...without));
    const id = kernel.allocation?.idOf('cluster', 'reviews-v3');
    assert.ok(id);
    const plan = kernel.apply(modelOf(...all));
    assert.deepEqual(sizes(plan), { oh_endpoint: 1, oh_list: 1, oh_cluster: 1 });
    assert.equal(kernel.allocation?.idOf('cluster', 'reviews-v3'), id);
    assert.deepEqual(sizes(kernel.apply(modelOf(...without))), { oh_cluster: 1 });
  });

  it('makes pools for what HTTP can reach', () => {
    const kernel = new Kernel();
    kernel.apply(modelOf(...bookinfo({ canary: 10 })));
    const pools = kernel.apply(
      modelOf(
        ...bookinfo(),
        httpListener('db', ['10.0.0.1:80'], 'db'),
        routeConfiguration('db', [virtualHost('db', ['*'], [route({ prefix: '/' }, 'mongodb')])]),
      ),
    ).pools;
    assert.deepEqual([pools.added.map(({ ip }) => ip), pools.removed], [['198.18.2.14'], []]);
    const gone = kernel.apply(modelOf(...bookinfo({ details: ['198.18.2.12:9080'] }))).pools;
    assert.deepEqual(
      [gone.added, gone.removed.map(({ ip }) => ip).sort()],
      [[], ['198.18.2.14', 'fd00:198:18:2::12']],
    );
  });

  it('empties the maps of what programs can reach', () => {
    const kernel = new Kernel();
    kernel.apply(modelOf(...bookinfo()));
    const plan = kernel.apply(EMPTY_MODEL);
    assert.deepEqual(sizes(plan), {
      oh_cluster: 4,
      oh_route: 2,
      oh_vhost: 1,
      oh_rconf: 1,
      oh_listener: 2,
      oh_root: 1,
      '-oh_addr': 3,
      '-oh_domain': 2,
    });
    assert.equal(plan.pools.removed.length, 4);
  });

  it('undoes a plan that was given up half-way', () => {
    for (const choices of [
      { user: 'mary', extraRoute: true },
      { domains: ['x'], address: '10.0.0.1:1' },
      { details: [], canary: 0 },
    ]) {
      const kernel = new Kernel();
      kernel.apply(modelOf(...bookinfo()));
      const reachable = (): string[] =>
        kernel.maps.dump().filter((line) => !/^oh_(str|list|split|wild|endpoint) /.test(line));
      const before = reachable();
      const result = kernel.plan(modelOf(...bookinfo(choices)));
      assert.ok(result.ok);
      for (const write of result.plan.writes) kernel.maps.apply(write);
      assert.notDeepEqual(reachable(), before);
      for (const change of result.plan.undo) kernel.maps.apply(change);
      assert.deepEqual(reachable(), before);
      kernel.apply(modelOf(...bookinfo({ user: 'zoe' })));
    }
  });

  it('keeps what a generation dropped until that one is retired, not an earlier one', () => {
    const kernel = new Kernel();
    const write = (user: string): number =>
      Number(
        kernel.apply(modelOf(...bookinfo({ user })), false).writes.find(({ map }) => map === 'oh_str')?.key,
      );
    kernel.apply(modelOf(...bookinfo({ user: 'a' })));
    const b = write('b');
    const c = write('c');
    assert.ok(kernel.allocation);
    // Generation 2 dropped "a", generation 3 dropped "b".
    kernel.allocation = retire(kernel.allocation, 2);
    const d = write('d');
    assert.ok(d < b, 'the place of "a" is free');
    assert.ok(write('e') > c, 'the place of "b" is not');
    assert.ok(kernel.allocation);
    kernel.allocation = retire(kernel.allocation, 3);
    assert.equal(write('f'), b);
  });

  it('does not run out of room however often things change', function () {
    this.timeout(30_000);
    const { limits } = new Kernel();
    const tight = {
      oh_list: 24,
      oh_split: 14,
      oh_str: 14,
      oh_wild: 8,
      oh_domain: 8,
      oh_addr: 10,
      oh_route: 8,
      oh_vhost: 4,
      oh_endpoint: 14,
    };
    const kernel = new Kernel({ ...limits, ...tight });
    for (let i = 0; i < 150; i++) {
      kernel.apply(
        modelOf(
          ...bookinfo({
            user: `user-${i}`,
            canary: i % 100,
            extraRoute: i % 3 === 0,
            domains: [`reviews-${i % 7}`, `*.r${i % 5}`],
            details: [`10.0.${i % 11}.1:80`, `10.0.${i % 4}.2:80`],
            address: `10.0.0.${1 + (i % 9)}:80`,
          }),
        ),
      );
    }
    assert.ok(kernel.generation > 140);
  });

  describe('ids', () => {
    const cluster = (name: string): XdsResource => staticCluster(name, ['10.0.0.1:80']);
    it('stay as long as the entity is there', () => {
      const kernel = new Kernel();
      kernel.apply(modelOf(cluster('a'), cluster('b')));
      const id = kernel.allocation?.idOf('cluster', 'b');
      kernel.apply(modelOf(cluster('b'), cluster('c')));
      assert.equal(kernel.allocation?.idOf('cluster', 'b'), id);
    });
    it('are used again only when the generation that dropped them is retired, and nobody holds them', () => {
      const kernel = new Kernel({ oh_cluster: 4 });
      kernel.apply(modelOf(cluster('a'), cluster('b')), false);
      const a = kernel.allocation?.idOf('cluster', 'a') ?? 0;
      kernel.apply(modelOf(cluster('b'), cluster('c')), false);
      const full = kernel.plan(modelOf(cluster('b'), cluster('c'), cluster('d')));
      assert.ok(!full.ok);
      const [problem] = full.problems;
      assert.equal(`${problem?.rule} ${problem?.resource}`, 'map-limit d');
      assert.match(problem?.message ?? '', /The map oh_cluster is full: it has 4 entries/);
      kernel.retire({ cluster: new Set([a]) });
      assert.ok(!kernel.plan(modelOf(cluster('b'), cluster('c'), cluster('d'))).ok);
      kernel.retire();
      const plan = kernel.apply(modelOf(cluster('b'), cluster('c'), cluster('d')));
      assert.equal(kernel.allocation?.idOf('cluster', 'd'), a);
      assert.deepEqual(plan.resets, [
        { map: 'oh_turn', key: a },
        { map: 'oh_cluster_n', key: a },
      ]);
    });
    it('stay with a generation until that one is retired, not an earlier one', () => {
      const kernel = new Kernel({ oh_cluster: 3 });
      kernel.apply(modelOf(cluster('a'), cluster('b')), false);
      kernel.apply(modelOf(cluster('b')), false);
      assert.ok(kernel.allocation);
      const early = retire(kernel.allocation, 1);
      const plan = (previous: typeof early): boolean =>
        planGeneration({
          previous,
          model: modelOf(cluster('b'), cluster('c')),
          limits: kernel.limits,
          codec: CODEC,
        }).ok;
      assert.ok(!plan(early));
      assert.ok(plan(retire(early, 2)));
    });
    it('that were never used come first', () => {
      const kernel = new Kernel();
      const ids = ['a', 'b', 'c', 'd'].map((name) => {
        kernel.apply(modelOf(cluster(name)));
        return kernel.allocation?.idOf('cluster', name);
      });
      assert.deepEqual(ids, [1, 2, 3, 4]);
    });
    it('obey the smallest of the maps that they index', () => {
      const kernel = new Kernel({ oh_turn: 2 });
      assert.ok(kernel.plan(modelOf(cluster('a'))).ok);
      assert.ok(!kernel.plan(modelOf(cluster('a'), cluster('b'))).ok);
    });
  });

  describe('limits', () => {
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
      [
        'a path of 193 bytes',
        withRoutes(route({ prefix: `/${'a'.repeat(192)}` }, 'a')),
        /A path has 193 bytes; .*OH_STR_MAX/,
      ],
      [
        'bytes, not letters',
        withRoutes(route({ prefix: `/${'é'.repeat(96)}` }, 'a')),
        /A path has 193 bytes/,
      ],
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
        '9 conditions',
        withRoutes(route({ prefix: '/', headers: headers(9) }, 'a')),
        /has 9 header conditions; .*OH_CONDS_MAX/,
      ],
      [
        'a long header value',
        withRoutes(route({ prefix: '/', headers: [{ name: 'a', exactMatch: 'x'.repeat(193) }] }, 'a')),
        /A header value has 193 bytes/,
      ],
      [
        'a long header name',
        withRoutes(route({ prefix: '/', headers: [{ name: 'x'.repeat(193), exactMatch: 'x' }] }, 'a')),
        /A header name has 193 bytes/,
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

    it('counts the domains of all route configurations that are written', () => {
      const two = ['a', 'b'].flatMap((name, i) => [
        httpListener(name, [`10.0.0.${i + 1}:80`], name),
        routeConfiguration(name, [virtualHost('v', ['a', 'b'], [])]),
      ]);
      assert.ok(!new Kernel({ oh_domain: 3 }).plan(modelOf(...two)).ok);
      assert.ok(new Kernel({ oh_domain: 4 }).plan(modelOf(...two)).ok);
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

  it('encodes with the layouts that the object was built with', () => {
    assert.equal(CODEC.size('oh_route'), 8 + 2 * (12 + 8 * 16 + 12));
    assert.throws(() => CODEC.encode('oh_addr', { listener: -1 }), /listener/);
  });
});
