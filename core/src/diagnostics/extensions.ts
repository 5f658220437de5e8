/** Extensions without a configuration, or with that of another kind of extension: Envoy looks them up by its type. */
import type { Visited } from '../envoy/walk.js';
import { isJsonObject } from '../envoy/wellKnown.js';
import { shortName } from '../envoy/wording.js';
import { messageNameOf } from '../resources/model.js';
import type { Family, Finding } from './finding.js';

interface Kind {
  /** "an HTTP filter" */
  readonly what: string;
  /** How the names of its types begin. */
  readonly types: string;
}

/** By the message that holds the extension. */
const KINDS: Readonly<Record<string, Kind>> = {
  'envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter': {
    what: 'an HTTP filter',
    types: 'envoy.extensions.filters.http.',
  },
  'envoy.config.listener.v3.Filter': { what: 'a network filter', types: 'envoy.extensions.filters.network.' },
  'envoy.config.listener.v3.ListenerFilter': {
    what: 'a listener filter',
    types: 'envoy.extensions.filters.listener.',
  },
  'envoy.config.accesslog.v3.AccessLog': { what: 'an access log', types: 'envoy.extensions.access_loggers.' },
  'envoy.config.core.v3.TransportSocket': {
    what: 'a transport socket',
    types: 'envoy.extensions.transport_sockets.',
  },
};

/** Extensions whose type is missing or of another kind. What may be of their kind is let pass. */
export const extensionType: Family = {
  concerns: (_, { typeName }) => Object.hasOwn(KINDS, typeName ?? ''),
  find: wrongExtension,
};

function wrongExtension({ field, value, path }: Visited): Finding | undefined {
  const kind = KINDS[field.typeName ?? ''];
  if (kind === undefined || !isJsonObject(value)) return undefined;
  // Envoy does without an optional filter that it does not know; a filter by discovery comes later.
  if (value['isOptional'] === true || value['configDiscovery'] !== undefined) return undefined;
  const config = value['typedConfig'];
  const typeUrl = isJsonObject(config) ? config['@type'] : undefined;
  const type = typeof typeUrl === 'string' ? messageNameOf(typeUrl) : undefined;
  if (type === undefined)
    return {
      rule: 'extension-type',
      severity: 'error',
      path,
      message: `This is ${kind.what} without typed_config, and Envoy finds extensions by its type.`,
      hint: 'Add typed_config with "@type".',
    };
  if (type.startsWith(kind.types) || !isOfAnotherKind(type)) return undefined;
  return {
    rule: 'extension-type',
    severity: 'error',
    path: [...path, 'typedConfig'],
    message: `${shortName(type)} is not the configuration of ${kind.what}.`,
    hint: `Use a type of ${kind.types}*, or move it to where it belongs.`,
  };
}

/** Wrappers, and types of others than Envoy, may hold any extension. */
function isOfAnotherKind(type: string): boolean {
  return (
    (type.startsWith('envoy.') && !type.startsWith('envoy.extensions.common.')) ||
    /^google\.protobuf\.(Empty|Struct)$/.test(type)
  );
}
