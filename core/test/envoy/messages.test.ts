import assert from 'node:assert/strict';
import { validateMessage } from '../../src/diagnostics/validateMessage.js';
import { decodeAny, encodeAny } from '../../src/envoy/codec.js';
import { withoutSecrets } from '../../src/envoy/secrets.js';
import { formatFieldPath, type JsonObject } from '../../src/resources/model.js';

const FILTERS = 'envoy.extensions.filters.http';
const TLS = 'envoy.extensions.transport_sockets.tls.v3';
const LOGS = 'envoy.extensions.access_loggers';
const percent = { numerator: 1, denominator: 'TEN_THOUSAND' };

/** Messages that the lab does not run, in canonical JSON, each with one thing that protoc-gen-validate refuses and its field. */
// prettier-ignore
const MESSAGES: readonly (readonly [type: string, value: JsonObject, wrong: JsonObject, field: string])[] = [
  ['envoy.config.route.v3.ScopedRouteConfiguration', { name: 's', routeConfigurationName: 'r', key: { fragments: [{ stringKey: 'k' }] } }, { key: { fragments: [] } }, 'key.fragments'],
  ['envoy.config.route.v3.VirtualHost', { name: 'v', domains: ['*'] }, { domains: [] }, 'domains'],
  [`${FILTERS}.fault.v3.HTTPFault`, { delay: { fixedDelay: '1s', percentage: percent }, abort: { httpStatus: 503, percentage: percent } }, { abort: { httpStatus: 700 } }, 'abort.httpStatus'],
  [`${FILTERS}.local_ratelimit.v3.LocalRateLimit`, { statPrefix: 's', tokenBucket: { maxTokens: 10, fillInterval: '1s' } }, { tokenBucket: { maxTokens: 0, fillInterval: '1s' } }, 'tokenBucket.maxTokens'],
  [`${FILTERS}.rbac.v3.RBAC`, { rules: { policies: { p: { permissions: [{ any: true }], principals: [{ any: true }] } } } }, { rules: { policies: { p: { permissions: [], principals: [{ any: true }] } } } }, 'rules.policies.p.permissions'],
  [`${FILTERS}.rbac.v3.RBACPerRoute`, { rbac: {} }, { rbac: { rules: { action: 9 } } }, 'rbac.rules.action'],
  [`${FILTERS}.jwt_authn.v3.JwtAuthentication`, { providers: { p: { issuer: 'i', localJwks: { inlineString: '{}' } } }, rules: [{ match: { prefix: '/' }, requires: { providerName: 'p' } }] }, { providers: { p: { remoteJwks: { httpUri: { uri: '', cluster: 'c', timeout: '1s' } } } } }, 'providers.p.remoteJwks.httpUri.uri'],
  [`${FILTERS}.cors.v3.CorsPolicy`, { allowOriginStringMatch: [{ exact: 'https://a' }], allowMethods: 'GET' }, { allowOriginStringMatch: [{}] }, 'allowOriginStringMatch[0]'],
  [`${FILTERS}.health_check.v3.HealthCheck`, { passThroughMode: false, headers: [{ name: ':path', stringMatch: { exact: '/ok' } }] }, { passThroughMode: false, headers: [{ name: '' }] }, 'headers[0].name'],
  [`${FILTERS}.header_mutation.v3.HeaderMutation`, { mutations: { requestMutations: [{ remove: 'x' }] } }, { mutations: { requestMutations: [{ append: { header: { key: '' } } }] } }, 'mutations.requestMutations[0].append.header.key'],
  [`${LOGS}.file.v3.FileAccessLog`, { path: '/dev/null', logFormat: { textFormatSource: { inlineString: '%PROTOCOL%' } } }, { path: '' }, 'path'],
  [`${LOGS}.stream.v3.StdoutAccessLog`, { logFormat: { jsonFormat: { a: '%PROTOCOL%' } } }, { logFormat: { textFormatSource: {} } }, 'logFormat.textFormatSource'],
  [`${LOGS}.grpc.v3.HttpGrpcAccessLogConfig`, { commonConfig: { logName: 'l', grpcService: { envoyGrpc: { clusterName: 'c' } } } }, { commonConfig: { logName: '', grpcService: { envoyGrpc: { clusterName: 'c' } } } }, 'commonConfig.logName'],
  [`${TLS}.UpstreamTlsContext`, { sni: 'a', commonTlsContext: { alpnProtocols: ['h2'] } }, { sni: 'a'.repeat(300) }, 'sni'],
  [`${TLS}.DownstreamTlsContext`, { commonTlsContext: { tlsCertificates: [{ privateKey: { filename: '/k' } }] } }, { sessionTicketKeys: { keys: [] } }, 'sessionTicketKeys.keys'],
  [`${TLS}.Secret`, { name: 's', genericSecret: { secret: { inlineString: 'x' } } }, { name: 's', sessionTicketKeys: { keys: [] } }, 'sessionTicketKeys.keys'],
  ['envoy.service.runtime.v3.Runtime', { name: 'r', layer: { a: { b: 1 } } }, { name: '' }, 'name'],
];

