import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Flow } from '@onehop/core/api/agent.generated.js';
import { decodeBtf } from '@onehop/core/btf/decode.js';
import { validateFiles } from '@onehop/core/diagnostics/validate.js';
import { decodeBase64 } from '@onehop/core/envoy/base64.js';
import { askOffline } from '@onehop/core/routetests/offline.js';
import { buildRouting } from '@onehop/core/routing/build.js';
import { wireBtf } from '@onehop/core/wire/wire.generated.js';
import { blastRadius, mergeFlows, type Side } from '../src/config/blastRadius.js';

const sample = readFileSync(
  new URL('../../../lab/samples/bookinfo/bookinfo.xds.yaml', import.meta.url),
  'utf8',
);
const module = readFileSync(new URL('../../../bpf/build/router.wasm', import.meta.url));

describe('blast radius', () => {
  let inForce: Side;
  before(async () => (inForce = await side(sample)));

  it('is nothing when nothing changes', async () => {
    const radius = await blastRadius(mergeFlows([flow({})]), inForce, await side(sample));
    assert.deepEqual(radius, { requests: 10, moved: 0, unknown: 0, routes: [] });
  });

  it('is the share that leaves a cluster when weights change', async () => {
    const wanted = await side(
      sample.replace('weight: 90', 'weight: 50').replace('weight: 10 ', 'weight: 50 '),
    );
    const flows = [flow({ requests: 90 }), flow({ cluster: 'reviews-v3', requests: 10 }), flow(details)];
    const { requests, moved, routes } = await blastRadius(mergeFlows(flows), inForce, wanted);
    assert.equal(requests, 110);
    assert.ok(Math.abs(moved - 40) < 1e-6, `${moved} of 100`);
    assert.deepEqual(
      routes.map(({ route, before: was, after }) => [route, was, after]),
      [['canary', { 'reviews-v1': 0.9, 'reviews-v3': 0.1 }, { 'reviews-v1': 0.5, 'reviews-v3': 0.5 }]],
    );
  });

  it('puts in the headers that the route of a request asked for', async () => {
    const wanted = await side(
      sample.replace('route: { cluster: reviews-v2 }', 'route: { cluster: reviews-v3 }'),
    );
    const jason = flow({ route: 'jason', cluster: 'reviews-v2', requests: 7 });
    const { moved, unknown, routes } = await blastRadius(mergeFlows([jason, flow({})]), inForce, wanted);
    assert.deepEqual([moved, unknown], [7, 0]);
    assert.deepEqual(routes[0]?.after, { 'reviews-v3': 1 });
  });

  it('says when it cannot know', async () => {
    const odd = flow({ route: 'no such route', requests: 3 });
    assert.deepEqual(await blastRadius(mergeFlows([odd]), inForce, inForce), {
      requests: 3,
      moved: 0,
      unknown: 3,
      routes: [],
    });
  });

  it('counts requests that nothing would answer any more', async () => {
    const wanted = await side(sample.replace("domains: [details, 'details:9080']", "domains: ['other']"));
    const { moved, routes } = await blastRadius(mergeFlows([flow(details)]), inForce, wanted);
    assert.equal(moved, 10);
    assert.deepEqual(routes[0]?.after, { 404: 1 });
  });
});

const details: Partial<Flow> = {
  destination: '198.18.100.2:9080',
  host: 'details:9080',
  target: '/details/1',
  listener: 'details',
  virtualHost: 'details',
  route: 'details',
  cluster: 'details-v1',
};

async function side(text: string): Promise<Side> {
  const { set, hasErrors } = validateFiles([{ path: 'x.xds.yaml', text }]);
  assert.equal(hasErrors, false);
  const btf = decodeBtf(decodeBase64(wireBtf) ?? new Uint8Array());
  return { ask: await askOffline({ set, module, btf, names: [] }), model: buildRouting(set).model };
}

function flow(change: Partial<Flow>): Flow {
  return {
    workload: 'productpage-v1',
    destination: '198.18.100.3:9080',
    method: 'GET',
    host: 'reviews:9080',
    target: '/reviews/1',
    listener: 'reviews',
    virtualHost: 'reviews',
    route: 'canary',
    cluster: 'reviews-v1',
    generation: 1,
    requests: 10,
    ...change,
  };
}
