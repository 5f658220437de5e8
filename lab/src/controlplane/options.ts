import { isAbsolute } from 'node:path';
import { parseArgs } from 'node:util';
import { ControlPlaneError } from './errors.js';
import type { TcpAddress } from './tcp.js';

export interface Options {
  /** Absolute path of the unix socket. */
  readonly socket: string;
  /** Files with xDS resources, served from the start. */
  readonly config: readonly string[];
  /** ADS on TCP too. */
  readonly listen?: TcpAddress;
  /** A path, or `-` for standard error. */
  readonly log: string;
}

const usage =
  'Usage: --socket PATH [--config FILE …] [--listen HOST:PORT [--tls-cert FILE --tls-key FILE [--tls-client-ca FILE]]] ' +
  '[--log FILE|-]. The lab starts its control plane by itself: onehop up.';

/** The command line (without node and script) as options. Throws ControlPlaneError. */
export function parseOptions(argv: readonly string[]): Options {
  const values = parseFlags(argv);
  const { socket = '', config = [], log = '-' } = values;
  if (!isAbsolute(socket))
    throw new ControlPlaneError('failed', `--socket "${socket}" is not an absolute path.`, usage);
  const listen = tcpAddress(values);
  return { socket, config, log, ...(listen !== undefined && { listen }) };
}

function tcpAddress(values: ReturnType<typeof parseFlags>): TcpAddress | undefined {
  const { listen: address, 'tls-cert': cert, 'tls-key': key, 'tls-client-ca': clientCa } = values;
  const encrypted = cert !== undefined || key !== undefined || clientCa !== undefined;
  if (address === undefined) {
    if (!encrypted) return undefined;
    throw new ControlPlaneError('failed', 'TLS is for --listen, which is missing.', usage);
  }
  if (!/^(\[[0-9a-fA-F:.]+\]|[^:/\s]+):\d{1,5}$/.test(address))
    throw new ControlPlaneError('failed', `--listen "${address}" is not host:port.`, usage);
  if (!encrypted) return { address };
  if (cert === undefined || key === undefined)
    throw new ControlPlaneError('failed', 'TLS needs both --tls-cert and --tls-key.', usage);
  return { address, tls: { cert, key, ...(clientCa !== undefined && { clientCa }) } };
}

function parseFlags(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      strict: true,
      options: {
        socket: { type: 'string' },
        config: { type: 'string', multiple: true },
        log: { type: 'string' },
        listen: { type: 'string' },
        'tls-cert': { type: 'string' },
        'tls-key': { type: 'string' },
        'tls-client-ca': { type: 'string' },
      },
    }).values;
  } catch (cause) {
    throw new ControlPlaneError('failed', cause instanceof Error ? cause.message : String(cause), usage, {
      cause,
    });
  }
}
