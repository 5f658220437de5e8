import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { rejectionsOfStatus } from '@onehop/core/api/rejections.js';
import {
  CLUSTER_TYPE,
  ENDPOINT_TYPE,
  LISTENER_TYPE,
  resourcesIn,
  resourcesOf,
  ROUTE_TYPE,
  xdsSetOf,
  type ResourceProblem,
  type XdsResource,
  type XdsSet,
} from '@onehop/core/resources/model.js';
import { emptySet, type ApplyOutcome } from '../../src/apply/outcome.js';
import { XdsClient, type XdsClientOptions } from '../../src/xds/client.js';
import { cluster, endpoints, listener, routes, staticCluster } from './resources.js';
import { TestServer, toAny } from './testServer.js';

const silent = { debug() {}, info() {}, warn() {}, error() {} };

describe('ADS client', () => {
  let folder: string;
  let address: string;
  let server: TestServer;
  const clients: XdsClient[] = [];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'oh-xds-'));
    address = `unix:${join(folder, 'xds.sock')}`;
    server = await TestServer.listen(address);
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    server.close();
    rmSync(folder, { recursive: true });
  });

  function start(kernel: Kernel, options: Partial<XdsClientOptions> = {}): XdsClient {
    const client = new XdsClient({
      address,
      node: { id: 'lab.node-1', cluster: 'lab' },
      onUpdate: (set) => kernel.apply(set),
      log: silent,
      ...options,
    });
    clients.push(client);
    client.start();
    return client;
  }

  /** A client that has the configuration v1: a static cluster, a listener and its routes. */
  async function withV1(kernel: Kernel, options?: Partial<XdsClientOptions>): Promise<XdsClient> {
    const client = start(kernel, options);
    await server.request(CLUSTER_TYPE);
    await server.answer(CLUSTER_TYPE, server.send(CLUSTER_TYPE, 'c1', [staticCluster('a')]));
    const nonce = server.send(LISTENER_TYPE, 'l1', [listener('web', 'main')]);
    await server.request(ROUTE_TYPE);
    await server.answer(ROUTE_TYPE, server.send(ROUTE_TYPE, 'r1', [routes('main', 'a')]));
    await server.answer(LISTENER_TYPE, nonce);
    assert.deepEqual(names(kernel.inForce), ['a', 'web', 'main']);
    return client;
  }

  describe('the first configuration', () => {
    it('is asked for in dependency order, and said who asks', async () => {
      start(new Kernel());
      const first = await server.request(CLUSTER_TYPE);
      assert.equal(first.node?.id, 'lab.node-1');
      assert.equal(first.node?.cluster, 'lab');
      assert.deepEqual([first.resourceNames, first.versionInfo, first.responseNonce], [[], '', '']);
      const second = await server.request(LISTENER_TYPE);
      assert.deepEqual([second.node, second.resourceNames], [null, []]);
      assert.deepEqual(
        [...server.unread(ENDPOINT_TYPE), ...server.unread(ROUTE_TYPE)],
        [],
        'nothing names any yet',
      );
    });

    it('asks for endpoints and routes by name', async () => {
      start(new Kernel());
      await server.request(CLUSTER_TYPE);
      server.send(CLUSTER_TYPE, '1', [
        cluster('a'),
        staticCluster('b'),
        cluster('c', { edsClusterConfig: { edsConfig: { ads: {} }, serviceName: 'svc' } }),
      ]);
      assert.deepEqual((await server.request(ENDPOINT_TYPE)).resourceNames, ['a', 'svc']);
      server.send(LISTENER_TYPE, '1', [listener('web', 'main'), listener('alt', 'main', 9081)]);
      assert.deepEqual((await server.request(ROUTE_TYPE)).resourceNames, ['main']);
    });

    it('is one update when it comes in one burst', async () => {
      const kernel = new Kernel();
      start(kernel);
      await server.request(LISTENER_TYPE);
      server.send(CLUSTER_TYPE, '1', [staticCluster('a')]);
      server.send(LISTENER_TYPE, '1', [listener('web', 'main')]);
      server.send(ROUTE_TYPE, '1', [routes('main', 'a')]);
      await server.request(ROUTE_TYPE);
      const nonce = server.send(ROUTE_TYPE, '1', [routes('main', 'a')]);
      await server.answer(ROUTE_TYPE, nonce);
      assert.deepEqual(kernel.sets.map(names).at(-1), ['a', 'web', 'main']);
      assert.ok(kernel.sets.length <= 2, `${kernel.sets.length} updates`);
    });

    it('is acknowledged only when it is in force', async () => {
      const kernel = new Kernel();
      kernel.hold();
      start(kernel);
      await server.request(CLUSTER_TYPE);
      const nonce = server.send(CLUSTER_TYPE, 'c1', [staticCluster('a')]);
      await eventually(() => kernel.sets.length === 1);
      await pause(50);
      assert.deepEqual(server.unread(CLUSTER_TYPE), []);
      kernel.release();
      const ack = await server.answer(CLUSTER_TYPE, nonce);
      assert.deepEqual([ack.versionInfo, ack.errorDetail], ['c1', null]);
    });

    it('comes over TCP too', async () => {
      const tcp = await TestServer.listen('127.0.0.1:0');
      try {
        const kernel = new Kernel();
        start(kernel, { address: tcp.address });
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
      start(kernel);
      await server.request(CLUSTER_TYPE);
      const nonce = server.send(CLUSTER_TYPE, '1', [cluster('a'), staticCluster('b')]);
      await server.request(ENDPOINT_TYPE);
      await eventually(() => names(kernel.inForce).join() === 'b');
      await pause(50);
      assert.deepEqual(server.unread(CLUSTER_TYPE), []);
      server.send(ENDPOINT_TYPE, '1', [endpoints('a', '198.18.1.11')]);
      await server.answer(CLUSTER_TYPE, nonce);
      assert.deepEqual(names(kernel.inForce), ['a', 'b', 'a']);
    });

    it('keeps the old listener until the routes of the new one are there', async () => {
      const kernel = new Kernel();
      await withV1(kernel);
      server.send(LISTENER_TYPE, 'l2', [listener('web', 'other')]);
      assert.deepEqual((await server.request(ROUTE_TYPE)).resourceNames.toSorted(), ['main', 'other']);
      await pause(50);
      assert.deepEqual(names(kernel.inForce), ['a', 'web', 'main']);
      server.send(ROUTE_TYPE, 'r2', [routes('other', 'a')]);
      await eventually(() => names(kernel.inForce).join() === 'a,web,other');
      const last = await lastRequest(ROUTE_TYPE);
      assert.deepEqual(last, ['other'], 'the old routes are not asked for any more');
    });

    it('answers a listener that waits too long, as a control plane may wait for that', async () => {
      const kernel = new Kernel();
      start(kernel, { listenerHoldMs: 60 });
      await server.request(CLUSTER_TYPE);
      server.send(CLUSTER_TYPE, '1', [staticCluster('a')]);
      const nonce = server.send(LISTENER_TYPE, 'l1', [listener('web', 'main')]);
      const ack = await server.answer(LISTENER_TYPE, nonce);
      assert.equal(ack.errorDetail, null);
      assert.deepEqual(names(kernel.inForce), ['a']);
      server.send(ROUTE_TYPE, 'r1', [routes('main', 'a')]);
      await eventually(() => names(kernel.inForce).join() === 'a,web,main');
    });

    it('lets nothing listen before the clusters are known', async () => {
      const kernel = new Kernel();
      start(kernel);
      await server.request(LISTENER_TYPE);
      server.send(LISTENER_TYPE, '1', [listener('web', 'main')]);
      await server.request(ROUTE_TYPE);
      server.send(ROUTE_TYPE, '1', [routes('main', 'a')]);
      await pause(80);
      assert.deepEqual([...kernel.inForce.listeners.keys()], []);
      server.send(CLUSTER_TYPE, '1', [cluster('a')]);
      await server.request(ENDPOINT_TYPE);
      await pause(50);
      assert.deepEqual([...kernel.inForce.listeners.keys()], []);
      server.send(ENDPOINT_TYPE, '1', [endpoints('a', '198.18.1.11')]);
      await eventually(() => names(kernel.inForce).join() === 'a,a,web,main');
    });

    it('goes on without what does not come in time', async () => {
      const kernel = new Kernel();
      const client = start(kernel, { missingAfterMs: 80 });
      await server.request(CLUSTER_TYPE);
      const nonce = server.send(CLUSTER_TYPE, '1', [cluster('a')]);
      await server.answer(CLUSTER_TYPE, nonce);
      assert.deepEqual(names(kernel.inForce), ['a']);
      assert.deepEqual(statesOf(client), { a: 'acked', 'a (endpoints)': 'does-not-exist' });
      server.send(ENDPOINT_TYPE, '1', [endpoints('a', '198.18.1.11')]);
      await eventually(() => names(kernel.inForce).join() === 'a,a');
      assert.deepEqual(statesOf(client), { a: 'acked', 'a (endpoints)': 'acked' });
    });
  });

  describe('an update', () => {
    it('removes clusters and listeners that are left out', async () => {
      const kernel = new Kernel();
      const client = await withV1(kernel);
      await server.answer(LISTENER_TYPE, server.send(LISTENER_TYPE, 'l2', []));
      await server.answer(CLUSTER_TYPE, server.send(CLUSTER_TYPE, 'c2', []));
      await eventually(() => names(kernel.inForce).length === 0);
      assert.deepEqual(await lastRequest(ROUTE_TYPE), [], 'the routes are not asked for any more');
      assert.deepEqual(client.resources(), []);
    });

    it('does not remove routes and endpoints that are left out', async () => {
      const kernel = new Kernel();
      await withV1(kernel);
      server.send(LISTENER_TYPE, 'l2', [listener('web', 'main'), listener('alt', 'more', 9081)]);
      await server.request(ROUTE_TYPE);
      await server.answer(ROUTE_TYPE, server.send(ROUTE_TYPE, 'r2', [routes('more', 'a')]));
      assert.deepEqual(names(kernel.inForce), ['a', 'web', 'alt', 'main', 'more']);
    });

    it('keeps the object of a resource that did not change', async () => {
      const kernel = new Kernel();
      await withV1(kernel);
      const before = kernel.inForce;
      await server.answer(
        CLUSTER_TYPE,
        server.send(CLUSTER_TYPE, 'c2', [staticCluster('a'), staticCluster('b')]),
      );
      assert.equal(kernel.inForce.clusters.get('a'), before.clusters.get('a'));
      assert.equal(kernel.inForce.routes.get('main'), before.routes.get('main'));
    });

    it('coalesces what comes while one is being applied', async () => {
      const kernel = new Kernel();
      let responses = 0;
      await withV1(kernel, { log: { ...silent, debug: () => void responses++ } });
      responses = 0;
      const before = kernel.sets.length;
      kernel.hold();
      server.send(CLUSTER_TYPE, 'c2', [staticCluster('a', '198.18.1.2')]);
      await eventually(() => kernel.held);
      let last = '';
      for (let i = 3; i < 30; i++) {
        last = server.send(CLUSTER_TYPE, `c${i}`, [staticCluster('a', `198.18.1.${i}`)]);
      }
      await eventually(() => responses === 28);
      kernel.release();
      const ack = await server.answer(CLUSTER_TYPE, last);
      assert.equal(ack.versionInfo, 'c29');
      assert.equal(kernel.sets.length, before + 2);
      assert.deepEqual(kernel.inForce.clusters.get('a')?.value, staticCluster('a', '198.18.1.29').value);
    });

    it('ignores routes that nobody asked for', async () => {
      const kernel = new Kernel();
      const client = await withV1(kernel);
      await server.answer(
        ROUTE_TYPE,
        server.send(ROUTE_TYPE, 'r2', [routes('main', 'a'), routes('stray', 'a')]),
      );
      assert.deepEqual([...kernel.inForce.routes.keys()], ['main']);
      assert.deepEqual(Object.keys(statesOf(client)).toSorted(), ['a', 'main', 'web']);
    });
  });

  describe('a bad resource', () => {
    const broken = (name: string) => ({
      typeUrl: CLUSTER_TYPE,
      value: Buffer.concat([nameField(name), Buffer.from([0x22, 0x7f])]),
    });

    it('is named in the NACK, with its field; the good ones are taken and the last good version stays', async () => {
      const kernel = new Kernel();
      const client = await withV1(kernel);
      kernel.refuse = ({ value }) => (value['connectTimeout'] === '9s' ? 'That is too long.' : undefined);
      const bad = { ...staticCluster('a'), value: { ...staticCluster('a').value, connectTimeout: '9s' } };
      const nack = await server.answer(
        CLUSTER_TYPE,
        server.send(CLUSTER_TYPE, 'c2', [bad, staticCluster('b')]),
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
      const client = await withV1(kernel);
      kernel.refuse = ({ value }) => (value['connectTimeout'] === '9s' ? 'no' : undefined);
      const bad = { ...staticCluster('a'), value: { ...staticCluster('a').value, connectTimeout: '9s' } };
      await server.answer(CLUSTER_TYPE, server.send(CLUSTER_TYPE, 'c2', [bad]));
      const other = await server.answer(
        ROUTE_TYPE,
        server.send(ROUTE_TYPE, 'r2', [routes('main', 'a', 'a')]),
      );
      assert.equal(other.errorDetail, null, 'the next response is judged by itself');
      const ack = await server.answer(
        CLUSTER_TYPE,
        server.send(CLUSTER_TYPE, 'c3', [staticCluster('a', '198.18.1.3')]),
      );
      assert.deepEqual([ack.errorDetail, ack.versionInfo], [null, 'c3']);
      assert.equal(statesOf(client)['a'], 'acked');
    });

    it('that does not decode is named, and not taken as removed', async () => {
      const kernel = new Kernel();
      const client = await withV1(kernel);
      const nack = await server.answer(
        CLUSTER_TYPE,
        server.send(CLUSTER_TYPE, 'c2', [broken('a'), staticCluster('b')]),
      );
      assert.match(nack.errorDetail!.message, /^resource a: /);
      assert.deepEqual([...kernel.inForce.clusters.keys()], ['a', 'b']);
      assert.equal(statesOf(client)['a'], 'nacked');
    });

    it('without a name removes nothing', async () => {
      const kernel = new Kernel();
      await withV1(kernel);
      const nack = await server.answer(CLUSTER_TYPE, server.send(CLUSTER_TYPE, 'c2', [broken('')]));
      assert.ok(nack.errorDetail);
      assert.deepEqual([...kernel.inForce.clusters.keys()], ['a']);
    });

    it('of another type is refused', async () => {
      const kernel = new Kernel();
      await withV1(kernel);
      const stray = toAny(routes('a', 'a'));
      const nack = await server.answer(
        CLUSTER_TYPE,
        server.send(CLUSTER_TYPE, 'c2', [stray, staticCluster('a')]),
      );
      assert.match(nack.errorDetail!.message, /It is a .*RouteConfiguration, not a .*Cluster/);
    });

    it('twice in one response is refused', async () => {
      const kernel = new Kernel();
      await withV1(kernel);
      const nack = await server.answer(
        CLUSTER_TYPE,
        server.send(CLUSTER_TYPE, 'c2', [staticCluster('a'), staticCluster('a')]),
      );
      assert.match(nack.errorDetail!.message, /^resource a: .*two resources/);
    });

    it('is one of the routes: the listener goes on with what it has', async () => {
      const kernel = new Kernel();
      await withV1(kernel);
      kernel.refuse = ({ typeUrl, value }) =>
        typeUrl === ROUTE_TYPE && value['ignorePortInHostMatching'] ? 'no' : undefined;
      const bad = {
        ...routes('main', 'a'),
        value: { ...routes('main', 'a').value, ignorePortInHostMatching: true },
      };
      const nack = await server.answer(ROUTE_TYPE, server.send(ROUTE_TYPE, 'r2', [bad]));
      assert.match(nack.errorDetail!.message, /^resource main: /);
      assert.deepEqual(kernel.inForce.routes.get('main')?.value, routes('main', 'a').value);
    });

    it('that is bad for the set as a whole is told with every response of it', async () => {
      const kernel = new Kernel();
      await withV1(kernel);
      kernel.fail = 'the map is full';
      const nack = await server.answer(CLUSTER_TYPE, server.send(CLUSTER_TYPE, 'c2', [staticCluster('b')]));
      assert.equal(nack.errorDetail?.message, 'the map is full');
      assert.deepEqual([...kernel.inForce.clusters.keys()], ['a']);
    });

    it('does not stop the client when the whole response is garbage', async () => {
      const kernel = new Kernel();
      await withV1(kernel, { backoff: { initialMs: 5 } });
      server.sendBytes(Buffer.from([0x12, 0x7f, 0x01]));
      await eventually(() => server.streams === 2);
      await server.answer(CLUSTER_TYPE, server.send(CLUSTER_TYPE, 'c2', [staticCluster('b')]));
      assert.deepEqual([...kernel.inForce.clusters.keys()], ['b']);
    });
  });

  describe('a lost connection', () => {
    const backoff = { initialMs: 10, longestMs: 40 };

    it('loses no configuration, and comes back with the versions that are in force', async () => {
      const kernel = new Kernel();
      const client = await withV1(kernel, { backoff });
      const before = kernel.inForce;
      server.close();
      await eventually(() => client.controlPlane().state === 'lost');
      assert.match(client.controlPlane().error, /\w/);
      await pause(100);
      assert.equal(kernel.inForce, before);
      assert.ok(client.resources().every(({ state }) => state === 'acked'));

      server = await TestServer.listen(address);
      const clusters = await server.request(CLUSTER_TYPE);
      const listeners = await server.request(LISTENER_TYPE);
      const main = await server.request(ROUTE_TYPE);
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
      await server.answer(
        CLUSTER_TYPE,
        server.send(CLUSTER_TYPE, 'c2', [staticCluster('a'), staticCluster('b')]),
      );
      assert.deepEqual(names(kernel.inForce), ['a', 'b', 'web', 'main']);
    });

    it('names no version when part of one was refused: what is held is not that version', async () => {
      const kernel = new Kernel();
      await withV1(kernel, { backoff });
      kernel.refuse = ({ name }) => (name === 'bad' ? 'no' : undefined);
      await server.answer(
        CLUSTER_TYPE,
        server.send(CLUSTER_TYPE, 'c2', [staticCluster('b'), staticCluster('bad')]),
      );
      server.endStream();
      assert.equal((await server.request(CLUSTER_TYPE)).versionInfo, '');
      assert.equal((await server.request(LISTENER_TYPE)).versionInfo, 'l1');
    });

    it('while a response is being applied: it is in force, and not answered on the new stream', async () => {
      const kernel = new Kernel();
      await withV1(kernel, { backoff });
      kernel.hold();
      server.send(CLUSTER_TYPE, 'c2', [staticCluster('a', '198.18.1.9')]);
      await eventually(() => kernel.held);
      server.endStream(status.UNAVAILABLE);
      assert.equal((await server.request(CLUSTER_TYPE)).versionInfo, '');
      kernel.release();
      await eventually(() => JSON.stringify(kernel.inForce.clusters.get('a')?.value).includes('198.18.1.9'));
      await pause(30);
      assert.deepEqual(server.unread(CLUSTER_TYPE), []);
    });

    it('is tried again for ever, when nobody listens at first', async () => {
      server.close();
      const kernel = new Kernel();
      const client = start(kernel, { backoff });
      await eventually(() => client.controlPlane().state === 'lost');
      await pause(100);
      server = await TestServer.listen(address);
      await server.request(CLUSTER_TYPE);
      await eventually(() => client.controlPlane().state === 'connected');
    });

    it('does not make resources missing', async () => {
      const kernel = new Kernel();
      const client = start(kernel, { missingAfterMs: 60, backoff });
      await server.request(CLUSTER_TYPE);
      server.send(CLUSTER_TYPE, '1', [cluster('a')]);
      await server.request(ENDPOINT_TYPE);
      server.close();
      await pause(120);
      assert.deepEqual(statesOf(client), { a: 'requested', 'a (endpoints)': 'requested' });
      server = await TestServer.listen(address);
      await server.request(ENDPOINT_TYPE);
      await eventually(() => statesOf(client)['a (endpoints)'] === 'does-not-exist');
    });
  });

  it('tells every change', async () => {
    const kernel = new Kernel();
    const client = start(kernel);
    const seen: string[] = [];
    client.onChange(() =>
      seen.push(`${client.controlPlane().state} ${Object.values(statesOf(client)).join()}`),
    );
    await server.request(CLUSTER_TYPE);
    await server.answer(CLUSTER_TYPE, server.send(CLUSTER_TYPE, '1', [staticCluster('a')]));
    await eventually(() => seen.includes('connected acked'));
    assert.ok(seen.includes('connected requested'), seen.join(' | '));
  });

  it('ends with close: nothing is applied or answered after', async () => {
    const kernel = new Kernel();
    kernel.hold();
    const client = start(kernel);
    await server.request(CLUSTER_TYPE);
    server.send(CLUSTER_TYPE, '1', [staticCluster('a')]);
    await eventually(() => kernel.held);
    let closed = false;
    const closing = client.close().then(() => (closed = true));
    await pause(30);
    assert.equal(closed, false, 'waits for what is under way');
    kernel.release();
    await closing;
    assert.deepEqual(server.unread(CLUSTER_TYPE), []);
  });

  async function lastRequest(typeUrl: string): Promise<readonly string[]> {
    await pause(60);
    return server.unread(typeUrl).at(-1)?.resourceNames ?? [];
  }
});

