import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApplyProgress } from '@onehop/core/api/controlplane.generated.js';
import { statusOfRejections } from '@onehop/core/api/rejections.js';
import { CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '@onehop/core/resources/model.js';
import { applyResources, getState } from '../../src/controlplane/client.js';
import { ControlPlane } from '../../src/controlplane/controlPlane.js';
import { ControlPlaneError } from '../../src/controlplane/errors.js';
import { silent } from '../../src/controlplane/log.js';
import { ControlPlaneServer } from '../../src/controlplane/server.js';
import { AdsTestClient, namesIn, summary, valuesIn } from './adsTestClient.js';
import { cluster, endpoints, listener, routes, staticCluster } from './resources.js';

const v1 = [staticCluster('a'), listener('web', 'main'), routes('main', 'a')];
const v2 = [staticCluster('b'), listener('web', 'main'), routes('main', 'b')];

describe('control plane', () => {
  let folder: string;
  let socket: string;
  let controlPlane: ControlPlane;
  let server: ControlPlaneServer;
  const clients: AdsTestClient[] = [];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'oh-cp-'));
    socket = join(folder, 'xds.sock');
    controlPlane = new ControlPlane({ log: silent, stepTimeoutMs: 300, rollbackTimeoutMs: 500 });
    server = await ControlPlaneServer.listen(socket, controlPlane, silent);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client[Symbol.dispose]();
    await server.close();
    rmSync(folder, { recursive: true });
  });

  function connect(node = 'lab.node-1'): AdsTestClient {
    const client = new AdsTestClient(socket, node);
    clients.push(client);
    return client;
  }

  /** A client that has taken the snapshot: clusters, listeners and the routes "main". */
  async function settled(node?: string): Promise<AdsTestClient> {
    const client = connect(node);
    for (const [typeUrl, names] of [
      [CLUSTER_TYPE, []],
      [LISTENER_TYPE, []],
      [ROUTE_TYPE, ['main']],
    ] as const) {
      client.subscribe(typeUrl, names);
      client.ack(await client.next(), names);
    }
    return client;
  }

  describe('socket', () => {
    it('may be opened by its owner only', () => {
      assert.equal(statSync(socket).mode & 0o777, 0o600);
    });

    it('is gone after close', async () => {
      await server.close();
      assert.throws(() => statSync(socket), { code: 'ENOENT' });
    });

    it('replaces what a dead process left', async () => {
      const stale = join(folder, 'stale.sock');
      await leaveStaleSocket(stale);
      const second = await ControlPlaneServer.listen(stale, controlPlane, silent);
      assert.equal((await getState(stale)).version, controlPlane.snapshot.version);
      await second.close();
    });

    it('leaves the socket of a living process alone', async () => {
      await assert.rejects(
        ControlPlaneServer.listen(socket, controlPlane, silent),
        isError('in-use', /listens on/),
      );
      assert.equal((await getState(socket)).version, controlPlane.snapshot.version);
    });

    it('leaves a file alone', async () => {
      const file = join(folder, 'file');
      writeFileSync(file, 'precious');
      await assert.rejects(
        ControlPlaneServer.listen(file, controlPlane, silent),
        isError('failed', /is no socket/),
      );
    });
  });

  describe('ADS', () => {
    it('answers each subscription, wildcards with everything and names with what exists', async () => {
      controlPlane.load([cluster('a'), endpoints('a'), cluster('b'), endpoints('b')]);
      const client = connect();
      client.subscribe(CLUSTER_TYPE);
      client.subscribe(LISTENER_TYPE, ['*']);
      client.subscribe(ENDPOINT_TYPE, ['b', 'nobody']);
      const answers = [await client.next(), await client.next(), await client.next()];
      assert.deepEqual(answers.map(summary), ['Cluster: a, b', 'Listener: ', 'ClusterLoadAssignment: b']);
      assert.equal(new Set(answers.map(({ nonce }) => nonce)).size, 3);
      assert.equal(answers[0]!.versionInfo, controlPlane.snapshot.types[CLUSTER_TYPE].version);
    });

    it('says nothing about names that do not exist', async () => {
      const client = connect();
      client.subscribe(ENDPOINT_TYPE, ['nobody']);
      assert.deepEqual(await client.silence(), []);
    });

    it('sends more names when they are asked for, not on an ACK', async () => {
      controlPlane.load([cluster('a'), endpoints('a'), cluster('b'), endpoints('b')]);
      const client = connect();
      client.subscribe(ENDPOINT_TYPE, ['a']);
      const first = await client.next();
      client.ack(first, ['a']);
      assert.deepEqual(await client.silence(), []);
      client.ack(first, ['a', 'b']);
      assert.equal(summary(await client.next()), 'ClusterLoadAssignment: a, b');
    });

    it('ignores an answer to a response that was replaced', async () => {
      controlPlane.load(v1);
      const client = connect();
      client.subscribe(CLUSTER_TYPE);
      const first = await client.next();
      controlPlane.load(v2);
      const second = await client.next();
      client.nack(first, 'too late');
      assert.deepEqual(await client.silence(), []);
      assert.equal(typeOf(controlPlane, CLUSTER_TYPE)?.error, '');
      client.ack(second);
      await eventually(() => typeOf(controlPlane, CLUSTER_TYPE)?.ackedVersion === second.versionInfo);
    });

    it('does not send again what a client kept over a reconnect', async () => {
      controlPlane.load(v1);
      const client = connect();
      client.subscribe(CLUSTER_TYPE, [], { versionInfo: controlPlane.snapshot.types[CLUSTER_TYPE].version });
      client.subscribe(LISTENER_TYPE, [], { versionInfo: 'of-another-time' });
      assert.equal(summary(await client.next()), 'Listener: web');
      assert.deepEqual(await client.silence(), []);
      assert.equal(
        typeOf(controlPlane, CLUSTER_TYPE)?.ackedVersion,
        controlPlane.snapshot.types[CLUSTER_TYPE].version,
      );
    });

    it('ends a stream that does not say who it is', async () => {
      const client = connect('');
      client.subscribe(CLUSTER_TYPE);
      assert.match((await client.end()).details, /node\.id/);
    });

    it('lives on when a client sends what is no request', async () => {
      const client = connect();
      client.subscribe('type.googleapis.com/some.Thing');
      assert.deepEqual(await client.silence(50), []);
      client.subscribe(CLUSTER_TYPE);
      assert.equal(summary(await client.next()), 'Cluster: ');
    });
  });

  describe('an update', () => {
    it('makes before it breaks', async () => {
      controlPlane.load([
        cluster('a'),
        endpoints('a', '198.18.1.1'),
        listener('web', 'main'),
        routes('main', 'a'),
      ]);
      const client = connect();
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
      controlPlane.load([
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
      controlPlane.load(v1);
      const client = await settled();
      controlPlane.load([...v1.slice(0, 2), routes('main', 'a', 'a')]);
      assert.equal(summary(await client.next()), 'RouteConfiguration: main');
      assert.deepEqual(await client.silence(), []);
    });

    it('goes on with a client that never answers', async () => {
      controlPlane.load(v1);
      const client = await settled();
      controlPlane.load(v2);
      assert.equal(summary(await client.next()), 'Cluster: a, b');
      assert.equal(summary(await client.next()), 'RouteConfiguration: main');
    });

    it('is superseded by the next one', async () => {
      controlPlane.load(v1);
      const client = await settled();
      controlPlane.load(v2);
      assert.equal(summary(await client.next()), 'Cluster: a, b');
      controlPlane.load([staticCluster('c'), listener('web', 'main'), routes('main', 'c')]);
      const clusters = await client.next();
      assert.equal(summary(clusters), 'Cluster: a, b, c');
      client.ack(clusters);
      const changed = await client.next();
      assert.deepEqual(valuesIn(changed), [routes('main', 'c').value]);
      client.ack(changed, ['main']);
      assert.equal(summary(await client.next()), 'Cluster: c');
    });
  });

  describe('apply', () => {
    it('tells when each node has everything', async () => {
      controlPlane.load(v1);
      const [one, two] = [await settled('lab.node-1'), await settled('lab.node-2')];
      const progress = follow(applyResources(socket, v2, { timeoutMs: 3_000 }));
      await take(one);
      await eventually(() => progress.messages.length === 1);
      await take(two);
      await progress.end;
      const { version } = controlPlane.snapshot;
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
      const progress = follow(applyResources(socket, v1, { timeoutMs: 3_000 }));
      await progress.end;
      assert.deepEqual(
        progress.messages.map(({ node, state, done }) => [node, state, done]),
        [['', 'acked', true]],
      );
      assert.equal((await getState(socket)).resources.length, 3);
    });

    it('goes back to the last good snapshot when a node refuses a part', async () => {
      controlPlane.load(v1);
      const good = controlPlane.snapshot.version;
      const [one, two] = [await settled('lab.node-1'), await settled('lab.node-2')];
      const progress = follow(applyResources(socket, v2, { timeoutMs: 3_000 }));
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
      const late = connect('lab.node-3');
      late.subscribe(CLUSTER_TYPE);
      assert.equal(
        summary(await late.next()),
        'Cluster: a',
        'a node that starts later gets the last good one',
      );
    });

    it('does not send on what relies on a refused part', async () => {
      controlPlane.load(v1);
      const client = await settled();
      const progress = follow(applyResources(socket, v2, { timeoutMs: 3_000 }));
      client.nack(await client.next(), 'no');
      await progress.end;
      const sent = await client.silence(0);
      assert.deepEqual(sent.map(summary), ['Cluster: a']);
    });

    it("tells another client's error as one text", async () => {
      controlPlane.load(v1);
      const client = await settled();
      const progress = follow(applyResources(socket, v2, { timeoutMs: 3_000 }));
      const message = 'Error adding/updating cluster(s) b: unknown field';
      client.nack(await client.next(), message);
      await progress.end;
      assert.deepEqual(progress.messages[0]!.rejections, [
        { typeUrl: CLUSTER_TYPE, resource: '', field: '', message },
      ]);
    });

    it('names the nodes that do not answer in time, and keeps the new snapshot', async () => {
      controlPlane.load(v1);
      const good = controlPlane.snapshot.version;
      await settled();
      const progress = follow(applyResources(socket, v2, { timeoutMs: 100 }));
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
      controlPlane.load(v1);
      const good = controlPlane.snapshot.version;
      const client = await settled();
      const progress = follow(applyResources(socket, v2, { timeoutMs: 50 }));
      const clusters = await client.next();
      await progress.end;
      client.nack(clusters, 'no');
      assert.equal(summary(await client.next()), 'Cluster: a');
      assert.equal((await getState(socket)).version, good);
    });

    it('refuses dangling references, named, and changes nothing', async () => {
      controlPlane.load(v1);
      const good = controlPlane.snapshot.version;
      const client = await settled();
      const call = follow(applyResources(socket, [routes('main', 'nobody')], { timeoutMs: 1_000 }));
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
      assert.equal((await getState(socket)).version, good);
    });

    it('takes one call after the other', async () => {
      controlPlane.load(v1);
      const client = await settled();
      const first = follow(applyResources(socket, v2, { timeoutMs: 3_000 }));
      const second = follow(applyResources(socket, v1, { timeoutMs: 3_000 }));
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
      controlPlane.load(v1);
      const good = controlPlane.snapshot.version;
      const client = await settled();
      const leave = new AbortController();
      const call = follow(applyResources(socket, v2, { timeoutMs: 3_000, signal: leave.signal }));
      const clusters = await client.next();
      leave.abort();
      await assert.rejects(call.end, isError('cancelled', /cancelled/));
      client.nack(clusters, 'no');
      assert.equal(summary(await client.next()), 'Cluster: a');
      assert.equal((await getState(socket)).version, good);
    });

    it('says that nobody answers on a socket', async () => {
      const call = follow(applyResources(join(folder, 'none.sock'), v1, { timeoutMs: 1_000 }));
      await assert.rejects(call.end, isError('gone', /none\.sock/));
    });
  });

  describe('state', () => {
    it('shows each node with what it has, and remembers it when it leaves', async () => {
      controlPlane.load(v1);
      const client = await settled();
      const { types } = controlPlane.snapshot;
      const row = (typeUrl: keyof typeof types) => ({
        typeUrl,
        sentVersion: types[typeUrl].version,
        ackedVersion: types[typeUrl].version,
        error: '',
      });
      await eventually(() => typeOf(controlPlane, ROUTE_TYPE)?.ackedVersion !== '');
      const expected = { id: 'lab.node-1', types: [row(CLUSTER_TYPE), row(LISTENER_TYPE), row(ROUTE_TYPE)] };
      assert.deepEqual((await getState(socket)).nodes, [{ ...expected, connected: true }]);
      client[Symbol.dispose]();
      await eventually(() => controlPlane.nodes()[0]?.connected === false);
      assert.deepEqual((await getState(socket)).nodes, [{ ...expected, connected: false }]);
    });

    it('gives the resources back as they came', async () => {
      controlPlane.load(v1);
      const { resources } = await getState(socket);
      const given = resources.map(({ typeUrl, name, json }) => ({
        typeUrl,
        name,
        value: JSON.parse(json) as object,
      }));
      assert.deepEqual(given, v1);
    });

    it('shows the error of a node until it takes something', async () => {
      controlPlane.load(v1);
      const client = connect();
      client.subscribe(CLUSTER_TYPE);
      client.nack(await client.next(), 'no such thing');
      await eventually(() => typeOf(controlPlane, CLUSTER_TYPE)?.error === 'no such thing');
      controlPlane.load(v2);
      client.ack(await client.next());
      await eventually(() => typeOf(controlPlane, CLUSTER_TYPE)?.error === '');
    });
  });
});

