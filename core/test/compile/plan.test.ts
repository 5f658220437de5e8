import assert from 'node:assert/strict';
import { retire } from '../../src/compile/allocate.js';
import { planGeneration } from '../../src/compile/plan.js';
import type { XdsResource } from '../../src/resources/model.js';
import { EMPTY_MODEL } from '../../src/routing/model.js';
import {
  httpListener,
  route,
  routeConfiguration,
  staticCluster,
  virtualHost,
} from '../routing/configuration.js';
import { CODEC, Kernel } from './kernel.js';

import { bookinfo, modelOf, sizes, type Choices } from './bookinfo.js';

describe('compile: planGeneration', () => {
  it('writes a first generation from nothing', () => {
    const kernel = new Kernel();
    const plan = kernel.apply(modelOf(...bookinfo()));
    assert.equal(plan.generation, 1);
    assert.deepEqual(sizes(plan), {
      oh_endpoint: 5,
      oh_str: 5,
      oh_list: 7,
      oh_group: 4,
      oh_share: 4,
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
      [
        'one endpoint less',
        { details: ['198.18.2.12:9080'] },
        { oh_list: 1, oh_group: 1, oh_share: 1, oh_cluster: 1 },
      ],
      [
        'one endpoint more',
        { details: ['198.18.2.12:9080', '[fd00:198:18:2::12]:9080', '198.18.2.99:9080'] },
        { oh_endpoint: 1, oh_list: 3, oh_group: 1, oh_share: 1, oh_cluster: 1 },
      ],
      [
        'the order of endpoints',
        { details: ['[fd00:198:18:2::12]:9080', '198.18.2.12:9080'] },
        { oh_list: 2, oh_group: 1, oh_share: 1, oh_cluster: 1 },
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
    assert.deepEqual(sizes(plan), { oh_endpoint: 1, oh_list: 1, oh_group: 1, oh_share: 1, oh_cluster: 1 });
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
        kernel.maps.dump().filter((line) => !/^oh_(str|list|split|wild|group|share|endpoint) /.test(line));
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
      assert.deepEqual(plan.resets, [{ map: 'oh_cluster_n', key: a }]);
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

  it('encodes with the layouts that the object was built with', () => {
    assert.equal(CODEC.size('oh_route'), 8 + 2 * (12 + 8 * 16 + 12 + 8));
    assert.throws(() => CODEC.encode('oh_addr', { listener: -1 }), /listener/);
  });
});