/** Takes sets in the place of the applier, in memory. */
class Kernel {
  readonly sets: XdsSet[] = [];
  inForce: XdsSet = emptySet;
  /** Why a resource is not taken. */
  refuse: (resource: XdsResource) => string | undefined = () => undefined;
  /** Why nothing is taken. */
  fail: string | undefined;
  #gate: Promise<void> | undefined;
  #open = (): void => undefined;
  held = false;

  async apply(set: XdsSet): Promise<ApplyOutcome> {
    this.sets.push(set);
    this.held = this.#gate !== undefined;
    await this.#gate;
    this.held = false;
    if (this.fail !== undefined) return this.#outcome([problem('', '', [], this.fail)]);
    const refused: ResourceProblem[] = [];
    const taken = resourcesIn(set).flatMap((resource) => {
      const reason = this.refuse(resource);
      if (reason === undefined) return [resource];
      refused.push(problem(resource.typeUrl, resource.name, ['connectTimeout'], reason));
      return resourcesOf(this.inForce, resource.typeUrl)?.get(resource.name) ?? [];
    });
    this.inForce = xdsSetOf(taken);
    return this.#outcome(refused);
  }

  /** Updates wait until release(). */
  hold(): void {
    this.#gate = new Promise((resolve) => (this.#open = resolve));
  }

  release(): void {
    this.#gate = undefined;
    this.#open();
  }

  #outcome(refused: readonly ResourceProblem[]): ApplyOutcome {
    return { generation: this.sets.length, inForce: this.inForce, refused };
  }
}

function problem(
  typeUrl: string,
  resource: string,
  path: readonly string[],
  message: string,
): ResourceProblem {
  return { rule: 'test', severity: 'error', typeUrl, resource, path, message };
}

function names(set: XdsSet): string[] {
  return resourcesIn(set).map(({ name }) => name);
}

function statesOf(client: XdsClient): Record<string, string> {
  return Object.fromEntries(
    client
      .resources()
      .map(({ typeUrl, name, state }) => [typeUrl === ENDPOINT_TYPE ? `${name} (endpoints)` : name, state]),
  );
}

function nameField(name: string): Buffer {
  return Buffer.concat([Buffer.from([0x0a, name.length]), Buffer.from(name)]);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function eventually(condition: () => boolean, timeoutMs = 1_500): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    assert.ok(performance.now() < deadline, 'it never came true');
    await pause(5);
  }
}
