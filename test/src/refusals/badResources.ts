/** Kinds of bad resource: each a good one with one thing wrong. */
import {
  FieldType,
  type FieldDescriptor,
  findEnum,
  findMessage,
  type MessageDescriptor,
  messageOf,
} from '@onehop/core/envoy/schema.js';
import { wellKnownKind } from '@onehop/core/envoy/wellKnown.js';
import {
  type FieldPath,
  formatFieldPath,
  type JsonObject,
  type JsonValue,
  messageNameOf,
  parseFieldPath,
  type XdsResource,
} from '@onehop/core/resources/model.js';
import { cluster, loadAssignment } from '@onehop/core/routing/support/cluster.js';
import { listener } from '@onehop/core/routing/support/listener.js';
import { routeConfiguration } from '@onehop/core/routing/support/route.js';
import type { FieldSpec, MessageSpec } from '@onehop/core/routing/support/spec.js';
import { type GoodName, goodResources } from './goodResources.js';

export interface BadResource {
  readonly title: string;
  readonly resource: XdsResource;
  /** The field that is wrong; what is told may be a field inside of it. */
  readonly field: string;
}

/** Values that are wrong, by hand: what protoc-gen-validate or Envoy's own code refuses. `[resource, field, value, told field]` */
// prettier-ignore
const WRONG: readonly Wrong[] = [
  ['a', 'connectTimeout', '0s'],
  ['a', 'connectTimeout', '-1s'],
  ['a', 'lbPolicy', 'CLUSTER_PROVIDED'],
  ['a', 'loadAssignment.clusterName', ''],
  ['a', 'loadAssignment.endpoints[0].lbEndpoints[0].endpoint.address.socketAddress.address', ''],
  ['a', 'loadAssignment.endpoints[0].lbEndpoints[0].endpoint.address.socketAddress.address', 'not.an.ip'],
  ['a', 'loadAssignment.endpoints[0].lbEndpoints[0].endpoint.address.socketAddress.address', '300.1.1.1'],
  ['a', 'loadAssignment.endpoints[0].lbEndpoints[0].endpoint.address.socketAddress.portValue', 65536],
  ['a', 'loadAssignment.endpoints[0].lbEndpoints[0].endpoint.address', {}],
  ['a', 'loadAssignment.endpoints[0].lbEndpoints[0].loadBalancingWeight', 0],
  ['a', 'loadAssignment.endpoints[0].priority', 129],
  ['a', 'loadAssignment.policy.overprovisioningFactor', 0],
  ['a', 'commonLbConfig.healthyPanicThreshold.value', 101],
  ['a', 'commonLbConfig.healthyPanicThreshold.value', -1],
  ['a', 'leastRequestLbConfig', { choiceCount: 1 }],
  ['a', 'lbSubsetConfig.localityWeightAware', true],
  ['a', 'ringHashLbConfig', { minimumRingSize: '9000000' }],
  ['a', 'ringHashLbConfig', { maximumRingSize: '9000000' }],
  ['a', 'maglevLbConfig', { tableSize: '6000000' }],
  ['a', 'commonLbConfig.consistentHashingLbConfig', { hashBalanceFactor: 99 }],
  ['a', 'cleanupInterval', '0s'],
  ['a', 'dnsRefreshRate', '0s'],
  ['e', 'edsClusterConfig.edsConfig', {}],
  ['e', 'edsClusterConfig', {}],
  ['e', 'type', 'STATIC', 'edsClusterConfig'],
  ['endpoints', 'endpoints[0].lbEndpoints[0].endpoint.address.socketAddress.address', 'localhost'],
  ['endpoints', 'endpoints[0].lbEndpoints[0].endpoint.address.socketAddress.portValue', 70000],
  ['endpoints', 'endpoints[0].lbEndpoints[0].loadBalancingWeight', 0],
  ['endpoints', 'endpoints[0].priority', 200],
  ['web', 'address', {}],
  ['web', 'address.socketAddress.address', ''],
  ['web', 'address.socketAddress.address', 'web'],
  ['web', 'address.socketAddress.portValue', 65536],
  ['web', 'filterChains[0].filters[0].name', ''],
  ['web', 'filterChains[0].filters', []],
  ['web', 'filterChains', []],
  ['web', 'filterChains[0].filters[0].typedConfig.statPrefix', ''],
  ['web', 'filterChains[0].filters[0].typedConfig.httpFilters', []],
  ['web', 'filterChains[0].filters[0].typedConfig.httpFilters[0].name', ''],
  ['web', 'filterChains[0].filters[0].typedConfig.rds.configSource', {}],
  ['web', 'filterChains[0].filters[0].typedConfig.rds.routeConfigName', '', 'filterChains[0].filters[0].typedConfig.rds'],
  ['web', 'filterChains[0].filters[0].typedConfig.maxRequestHeadersKb', 9000],
  ['web', 'filterChains[0].filters[0].typedConfig.maxRequestHeadersKb', 0],
  ['web', 'filterChains[0].filters[0].typedConfig.serverName', 'a\nb'],
  ['db', 'filterChains[0].filters[0].typedConfig.statPrefix', ''],
  ['db', 'filterChains[0].filters[0].typedConfig.cluster', '', 'filterChains[0].filters[0].typedConfig'],
  ['db', 'filterChains[0].filters[0].typedConfig.maxConnectAttempts', 0],
  ['routes', 'virtualHosts[0].name', ''],
  ['routes', 'virtualHosts[0].domains', []],
  ['routes', 'virtualHosts[0].domains', ['web', 'web'], 'virtualHosts[0].domains[1]'],
  ['routes', 'virtualHosts[0].domains', ['web', 'WEB'], 'virtualHosts[0].domains[1]'],
  ['routes', 'virtualHosts[0].domains', ['']],
  ['routes', 'virtualHosts[0].domains', ['a\nb']],
  ['routes', 'virtualHosts[0].routes[0].match', {}],
  ['routes', 'virtualHosts[0].routes[0].match', { safeRegex: { regex: '' } }],
  ['routes', 'virtualHosts[0].routes[0].match', { safeRegex: { regex: '(' } }],
  ['routes', 'virtualHosts[0].routes[0].match', { safeRegex: { regex: 'a(?=b)' } }],
  ['routes', 'virtualHosts[0].routes[0].match', { pathSeparatedPrefix: '/a/' }],
  ['routes', 'virtualHosts[0].routes[0].match', { pathSeparatedPrefix: 'a' }],
  ['routes', 'virtualHosts[0].routes[0].match.headers[0].name', ''],
  ['routes', 'virtualHosts[0].routes[0].match.headers[0].stringMatch', {}],
  ['routes', 'virtualHosts[0].routes[0].match.headers[0].stringMatch', { prefix: '' }],
  ['routes', 'virtualHosts[0].routes[0].match.headers[0].stringMatch', { suffix: '' }],
  ['routes', 'virtualHosts[0].routes[0].match.headers[0].stringMatch', { contains: '' }],
  ['routes', 'virtualHosts[0].routes[0].match.headers[0].stringMatch', { safeRegex: { regex: '[' } }],
  ['routes', 'virtualHosts[0].routes[0].route', {}],
  ['routes', 'virtualHosts[0].routes[0].route.cluster', ''],
  ['routes', 'virtualHosts[0].routes[1].route.weightedClusters.clusters', []],
  ['routes', 'virtualHosts[0].routes[1].route.weightedClusters.clusters[0].name', '', 'virtualHosts[0].routes[1].route.weightedClusters.clusters[0]'],
  ['routes', 'virtualHosts[0].routes[1].route.weightedClusters.clusters', [{ name: 'a', weight: 0 }, { name: 'e', weight: 0 }]],
  ['routes', 'virtualHosts[0].routes[1].route.weightedClusters.clusters', [{ name: 'a', weight: 4294967295 }, { name: 'e', weight: 1 }]],
  ['routes', 'virtualHosts[0].retryPolicy.retryOn', 'sometimes'],
  ['routes', 'virtualHosts[0].retryPolicy.retryPriority', { name: 'one' }],
  ['routes', 'virtualHosts[0].retryPolicy.rateLimitedRetryBackOff', { resetHeaders: [{ name: 'a' }] }],
  ['routes', 'internalOnlyHeaders', ['a b']],
  ...perFilter('fault.v3.HTTPFault', [{ maxActiveFaults: 3 }, { downstreamNodes: ['a'] }, { abort: { httpStatus: 99 } }, { delay: { fixedDelay: '0s' } }, { responseRateLimit: { fixedLimit: { limitKbps: '1' } } }]),
  ...perFilter('cors.v3.CorsPolicy', [{ allowOriginStringMatch: [{ safeRegex: { regex: '(' } }] }, { allowOriginStringMatch: [{ prefix: '' }] }]),
  ...perFilter('rbac.v3.RBACPerRoute', [permitted({ metadata: { filter: 'a' } }), permitted({ requestedServerName: { exact: 'a' } }), permitted({ destinationIp: { addressPrefix: 'a' } }), permitted({ header: { name: 'x-envoy-a', presentMatch: true } })]),
  ...perFilter('local_ratelimit.v3.LocalRateLimit', [limited({ descriptors: [{ entries: [{ key: 'a', value: 'b' }], tokenBucket: { maxTokens: 1, fillInterval: '1s' } }] }), limited({ localRateLimitPerDownstreamConnection: true }), limited({ enableXRatelimitHeaders: 'DRAFT_VERSION_03' }), limited({ tokenBucket: { maxTokens: 1, fillInterval: '0.01s' } })]),
  ...perFilter('header_mutation.v3.HeaderMutationPerRoute', [mutated({ remove: 'content-length' }), mutated({ append: { header: { key: 'a', value: '%NOPE%' } } }), mutated({})]),
  ...perFilter('jwt_authn.v3.PerRouteConfig', [{ requirementName: 'a' }]),
];

