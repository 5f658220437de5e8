import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatRejection, rejectionOf } from '@onehop/core/api/rejections.js';
import {
  CLUSTER_TYPE,
  ENDPOINT_TYPE,
  LISTENER_TYPE,
  RESOURCE_TYPES,
  ROUTE_TYPE,
} from '@onehop/core/resources/model.js';
import { decodeResource } from '../../src/apply/decode.js';
import { validate } from '../../src/apply/validate.js';
import {
  cluster,
  endpoints,
  listener,
  routes,
  staticCluster,
} from '@onehop/core/test/resources/xdsResources.js';
import { toAny } from '../xds/testServer.js';

const samples = [
  cluster('a'),
  staticCluster('b'),
  endpoints('a', '198.18.1.1'),
  listener('web', 'main'),
  routes('main', 'a'),
];

describe('decoding a resource', () => {
  for (const resource of samples) {
    it(`gives ${resource.name} (${resource.typeUrl.replace(/.*\./, '')}) back as it was`, () => {
      const decoded = decodeResource(toAny(resource), resource.typeUrl);
      assert.deepEqual(decoded, { ok: true, name: resource.name, resource });
    });
  }

  const name = (text: string): number[] => [0x0a, text.length, ...Buffer.from(text)];
  const typedConfig = (typeUrl: string): number[] => {
    const any = [0x0a, typeUrl.length, ...Buffer.from(typeUrl)];
    const filter = [...name('x'), 0x22, any.length, ...any];
    const chain = [0x1a, filter.length, ...filter];
    return [...name('web'), 0x1a, chain.length, ...chain];
  };
  const cases: readonly [string, string, string, readonly number[], string, RegExp][] = [
    ['bytes cut short', CLUSTER_TYPE, CLUSTER_TYPE, [...name('a'), 0x22, 0x7f], 'a', /^resource a: /],
    ['no bytes at all', CLUSTER_TYPE, CLUSTER_TYPE, [], '', /has no name/],
    ['a name of another wire type', CLUSTER_TYPE, CLUSTER_TYPE, [0x08, 0x01], '', /./],
    [
      'another type',
      CLUSTER_TYPE,
      ROUTE_TYPE,
      name('a'),
      'a',
      /^resource a: It is a .*Cluster, not a .*RouteConfiguration/,
    ],
    [
      'an extension that is not known',
      LISTENER_TYPE,
      LISTENER_TYPE,
      typedConfig('type.googleapis.com/no.Such'),
      'web',
      /no\.Such/,
    ],
    ['an Any without a type', LISTENER_TYPE, LISTENER_TYPE, typedConfig(''), 'web', /^resource web: /],
  ];
  for (const [title, sent, typeUrl, bytes, expectedName, message] of cases) {
    it(`refuses ${title}`, () => {
      const decoded = decodeResource({ typeUrl: sent, value: Uint8Array.from(bytes) }, typeUrl);
      assert.equal(decoded.name, expectedName);
      assert.ok(!decoded.ok);
      assert.match(
        decoded.problems.map((problem) => formatRejection(rejectionOf(problem))).join('\n'),
        message,
      );
    });
  }

  it('and validating it throws at no bytes whatsoever', () => {
    const mutated = fc
      .tuple(
        fc.constantFrom(...samples),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 }),
        fc.nat(),
      )
      .map(([resource, edits, cut]) => {
        const bytes = Uint8Array.from(toAny(resource).value);
        for (const [at, byte] of edits) bytes[at % bytes.length] = byte;
        return { typeUrl: resource.typeUrl, bytes: bytes.subarray(0, bytes.length - (cut % 4)) };
      });
    const random = fc.record({
      typeUrl: fc.constantFrom(...RESOURCE_TYPES),
      bytes: fc.uint8Array({ maxLength: 200 }),
    });
    let taken = 0;
    fc.assert(
      fc.property(fc.oneof(mutated, random), ({ typeUrl, bytes }) => {
        const decoded = decodeResource({ typeUrl, value: bytes }, typeUrl);
        if (!decoded.ok) assert.ok(decoded.problems.length > 0);
        else if (validate(decoded.resource).length === 0) taken++;
      }),
      { numRuns: 3_000, seed: 20 },
    );
    assert.ok(taken > 0, 'some are good');
  }).timeout(20_000);
});

describe('validating a resource', () => {
  const withValue = (resource: (typeof samples)[number], more: object): (typeof samples)[number] => ({
    ...resource,
    value: { ...resource.value, ...more },
  });
  const cases: readonly [string, (typeof samples)[number], RegExp | undefined][] = [
    ['a good cluster', staticCluster('a'), undefined],
    ['a good listener', listener('web', 'main'), undefined],
    [
      "what Envoy's validators refuse",
      withValue(staticCluster('a'), { connectTimeout: '0s' }),
      /^resource a: connectTimeout: /,
    ],
    [
      'what is not done',
      withValue(staticCluster('a'), { lbPolicy: 'CLUSTER_PROVIDED' }),
      /^resource a: lbPolicy: /,
    ],
    [
      'a route without an action',
      withValue(routes('main', 'a'), {
        virtualHosts: [{ name: 'h', domains: ['*'], routes: [{ match: { prefix: '/' } }] }],
      }),
      /^resource main: virtualHosts\[0\]\.routes\[0\]/,
    ],
    [
      'a port that is too large',
      {
        typeUrl: ENDPOINT_TYPE,
        name: 'a',
        value: {
          clusterName: 'a',
          endpoints: [
            {
              lbEndpoints: [
                { endpoint: { address: { socketAddress: { address: '198.18.1.1', portValue: 70000 } } } },
              ],
            },
          ],
        },
      },
      /portValue: /,
    ],
  ];
  for (const [title, resource, expected] of cases) {
    it(`${expected === undefined ? 'takes' : 'refuses'} ${title}`, () => {
      const found = validate(resource).map((problem) => formatRejection(rejectionOf(problem)));
      if (expected === undefined) assert.deepEqual(found, []);
      else assert.match(found.join('\n'), expected);
    });
  }
});
