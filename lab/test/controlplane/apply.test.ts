import assert from 'node:assert/strict';
import { join } from 'node:path';
import { statusOfRejections } from '@onehop/core/api/rejections.js';
import { CLUSTER_TYPE, ROUTE_TYPE } from '@onehop/core/resources/model.js';
import { applyResources, getState } from '../../src/controlplane/client.js';
import { ControlPlaneError } from '../../src/controlplane/errors.js';
import { Bench, eventually, follow, isError, take, v1, v2 } from './bench.js';
import { summary } from './adsTestClient.js';
import { routes } from '@onehop/core/test/resources/xdsResources.js';

describe('control plane', () => {
  const bench = Bench.use();

  describe('apply', () => {
    it('tells when each node has everything', async () => {
      bench.controlPlane.load(v1);
      const [one, two] = [await bench.settled('lab.node-1'), await bench.settled('lab.node-2')];
      const progress = follow(applyResources(bench.socket, v2, { timeoutMs: 3_000 }));
      await take(one);
      await eventually(() => progress.messages.length === 1);
      await take(two);
      await progress.end;
      const { version } = bench.controlPlane.snapshot;
      assert.deepEqual(
        progress.messages.map(({ node, state, done, inForce }) => ({ node, state, done, inForce })),
        [
          { node: 'lab.node-1', state: 'acked', done: false, inForce: version },
          { node: 'lab.node-2', state: 'acked', done: false, inForce: version },
          { node: '', state: 'acked', done: true, inForce: version },
        ],
      );
    });

    it('is done at once when nobody is there', async () => {
      const progress = follow(applyResources(bench.socket, v1, { timeoutMs: 3_000 }));
      await progress.end;
      assert.deepEqual(
        progress.messages.map(({ node, state, done }) => [node, state, done]),
        [['', 'acked', true]],
      );
      assert.equal((await getState(bench.socket)).resources.length, 3);
    });

    it('goes back to the last good snapshot when a node refuses a part', async () => {
      bench.controlPlane.load(v1);
      const good = bench.controlPlane.snapshot.version;
      const [one, two] = [await bench.settled('lab.node-1'), await bench.settled('lab.node-2')];
      const progress = follow(applyResources(bench.socket, v2, { timeoutMs: 3_000 }));
      const rejection = {
        typeUrl: CLUSTER_TYPE,
        resource: 'b',
        field: 'connectTimeout',
        message: 'is too long',
      };
      one.nack(await one.next(), statusOfRejections([rejection]));
      await take(two);
      const back = await one.next();
      assert.equal(summary(back), 'Cluster: a');
      one.ack(back);
      await take(two);
      await progress.end;
      assert.deepEqual(
        progress.messages.map(({ node, state, rejections, done, inForce }) => ({
          node,
          state,
          rejections,
          done,
          inForce,
        })),
        [
          { node: 'lab.node-1', state: 'nacked', rejections: [rejection], done: false, inForce: good },
          {
            node: 'lab.node-2',
            state: 'acked',
            rejections: [],
            done: false,
            inForce: progress.messages[1]!.version,
          },
          { node: '', state: 'nacked', rejections: [], done: true, inForce: good },
        ],
      );
      assert.deepEqual((await getState(bench.socket)).rejections, [rejection], 'whoever looks sees it, too');
      const late = bench.connect('lab.node-3');
      late.subscribe(CLUSTER_TYPE);
      assert.equal(
        summary(await late.next()),
        'Cluster: a',
        'a node that starts later gets the last good one',
      );
    });

    it('does not send on what relies on a refused part', async () => {
      bench.controlPlane.load(v1);
      const client = await bench.settled();
      const progress = follow(applyResources(bench.socket, v2, { timeoutMs: 3_000 }));
      client.nack(await client.next(), 'no');
      await progress.end;
      const sent = await client.silence(0);
      assert.deepEqual(sent.map(summary), ['Cluster: a']);
    });

    it("tells another client's error as one text", async () => {
      bench.controlPlane.load(v1);
      const client = await bench.settled();
      const progress = follow(applyResources(bench.socket, v2, { timeoutMs: 3_000 }));
      const message = 'Error adding/updating cluster(s) b: unknown field';
      client.nack(await client.next(), message);
      await progress.end;
      assert.deepEqual(progress.messages[0]!.rejections, [
        { typeUrl: CLUSTER_TYPE, resource: '', field: '', message },
      ]);
    });

    it('names the nodes that do not answer in time, and keeps the new snapshot', async () => {
      bench.controlPlane.load(v1);
      const good = bench.controlPlane.snapshot.version;
      await bench.settled();
      const progress = follow(applyResources(bench.socket, v2, { timeoutMs: 100 }));
      await progress.end;
      assert.deepEqual(
        progress.messages.map(({ node, state, inForce }) => [node, state, inForce]),
        [
          ['lab.node-1', 'timeout', good],
          ['', 'timeout', progress.messages[0]!.version],
        ],
      );
    });

    it('goes back to the last good snapshot also when the refusal comes late', async () => {
      bench.controlPlane.load(v1);
      const good = bench.controlPlane.snapshot.version;
      const client = await bench.settled();
      const progress = follow(applyResources(bench.socket, v2, { timeoutMs: 50 }));
      const clusters = await client.next();
      await progress.end;
      client.nack(clusters, 'no');
      assert.equal(summary(await client.next()), 'Cluster: a');
      assert.equal((await getState(bench.socket)).version, good);
    });

    it('refuses dangling references, named, and changes nothing', async () => {
      bench.controlPlane.load(v1);
      const good = bench.controlPlane.snapshot.version;
      const client = await bench.settled();
      const call = follow(applyResources(bench.socket, [routes('main', 'nobody')], { timeoutMs: 1_000 }));
      await assert.rejects(call.end, (error) => {
        assert.ok(error instanceof ControlPlaneError);
        assert.equal(error.reason, 'refused');
        assert.deepEqual(error.rejections, [
          {
            typeUrl: ROUTE_TYPE,
            resource: 'main',
            field: 'virtualHosts[0].routes[0].route.cluster',
            message: 'Cluster "nobody" is not defined. Add a Cluster with that name.',
          },
        ]);
        return true;
      });
      assert.deepEqual(await client.silence(50), []);
      assert.equal((await getState(bench.socket)).version, good);
    });

    it('takes one call after the other', async () => {
      bench.controlPlane.load(v1);
      const client = await bench.settled();
      const first = follow(applyResources(bench.socket, v2, { timeoutMs: 3_000 }));
      const second = follow(applyResources(bench.socket, v1, { timeoutMs: 3_000 }));
      await take(client);
      await first.end;
      await take(client);
      await second.end;
      assert.deepEqual(
        [first, second].map(({ messages }) => messages.at(-1)!.state),
        ['acked', 'acked'],
      );
    });

    it('comes to its end when the caller leaves', async () => {
      bench.controlPlane.load(v1);
      const good = bench.controlPlane.snapshot.version;
      const client = await bench.settled();
      const leave = new AbortController();
      const call = follow(applyResources(bench.socket, v2, { timeoutMs: 3_000, signal: leave.signal }));
      const clusters = await client.next();
      leave.abort();
      await assert.rejects(call.end, isError('cancelled', /cancelled/));
      client.nack(clusters, 'no');
      assert.equal(summary(await client.next()), 'Cluster: a');
      assert.equal((await getState(bench.socket)).version, good);
    });

    it('says that nobody answers on a socket', async () => {
      const call = follow(applyResources(join(bench.folder, 'none.sock'), v1, { timeoutMs: 1_000 }));
      await assert.rejects(call.end, isError('gone', /none\.sock/));
    });
  });
});
