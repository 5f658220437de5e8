import assert from 'node:assert/strict';
import type { AnyBytes } from '@onehop/core/api/ads.js';
import {
  CLUSTER_TYPE,
  ENDPOINT_TYPE,
  LISTENER_TYPE,
  resourcesOf,
  ROUTE_TYPE,
  type JsonObject,
  type ResourceType,
  type XdsResource,
} from '@onehop/core/resources/model.js';
import { Bench, eventually, Kernel, names } from './bench.js';
import { cluster, endpoints, listener, routes } from '@onehop/core/test/resources/xdsResources.js';

interface Bad {
  readonly second: XdsResource | AnyBytes | readonly XdsResource[];
  readonly taken: readonly string[];
  readonly refused: boolean;
}

function good(typeUrl: ResourceType): XdsResource {
  switch (typeUrl) {
    case CLUSTER_TYPE:
      return cluster('a', { connectTimeout: '2s' });
    case ENDPOINT_TYPE:
      return endpoints('a', '198.18.0.2');
    case LISTENER_TYPE:
      return withFields(listener('a', 'a'), { statPrefix: 'v2' });
    case ROUTE_TYPE:
      return routes('a', 'b');
  }
}

function withFields(resource: XdsResource, more: JsonObject): XdsResource {
  return { ...resource, value: { ...resource.value, ...more } };
}

function kindsOf(
  typeUrl: ResourceType,
  constraint: XdsResource,
  semantic: XdsResource,
  again: XdsResource,
): readonly [ResourceType, Readonly<Record<string, Bad>>] {
  const bytes = Buffer.concat([Buffer.from([0x0a, 1, 0x62]), Buffer.from([0x22, 0x7f])]);
  const listed = typeUrl === CLUSTER_TYPE || typeUrl === LISTENER_TYPE;
  return [
    typeUrl,
    {
      'bytes that do not decode': { second: { typeUrl, value: bytes }, taken: [], refused: true },
      'a constraint of the proto': { second: constraint, taken: [], refused: true },
      'what cannot be honoured': { second: semantic, taken: ['a'], refused: true },
      twice: { second: [again, again], taken: ['a', 'b'], refused: listed },
    },
  ];
}

const bad = [
  kindsOf(
    CLUSTER_TYPE,
    cluster('b', { connectTimeout: '0s' }),
    cluster('b', { lbPolicy: 'CLUSTER_PROVIDED' }),
    cluster('b', { connectTimeout: '2s' }),
  ),
  kindsOf(
    LISTENER_TYPE,
    withFields(listener('b', 'b', 9081), { filterChains: [{ filters: [{ name: '' }] }] }),
    withFields(listener('b', 'b', 9081), { filterChains: [{ filters: [{ name: 'nobody.knows' }] }] }),
    withFields(listener('b', 'b', 9081), { statPrefix: 'v2' }),
  ),
  kindsOf(
    ENDPOINT_TYPE,
    withFields(endpoints('b', '198.18.0.2'), {
      endpoints: [{ lbEndpoints: [], priority: 200 }],
    }),
    endpoints('b', 'no-address'),
    endpoints('b', '198.18.0.2'),
  ),
  kindsOf(
    ROUTE_TYPE,
    withFields(routes('b', 'a'), { virtualHosts: [{ name: 'x', domains: [] }] }),
    withFields(routes('b', 'a'), {
      virtualHosts: [
        { name: 'x', domains: ['*'] },
        { name: 'y', domains: ['*'] },
      ],
    }),
    routes('b', 'b'),
  ),
];

/** Good and bad resources in one response, as docs/xds-observed.md has it of Envoy 1.40. */
describe('ADS client, a response of good and bad resources', () => {
  const bench = Bench.use();
  for (const protocol of ['sotw', 'delta'] as const) {
    for (const [typeUrl, kinds] of bad) {
      for (const [kind, { second, taken: inGeneral, refused }] of Object.entries(kinds)) {
        const strict = protocol === 'delta' && kind === 'twice';
        const taken = strict ? [] : inGeneral;
        it(`${protocol}, ${typeUrl.split('.').at(-1)}, ${kind}: takes ${taken.join(' and ') || 'nothing'}`, async () => {
          const kernel = new Kernel();
          bench.start(kernel, { protocol });
          await start(kernel);
          const before = new Map(resourcesOf(kernel.inForce, typeUrl));
          const list = Array.isArray(second) ? [good(typeUrl), ...second] : [good(typeUrl), second];
          const nonce = bench.server.send(typeUrl, 'x2', list as (XdsResource | AnyBytes)[]);
          const { errorDetail } = await bench.server.answer(typeUrl, nonce);
          const after = resourcesOf(kernel.inForce, typeUrl)!;
          const changed = [...after].flatMap(([name, one]) => (before.get(name) === one ? [] : [name]));
          assert.deepEqual(changed, taken);
          assert.deepEqual([...after.keys()], [...before.keys()], 'what was there is there');
          if (refused || strict) assert.match(errorDetail?.message ?? 'ACK', /^resource b: /);
          else assert.equal(errorDetail, null);
        });
      }
    }
  }

  async function start(kernel: Kernel): Promise<void> {
    const { server } = bench;
    await server.request(CLUSTER_TYPE);
    server.send(CLUSTER_TYPE, '1', [cluster('a'), cluster('b')]);
    await server.request(ENDPOINT_TYPE);
    server.send(ENDPOINT_TYPE, '1', [endpoints('a', '198.18.0.1'), endpoints('b', '198.18.0.1')]);
    server.send(LISTENER_TYPE, '1', [listener('a', 'a'), listener('b', 'b', 9081)]);
    await server.request(ROUTE_TYPE);
    server.send(ROUTE_TYPE, '1', [routes('a', 'a'), routes('b', 'a')]);
    await eventually(() => names(kernel.inForce).join() === 'a,b,a,b,a,b,a,b');
  }
});