type Wrong = readonly [of: GoodName, field: string, value: JsonValue, told?: string];

/** What a virtual host says about a filter. */
function perFilter(type: string, values: readonly JsonObject[]): Wrong[] {
  return values.map((value) => [
    'routes',
    'virtualHosts[0].typedPerFilterConfig',
    { one: { '@type': `type.googleapis.com/envoy.extensions.filters.http.${type}`, ...value } },
  ]);
}

function permitted(permission: JsonObject): JsonObject {
  return {
    rbac: { rules: { policies: { one: { permissions: [permission], principals: [{ any: true }] } } } },
  };
}

function limited(more: JsonObject): JsonObject {
  return { statPrefix: 'limit', ...more };
}

function mutated(mutation: JsonObject): JsonObject {
  return { mutations: { requestMutations: [mutation] } };
}

export function badResources(): BadResource[] {
  const byHand = WRONG.map(([of, field, value, told = field]): BadResource => ({
    title: `${of}: ${field} is ${JSON.stringify(value)}`,
    resource: changed(goodResources[of], parseFieldPath(field) ?? [], value),
    field: told,
  }));
  return [...byHand, ...HTTP_FILTERS.map(withHttpFilter), ...refusedFields()];
}

/** HTTP filters that Envoy has and OneHop does not run: all the messages named are in the tables. */
// prettier-ignore
const HTTP_FILTERS = ['adaptive_concurrency.v3.AdaptiveConcurrency', 'admission_control.v3.AdmissionControl', 'aws_lambda.v3.Config', 'bandwidth_limit.v3.BandwidthLimit', 'basic_auth.v3.BasicAuth', 'buffer.v3.Buffer', 'cache.v3.CacheConfig', 'composite.v3.Composite', 'compressor.v3.Compressor', 'credential_injector.v3.CredentialInjector', 'csrf.v3.CsrfPolicy', 'decompressor.v3.Decompressor', 'dynamic_forward_proxy.v3.FilterConfig', 'ext_authz.v3.ExtAuthz', 'ext_proc.v3.ExternalProcessor', 'gcp_authn.v3.GcpAuthnFilterConfig', 'grpc_json_transcoder.v3.GrpcJsonTranscoder', 'grpc_stats.v3.FilterConfig', 'grpc_web.v3.GrpcWeb', 'header_to_metadata.v3.Config', 'health_check.v3.HealthCheck', 'ip_tagging.v3.IPTagging', 'jwt_authn.v3.JwtAuthentication', 'lua.v3.Lua', 'oauth2.v3.OAuth2', 'original_src.v3.OriginalSrc', 'ratelimit.v3.RateLimit', 'set_metadata.v3.Config', 'stateful_session.v3.StatefulSession', 'tap.v3.Tap', 'wasm.v3.Wasm']
  .map((name) => `envoy.extensions.filters.http.${name}`);

