import assert from 'node:assert/strict';
import { createServer, get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { XdsResource } from '@onehop/core/resources/model.js';
import { ensureEnvoy } from '@onehop/lab/bench/envoy.js';
import { ControlPlane } from '@onehop/lab/controlplane/controlPlane.js';
import { silent } from '@onehop/lab/controlplane/log.js';
import { ControlPlaneServer } from '@onehop/lab/controlplane/server.js';
import { Envoy, freePort } from '../../src/interop/envoy.js';
import { eventually } from '../../src/interop/eventually.js';
import { cluster, endpoints, listener, routes } from '../../src/interop/resources.js';

for (const protocol of ['sotw', 'delta'] as const) {
  describe(`the control plane and Envoy, ${protocol}`, function () {
    this.timeout(300_000);
    let binary: string;
    let controlPlane: ControlPlane;
    let server: ControlPlaneServer;
    let port: number;
    let web: number;
    let envoy: Envoy;
    let upstreams: readonly Upstream[];

    before(async () => {
      binary = await ensureEnvoy(() => undefined);
      upstreams = await Promise.all(['a', 'b'].map(upstream));
    });
    after(() => {
      for (const { server: one } of upstreams) one.close();
    });
    beforeEach(async () => {
      controlPlane = new ControlPlane({ log: silent });
      ({ server, port } = await listen('127.0.0.1:0'));
      web = await freePort();
      controlPlane.load(to('a'));
      envoy = await Envoy.start(binary, protocol, port);
      await eventually(
        () => answers('a'),
        () => envoy.log(),
        15_000,
      );
    });
    afterEach(async () => {
      await envoy.end();
      await server.close();
    });

    function listen(address: string) {
      return ControlPlaneServer.listenOnTcp({ address }, controlPlane, silent);
    }

    /** Everything to one of the two upstreams; the other one is not configured. */
    function to(name: 'a' | 'b'): XdsResource[] {
      const { port: upstreamPort } = upstreams.find((one) => one.name === name)!;
      return [
        ...[cluster(name), endpoints(name, '127.0.0.1', upstreamPort)],
        ...[listener('web', 'main', web, '127.0.0.1'), routes('main', name)],
      ];
    }

    async function answers(name: string): Promise<boolean> {
      return (await ask(web)) === `200 ${name}`;
    }

    async function apply(resources: readonly XdsResource[]): Promise<string> {
      return (await controlPlane.apply(resources, 10_000, () => undefined)).state;
    }

    it('is configured, updated without a lost request, and has resources removed', async () => {
      const lost: string[] = [];
      let asking = true;
      const load = (async () => {
        while (asking) {
          const answer = await ask(web);
          if (answer !== '200 a' && answer !== '200 b') lost.push(answer);
        }
      })();
      for (const name of ['b', 'a', 'b'] as const) {
        assert.equal(await apply(to(name)), 'acked');
        await eventually(
          () => answers(name),
          () => envoy.log(),
        );
      }
      asking = false;
      await load;
      assert.deepEqual(lost, []);
      await eventually(async () => (await envoy.names()).join() === 'cluster b,listener web');
      assert.equal(await apply([]), 'acked');
      await eventually(async () => (await envoy.names()).length === 0);
      assert.equal(await ask(web), 'ECONNREFUSED');
      assert.equal(await apply(to('a')), 'acked');
      await eventually(
        () => answers('a'),
        () => envoy.log(),
      );
    });

    it('has what Envoy refuses taken back, by name', async () => {
      const bad = cluster('c', { lbPolicy: 'CLUSTER_PROVIDED' });
      const rejections: string[] = [];
      const { state } = await controlPlane.apply(
        [...to('b'), bad, endpoints('c', '127.0.0.1')],
        10_000,
        (one) => rejections.push(...one.rejections.map(({ message }) => message)),
      );
      assert.equal(state, 'nacked');
      assert.match(rejections.join(), /cluster\(s\) c: .*cluster provided LB/);
      await eventually(
        async () => (await envoy.names()).join() === 'cluster a,listener web',
        () => envoy.log(),
      );
      assert.ok(await answers('a'));
      assert.equal(await apply(to('b')), 'acked');
      await eventually(
        () => answers('b'),
        () => envoy.log(),
      );
    });

    it('goes on over a restart of the control plane', async () => {
      await server.close();
      assert.ok(await answers('a'));
      controlPlane = new ControlPlane({ log: silent });
      controlPlane.load(to('a'));
      ({ server } = await listen(`127.0.0.1:${port}`));
      await eventually(
        () => controlPlane.nodes().some(({ connected }) => connected),
        () => envoy.log(),
        20_000,
      );
      assert.equal(await apply(to('b')), 'acked');
      await eventually(
        () => answers('b'),
        () => envoy.log(),
      );
    });
  });
}

interface Upstream {
  readonly name: string;
  readonly server: Server;
  readonly port: number;
}

function upstream(name: string): Promise<Upstream> {
  return new Promise((resolve) => {
    const server = createServer((_request, response) => response.end(name)).listen(0, '127.0.0.1', () =>
      resolve({ name, server, port: (server.address() as AddressInfo).port }),
    );
  });
}

/** `200 a`, or the code of the error. */
function ask(port: number): Promise<string> {
  return new Promise((resolve) => {
    get({ host: '127.0.0.1', port, agent: false, timeout: 5_000 }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve(`${response.statusCode} ${text}`));
    }).on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}
