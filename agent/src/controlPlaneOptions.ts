import { isAbsolute } from 'node:path';
import type { JsonObject } from '@onehop/core/resources/model.js';
import type { NodeIdentity } from './xds/node.js';
import { xdsProtocols, type XdsProtocol } from './xds/protocol.js';
import type { Security } from './xds/security.js';
import { OptionError } from './optionError.js';

/** Where the configuration comes from, and who the agent is there. */
export interface ControlPlaneOptions {
  /** `unix:/path` or `host:port`. */
  readonly controlPlane: string;
  readonly xds: XdsProtocol;
  readonly identity: NodeIdentity;
  readonly security: Security;
}

const text = { type: 'string' } as const;

/** For `parseArgs`. */
export const controlPlaneFlags = {
  'control-plane': text,
  xds: text,
  'node-id': text,
  'node-cluster': text,
  'node-metadata': text,
  tls: { type: 'boolean' },
  'tls-ca': text,
  'tls-cert': text,
  'tls-key': text,
  'tls-server-name': text,
  'token-file': text,
} as const;

export const controlPlaneUsage =
  '--control-plane unix:/PATH|HOST:PORT [--xds sotw|delta] [--node-id ID] [--node-cluster NAME] [--node-metadata JSON] ' +
  '[--tls] [--tls-ca FILE] [--tls-cert FILE --tls-key FILE] [--tls-server-name NAME] [--token-file FILE]';

type Values = { readonly [F in keyof typeof controlPlaneFlags]?: string | boolean | undefined };

/** Throws OptionError. `lab` and `node` say who the agent is unless the flags do. */
export function controlPlaneOptions(values: Values, lab: string, node: string): ControlPlaneOptions {
  const given = (name: keyof Values): string | undefined => {
    const value = values[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const file = (name: keyof Values): string | undefined => {
    const path = given(name);
    if (path === undefined || isAbsolute(path)) return path;
    throw new OptionError(name, `--${name} "${path}" is not an absolute path.`, 'Give it from / on.');
  };
  const metadata = given('node-metadata');
  return {
    controlPlane: address(given('control-plane')),
    xds: protocol(given('xds') ?? 'sotw'),
    identity: {
      id: given('node-id') ?? `${lab}.${node}`,
      cluster: given('node-cluster') ?? lab,
      ...(metadata !== undefined && { metadata: parseMetadata(metadata) }),
    },
    security: securityOf({
      on: values.tls === true,
      ca: file('tls-ca'),
      cert: file('tls-cert'),
      key: file('tls-key'),
      serverName: given('tls-server-name'),
      tokenFile: file('token-file'),
    }),
  };
}

interface SecurityFlags {
  readonly on: boolean;
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly serverName: string | undefined;
  readonly tokenFile: string | undefined;
}

/** Any flag of TLS turns it on. */
function securityOf({ on, ca, cert, key, serverName, tokenFile }: SecurityFlags): Security {
  if ((cert === undefined) !== (key === undefined))
    throw new OptionError(
      'tls-cert',
      '--tls-cert and --tls-key belong together.',
      'Give both, or none when the control plane asks for no certificate.',
    );
  const tls = {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(serverName !== undefined && { serverName }),
  };
  return {
    ...((on || Object.keys(tls).length > 0) && { tls }),
    ...(tokenFile !== undefined && { tokenFile }),
  };
}

function address(given: string | undefined): string {
  if (given === undefined)
    throw new OptionError('control-plane', '--control-plane is missing.', controlPlaneUsage);
  if (/^unix:\/./.test(given) || /^(\[[0-9a-fA-F:.]+\]|[^:/\s]+):\d{1,5}$/.test(given)) return given;
  throw new OptionError(
    'control-plane',
    `--control-plane "${given}" is not an address.`,
    'Give unix:/absolute/path or host:port.',
  );
}

function protocol(name: string): XdsProtocol {
  const found = xdsProtocols.find((one) => one === name);
  if (found !== undefined) return found;
  throw new OptionError('xds', `--xds "${name}" is unknown.`, `One of ${xdsProtocols.join(', ')}.`);
}

function parseMetadata(json: string): JsonObject {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  } catch {
    // Told below.
  }
  throw new OptionError(
    'node-metadata',
    '--node-metadata is not a JSON object.',
    'Give it as {"NAMESPACE": "default"}.',
  );
}
