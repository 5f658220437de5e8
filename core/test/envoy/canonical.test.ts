import assert from 'node:assert/strict';
import { canonicalJson } from '../../src/envoy/canonical.js';
import { decodeAny, encodeAny } from '../../src/envoy/codec.js';
import { typeUrlOfExtension } from '../../src/envoy/extensions.js';
import { editDistance, nearestName } from '../../src/envoy/nearest.js';
import { shortestFloat } from '../../src/envoy/scalars.js';
import { jsonNameOf } from '../../src/envoy/schema.js';
import { formatDuration, formatTimestamp, parseDuration, parseTimestamp } from '../../src/envoy/time.js';
import type { JsonObject, JsonValue } from '../../src/resources/model.js';

const CLUSTER = 'envoy.config.cluster.v3.Cluster';

describe('canonical JSON', () => {
  // What Envoy's loader takes too was tried with `envoy --mode validate`.
  // prettier-ignore
  const same: [title: string, message: string, written: JsonValue, canonical: JsonValue][] = [
    ['renames fields', CLUSTER, { alt_stat_name: 'a', connect_timeout: '1s' }, { connectTimeout: '1s', altStatName: 'a' }],
    ['leaves out defaults', CLUSTER, { name: '', lb_policy: 'ROUND_ROBIN', health_checks: [], metadata: { filter_metadata: {} } }, { metadata: {} }],
    ['keeps defaults of what has presence', CLUSTER, { type: 'STATIC', per_connection_buffer_limit_bytes: 0 }, { type: 'STATIC', perConnectionBufferLimitBytes: 0 }],
    ['takes null as not set', CLUSTER, { name: null, type: null, metadata: null, health_checks: null }, {}],
    ['takes enums in any case, by number and by number as text', 'envoy.config.core.v3.ApiConfigSource', { api_type: 'grpc', transport_api_version: '2' }, { apiType: 'GRPC', transportApiVersion: 'V3' }],
    ['keeps an enum number without a name', CLUSTER, { lb_policy: 77 }, { lbPolicy: 77 }],
    ['takes whole numbers as text, with exponent and with zeros', 'envoy.config.core.v3.SocketAddress', { port_value: '8e1' }, { portValue: 80 }],
    ['takes 80.0', 'envoy.config.core.v3.SocketAddress', { port_value: '80.0' }, { portValue: 80 }],
    ['writes 64-bit numbers as text', 'envoy.config.cluster.v3.Cluster.RingHashLbConfig', { minimum_ring_size: 5 }, { minimumRingSize: '5' }],
    ['keeps 64-bit numbers exact', 'envoy.config.cluster.v3.Cluster.RingHashLbConfig', { minimum_ring_size: '18446744073709551615' }, { minimumRingSize: '18446744073709551615' }],
    ['takes numbers as text', 'envoy.type.v3.Percent', { value: '.5' }, { value: 0.5 }],
    ['takes booleans as text', 'envoy.config.listener.v3.Listener', { bind_to_port: 'false', ignore_global_conn_limit: 'true' }, { bindToPort: false, ignoreGlobalConnLimit: true }],
    ['takes a wrapper as a message', 'envoy.config.listener.v3.Listener', { bind_to_port: { value: true }, tcp_fast_open_queue_length: {} }, { tcpFastOpenQueueLength: 0, bindToPort: true }],
    ['takes a duration as a message', CLUSTER, { connect_timeout: { seconds: 1, nanos: 500000000 } }, { connectTimeout: '1.5s' }],
    ['shortens durations', CLUSTER, { connect_timeout: '1.500s' }, { connectTimeout: '1.5s' }],
    ['takes URL-safe base64 without padding', 'envoy.config.core.v3.DataSource', { inline_bytes: '_-8' }, { inlineBytes: '/+8=' }],
    ['sorts the keys of maps', 'envoy.config.core.v3.Metadata', { filter_metadata: { b: {}, a: { y: 1, x: [null, { q: 'r' }] } } }, { filterMetadata: { a: { x: [null, { q: 'r' }], y: 1 }, b: {} } }],
    ['keeps keys of maps as they are', 'envoy.config.core.v3.Metadata', { filter_metadata: { envoy_lb: { foo_bar: 1 } } }, { filterMetadata: { envoy_lb: { foo_bar: 1 } } }],
    ['puts fields in the order of the proto', 'envoy.config.route.v3.RouteMatch', { headers: [{ present_match: true, name: 'a' }], prefix: '/' }, { prefix: '/', headers: [{ name: 'a', presentMatch: true }] }],
    ['inlines Anys', 'envoy.config.core.v3.TypedExtensionConfig', { name: 'a', typed_config: { '@type': 'x.y/envoy.config.route.v3.RouteMatch', case_sensitive: false } }, { name: 'a', typedConfig: { '@type': 'x.y/envoy.config.route.v3.RouteMatch', caseSensitive: false } }],
    ['inlines an Any of a well-known type', 'envoy.config.core.v3.TypedExtensionConfig', { typed_config: { '@type': 'x/google.protobuf.Duration', value: '1.0s' } }, { typedConfig: { '@type': 'x/google.protobuf.Duration', value: '1s' } }],
  ];
  for (const [title, message, written, canonical] of same) {
    it(title, () => {
      assert.deepEqual(canonicalJson(message, written), { value: canonical, problems: [] });
      assert.equal(JSON.stringify(canonicalJson(message, written).value), JSON.stringify(canonical));
      assert.deepEqual(canonicalJson(message, canonical), { value: canonical, problems: [] });
      const encoded = encodeAny(`x/${message}`, written as JsonObject);
      assert.ok(encoded.ok);
      assert.deepEqual(decodeAny(`x/${message}`, encoded.bytes), { ok: true, value: canonical });
    });
  }

  it('keeps the places of elements that are wrong', () => {
    const { value, problems } = canonicalJson('envoy.config.route.v3.VirtualHost', {
      domains: ['a', 5, 'b'],
      routes: [5, { name: 'r' }],
    });
    assert.deepEqual(value, { domains: ['a', '', 'b'], routes: [{}, { name: 'r' }] });
    assert.deepEqual(problems.map(({ path }) => path), [['domains', 1], ['routes', 0]]); // prettier-ignore
  });

  it('stops at a level and at a number of problems', () => {
    let deep: JsonValue = {};
    for (let level = 0; level < 300; level++) deep = { and_matcher: { predicate: [deep, {}] } };
    const predicate = 'envoy.config.common.matcher.v3.Matcher.MatcherList.Predicate';
    assert.deepEqual(
      canonicalJson(predicate, deep).problems.map(({ rule }) => rule),
      ['too-deep'],
    );
    let free: JsonValue = {};
    for (let level = 0; level < 300; level++) free = { a: [free] };
    assert.deepEqual(
      canonicalJson('envoy.config.core.v3.Metadata', { filterMetadata: { a: free } }).problems.map(
        ({ rule }) => rule,
      ),
      ['too-deep'],
    );
    const wide = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`x${index}`, 1]));
    assert.equal(canonicalJson(CLUSTER, wide).problems.length, 500);
  });

  it('says that a type is unknown', () => {
    assert.deepEqual(encodeAny('x/envoy.Wxyz9876', {}), {
      ok: false,
      problems: [{ rule: 'unknown-type', path: [], message: 'The type "envoy.Wxyz9876" is not known.' }],
    });
    assert.deepEqual(decodeAny('x/envoy.Wxyz9876', new Uint8Array()).ok, false);
  });

  it('takes a Struct for what it is, and no message without an object', () => {
    const encoded = encodeAny('type.googleapis.com/google.protobuf.Struct', { a: [1, null] });
    assert.ok(encoded.ok);
    assert.deepEqual(decodeAny('type.googleapis.com/google.protobuf.Struct', encoded.bytes), {
      ok: true,
      value: { a: [1, null] },
    });
    assert.equal(encodeAny('type.googleapis.com/google.protobuf.Duration', { seconds: 1 }).ok, false);
    assert.equal(decodeAny('type.googleapis.com/google.protobuf.Duration', new Uint8Array()).ok, false);
  });
});

