import assert from 'node:assert/strict';
import { rejectionsOfStatus } from '@onehop/core/api/rejections.js';
import { CLUSTER_TYPE, ROUTE_TYPE } from '@onehop/core/resources/model.js';
import { Bench, eventually, Kernel, statesOf } from './bench.js';
import { routes, staticCluster } from '@onehop/core/test/resources/xdsResources.js';
import { toAny } from './testServer.js';

describe('ADS client', () => {
  const bench = Bench.use();

  describe('a bad resource', () => {
    const broken = (name: string) => ({
      typeUrl: CLUSTER_TYPE,
      value: Buffer.concat([nameField(name), Buffer.from([0x22, 0x7f])]),
    });

    it('is named in the NACK, with its field; the good ones are taken and the last good version stays', async () => {
      const kernel = new Kernel();
      const client = await bench.withV1(kernel);
      kernel.refuse = ({ value }) => (value['connectTimeout'] === '9s' ? 'That is too long.' : undefined);
      const bad = { ...staticCluster('a'), value: { ...staticCluster('a').value, connectTimeout: '9s' } };
      const nack = await bench.server.answer(
        CLUSTER_TYPE,
        bench.server.send(CLUSTER_TYPE, 'c2', [bad, staticCluster('b')]),
      );
      assert.equal(nack.versionInfo, 'c1', 'the version in force');
      assert.equal(nack.errorDetail?.message, 'resource a: connectTimeout: That is too long.');
      assert.deepEqual(rejectionsOfStatus(nack.errorDetail!, ''), [
        { typeUrl: CLUSTER_TYPE, resource: 'a', field: 'connectTimeout', message: 'That is too long.' },
      ]);
      assert.deepEqual([...kernel.inForce.clusters.keys()], ['a', 'b']);
      assert.deepEqual(kernel.inForce.clusters.get('a')?.value, staticCluster('a').value);
      const [a] = client.resources();
      assert.deepEqual(a, {
        typeUrl: CLUSTER_TYPE,
        name: 'a',
        state: 'nacked',
        version: 'c1',
        failedVersion: 'c2',
        errors: [{ field: 'connectTimeout', message: 'That is too long.' }],
      });
    });

    it('is not tried again by itself, and forgiven when a good one comes', async () => {
      const kernel = new Kernel();
      const client = await bench.withV1(kernel);
      kernel.refuse = ({ value }) => (value['connectTimeout'] === '9s' ? 'no' : undefined);
      const bad = { ...staticCluster('a'), value: { ...staticCluster('a').value, connectTimeout: '9s' } };
      await bench.server.answer(CLUSTER_TYPE, bench.server.send(CLUSTER_TYPE, 'c2', [bad]));
      const other = await bench.server.answer(
        ROUTE_TYPE,
        bench.server.send(ROUTE_TYPE, 'r2', [routes('main', 'a', 'a')]),
      );
      assert.equal(other.errorDetail, null, 'the next response is judged by itself');
      const ack = await bench.server.answer(
        CLUSTER_TYPE,
        bench.server.send(CLUSTER_TYPE, 'c3', [staticCluster('a', '198.18.1.3')]),
      );
      assert.deepEqual([ack.errorDetail, ack.versionInfo], [null, 'c3']);
      assert.equal(statesOf(client)['a'], 'acked');
    });

    it('that does not decode is named; nothing of its response is taken, or taken as removed', async () => {
      const kernel = new Kernel();
      const client = await bench.withV1(kernel);
      const nack = await bench.server.answer(
        CLUSTER_TYPE,
        bench.server.send(CLUSTER_TYPE, 'c2', [broken('a'), staticCluster('b')]),
      );
      assert.match(nack.errorDetail!.message, /^resource a: /);
      assert.deepEqual([...kernel.inForce.clusters.keys()], ['a']);
      assert.equal(statesOf(client)['a'], 'nacked');
    });

    it('without a name removes nothing', async () => {
      const kernel = new Kernel();
      await bench.withV1(kernel);
      const nack = await bench.server.answer(
        CLUSTER_TYPE,
        bench.server.send(CLUSTER_TYPE, 'c2', [broken('')]),
      );
      assert.ok(nack.errorDetail);
      assert.deepEqual([...kernel.inForce.clusters.keys()], ['a']);
    });

    it('of another type is refused', async () => {
      const kernel = new Kernel();
      await bench.withV1(kernel);
      const stray = toAny(routes('a', 'a'));
      const nack = await bench.server.answer(
        CLUSTER_TYPE,
        bench.server.send(CLUSTER_TYPE, 'c2', [stray, staticCluster('a')]),
      );
      assert.match(nack.errorDetail!.message, /It is a .*RouteConfiguration, not a .*Cluster/);
    });

    it('twice in one response is refused', async () => {
      const kernel = new Kernel();
      await bench.withV1(kernel);
      const nack = await bench.server.answer(
        CLUSTER_TYPE,
        bench.server.send(CLUSTER_TYPE, 'c2', [staticCluster('a'), staticCluster('a')]),
      );
      assert.match(nack.errorDetail!.message, /^resource a: .*two resources/);
    });

    it('is one of the routes: the listener goes on with what it has', async () => {
      const kernel = new Kernel();
      await bench.withV1(kernel);
      kernel.refuse = ({ typeUrl, value }) =>
        typeUrl === ROUTE_TYPE && value['ignorePortInHostMatching'] ? 'no' : undefined;
      const bad = {
        ...routes('main', 'a'),
        value: { ...routes('main', 'a').value, ignorePortInHostMatching: true },
      };
      const nack = await bench.server.answer(ROUTE_TYPE, bench.server.send(ROUTE_TYPE, 'r2', [bad]));
      assert.match(nack.errorDetail!.message, /^resource main: /);
      assert.deepEqual(kernel.inForce.routes.get('main')?.value, routes('main', 'a').value);
    });

    it('that is bad for the set as a whole is told with every response of it', async () => {
      const kernel = new Kernel();
      await bench.withV1(kernel);
      kernel.fail = 'the map is full';
      const nack = await bench.server.answer(
        CLUSTER_TYPE,
        bench.server.send(CLUSTER_TYPE, 'c2', [staticCluster('b')]),
      );
      assert.equal(nack.errorDetail?.message, 'the map is full');
      assert.deepEqual([...kernel.inForce.clusters.keys()], ['a']);
    });

    it('does not stop the client when the whole response is garbage', async () => {
      const kernel = new Kernel();
      await bench.withV1(kernel, { backoff: { initialMs: 5 } });
      bench.server.sendBytes(Buffer.from([0x12, 0x7f, 0x01]));
      await eventually(() => bench.server.streams === 2);
      await bench.server.answer(CLUSTER_TYPE, bench.server.send(CLUSTER_TYPE, 'c2', [staticCluster('b')]));
      assert.deepEqual([...kernel.inForce.clusters.keys()], ['b']);
    });
  });
});

function nameField(name: string): Buffer {
  return Buffer.concat([Buffer.from([0x0a, name.length]), Buffer.from(name)]);
}
