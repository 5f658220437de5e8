import assert from 'node:assert/strict';
import { encodeWrapped, WRAPPED_TYPE, type AnyBytes } from '@onehop/core/api/ads.js';
import { CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '@onehop/core/resources/model.js';
import { Bench, eventually, Kernel, names, pause, statesOf } from './bench.js';
import {
  cluster,
  endpoints,
  listener,
  routes,
  staticCluster,
} from '@onehop/core/test/resources/xdsResources.js';
import { toAny } from './testServer.js';

describe('ADS client, incremental', () => {
  const bench = Bench.use();
  const delta = { protocol: 'delta', backoff: { initialMs: 10, longestMs: 40 } } as const;

  it('asks for everything of the listed types, and by name for what they need', async () => {
    const kernel = new Kernel();
    const client = await bench.withV1(kernel, delta);
    assert.ok(client.resources().every(({ state }) => state === 'acked'));
    const more = bench.server.sendDelta(LISTENER_TYPE, 'l2', [listener('alt', 'other', 9081)]);
    const asked = await bench.server.request(ROUTE_TYPE);
    assert.deepEqual([asked.resourceNamesSubscribe, asked.resourceNamesUnsubscribe], [['other'], []]);
    bench.server.sendDelta(ROUTE_TYPE, 'r2', [routes('other', 'a')]);
    await bench.server.answer(LISTENER_TYPE, more);
    assert.deepEqual(names(kernel.inForce), ['a', 'web', 'alt', 'main', 'other']);
  });

  it('keeps what a response does not name, and removes what it says', async () => {
    const kernel = new Kernel();
    await bench.withV1(kernel, delta);
    await bench.server.answer(CLUSTER_TYPE, bench.server.sendDelta(CLUSTER_TYPE, 'c2', [staticCluster('b')]));
    assert.deepEqual([...kernel.inForce.clusters.keys()], ['a', 'b']);
    await bench.server.answer(CLUSTER_TYPE, bench.server.sendDelta(CLUSTER_TYPE, 'c3', [], ['b']));
    assert.deepEqual([...kernel.inForce.clusters.keys()], ['a']);
    await bench.server.answer(LISTENER_TYPE, bench.server.sendDelta(LISTENER_TYPE, 'l2', [], ['web']));
    await eventually(() => names(kernel.inForce).join() === 'a');
    assert.deepEqual((await bench.server.request(ROUTE_TYPE)).resourceNamesUnsubscribe, ['main']);
  });

  it('does not wait for endpoints that are said not to exist', async () => {
    const kernel = new Kernel();
    const client = bench.start(kernel, delta);
    await bench.server.request(CLUSTER_TYPE);
    const nonce = bench.server.sendDelta(CLUSTER_TYPE, 'c1', [cluster('a')]);
    await bench.server.request(ENDPOINT_TYPE);
    bench.server.sendDelta(ENDPOINT_TYPE, 'e1', [], ['a']);
    await bench.server.answer(CLUSTER_TYPE, nonce);
    assert.deepEqual(statesOf(client), { a: 'acked', 'a (endpoints)': 'does-not-exist' });
    bench.server.sendDelta(ENDPOINT_TYPE, 'e2', [endpoints('a', '198.18.1.11')]);
    await eventually(() => statesOf(client)['a (endpoints)'] === 'acked');
  });

  it('says on a new stream what it holds, and asks anew for what it refused', async () => {
    const kernel = new Kernel();
    await bench.withV1(kernel, delta);
    kernel.refuse = ({ name }) => (name === 'bad' ? 'no' : undefined);
    const mixed = [staticCluster('b'), staticCluster('bad')];
    const nack = await bench.server.answer(CLUSTER_TYPE, bench.server.sendDelta(CLUSTER_TYPE, 'c2', mixed));
    assert.match(nack.errorDetail?.message ?? '', /^resource bad: /);
    bench.server.endStream();
    const first = await bench.server.request(CLUSTER_TYPE);
    assert.deepEqual(first.initialResourceVersions, { a: 'c1', b: 'c2' });
    assert.equal(first.node?.id, 'lab.node-1');
    const second = await bench.server.request(ROUTE_TYPE);
    assert.deepEqual(
      [second.resourceNamesSubscribe, second.initialResourceVersions],
      [['main'], { main: 'r1' }],
    );
    await pause(30);
    assert.deepEqual(names(kernel.inForce), ['a', 'b', 'web', 'main']);
  });

  it('says who it is, with metadata', async () => {
    const node = {
      id: 'sidecar~198.18.1.1~x.y~z',
      cluster: 'shop',
      metadata: { NAMESPACE: 'y', n: [1, true] },
    };
    bench.start(new Kernel(), { ...delta, node });
    const { node: said } = await bench.server.request(CLUSTER_TYPE);
    assert.deepEqual([said?.id, said?.cluster], [node.id, node.cluster]);
    assert.equal(Buffer.from(said!.metadata!).includes('NAMESPACE'), true);
  });
});

describe('ADS client, wrapped resources', () => {
  const bench = Bench.use();

  it('are unwrapped; one without content stays as it is', async () => {
    const kernel = new Kernel();
    const client = await bench.withV1(kernel);
    const wrap = (name: string, resource: AnyBytes | null): AnyBytes => ({
      typeUrl: WRAPPED_TYPE,
      value: encodeWrapped({ name, version: 'own', resource }),
    });
    const list = [wrap('a', null), wrap('b', toAny(staticCluster('b')))];
    const ack = await bench.server.answer(CLUSTER_TYPE, bench.server.send(CLUSTER_TYPE, 'c2', list));
    assert.equal(ack.errorDetail, null);
    assert.deepEqual([...kernel.inForce.clusters.keys()], ['a', 'b']);
    assert.deepEqual(
      client
        .resources()
        .flatMap(({ typeUrl, name, version }) => (typeUrl === CLUSTER_TYPE ? [[name, version]] : [])),
      [
        ['a', 'c1'],
        ['b', 'own'],
      ],
    );
  });
});