describe('messages that the lab does not run', () => {
  for (const [type, value, wrong, field] of MESSAGES)
    it(`${type} is decoded and validated`, () => {
      const typeUrl = `type.googleapis.com/${type}`;
      const encoded = encodeAny(typeUrl, value);
      assert.ok(encoded.ok, JSON.stringify(encoded));
      const decoded = decodeAny(typeUrl, encoded.bytes);
      assert.ok(decoded.ok);
      assert.deepEqual(encodeAny(typeUrl, decoded.value), encoded);
      assert.deepEqual(validateMessage(type, decoded.value), []);
      const told = validateMessage(type, { ...value, ...wrong }).map(({ path }) => formatFieldPath(path));
      assert.ok(told.includes(field), `${field} is not among ${told.join(', ')}`);
    });

  it('an Any of a type that nobody knows is refused by its name, as in Envoy', () => {
    const filters = [{ name: 'x', typedConfig: { '@type': 'type.googleapis.com/foo.Bar', a: 1 } }];
    const listener = { name: 'l', listenerFilters: filters };
    const encoded = encodeAny('type.googleapis.com/envoy.config.listener.v3.Listener', listener);
    assert.ok(!encoded.ok);
    assert.match(encoded.problems[0]?.message ?? '', /"foo\.Bar"/);
  });
});

describe('secrets', () => {
  it('are not shown, wherever they stand', () => {
    const context = {
      '@type': `type.googleapis.com/${TLS}.DownstreamTlsContext`,
      commonTlsContext: {
        alpnProtocols: ['h2'],
        tlsCertificates: [
          { certificateChain: { inlineString: 'public' }, privateKey: { inlineString: 'secret-key' } },
          { privateKey: { inlineBytes: 'c2VjcmV0' }, password: { inlineString: 'secret-password' } },
        ],
      },
    };
    const listener = {
      name: 'l',
      filterChains: [{ transportSocket: { name: 'tls', typedConfig: context } }],
    };
    const shown = JSON.stringify(withoutSecrets('envoy.config.listener.v3.Listener', listener));
    assert.doesNotMatch(shown, /secret|c2VjcmV0/);
    assert.match(shown, /"certificateChain":\{"inlineString":"public"\}/);
    assert.match(shown, /"privateKey":\{"inlineString":"\[redacted\]"\}/);
    assert.equal(JSON.stringify(listener).includes('secret-key'), true, 'the resource itself stays as it is');
    const ticket = { name: 's', sessionTicketKeys: { keys: [{ inlineString: 'secret' }] } };
    assert.doesNotMatch(JSON.stringify(withoutSecrets(`${TLS}.Secret`, ticket)), /"secret"/);
  });
});