/** Answers with ACK whatever comes, until nothing does any more. */
async function take(client: AdsTestClient): Promise<void> {
  for (;;) {
    let response;
    try {
      response = await client.next(150);
    } catch {
      return;
    }
    client.ack(response, response.typeUrl === ROUTE_TYPE ? namesIn(response) : []);
  }
}

function follow(call: AsyncIterable<ApplyProgress>): {
  readonly messages: ApplyProgress[];
  readonly end: Promise<void>;
} {
  const messages: ApplyProgress[] = [];
  const end = (async () => {
    for await (const message of call) messages.push(message);
  })();
  end.catch(() => undefined);
  return { messages, end };
}

function typeOf(controlPlane: ControlPlane, typeUrl: string) {
  return controlPlane.nodes()[0]?.types.find((one) => one.typeUrl === typeUrl);
}

async function eventually(condition: () => boolean, timeoutMs = 2_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    assert.ok(performance.now() < deadline, 'it never came true');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function isError(reason: string, message: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof ControlPlaneError, String(error));
    assert.equal(error.reason, reason);
    assert.match(error.message, message);
    assert.notEqual(error.hint, '');
    return true;
  };
}

/** What `kill -9` of a listening process leaves: a socket file that nobody listens on. */
async function leaveStaleSocket(path: string): Promise<void> {
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => console.log('ready'))`;
  const child = spawn(process.execPath, ['-e', script]);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  assert.ok(statSync(path).isSocket());
}