describe('times', () => {
  const durations: [string, bigint | undefined][] = [
    ['0s', 0n],
    ['1.5s', 1_500_000_000n],
    ['-0.000000001s', -1n],
    ['315576000000s', 315_576_000_000_000_000_000n],
    ['315576000000.000000001s', undefined],
    ['1.s', undefined],
    ['.5s', undefined],
    ['+1s', undefined],
    ['1', undefined],
    ['1.0000000001s', undefined],
    ['1m', undefined],
    ['', undefined],
  ];
  for (const [text, nanos] of durations) {
    it(`reads the duration ${JSON.stringify(text)}`, () => {
      assert.equal(parseDuration(text), nanos);
      if (nanos !== undefined) assert.equal(formatDuration(nanos), text);
    });
  }

  const timestamps: [string, string | undefined][] = [
    ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00Z'],
    ['2026-02-28T23:30:00.5+01:00', '2026-02-28T22:30:00.5Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00Z'],
    ['1969-12-31T23:59:59.000000001Z', '1969-12-31T23:59:59.000000001Z'],
    ['2026-02-29T00:00:00Z', undefined],
    ['2026-01-01T24:00:00Z', undefined],
    ['0001-01-01T00:00:00+01:00', undefined],
    ['2026-01-01 00:00:00Z', undefined],
  ];
  for (const [text, canonical] of timestamps) {
    it(`reads the time ${text}`, () => {
      const nanos = parseTimestamp(text);
      assert.equal(nanos === undefined ? undefined : formatTimestamp(nanos), canonical);
    });
  }
});