function withHttpFilter(type: string): BadResource {
  const { web } = goodResources;
  const at = 'filterChains[0].filters[0].typedConfig.httpFilters';
  const path = parseFieldPath(at) ?? [];
  const list = path.reduce<JsonValue | undefined>(
    (value, step) => (value as Readonly<Record<string | number, JsonValue>> | undefined)?.[step],
    web.value,
  ) as readonly JsonValue[];
  const filter = { name: 'one', typedConfig: { '@type': `type.googleapis.com/${type}` } };
  return { title: `HTTP filter ${type}`, resource: changed(web, path, [filter, ...list]), field: `${at}[0]` };
}

const SPECS: readonly (readonly [of: GoodName, spec: MessageSpec])[] = [
  ['web', listener],
  ['db', listener],
  ['routes', routeConfiguration],
  ['a', cluster],
  ['endpoints', loadAssignment],
];

/** Every field that the tables of support refuse, set in the good resource, where that has the message around it. */
function refusedFields(): BadResource[] {
  const found = new Map<string, BadResource>();
  for (const [of, spec] of SPECS) {
    const resource = goodResources[of];
    const message = findMessage(messageNameOf(resource.typeUrl) ?? '');
    if (message === undefined) continue;
    for (const { path, descriptor } of refusedIn(spec, message, resource.value, [])) {
      const value = valueOf(descriptor);
      if (value === undefined) continue;
      const field = formatFieldPath(path);
      // The same message in another place is the same kind.
      const key = `${path.at(-1)} ${descriptor.number} ${path.length}`;
      if (found.has(key)) continue;
      found.set(key, {
        title: `${of}: ${field} is not supported`,
        resource: changed(resource, path, value),
        field,
      });
    }
  }
  return [...found.values()];
}

