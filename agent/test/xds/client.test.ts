import assert from 'node:assert/strict';
import { CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '@onehop/core/resources/model.js';
import { Bench, eventually, Kernel, names, pause, silent, statesOf } from './bench.js';
import {
  cluster,
  endpoints,
  listener,
  routes,
  staticCluster,
} from '@onehop/core/test/resources/xdsResources.js';
import { TestServer } from './testServer.js';

describe('ADS client', () => {
  const bench = Bench.use();

  describe('the first configuration', () => {
    it('is asked for in dependency order, and said who asks', async () => {
      bench.start(new Kernel());
      const first = await bench.server.request(CLUSTER_TYPE);
      assert.equal(first.node?.id, 'lab.node-1');
      assert.equal(first.node?.cluster, 'lab');
      assert.deepEqual([first.resourceNames, first.versionInfo, first.responseNonce], [[], '', '']);
      const second = await bench.server.request(LISTENER_TYPE);
      assert.deepEqual([second.node, second.resourceNames], [null, []]);
      assert.deepEqual(
        [...bench.server.unread(ENDPOINT_TYPE), ...bench.server.unread(ROUTE_TYPE)],
        [],
        'nothing names any yet',
      );
    });

    it('asks for endpoints and routes by name', async () => {
      bench.start(new Kernel());
      await bench.server.request(CLUSTER_TYPE);
      bench.server.send(CLUSTER_TYPE, '1', [
        cluster('a'),
        staticCluster('b'),
        cluster('c', { edsClusterConfig: { edsConfig: { ads: {} }, serviceName: 'svc' } }),
      ]);
      assert.deepEqual((await bench.server.request(ENDPOINT_TYPE)).resourceNames, ['a', 'svc']);
      bench.server.send(LISTENER_TYPE, '1', [listener('web', 'main'), listener('alt', 'main', 9081)]);
      assert.deepEqual((await bench.server.request(ROUTE_TYPE)).resourceNames, ['main']);
    });

    it('is one update when it comes in one burst', async () => {
      const kernel = new Kernel();
      bench.start(kernel);
      await bench.server.request(LISTENER_TYPE);
      bench.server.send(CLUSTER_TYPE, '1', [staticCluster('a')]);
      bench.server.send(LISTENER_TYPE, '1', [listener('web', 'main')]);
      bench.server.send(ROUTE_TYPE, '1', [routes('main', 'a')]);
      await bench.server.request(ROUTE_TYPE);
      const nonce = bench.server.send(ROUTE_TYPE, '1', [routes('main', 'a')]);
      await bench.server.answer(ROUTE_TYPE, nonce);
      assert.deepEqual(kernel.sets.map(names).at(-1), ['a', 'web', 'main']);
      assert.ok(kernel.sets.length <= 2, `${kernel.sets.length} updates`);
    });

    it('is acknowledged only when it is in force', async () => {
      const kernel = new Kernel();
      kernel.hold();
      bench.start(kernel);
      await bench.server.request(CLUSTER_TYPE);
      const nonce = bench.server.send(CLUSTER_TYPE, 'c1', [staticCluster('a')]);
      await eventually(() => kernel.sets.length === 1);
      await pause(50);
      assert.deepEqual(bench.server.unread(CLUSTER_TYPE), []);
      kernel.release();
      const ack = await bench.server.answer(CLUSTER_TYPE, nonce);
      assert.deepEqual([ack.versionInfo, ack.errorDetail], ['c1', null]);
    });

    it('comes over TCP too', async () => {
      const tcp = await TestServer.listen('127.0.0.1:0');
      try {
        const kernel = new Kernel();
        bench.start(kernel, { address: tcp.address });
        await tcp.request(CLUSTER_TYPE);
        await tcp.answer(CLUSTER_TYPE, tcp.send(CLUSTER_TYPE, '1', [staticCluster('a')]));
        assert.deepEqual(names(kernel.inForce), ['a']);
      } finally {
        tcp.close();
      }
    });
  });

  describe('warming', () => {
    it('keeps a cluster back until its endpoints are there, and its acknowledgement too', async () => {
      const kernel = new Kernel();
      bench.start(kernel);
      await bench.server.request(CLUSTER_TYPE);
      const nonce = bench.server.send(CLUSTER_TYPE, '1', [cluster('a'), staticCluster('b')]);
      await bench.server.request(ENDPOINT_TYPE);
      await eventually(() => names(kernel.inForce).join() === 'b');
      await pause(50);
      assert.deepEqual(bench.server.unread(CLUSTER_TYPE), []);
      bench.server.send(ENDPOINT_TYPE, '1', [endpoints('a', '198.18.1.11')]);
      await bench.server.answer(CLUSTER_TYPE, nonce);
      assert.deepEqual(names(kernel.inForce), ['a', 'b', 'a']);
    });

    it('keeps the old listener until the routes of the new one are there', async () => {
      const kernel = new Kernel();
      await bench.withV1(kernel);
      bench.server.send(LISTENER_TYPE, 'l2', [listener('web', 'other')]);
      assert.deepEqual((await bench.server.request(ROUTE_TYPE)).resourceNames.toSorted(), ['main', 'other']);
      await pause(50);
      assert.deepEqual(names(kernel.inForce), ['a', 'web', 'main']);
      bench.server.send(ROUTE_TYPE, 'r2', [routes('other', 'a')]);
      await eventually(() => names(kernel.inForce).join() === 'a,web,other');
      const last = await bench.lastRequest(ROUTE_TYPE);
      assert.deepEqual(last, ['other'], 'the old routes are not asked for any more');
    });

    it('answers a listener that waits too long, as a control plane may wait for that', async () => {
      const kernel = new Kernel();
      bench.start(kernel, { holdMs: 60 });
      await bench.server.request(CLUSTER_TYPE);
      bench.server.send(CLUSTER_TYPE, '1', [staticCluster('a')]);
      const nonce = bench.server.send(LISTENER_TYPE, 'l1', [listener('web', 'main')]);
      const ack = await bench.server.answer(LISTENER_TYPE, nonce);
      assert.equal(ack.errorDetail, null);
      assert.deepEqual(names(kernel.inForce), ['a']);
      bench.server.send(ROUTE_TYPE, 'r1', [routes('main', 'a')]);
      await eventually(() => names(kernel.inForce).join() === 'a,web,main');
    });

    it('answers a cluster that waits too long, and what comes after it at once', async () => {
      const kernel = new Kernel();
      bench.start(kernel, { holdMs: 300 });
      await bench.server.request(CLUSTER_TYPE);
      const nonce = bench.server.send(CLUSTER_TYPE, '1', [cluster('late'), staticCluster('a')]);
      await eventually(() => names(kernel.inForce).join() === 'a');
      await pause(50);
      assert.deepEqual(bench.server.unread(CLUSTER_TYPE), []);
      const ack = await bench.server.answer(CLUSTER_TYPE, nonce);
      assert.equal(ack.errorDetail, null);
      const begin = performance.now();
      const next = bench.server.send(CLUSTER_TYPE, '2', [cluster('late'), staticCluster('b')]);
      await bench.server.answer(CLUSTER_TYPE, next);
      assert.ok(performance.now() - begin < 250, 'it was not held back again');
      await bench.server.request(ENDPOINT_TYPE);
      bench.server.send(ENDPOINT_TYPE, '1', [endpoints('late', '198.18.1.11')]);
      await eventually(() => names(kernel.inForce).join() === 'late,b,late');
    });

    it('lets nothing listen before the clusters are known', async () => {
      const kernel = new Kernel();
      bench.start(kernel);
      await bench.server.request(LISTENER_TYPE);
      bench.server.send(LISTENER_TYPE, '1', [listener('web', 'main')]);
      await bench.server.request(ROUTE_TYPE);
      bench.server.send(ROUTE_TYPE, '1', [routes('main', 'a')]);
      await pause(80);
      assert.deepEqual([...kernel.inForce.listeners.keys()], []);
      bench.server.send(CLUSTER_TYPE, '1', [cluster('a')]);
      await bench.server.request(ENDPOINT_TYPE);
      await pause(50);
      assert.deepEqual([...kernel.inForce.listeners.keys()], []);
      bench.server.send(ENDPOINT_TYPE, '1', [endpoints('a', '198.18.1.11')]);
      await eventually(() => names(kernel.inForce).join() === 'a,a,web,main');
    });

    it('goes on without what does not come in time', async () => {
      const kernel = new Kernel();
      const client = bench.start(kernel, { missingAfterMs: 80 });
      await bench.server.request(CLUSTER_TYPE);
      const nonce = bench.server.send(CLUSTER_TYPE, '1', [cluster('a')]);
      await bench.server.answer(CLUSTER_TYPE, nonce);
      assert.deepEqual(names(kernel.inForce), ['a']);
      assert.deepEqual(statesOf(client), { a: 'acked', 'a (endpoints)': 'does-not-exist' });
      bench.server.send(ENDPOINT_TYPE, '1', [endpoints('a', '198.18.1.11')]);
      await eventually(() => names(kernel.inForce).join() === 'a,a');
      assert.deepEqual(statesOf(client), { a: 'acked', 'a (endpoints)': 'acked' });
    });
  });

  describe('an update', () => {
    it('removes clusters and listeners that are left out', async () => {
      const kernel = new Kernel();
      const client = await bench.withV1(kernel);
      await bench.server.answer(LISTENER_TYPE, bench.server.send(LISTENER_TYPE, 'l2', []));
      await bench.server.answer(CLUSTER_TYPE, bench.server.send(CLUSTER_TYPE, 'c2', []));
      await eventually(() => names(kernel.inForce).length === 0);
      assert.deepEqual(await bench.lastRequest(ROUTE_TYPE), [], 'the routes are not asked for any more');
      assert.deepEqual(client.resources(), []);
    });

    it('does not remove routes and endpoints that are left out', async () => {
      const kernel = new Kernel();
      await bench.withV1(kernel);
      bench.server.send(LISTENER_TYPE, 'l2', [listener('web', 'main'), listener('alt', 'more', 9081)]);
      await bench.server.request(ROUTE_TYPE);
      await bench.server.answer(ROUTE_TYPE, bench.server.send(ROUTE_TYPE, 'r2', [routes('more', 'a')]));
      assert.deepEqual(names(kernel.inForce), ['a', 'web', 'alt', 'main', 'more']);
    });

    it('keeps the object of a resource that did not change', async () => {
      const kernel = new Kernel();
      await bench.withV1(kernel);
      const before = kernel.inForce;
      await bench.server.answer(
        CLUSTER_TYPE,
        bench.server.send(CLUSTER_TYPE, 'c2', [staticCluster('a'), staticCluster('b')]),
      );
      assert.equal(kernel.inForce.clusters.get('a'), before.clusters.get('a'));
      assert.equal(kernel.inForce.routes.get('main'), before.routes.get('main'));
    });

    it('coalesces what comes while one is being applied', async () => {
      const kernel = new Kernel();
      let responses = 0;
      await bench.withV1(kernel, { log: { ...silent, debug: () => void responses++ } });
      responses = 0;
      const before = kernel.sets.length;
      kernel.hold();
      bench.server.send(CLUSTER_TYPE, 'c2', [staticCluster('a', '198.18.1.2')]);
      await eventually(() => kernel.held);
      let last = '';
      for (let i = 3; i < 30; i++) {
        last = bench.server.send(CLUSTER_TYPE, `c${i}`, [staticCluster('a', `198.18.1.${i}`)]);
      }
      await eventually(() => responses === 28);
      kernel.release();
      const ack = await bench.server.answer(CLUSTER_TYPE, last);
      assert.equal(ack.versionInfo, 'c29');
      assert.equal(kernel.sets.length, before + 2);
      assert.deepEqual(kernel.inForce.clusters.get('a')?.value, staticCluster('a', '198.18.1.29').value);
    });

    it('ignores routes that nobody asked for', async () => {
      const kernel = new Kernel();
      const client = await bench.withV1(kernel);
      await bench.server.answer(
        ROUTE_TYPE,
        bench.server.send(ROUTE_TYPE, 'r2', [routes('main', 'a'), routes('stray', 'a')]),
      );
      assert.deepEqual([...kernel.inForce.routes.keys()], ['main']);
      assert.deepEqual(Object.keys(statesOf(client)).toSorted(), ['a', 'main', 'web']);
    });
  });

  it('tells every change', async () => {
    const kernel = new Kernel();
    const client = bench.start(kernel);
    const seen: string[] = [];
    client.onChange(() =>
      seen.push(`${client.controlPlane().state} ${Object.values(statesOf(client)).join()}`),
    );
    await bench.server.request(CLUSTER_TYPE);
    await bench.server.answer(CLUSTER_TYPE, bench.server.send(CLUSTER_TYPE, '1', [staticCluster('a')]));
    await eventually(() => seen.includes('connected acked'));
    assert.ok(seen.includes('connected requested'), seen.join(' | '));
  });

  it('ends with close: nothing is applied or answered after', async () => {
    const kernel = new Kernel();
    kernel.hold();
    const client = bench.start(kernel);
    await bench.server.request(CLUSTER_TYPE);
    bench.server.send(CLUSTER_TYPE, '1', [staticCluster('a')]);
    await eventually(() => kernel.held);
    let closed = false;
    const closing = client.close().then(() => (closed = true));
    await pause(30);
    assert.equal(closed, false, 'waits for what is under way');
    kernel.release();
    await closing;
    assert.deepEqual(bench.server.unread(CLUSTER_TYPE), []);
  });
});