describe('names', () => {
  const nearest: [string, string[], string | undefined][] = [
    ['perfix', ['path', 'prefix'], 'prefix'],
    ['conect_timeout', ['connect_timeout', 'timeout'], 'connect_timeout'],
    ['reviews-v4', ['reviews-v3', 'reviews-v2', 'ratings'], 'reviews-v3'],
    ['zzz', ['aaa', 'bbb'], undefined],
    ['x', [], undefined],
    ['a'.repeat(300), ['a'.repeat(300)], undefined],
  ];
  for (const [name, candidates, expected] of nearest)
    it(`nearest to ${name.slice(0, 20)} is ${expected}`, () =>
      assert.equal(nearestName(name, candidates), expected));

  it('are as far apart as their edits', () => {
    assert.deepEqual(
      [
        editDistance('', 'abc', 9),
        editDistance('abc', 'acb', 9),
        editDistance('kitten', 'sitting', 9),
        editDistance('kitten', 'sitting', 2),
      ],
      [3, 1, 3, 2],
    );
  });

  it('have JSON forms as protobuf derives them', () => {
    assert.deepEqual(['a_b', 'consecutive_5xx', 'http1_safe_max', 'a__b', '_a', 'a_'].map(jsonNameOf), [
      'aB',
      'consecutive5xx',
      'http1SafeMax',
      'aB',
      'A',
      'a',
    ]);
  });

  it('of extensions lead to their types', () => {
    const url = (name: string): string => `type.googleapis.com/${name}`;
    assert.equal(
      typeUrlOfExtension('envoy.filters.http.router'),
      url('envoy.extensions.filters.http.router.v3.Router'),
    );
    assert.equal(
      typeUrlOfExtension('envoy.filters.network.tcp_proxy'),
      url('envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy'),
    );
    assert.equal(
      typeUrlOfExtension('envoy.filters.network.http_connection_manager'),
      url('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'),
    );
    assert.equal(
      typeUrlOfExtension('envoy.filters.http.fault'),
      url('envoy.extensions.filters.http.fault.v3.HTTPFault'),
    );
    assert.equal(typeUrlOfExtension('constructor'), undefined);
    assert.equal(typeUrlOfExtension('my.filter'), undefined);
  });

  it('floats are as short as they can be', () => {
    assert.deepEqual(
      [0.1, 3.4028234663852886e38, 1.1754943508222875e-38, 16777217, 0].map((value) =>
        shortestFloat(Math.fround(value)),
      ),
      [0.1, 3.4028235e38, 1.1754944e-38, 16777216, 0],
    );
  });
});
