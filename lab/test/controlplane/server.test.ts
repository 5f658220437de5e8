import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '@onehop/core/resources/model.js';
import { getState, watchState } from '../../src/controlplane/client.js';
import { silent } from '../../src/controlplane/log.js';
import { ControlPlaneServer } from '../../src/controlplane/server.js';
import { Bench, eventually, isError, typeOf, v1, v2 } from './bench.js';
import { summary, valuesIn } from './adsTestClient.js';
import {
  cluster,
  endpoints,
  listener,
  routes,
  staticCluster,
} from '@onehop/core/test/resources/xdsResources.js';

describe('control plane', () => {
  const bench = Bench.use();

  describe('socket', () => {
    it('may be opened by its owner only', () => {
      assert.equal(statSync(bench.socket).mode & 0o777, 0o600);
    });

    it('is gone after close', async () => {
      await bench.server.close();
      assert.throws(() => statSync(bench.socket), { code: 'ENOENT' });
    });

    it('replaces what a dead process left', async () => {
      const stale = join(bench.folder, 'stale.sock');
      await leaveStaleSocket(stale);
      const second = await ControlPlaneServer.listen(stale, bench.controlPlane, silent);
      assert.equal((await getState(stale)).version, bench.controlPlane.snapshot.version);
      await second.close();
    });

    it('leaves the socket of a living process alone', async () => {
      await assert.rejects(
        ControlPlaneServer.listen(bench.socket, bench.controlPlane, silent),
        isError('in-use', /listens on/),
      );
      assert.equal((await getState(bench.socket)).version, bench.controlPlane.snapshot.version);
    });

    it('leaves a file alone', async () => {
      const file = join(bench.folder, 'file');
      writeFileSync(file, 'precious');
      await assert.rejects(
        ControlPlaneServer.listen(file, bench.controlPlane, silent),
        isError('failed', /is no socket/),
      );
    });
  });

  describe('ADS', () => {
    it('answers each subscription, wildcards with everything and names with what exists', async () => {
      bench.controlPlane.load([cluster('a'), endpoints('a'), cluster('b'), endpoints('b')]);
      const client = bench.connect();
      client.subscribe(CLUSTER_TYPE);
      client.subscribe(LISTENER_TYPE, ['*']);
      client.subscribe(ENDPOINT_TYPE, ['b', 'nobody']);
      const answers = [await client.next(), await client.next(), await client.next()];
      assert.deepEqual(answers.map(summary), ['Cluster: a, b', 'Listener: ', 'ClusterLoadAssignment: b']);
      assert.equal(new Set(answers.map(({ nonce }) => nonce)).size, 3);
      assert.equal(answers[0]!.versionInfo, bench.controlPlane.snapshot.types[CLUSTER_TYPE].version);
    });

    it('says nothing about names that do not exist', async () => {
      const client = bench.connect();
      client.subscribe(ENDPOINT_TYPE, ['nobody']);
      assert.deepEqual(await client.silence(), []);
    });

    it('sends more names when they are asked for, not on an ACK', async () => {
      bench.controlPlane.load([cluster('a'), endpoints('a'), cluster('b'), endpoints('b')]);
      const client = bench.connect();
      client.subscribe(ENDPOINT_TYPE, ['a']);
      const first = await client.next();
      client.ack(first, ['a']);
      assert.deepEqual(await client.silence(), []);
      client.ack(first, ['a', 'b']);
      assert.equal(summary(await client.next()), 'ClusterLoadAssignment: a, b');
    });

    it('ignores an answer to a response that was replaced', async () => {
      bench.controlPlane.load(v1);
      const client = bench.connect();
      client.subscribe(CLUSTER_TYPE);
      const first = await client.next();
      bench.controlPlane.load(v2);
      const second = await client.next();
      client.nack(first, 'too late');
      assert.deepEqual(await client.silence(), []);
      assert.equal(typeOf(bench.controlPlane, CLUSTER_TYPE)?.error, '');
      client.ack(second);
      await eventually(() => typeOf(bench.controlPlane, CLUSTER_TYPE)?.ackedVersion === second.versionInfo);
    });

    it('does not send again what a client kept over a reconnect', async () => {
      bench.controlPlane.load(v1);
      const client = bench.connect();
      client.subscribe(CLUSTER_TYPE, [], {
        versionInfo: bench.controlPlane.snapshot.types[CLUSTER_TYPE].version,
      });
      client.subscribe(LISTENER_TYPE, [], { versionInfo: 'of-another-time' });
      assert.equal(summary(await client.next()), 'Listener: web');
      assert.deepEqual(await client.silence(), []);
      assert.equal(
        typeOf(bench.controlPlane, CLUSTER_TYPE)?.ackedVersion,
        bench.controlPlane.snapshot.types[CLUSTER_TYPE].version,
      );
    });

    it('ends a stream that does not say who it is', async () => {
      const client = bench.connect('');
      client.subscribe(CLUSTER_TYPE);
      assert.match((await client.end()).details, /node\.id/);
    });

    it('lives on when a client sends what is no request', async () => {
      const client = bench.connect();
      client.subscribe('type.googleapis.com/some.Thing');
      assert.deepEqual(await client.silence(50), []);
      client.subscribe(CLUSTER_TYPE);
      assert.equal(summary(await client.next()), 'Cluster: ');
    });
  });

  describe('an update', () => {
    it('makes before it breaks', async () => {
      bench.controlPlane.load([
        cluster('a'),
        endpoints('a', '198.18.1.1'),
        listener('web', 'main'),
        routes('main', 'a'),
      ]);
      const client = bench.connect();
      const names: Record<string, readonly string[]> = {
        [CLUSTER_TYPE]: [],
        [ENDPOINT_TYPE]: ['a'],
        [LISTENER_TYPE]: [],
        [ROUTE_TYPE]: ['main'],
      };
      for (const [typeUrl, list] of Object.entries(names)) {
        client.subscribe(typeUrl, list);
        client.ack(await client.next(), list);
      }
      bench.controlPlane.load([
        cluster('b'),
        endpoints('b', '198.18.1.2'),
        listener('web', 'main', 9081),
        routes('main', 'b'),
      ]);
      const clusters = await client.next();
      assert.equal(summary(clusters), 'Cluster: a, b');
      assert.equal(summary(await client.next()), 'ClusterLoadAssignment: a');
      assert.deepEqual(await client.silence(), [], 'waits until the clusters are taken');
      client.subscribe(ENDPOINT_TYPE, ['a', 'b'], { responseNonce: '' });
      const both = await client.next();
      assert.equal(summary(both), 'ClusterLoadAssignment: a, b');
      client.ack(both, ['a', 'b']);
      client.ack(clusters);
      const listeners = await client.next();
      const taken = await client.next();
      assert.deepEqual([summary(listeners), summary(taken)], ['Listener: web', 'RouteConfiguration: main']);
      assert.deepEqual(await client.silence(), [], 'waits until nothing uses cluster a any more');
      client.ack(listeners);
      client.ack(taken, ['main']);
      assert.equal(summary(await client.next()), 'Cluster: b');
    });

    it('sends only what changed', async () => {
      bench.controlPlane.load(v1);
      const client = await bench.settled();
      bench.controlPlane.load([...v1.slice(0, 2), routes('main', 'a', 'a')]);
      assert.equal(summary(await client.next()), 'RouteConfiguration: main');
      assert.deepEqual(await client.silence(), []);
    });

    it('goes on with a client that never answers', async () => {
      bench.controlPlane.load(v1);
      const client = await bench.settled();
      bench.controlPlane.load(v2);
      assert.equal(summary(await client.next()), 'Cluster: a, b');
      assert.equal(summary(await client.next()), 'RouteConfiguration: main');
    });

    it('is superseded by the next one', async () => {
      bench.controlPlane.load(v1);
      const client = await bench.settled();
      bench.controlPlane.load(v2);
      assert.equal(summary(await client.next()), 'Cluster: a, b');
      bench.controlPlane.load([staticCluster('c'), listener('web', 'main'), routes('main', 'c')]);
      const clusters = await client.next();
      assert.equal(summary(clusters), 'Cluster: a, b, c');
      client.ack(clusters);
      const changed = await client.next();
      assert.deepEqual(valuesIn(changed), [routes('main', 'c').value]);
      client.ack(changed, ['main']);
      assert.equal(summary(await client.next()), 'Cluster: c');
    });
  });

  describe('state', () => {
    it('shows each node with what it has, and remembers it when it leaves', async () => {
      bench.controlPlane.load(v1);
      const client = await bench.settled();
      const { types } = bench.controlPlane.snapshot;
      const row = (typeUrl: keyof typeof types) => ({
        typeUrl,
        sentVersion: types[typeUrl].version,
        ackedVersion: types[typeUrl].version,
        error: '',
      });
      await eventually(() => typeOf(bench.controlPlane, ROUTE_TYPE)?.ackedVersion !== '');
      const expected = { id: 'lab.node-1', types: [row(CLUSTER_TYPE), row(LISTENER_TYPE), row(ROUTE_TYPE)] };
      assert.deepEqual((await getState(bench.socket)).nodes, [{ ...expected, connected: true }]);
      client[Symbol.dispose]();
      await eventually(() => bench.controlPlane.nodes()[0]?.connected === false);
      assert.deepEqual((await getState(bench.socket)).nodes, [{ ...expected, connected: false }]);
    });

    it('is pushed: at once, when a node comes, and when the snapshot changes', async () => {
      bench.controlPlane.load(v1);
      const stop = new AbortController();
      const states = watchState(bench.socket, stop.signal);
      const next = async () => (await states.next()).value ?? assert.fail('the stream ended');
      const first = await next();
      assert.deepEqual([first.version, first.nodes], [bench.controlPlane.snapshot.version, []]);
      await bench.settled();
      let state = await next();
      while (state.nodes[0]?.types.length !== 3) state = await next();
      assert.deepEqual(state.resources, first.resources);
      bench.controlPlane.load(v1.slice(0, 1));
      while (state.version === first.version) state = await next();
      assert.equal(state.resources.length, 1);
      stop.abort();
      await assert.rejects(async () => {
        for (;;) await next();
      }, /cancelled/);
    });

    it('gives the resources back as they came', async () => {
      bench.controlPlane.load(v1);
      const { resources } = await getState(bench.socket);
      const given = resources.map(({ typeUrl, name, json }) => ({
        typeUrl,
        name,
        value: JSON.parse(json) as object,
      }));
      assert.deepEqual(given, v1);
    });

    it('shows the error of a node until it takes something', async () => {
      bench.controlPlane.load(v1);
      const client = bench.connect();
      client.subscribe(CLUSTER_TYPE);
      client.nack(await client.next(), 'no such thing');
      await eventually(() => typeOf(bench.controlPlane, CLUSTER_TYPE)?.error === 'no such thing');
      bench.controlPlane.load(v2);
      client.ack(await client.next());
      await eventually(() => typeOf(bench.controlPlane, CLUSTER_TYPE)?.error === '');
    });
  });
});

/** What `kill -9` of a listening process leaves: a socket file that nobody listens on. */
async function leaveStaleSocket(path: string): Promise<void> {
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => console.log('ready'))`;
  const child = spawn(process.execPath, ['-e', script]);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  assert.ok(statSync(path).isSocket());
}
