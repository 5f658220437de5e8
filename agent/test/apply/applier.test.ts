import assert from 'node:assert/strict';
import { formatRejection, rejectionOf } from '@onehop/core/api/rejections.js';
import type { BusyIds } from '@onehop/core/compile/allocate.js';
import {
  CLUSTER_TYPE,
  LISTENER_TYPE,
  xdsSetOf,
  type XdsResource,
  type XdsSet,
} from '@onehop/core/resources/model.js';
import { structCodec } from '@onehop/core/wire/structs.js';
import { Applier, type Applied, type ApplierOptions } from '../../src/apply/applier.js';
import type { ApplyOutcome } from '../../src/apply/outcome.js';
import {
  listener,
  listenerWith,
  routeConfiguration,
  routes,
  staticCluster,
} from '@onehop/core/test/resources/xdsResources.js';
import { RouterTables } from './routerTables.js';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const vip = '198.18.100.1:9080';
const toA = '198.18.1.1:9080';
const toB = '198.18.1.2:9080';

const a = staticCluster('a', '198.18.1.1');
const b = staticCluster('b', '198.18.1.2');
const web = listener('web', 'main');
const v1 = [a, b, web, routes('main', 'a')];
const v2 = [a, b, web, routes('main', 'b')];

describe('applier', () => {
  let tables: RouterTables;
  let applier: Applier;

  async function open(options: Partial<ApplierOptions> = {}, limits = {}): Promise<void> {
    tables = await RouterTables.open(limits);
    applier = new Applier({ writer: tables, codec: structCodec(), log: silent, ...options });
  }
  beforeEach(() => open());
  afterEach(() => applier.close());

  function ask(address = vip): string {
    return tables.ask(address, 'reviews', applier.allocation);
  }

  it('puts a set in force, and the next one', async () => {
    assert.equal(ask(), 'no listener');
    const first = await apply(v1);
    assert.deepEqual([first.generation, first.refused, ask()], [1, [], toA]);
    const second = await apply(v2);
    assert.deepEqual([second.generation, second.refused, ask()], [2, [], toB]);
    assert.equal(second.inForce.routes.get('main'), v2[3]);
    assert.equal(applier.generation, 2);
    assert.deepEqual([...applier.model.listeners.keys()], ['web']);
  });

  it('writes only what changed, and nothing when nothing did', async () => {
    await apply(v1);
    await applier.close();
    const all = tables.written.length;
    await apply(v2);
    await applier.close();
    const changed = tables.written.slice(all).map(({ map }) => map);
    assert.deepEqual(changed.sort(), ['oh_active', 'oh_route', 'oh_split']);
    const before = tables.written.length;
    const same = await apply(v2.map((resource) => structuredClone(resource)));
    assert.deepEqual([same.generation, tables.written.length], [2, before]);
  });

  it('takes away what is gone', async () => {
    await apply([...v1, listener('alt', 'main', 9081)]);
    assert.equal(ask('198.18.100.1:9081'), toA);
    await apply(v1);
    assert.equal(ask('198.18.100.1:9081'), 'no listener');
    await apply([]);
    assert.equal(ask(), 'no listener');
  });

  it('is never seen in part: every entry before the flip leaves the decisions as they were', async () => {
    await apply(v1);
    await applier.close();
    const before = applier.allocation;
    const seen = new Set<string>();
    tables.onEntry = (): void => void seen.add(tables.ask(vip, 'reviews', before));
    const moved = listenerWith('web', { routeConfig: routeConfiguration('inline', ['b']) });
    const more = Array.from({ length: 20 }, (_, i) => staticCluster(`c${i}`));
    await apply([b, ...more, moved, listener('alt', 'main', 9081), routes('main', 'b')]);
    assert.deepEqual([...seen], [toA]);
    assert.equal(ask(), toB);
  });

  describe('refuses', () => {
    const conflicting = [a, b, web, listener('other', 'main'), routes('main', 'a')];

    it('a resource with an error; the others are taken', async () => {
      const outcome = await apply(conflicting);
      assert.deepEqual(lines(outcome), [
        'resource other: address: 198.18.100.1:9080 is already an address of listener web. Give each listener its own address or port.',
      ]);
      assert.deepEqual([...outcome.inForce.listeners.keys()], ['web']);
      assert.equal(ask(), toA);
    });

    it('a new version of a resource; the one before stays', async () => {
      await apply([...v1, listener('other', 'main', 9081)]);
      const outcome = await apply(conflicting);
      assert.equal(outcome.refused.length, 1);
      assert.deepEqual(outcome.inForce.listeners.get('other')?.value, listener('other', 'main', 9081).value);
      assert.equal(ask('198.18.100.1:9081'), toA);
    });

    it('what one resource cannot honour', async () => {
      const mirrored = { ...routes('main', 'b'), value: withMirror(routeConfiguration('main', ['b'])) };
      await apply(v1);
      const outcome = await apply([a, b, web, mirrored]);
      assert.equal(outcome.refused[0]?.resource, 'main');
      assert.match(
        lines(outcome)[0]!,
        /^resource main: virtualHosts\[0\]\.routes\[0\]\.route\.requestMirrorPolicies/,
      );
      assert.equal(ask(), toA);
    });

    it('all that changed, when the error is in what did not', async () => {
      const two = listener('two', 'main', 9082);
      const main = routes('main', 'a');
      await apply([a, listener('one', 'main', 9081), two, main]);
      // Listener one comes first and takes the address of two, which did not change.
      const outcome = await apply([a, b, listener('one', 'main', 9082), two, main]);
      assert.match(lines(outcome)[0]!, /^resource two: /);
      assert.deepEqual(
        outcome.refused.map(({ resource }) => resource),
        ['two', 'b', 'one'],
      );
      assert.deepEqual([ask('198.18.100.1:9081'), ask('198.18.100.1:9082')], [toA, toA]);
      assert.deepEqual([...outcome.inForce.clusters.keys()], ['a']);
    });

    it('what the maps do not hold, by name', async () => {
      await open({}, { oh_cluster: 4 });
      await apply(v1);
      const outcome = await apply([...v1, staticCluster('c'), staticCluster('d')]);
      assert.match(lines(outcome)[0]!, /^resource d: The map oh_cluster is full/);
      assert.deepEqual([...outcome.inForce.clusters.keys()], ['a', 'b', 'c']);
      assert.equal(ask(), toA);
    });
  });

  describe('when the kernel refuses an entry', () => {
    it('everything stays as it was, and the next set is put in force', async () => {
      await apply(v1);
      await applier.close();
      const count = countEntries(await fresh(v1), [...v2, listener('alt', 'main', 9081)]);
      for (let at = 0; at < (await count); at++) {
        tables.onEntry = failAt(at);
        tables.deleted.length = 0;
        const outcome = await apply([...v2, listener('alt', 'main', 9081)]);
        assert.equal(outcome.generation, 1);
        assert.deepEqual(
          outcome.refused.map(({ typeUrl, resource }) => [typeUrl, resource]),
          [['', '']],
        );
        assert.match(outcome.refused[0]!.message, /The kernel refused generation 2: E2BIG/);
        assert.equal(outcome.inForce.routes.get('main'), v1[3]);
        assert.equal(ask(), toA);
        assert.equal(ask('198.18.100.1:9081'), 'no listener');
        assert.deepEqual(
          [...new Set(tables.deleted.map(({ map }) => map))],
          ['oh_addr'],
          'no key stays behind',
        );
      }
      tables.onEntry = (): void => undefined;
      const outcome = await apply([...v2, listener('alt', 'main', 9081)]);
      assert.deepEqual([outcome.generation, ask(), ask('198.18.100.1:9081')], [2, toB, toB]);
    });

    it('says so when it cannot take back what it wrote', async () => {
      await apply(v1);
      await applier.close();
      let calls = 0;
      tables.onEntry = (): void => {
        if (++calls > 1) throw new Error('EPERM');
      };
      const outcome = await apply(v2);
      assert.match(outcome.refused[0]!.message, /could not be taken back: EPERM\. Start the lab again/);
    });
  });

  describe('one after the other', () => {
    it('coalesces a burst: all get the outcome of the last', async () => {
      await apply(v1);
      const ports = Array.from({ length: 30 }, (_, i) => 9081 + i);
      const outcomes = await Promise.all(ports.map((port) => apply([...v1, listener('alt', 'main', port)])));
      assert.equal(new Set(outcomes).size, 1);
      assert.equal(applier.generation, 2);
      assert.equal(ask('198.18.100.1:9110'), toA);
    });

    it('answers at the flip, and waits for the grace period before it writes again', async () => {
      const order: string[] = [];
      let end = (): void => undefined;
      tables.onGrace = () => {
        order.push('grace');
        return new Promise((resolve) => (end = resolve));
      };
      tables.onEntry = ({ map }): void => void order.push(map);
      await apply(v1);
      assert.deepEqual(order.slice(-2), ['oh_active', 'grace'], 'the answer does not wait for its end');
      const second = apply(v2);
      await new Promise(setImmediate);
      assert.deepEqual(order.slice(-1), ['grace']);
      assert.equal(ask(), toA);
      end();
      await second;
      end();
      assert.deepEqual(order.slice(order.indexOf('grace') + 1), [
        'oh_split',
        'oh_route',
        'oh_active',
        'grace',
      ]);
    });

    it('deletes keys only after the grace period', async () => {
      await apply(v1);
      await applier.close();
      tables.onGrace = (): Promise<void> => {
        assert.deepEqual(tables.deleted, []);
        return Promise.resolve();
      };
      await apply([a, b, listener('web', 'main', 9081), routes('main', 'a')]);
      await applier.close();
      assert.deepEqual(
        tables.deleted.map(({ map }) => map),
        ['oh_addr'],
      );
    });

    it('asks for a grace period again when one failed, before it writes', async () => {
      await apply(v1);
      await applier.close();
      let failures = 2;
      tables.onGrace = async (): Promise<void> => {
        if (failures-- > 0) throw new Error('EINTR');
      };
      await apply(v2);
      await applier.close();
      const refused = await apply(v1);
      assert.match(refused.refused[0]!.message, /may still be read/);
      assert.equal(ask(), toB);
      await applier.close();
      assert.deepEqual([(await apply(v1)).refused, ask()], [[], toA]);
    });
  });

  it('tells what was put in force, and which endpoints need connections', async () => {
    const applied: Applied[] = [];
    await open({ onApplied: (one) => applied.push(one) });
    await apply(v1);
    await apply(v2);
    const pools = applied.map(({ generation, pools: { added, removed } }) => ({
      generation,
      added: added.map(({ cluster, ip, port }) => [cluster, ip, port]),
      removed: removed.map(({ cluster, ip, port }) => [cluster, ip, port]),
    }));
    assert.deepEqual(pools, [
      { generation: 1, added: [['a', '198.18.1.1', 9080]], removed: [] },
      { generation: 2, added: [['b', '198.18.1.2', 9080]], removed: [['a', '198.18.1.1', 9080]] },
    ]);
    assert.equal(applied[1]!.allocation.generation, 2);
    assert.equal(applied[1]!.model, applier.model);
  });

  it('names the ids of an earlier generation', async () => {
    await apply(v1);
    const id = applier.allocation!.idOf('cluster', 'a')!;
    await apply([b, web, routes('main', 'b')]);
    await applier.close();
    assert.equal(applier.allocation!.idOf('cluster', 'a'), undefined);
    assert.equal(applier.allocation!.entities.cluster.at(id, 1)?.row.name, 'a');
  });

  it('gives no id away that is still in use', async () => {
    let busy: BusyIds = {};
    await open({ busy: () => busy }, { oh_endpoint: 3 });
    await apply(v1);
    const id = applier.allocation!.entities.endpoint.get([...keysOf('endpoint')][0]!)!.id;
    busy = { endpoint: new Set([id]) };
    await apply([b, web, routes('main', 'b')]);
    await applier.close();
    const held = await apply([b, staticCluster('c'), web, routes('main', 'b')]);
    assert.match(lines(held)[0]!, /oh_endpoint is full/);
    busy = {};
    await apply([b, web, routes('main', 'b', 'b')]);
    await applier.close();
    assert.deepEqual((await apply([b, staticCluster('c'), web, routes('main', 'b')])).refused, []);
  });

  it('keeps notes about what is no error', async () => {
    await apply([
      listenerWith('web', { routeConfig: { ...routeConfiguration('in', ['a']), validateClusters: false } }),
    ]);
    assert.deepEqual(
      applier.notes
        .filter(({ rule }) => rule === 'unknown-cluster')
        .map(({ typeUrl, severity }) => [typeUrl, severity]),
      [[LISTENER_TYPE, 'warning']],
    );
  });

  it('ends with close: what was given is in force', async () => {
    const outcome = apply(v1);
    await applier.close();
    assert.equal((await outcome).generation, 1);
    assert.equal(tables.graces, 1);
    assert.equal(CLUSTER_TYPE in applier, false);
  });

  function apply(resources: readonly XdsResource[]): Promise<ApplyOutcome> {
    return applier.apply(xdsSetOf(resources));
  }

  function keysOf(kind: 'endpoint'): Iterable<string> {
    return [...applier.allocation!.entities[kind].values()].map(({ key }) => key);
  }

  /** A second applier with a configuration in force. */
  async function fresh(
    resources: readonly XdsResource[],
  ): Promise<{ applier: Applier; tables: RouterTables }> {
    const own = await RouterTables.open();
    const other = new Applier({ writer: own, codec: structCodec(), log: silent });
    await other.apply(xdsSetOf(resources));
    await other.close();
    return { applier: other, tables: own };
  }

  async function countEntries(
    other: { applier: Applier; tables: RouterTables },
    resources: readonly XdsResource[],
  ): Promise<number> {
    const before = other.tables.written.length;
    await other.applier.apply(xdsSetOf(resources) satisfies XdsSet);
    return other.tables.written.length - before;
  }

  function failAt(at: number): () => void {
    let calls = 0;
    return () => {
      if (calls++ === at) throw new Error('E2BIG');
    };
  }
});

function lines({ refused }: ApplyOutcome): string[] {
  return refused.map((problem) => formatRejection(rejectionOf(problem)));
}

function withMirror(
  configuration: ReturnType<typeof routeConfiguration>,
): ReturnType<typeof routeConfiguration> {
  const copy = JSON.parse(JSON.stringify(configuration)) as {
    virtualHosts: { routes: { route: object }[] }[];
  };
  Object.assign(copy.virtualHosts[0]!.routes[0]!.route, { requestMirrorPolicies: [{ cluster: 'a' }] });
  return copy as unknown as ReturnType<typeof routeConfiguration>;
}
