import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { canonicalJson } from '../../src/envoy/canonical.js';
import { decodeAny, encodeAny } from '../../src/envoy/codec.js';
import { findMessage, type MessageDescriptor } from '../../src/envoy/schema.js';
import { WireError, WireReader, WireWriter } from '../../src/envoy/wire.js';
import {
  CLUSTER_TYPE,
  ENDPOINT_TYPE,
  type JsonObject,
  LISTENER_TYPE,
  messageNameOf,
  RESOURCE_TYPES,
  ROUTE_TYPE,
} from '../../src/resources/model.js';
import { anyMessage } from './anyMessage.js';

const hex = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/[0-9a-f]{2}/g) ?? [], (pair) => Number.parseInt(pair, 16));

describe('wire format', () => {
  // prettier-ignore
  const understood: [title: string, typeUrl: string, bytes: string, value: JsonObject][] = [
    ['nothing', CLUSTER_TYPE, '', {}],
    ['the last of a scalar that comes twice', CLUSTER_TYPE, '0a0161 0a0162', { name: 'b' }],
    ['a message that comes twice, merged', ENDPOINT_TYPE, '2202220022021200', { policy: { dropOverloads: [{}], endpointStaleAfter: '0s' } }],
    ['the last member of a oneof', CLUSTER_TYPE, '1001 b202050a03666f6f', { clusterType: { name: 'foo' } }],
    ['fields that it does not know', CLUSTER_TYPE, 'f8ffff7f05 0a0161 fbffff7f 0801 fcffff7f', { name: 'a' }],
    ['a field of another wire type as unknown', CLUSTER_TYPE, '0801 0a0161', { name: 'a' }],
    ['packed and unpacked numbers', 'x/envoy.config.metrics.v3.HistogramBucketSettings', '120800000000000000401108000000000000f03f'.replace('1108', '11'), { buckets: [2, 1] }],
    ['an enum number without a name', CLUSTER_TYPE, '304d', { lbPolicy: 77 }],
    ['a negative enum', CLUSTER_TYPE, '30ffffffffffffffffff01', { lbPolicy: -1 }],
    ['a varint that is longer than it must be', CLUSTER_TYPE, '30838000', { lbPolicy: 'RANDOM' }],
    ['a map entry without key and value', 'x/envoy.config.core.v3.Metadata', '0a00', { filterMetadata: { '': {} } }],
    ['the last of a key that comes twice', 'x/envoy.config.core.v3.Metadata', '0a050a01611200 0a0c0a0161 12070a050a01621200', { filterMetadata: { a: { b: null } } }],
  ];
  for (const [title, typeUrl, bytes, value] of understood) {
    it(`understands ${title}`, () => assert.deepEqual(decodeAny(typeUrl, hex(bytes)), { ok: true, value }));
  }

  // prettier-ignore
  const refused: [title: string, typeUrl: string, bytes: string, rule: string, part: string][] = [
    ['bytes that end in a value', CLUSTER_TYPE, '0a05 6161', 'bad-wire', 'Cluster: 5 bytes announced, 2 left'],
    ['bytes that end in a varint', CLUSTER_TYPE, '30ff', 'bad-wire', 'end inside a value'],
    ['a varint over 10 bytes', CLUSTER_TYPE, '30ffffffffffffffffffff01', 'bad-wire', 'longer than 10 bytes'],
    ['field number 0', CLUSTER_TYPE, '0001', 'bad-wire', 'field number 0'],
    ['wire type 7', CLUSTER_TYPE, '0f', 'bad-wire', 'wire type 7'],
    ['a group that does not begin', CLUSTER_TYPE, 'fcffff7f', 'bad-wire', 'did not begin'],
    ['a group that ends as another', CLUSTER_TYPE, 'fbffff7f f4ffff7f', 'bad-wire', 'ends as group'],
    ['text that is not UTF-8', CLUSTER_TYPE, '0a01ff', 'bad-wire', 'in name: a string is not valid UTF-8'],
    ['text that is not UTF-8, deep inside', ROUTE_TYPE, '12080a01611a031a01ff', 'bad-wire', 'in virtualHosts[0]'],
    ['a duration out of range', CLUSTER_TYPE, '220a0880a0f5b0f8ffffff7f', 'bad-duration', 'not a valid duration'],
    ['a duration of two signs', CLUSTER_TYPE, '220d080110ffffffffffffffffff01', 'bad-duration', '1 s and -1 ns'],
    ['an Any of an unknown type', 'x/envoy.config.core.v3.TypedExtensionConfig', '12050a03782f79', 'unknown-type', 'The type "y" is not known'],
    ['an Any without a type', 'x/envoy.config.core.v3.TypedExtensionConfig', '1200', 'bad-any', 'does not say which message'],
  ];
  for (const [title, typeUrl, bytes, rule, part] of refused) {
    it(`refuses ${title}`, () => {
      const result = decodeAny(typeUrl, hex(bytes));
      assert.ok(!result.ok, JSON.stringify(result));
      assert.equal(result.problems[0]?.rule, rule);
      assert.ok(result.problems[0].message.includes(part), result.problems[0].message);
    });
  }

  it('gives the path of a problem', () => {
    const listener = new WireWriter()
      .tag(3, 2)
      .delimited(
        new WireWriter()
          .tag(3, 2)
          .delimited(
            new WireWriter().tag(4, 2).delimited(new WireWriter().tag(1, 2).string('x/y').finish()).finish(),
          )
          .finish(),
      )
      .finish();
    const result = decodeAny(LISTENER_TYPE, listener);
    assert.deepEqual(!result.ok && result.problems.map(({ path: at }) => at), [
      ['filterChains', 0, 'filters', 0, 'typedConfig', '@type'],
    ]);
  });

  it('refuses messages that are nested too deep', () => {
    let bytes: Uint8Array = new Uint8Array();
    for (let level = 0; level < 200; level++) bytes = new WireWriter().tag(8, 2).delimited(bytes).finish();
    const result = decodeAny('x/envoy.config.rbac.v3.Permission', bytes);
    assert.deepEqual(!result.ok && result.problems.map(({ rule }) => rule), ['too-deep']);
    const groups = new Uint8Array(20_000).fill(0x53);
    assert.deepEqual(decodeAny(CLUSTER_TYPE, groups).ok, false);
  });

  it('reads back every number', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 64n - 1n), fc.integer(), fc.double(), (wide, narrow, real) => {
        const bytes = new WireWriter()
          .varint(wide)
          .fixed64(wide)
          .fixed32(narrow)
          .double(real)
          .varint(narrow)
          .finish();
        const reader = new WireReader(bytes);
        assert.deepEqual(
          [
            reader.varint(),
            reader.fixed64(),
            reader.fixed32() | 0,
            reader.double(),
            BigInt.asIntN(64, reader.varint()),
          ],
          [wide, wide, narrow, real, BigInt(narrow)],
        );
        assert.ok(reader.done);
        assert.throws(() => reader.fixed32(), WireError);
      }),
    );
  });
});

