import assert from 'node:assert/strict';
import { FieldType, findMessage, messageOf, type MessageDescriptor } from '../../src/envoy/schema.js';
import { messageNameOf } from '../../src/resources/model.js';
import { cluster, loadAssignment } from '../../src/routing/support/cluster.js';
import { listener } from '../../src/routing/support/listener.js';
import { routeConfiguration } from '../../src/routing/support/route.js';
import type { FieldSpec, MessageSpec } from '../../src/routing/support/spec.js';

/** Fields of Envoy 1.40 that the protos of this build do not have yet. */
const NEWER = new Set([
  'filterState',
  'cookies',
  'pathRewrite',
  'flushTimeout',
  'useHashPolicy',
  'bodyFormat',
  'watchedDirectory',
  'requestBodyBufferLimit',
  'networkNamespaceFilepath',
  'fcdsConfig',
  'backoffOptions',
  'maxDownstreamConnectionDurationJitterPercentage',
  'proxyProtocolTlvs',
  'endpointName',
  'maxResponseHeadersKb',
  'ignoreHttp11Upgrade',
  'http1SafeMaxConnectionDuration',
  'streamFlushTimeout',
  'outlierDetection',
  'dnsJitter',
  'rejectConnectRequestEarlyData',
  'disableOverprovisioning',
  'rateLimits',
  'maxDynamicDescriptors',
  'removeOnMatch',
  'sourcedMetadata',
  'custom',
  'celConfig',
  'queryParameterMutations',
  'responseTrailersMutations',
  'requestTrailersMutations',
]);

/** Every field that either side has and the other has not. */
function differences(
  spec: MessageSpec,
  message: MessageDescriptor,
  at: string,
  seen: Set<MessageSpec>,
): string[] {
  if (seen.has(spec)) return [];
  seen.add(spec);
  const missing = message.fields
    .filter(({ jsonName }) => spec[jsonName] === undefined)
    .map(({ jsonName }) => `${at}.${jsonName} is not decided about`);
  const inner = Object.entries(spec).flatMap(([name, field]): string[] => {
    const descriptor = message.byName.get(name);
    if (descriptor?.jsonName !== name)
      return NEWER.has(name) ? [] : [`${at}.${name} is no field of ${message.name}`];
    const isMessage = descriptor.type === FieldType.message && descriptor.typeName !== undefined;
    return below(field, isMessage ? messageOf(descriptor) : undefined, `${at}.${name}`, seen);
  });
  return [...missing, ...inner];
}

function below(
  field: FieldSpec,
  message: MessageDescriptor | undefined,
  at: string,
  seen: Set<MessageSpec>,
): string[] {
  switch (field.kind) {
    case 'message':
    case 'list':
      return message === undefined ? [`${at} is no message`] : differences(field.spec, message, at, seen);
    case 'map':
      return Object.entries(field.spec).flatMap(([key, value]) =>
        below(value, undefined, `${at}.${key}`, seen),
      );
    case 'each':
      return below(field.of, message, at, seen);
    case 'any':
      return Object.entries(field.types).flatMap(([type, spec]) => {
        const found = findMessage(messageNameOf(type) ?? '');
        return found === undefined
          ? [`${at}: there is no ${type}`]
          : differences(spec, found, `${at}<${found.name}>`, seen);
      });
    default:
      return [];
  }
}

describe('routing: what is supported', () => {
  const roots: readonly [string, MessageSpec][] = [
    ['envoy.config.listener.v3.Listener', listener],
    ['envoy.config.route.v3.RouteConfiguration', routeConfiguration],
    ['envoy.config.cluster.v3.Cluster', cluster],
    ['envoy.config.endpoint.v3.ClusterLoadAssignment', loadAssignment],
  ];
  for (const [name, spec] of roots) {
    it(`decides about every field of ${name}`, () => {
      const message = findMessage(name);
      assert.ok(message);
      assert.deepEqual(differences(spec, message, name.slice(name.lastIndexOf('.') + 1), new Set()), []);
    });
  }
});
