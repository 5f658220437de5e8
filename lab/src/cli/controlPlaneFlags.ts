import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import type { AgentOptions } from '../backends/backend.js';
import { Failure } from './failure.js';

/** Flags of a control plane that is not the lab's own. */
export interface ControlPlaneFlags {
  readonly controlPlane?: string;
  readonly xds?: 'sotw' | 'delta';
  readonly nodeId?: string;
  readonly nodeCluster?: string;
  readonly metadata?: string;
  readonly tls?: boolean;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsServerName?: string;
  readonly tokenFile?: string;
}

export function addControlPlaneFlags(command: Command): Command {
  return command
    .option(
      '--control-plane <address>',
      "take the configuration from there (host:port, unix:/path), not from the lab's own",
    )
    .addOption(new Option('--xds <protocol>', 'state of the world or incremental').choices(['sotw', 'delta']))
    .option(
      '--node-id <id>',
      'of the agents there; {lab} and {node} stand for the names (default: {lab}.{node})',
    )
    .option('--node-cluster <name>', 'of the agents there (default: the name of the lab)')
    .option('--metadata <json>', 'of the agents there, a JSON object')
    .option('--tls', 'encrypted, trusting the authorities of the system')
    .option('--tls-ca <file>', 'encrypted, trusting these authorities')
    .option('--tls-cert <file>', "the agents' certificate")
    .option('--tls-key <file>', 'and its key')
    .option(
      '--tls-server-name <name>',
      'name in the certificate of the control plane, where the address has another',
    )
    .option('--token-file <file>', 'bearer token');
}

/** Throws Failure when flags make no sense without --control-plane, or one of them is not what it should be. */
export function agentOptionsOf(flags: ControlPlaneFlags, cwd: string): AgentOptions {
  const { controlPlane, xds, nodeId, nodeCluster, metadata, tls, tlsServerName } = flags;
  if (metadata !== undefined && !isObject(metadata))
    throw new Failure(
      'usage',
      '--metadata is not a JSON object.',
      'Give it as \'{"NAMESPACE": "default"}\'.',
    );
  const path = (file: string | undefined): string | undefined =>
    file === undefined ? undefined : resolve(cwd, file);
  const [tlsCa, tlsCert, tlsKey, tokenFile] = [flags.tlsCa, flags.tlsCert, flags.tlsKey, flags.tokenFile].map(
    path,
  );
  const secured = { tls, tlsCa, tlsCert, tlsKey, tlsServerName, tokenFile };
  if (controlPlane === undefined && Object.values(secured).some((value) => value !== undefined))
    throw new Failure(
      'usage',
      'TLS and a token are for another control plane.',
      'Name it with --control-plane host:port.',
    );
  const given = { controlPlane, xds, nodeId, nodeCluster, nodeMetadata: metadata, ...secured };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function isObject(json: string): boolean {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