interface RefusedField {
  readonly path: FieldPath;
  readonly descriptor: FieldDescriptor;
}

function refusedIn(
  spec: MessageSpec,
  message: MessageDescriptor,
  value: JsonValue | undefined,
  path: FieldPath,
): RefusedField[] {
  return Object.entries(spec).flatMap(([name, field]): RefusedField[] => {
    const descriptor = message.byName.get(name);
    if (descriptor === undefined) return [];
    const at = [...path, name];
    const inner = isObject(value) ? value[name] : undefined;
    // Of a oneof, another member would take the place of the one that is there.
    const taken = descriptor.oneof !== undefined && isObject(value) && message.fields.some((one) => one.oneof === descriptor.oneof && one !== descriptor && value[one.jsonName] !== undefined); // prettier-ignore
    if (field.kind === 'refused') return taken ? [] : [{ path: at, descriptor }];
    return inner === undefined ? [] : below(field, descriptor, inner, at);
  });
}

function below(
  field: FieldSpec,
  descriptor: FieldDescriptor,
  value: JsonValue,
  at: FieldPath,
): RefusedField[] {
  if (field.kind === 'message') return refusedIn(field.spec, messageOf(descriptor), value, at);
  if (field.kind === 'list' && Array.isArray(value))
    return refusedIn(field.spec, messageOf(descriptor), (value as readonly JsonValue[])[0], [...at, 0]);
  if (field.kind === 'any' && isObject(value)) {
    const type = String(value['@type']);
    const spec = field.types[type];
    const message = findMessage(messageNameOf(type) ?? '');
    return spec === undefined || message === undefined ? [] : refusedIn(spec, message, value, at);
  }
  return [];
}

/** A value that says something; undefined for what has none that is simple. */
function valueOf(descriptor: FieldDescriptor): JsonValue | undefined {
  const one = singleOf(descriptor);
  if (one === undefined) return undefined;
  if (descriptor.presence === 'map') return { key: one };
  return descriptor.presence === 'repeated' ? [one] : one;
}

function singleOf(descriptor: FieldDescriptor): JsonValue | undefined {
  switch (descriptor.type) {
    case FieldType.message: {
      const kind = wellKnownKind(descriptor.typeName ?? '');
      if (kind === 'duration') return '1s';
      if (kind === 'any')
        return { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' };
      if (kind === 'wrapper') return singleOf(messageOf(descriptor).fields[0] as FieldDescriptor);
      return kind === undefined || kind === 'struct' ? {} : undefined;
    }
    case FieldType.bool:
      return true;
    case FieldType.string:
      return 'x';
    case FieldType.bytes:
      return 'eA==';
    case FieldType.enum:
      return [...(findEnum(descriptor.typeName ?? '')?.byName ?? [])].find(([, number]) => number > 0)?.[0];
    default:
      return 1;
  }
}

/** A copy of the resource with another value at `path`; messages on the way that are not there are made. */
function changed(resource: XdsResource, path: FieldPath, value: JsonValue): XdsResource {
  return { ...resource, value: set(resource.value, path, value) as JsonObject };
}

function set(at: JsonValue | undefined, [step, ...rest]: FieldPath, value: JsonValue): JsonValue {
  if (step === undefined) return value;
  if (typeof step === 'number') {
    const list = Array.isArray(at) ? [...(at as readonly JsonValue[])] : [];
    list[step] = set(list[step], rest, value);
    return list;
  }
  const object = isObject(at) ? at : {};
  return { ...object, [step]: set(object[step], rest, value) };
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