describe('protobufjs', () => {
  const root = loadProtos(RESOURCE_TYPES.map((typeUrl) => messageNameOf(typeUrl) ?? ''));
  for (const typeUrl of RESOURCE_TYPES) {
    const name = messageNameOf(typeUrl) ?? '';
    it(`understands our ${name.replace(/.*\./, '')} and we understand what it writes`, () => {
      const message = findMessage(name) as MessageDescriptor;
      const type = root.lookupType(name);
      fc.assert(
        fc.property(anyMessage(message, 4), (json) => {
          const { value } = canonicalJson(name, json);
          const ours = encodeAny(typeUrl, value);
          assert.ok(ours.ok);
          const theirs = type.decode(ours.bytes);
          assert.deepEqual(decodeAny(typeUrl, type.encode(theirs).finish()), { ok: true, value });
        }),
        { numRuns: 300, seed: 5 },
      );
    });
  }
});

function loadProtos(names: readonly string[]): protobuf.Root {
  const require = createRequire(import.meta.url);
  const deps = path.join(path.dirname(require.resolve('@grpc/grpc-js-xds/package.json')), 'deps');
  const folders = [
    ...['envoy-api', 'xds', 'googleapis', 'protoc-gen-validate'].map((name) => path.join(deps, name)),
    path.dirname(require.resolve('protobufjs/package.json')),
  ];
  const root = new protobuf.Root();
  root.resolvePath = (_, target) =>
    folders.map((folder) => path.join(folder, target)).find((file) => existsSync(file)) ?? target;
  root.loadSync(
    ['listener/v3/listener', 'route/v3/route', 'cluster/v3/cluster', 'endpoint/v3/endpoint'].map(
      (name) => `envoy/config/${name}.proto`,
    ),
  );
  for (const name of names) root.lookupType(name);
  return root;
}
