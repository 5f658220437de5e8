import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApplyProgress } from '@onehop/core/api/controlplane.generated.js';
import type { MapLimits } from '@onehop/core/compile/limits.js';
import { CLUSTER_TYPE } from '@onehop/core/resources/model.js';
import { structCodec } from '@onehop/core/wire/structs.js';
import { Applier } from '../../src/apply/applier.js';
import { XdsClient } from '../../src/xds/client.js';
import type { XdsProtocol } from '../../src/xds/protocol.js';
import { RouterTables } from '../apply/routerTables.js';
import { LabControlPlane } from './labControlPlane.js';
import {
  cluster,
  endpoints,
  listener,
  routes,
  staticCluster,
} from '@onehop/core/test/resources/xdsResources.js';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const vip = '198.18.100.1:9080';
const toA = '198.18.1.1:9080';
const toB = '198.18.1.2:9080';
const v1 = [cluster('a'), endpoints('a', '198.18.1.1'), listener('web', 'main'), routes('main', 'a')];
const v2 = [cluster('b'), endpoints('b', '198.18.1.2'), listener('web', 'main'), routes('main', 'b')];

/** Client, applier and the router's tables in this process; the control plane in another. */
for (const protocol of ['sotw', 'delta'] as const)
  describe(`agent and the lab's control plane, ${protocol}`, function () {
    this.timeout(20_000);
    let folder: string;
    let controlPlane: LabControlPlane;
    const nodes: Node[] = [];

    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'oh-pair-'));
      controlPlane = await startControlPlane();
    });
    afterEach(async () => {
      await Promise.all(nodes.splice(0).map((node) => node.close()));
      await controlPlane.end();
      rmSync(folder, { recursive: true });
    });

    function startControlPlane(): Promise<LabControlPlane> {
      return LabControlPlane.start(join(folder, 'xds.sock'), join(folder, 'control.log'));
    }

    async function startNode(name: string, limits: Partial<MapLimits> = {}): Promise<Node> {
      const node = await Node.start(`unix:${join(folder, 'xds.sock')}`, name, protocol, limits);
      nodes.push(node);
      await eventually(async () =>
        (await controlPlane.state()).nodes.some(({ id, types }) => id === `lab.${name}` && types.length >= 2),
      );
      return node;
    }

    it('an update that is acknowledged is in force', async () => {
      const node = await startNode('node-1');
      for (let i = 0; i < 20; i++) {
        const progress = await controlPlane.apply(i % 2 === 0 ? v1 : v2);
        assert.equal(node.ask(), i % 2 === 0 ? toA : toB);
        assert.deepEqual(states(progress), ['lab.node-1 acked', ' acked done']);
      }
      assert.ok(node.client.resources().every(({ state }) => state === 'acked'));
    });

    it('requests find an endpoint at every moment of an update', async () => {
      const node = await startNode('node-1');
      await controlPlane.apply(v1);
      const seen = new Set<string>();
      node.tables.onEntry = (): void => void seen.add(node.ask());
      const onApplied = setInterval(() => seen.add(node.ask()), 1);
      for (let i = 0; i < 10; i++) await controlPlane.apply(i % 2 === 0 ? v2 : v1);
      clearInterval(onApplied);
      assert.deepEqual([...seen].sort(), [toA, toB]);
    });

    it('a resource that the agent refuses is told with name and field, and the last good configuration is served', async () => {
      const node = await startNode('node-1');
      const [, good] = await controlPlane.apply(v1);
      const bad = {
        ...staticCluster('c'),
        value: { ...staticCluster('c').value, lbPolicy: 'CLUSTER_PROVIDED' },
      };
      const progress = await controlPlane.apply([...v2, bad]);
      assert.deepEqual(states(progress), ['lab.node-1 nacked', ' nacked done']);
      assert.deepEqual(
        progress[0]!.rejections.map(({ typeUrl, resource, field }) => ({ typeUrl, resource, field })),
        [{ typeUrl: CLUSTER_TYPE, resource: 'c', field: 'lbPolicy' }],
      );
      assert.match(progress[0]!.rejections[0]!.message, /load balancing/);
      assert.deepEqual(
        progress.map(({ inForce }) => inForce),
        [good!.version, good!.version],
      );
      assert.equal(node.ask(), toA);
      await eventually(() => node.client.resources().every(({ state }) => state === 'acked'));
      assert.deepEqual(node.names(), ['a', 'a', 'web', 'main']);
    });

    it('one node that refuses takes all nodes back', async () => {
      const large = await startNode('node-1');
      const small = await startNode('node-2', { oh_cluster: 3 });
      await controlPlane.apply(v1);
      const more = [...v2, staticCluster('c'), staticCluster('d')];
      const progress = await controlPlane.apply(more);
      assert.deepEqual(states(progress).sort(), [' nacked done', 'lab.node-1 acked', 'lab.node-2 nacked']);
      const rejections = progress.flatMap((one) => one.rejections);
      assert.ok(
        rejections.some(({ message }) => /oh_cluster is full/.test(message)),
        JSON.stringify(rejections),
      );
      assert.deepEqual([large.ask(), small.ask()], [toA, toA]);
      await eventually(
        () => large.names().join() === 'a,a,web,main' && small.names().join() === 'a,a,web,main',
      );
    });

    it('a crash of the control plane changes nothing until it is back', async () => {
      const node = await startNode('node-1');
      await controlPlane.apply(v1);
      const { generation } = node.applier;
      await controlPlane.end('SIGKILL');
      await eventually(() => node.client.controlPlane().state === 'lost');
      assert.equal(node.ask(), toA);
      controlPlane = await startControlPlane();
      await eventually(() => node.client.controlPlane().state === 'connected');
      // It has forgotten everything: what it serves now is an empty snapshot, and that is what holds.
      await eventually(() => node.ask() === 'no listener');
      await controlPlane.apply(v1);
      assert.equal(node.ask(), toA);
      assert.ok(node.applier.generation > generation);
    });

    it('an agent that starts later gets what is served', async () => {
      await controlPlane.apply(v1);
      const node = await startNode('node-1');
      await eventually(() => node.ask() === toA);
      assert.ok(node.applier.generation <= 2, 'first the clusters, then what uses them');
    });
  });

class Node {
  private constructor(
    readonly tables: RouterTables,
    readonly applier: Applier,
    readonly client: XdsClient,
  ) {}

  static async start(
    address: string,
    name: string,
    protocol: XdsProtocol,
    limits: Partial<MapLimits>,
  ): Promise<Node> {
    const tables = await RouterTables.open(limits);
    const applier = new Applier({ writer: tables, codec: structCodec(), log: silent });
    const client = new XdsClient({
      address,
      node: { id: `lab.${name}`, cluster: 'lab' },
      protocol,
      onUpdate: (set) => applier.apply(set),
      log: silent,
      backoff: { longestMs: 100 },
    });
    client.start();
    return new Node(tables, applier, client);
  }

  ask(): string {
    return this.tables.ask(vip, 'reviews', this.applier.allocation);
  }

  names(): string[] {
    return this.client.resources().flatMap(({ name, state }) => (state === 'acked' ? [name] : []));
  }

  async close(): Promise<void> {
    await this.client.close();
    await this.applier.close();
  }
}

function states(progress: readonly ApplyProgress[]): string[] {
  return progress.map(({ node, state, done }) => `${node} ${state}${done ? ' done' : ''}`);
}

async function eventually(condition: () => boolean | Promise<boolean>, timeoutMs = 3_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    assert.ok(performance.now() < deadline, 'it never came true');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
