import assert from 'node:assert/strict';
import { status } from '@grpc/grpc-js';
import { CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '@onehop/core/resources/model.js';
import { Bench, eventually, Kernel, names, pause, statesOf } from './bench.js';
import { cluster, staticCluster } from '@onehop/core/test/resources/xdsResources.js';

describe('ADS client', () => {
  const bench = Bench.use();

  describe('a lost connection', () => {
    const backoff = { initialMs: 10, longestMs: 40 };

    it('loses no configuration, and comes back with the versions that are in force', async () => {
      const kernel = new Kernel();
      const client = await bench.withV1(kernel, { backoff });
      const before = kernel.inForce;
      bench.server.close();
      await eventually(() => client.controlPlane().state === 'lost');
      assert.match(client.controlPlane().error, /\w/);
      await pause(100);
      assert.equal(kernel.inForce, before);
      assert.ok(client.resources().every(({ state }) => state === 'acked'));

      await bench.restart();
      const clusters = await bench.server.request(CLUSTER_TYPE);
      const listeners = await bench.server.request(LISTENER_TYPE);
      const main = await bench.server.request(ROUTE_TYPE);
      assert.deepEqual(
        [clusters, listeners, main].map(({ versionInfo, responseNonce, resourceNames }) => [
          versionInfo,
          responseNonce,
          resourceNames,
        ]),
        [
          ['c1', '', []],
          ['l1', '', []],
          ['r1', '', ['main']],
        ],
      );
      assert.equal(clusters.node?.id, 'lab.node-1');
      await eventually(() => client.controlPlane().state === 'connected');
      await bench.server.answer(
        CLUSTER_TYPE,
        bench.server.send(CLUSTER_TYPE, 'c2', [staticCluster('a'), staticCluster('b')]),
      );
      assert.deepEqual(names(kernel.inForce), ['a', 'b', 'web', 'main']);
    });

    it('names no version when part of one was refused: what is held is not that version', async () => {
      const kernel = new Kernel();
      await bench.withV1(kernel, { backoff });
      kernel.refuse = ({ name }) => (name === 'bad' ? 'no' : undefined);
      await bench.server.answer(
        CLUSTER_TYPE,
        bench.server.send(CLUSTER_TYPE, 'c2', [staticCluster('b'), staticCluster('bad')]),
      );
      bench.server.endStream();
      assert.equal((await bench.server.request(CLUSTER_TYPE)).versionInfo, '');
      assert.equal((await bench.server.request(LISTENER_TYPE)).versionInfo, 'l1');
    });

    it('while a response is being applied: it is in force, and not answered on the new stream', async () => {
      const kernel = new Kernel();
      await bench.withV1(kernel, { backoff });
      kernel.hold();
      bench.server.send(CLUSTER_TYPE, 'c2', [staticCluster('a', '198.18.1.9')]);
      await eventually(() => kernel.held);
      bench.server.endStream(status.UNAVAILABLE);
      assert.equal((await bench.server.request(CLUSTER_TYPE)).versionInfo, '');
      kernel.release();
      await eventually(() => JSON.stringify(kernel.inForce.clusters.get('a')?.value).includes('198.18.1.9'));
      await pause(30);
      assert.deepEqual(bench.server.unread(CLUSTER_TYPE), []);
    });

    it('is tried again for ever, when nobody listens at first', async () => {
      bench.server.close();
      const kernel = new Kernel();
      const client = bench.start(kernel, { backoff });
      await eventually(() => client.controlPlane().state === 'lost');
      await pause(100);
      await bench.restart();
      await bench.server.request(CLUSTER_TYPE);
      await eventually(() => client.controlPlane().state === 'connected');
    });

    it('does not make resources missing', async () => {
      const kernel = new Kernel();
      const client = bench.start(kernel, { missingAfterMs: 60, backoff });
      await bench.server.request(CLUSTER_TYPE);
      bench.server.send(CLUSTER_TYPE, '1', [cluster('a')]);
      await bench.server.request(ENDPOINT_TYPE);
      bench.server.close();
      await pause(120);
      assert.deepEqual(statesOf(client), { a: 'requested', 'a (endpoints)': 'requested' });
      await bench.restart();
      await bench.server.request(ENDPOINT_TYPE);
      await eventually(() => statesOf(client)['a (endpoints)'] === 'does-not-exist');
    });
  });
});
