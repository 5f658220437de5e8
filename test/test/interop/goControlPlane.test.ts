import assert from 'node:assert/strict';
import { XdsClient } from '@onehop/agent/xds/client.js';
import { decodeAny, encodeAny } from '@onehop/core/envoy/codec.js';
import {
  CLUSTER_TYPE,
  resourcesIn,
  xdsSetOf,
  type XdsResource,
  type XdsSet,
} from '@onehop/core/resources/model.js';
import { eventually } from '../../src/interop/eventually.js';
import { buildGoControlPlane, GoControlPlane, missingGo } from '../../src/interop/goControlPlane.js';
import { cluster, endpoints, listener, routes } from '../../src/interop/resources.js';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const node = {
  id: 'shop.node-1',
  cluster: 'shop',
  metadata: { NAMESPACE: 'default', labels: { app: 'web' } },
};
const v1 = [
  ...[cluster('a'), cluster('b'), endpoints('a', '198.18.1.1'), endpoints('b', '198.18.1.2')],
  ...[
    listener('web', 'main', 9080),
    listener('alt', 'other', 9081),
    routes('main', 'a'),
    routes('other', 'b'),
  ],
];
const v2 = [
  ...[cluster('a'), cluster('b'), endpoints('a', '198.18.1.9'), endpoints('b', '198.18.1.2')],
  ...[
    listener('web', 'main', 9080),
    listener('alt', 'other', 9081),
    routes('main', 'b'),
    routes('other', 'b'),
  ],
];
const fewer = [
  cluster('a'),
  endpoints('a', '198.18.1.9'),
  listener('web', 'main', 9080),
  routes('main', 'a'),
];

for (const protocol of ['sotw', 'delta'] as const) {
  describe(`go-control-plane and the agent, ${protocol}`, function () {
    this.timeout(120_000);
    let program: string;
    let server: GoControlPlane;
    let client: XdsClient;
    let inForce: XdsSet;
    let updates: number;

    before(async function () {
      const missing = missingGo();
      if (missing !== undefined) {
        this.test!.title = missing;
        this.skip();
      }
      program = await buildGoControlPlane();
    });
    beforeEach(async () => {
      server = await GoControlPlane.start(program);
      inForce = xdsSetOf([]);
      updates = 0;
      client = new XdsClient({
        ...{ address: server.address, node, protocol, log: silent, backoff: { longestMs: 100 } },
        onUpdate: (set) => {
          inForce = set;
          updates++;
          return Promise.resolve({ generation: updates, inForce: set, refused: [] });
        },
      });
      client.start();
    });
    afterEach(async () => {
      await client.close();
      await server.end();
    });

    async function untilServed(resources: typeof v1): Promise<void> {
      const wanted = contentOf(resources);
      const isServed = (): boolean =>
        contentOf(resourcesIn(inForce)) === wanted &&
        client.resources().every(({ state }) => state === 'acked');
      await eventually(
        isServed,
        () => `${JSON.stringify(client.resources())} ${JSON.stringify(server.requests.slice(-6))}`,
      );
    }

    it('is served, updated, and has resources removed', async () => {
      for (const [version, resources] of Object.entries({ v1, v2, v3: fewer, v4: v1 })) {
        server.set(node.id, version, resources);
        await untilServed(resources);
      }
      assert.ok(server.requests.every((one) => one.protocol === protocol && one.error === ''));
      const [first] = server.requests;
      assert.deepEqual([first!.node, first!.metadata], [node.id, node.metadata]);
      assert.equal(new Set(server.requests.map(({ stream }) => stream)).size, 1);
    });

    it('refuses a resource by name, keeps the one before, and takes the good one that follows', async () => {
      server.set(node.id, 'v1', v1);
      await untilServed(v1);
      const bad = cluster('b', { lbPolicy: 'CLUSTER_PROVIDED' });
      server.set(
        node.id,
        'v2',
        v2.map((one) => (one.typeUrl === CLUSTER_TYPE && one.name === 'b' ? bad : one)),
      );
      await eventually(() => server.requests.some(({ error }) => error !== ''));
      const nack = server.requests.find(({ error }) => error !== '')!;
      assert.equal(nack.type, CLUSTER_TYPE);
      assert.match(nack.error, /^resource b: lbPolicy: /);
      assert.deepEqual(inForce.clusters.get('b')?.value['lbPolicy'], undefined);
      const refused = client.resources().filter(({ state }) => state === 'nacked');
      assert.deepEqual(
        refused.map(({ name }) => name),
        ['b'],
      );
      server.set(
        node.id,
        'v3',
        v2.map((one) =>
          one.name === 'b' && one.typeUrl === CLUSTER_TYPE ? cluster('b', { connectTimeout: '2s' }) : one,
        ),
      );
      await eventually(() => inForce.clusters.get('b')?.value['connectTimeout'] === '2s');
      await eventually(() => client.resources().every(({ state }) => state === 'acked'));
    });

    it('goes on after the server was killed and started again', async () => {
      server.set(node.id, 'v1', v1);
      await untilServed(v1);
      const { address } = server;
      await server.end();
      await eventually(() => client.controlPlane().state === 'lost');
      await untilServed(v1);
      server = await GoControlPlane.start(program, address);
      server.set(node.id, 'v2', v2);
      await eventually(() => client.controlPlane().state === 'connected');
      await untilServed(v2);
      await eventually(() => JSON.stringify(inForce.endpoints.get('a')?.value).includes('198.18.1.9'));
      const first = server.requests.find(({ type }) => type === CLUSTER_TYPE)!;
      if (protocol === 'delta') assert.deepEqual(Object.keys(first.initial ?? {}).sort(), ['a', 'b']);
    });

    it('keeps resources that heartbeats renew', async () => {
      server.set(node.id, 'v1', v1, 1_500);
      await untilServed(v1);
      const before = updates;
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      await untilServed(v1);
      assert.equal(updates, before, 'a heartbeat changes nothing');
    });
  });
}

/** As text, in the form in which resources come from the wire. */
function contentOf(resources: readonly XdsResource[]): string {
  const texts = resources.map(({ typeUrl, value }) => {
    const encoded = encodeAny(typeUrl, value);
    assert.ok(encoded.ok);
    const decoded = decodeAny(typeUrl, encoded.bytes);
    assert.ok(decoded.ok);
    return `${typeUrl} ${JSON.stringify(decoded.value)}`;
  });
  return texts.sort().join('\n');
}
