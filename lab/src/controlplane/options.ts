import { isAbsolute } from 'node:path';
import { parseArgs } from 'node:util';
import { ControlPlaneError } from './errors.js';

export interface Options {
  /** Absolute path of the unix socket. */
  readonly socket: string;
  /** Files with xDS resources, served from the start. */
  readonly config: readonly string[];
  /** A path, or `-` for standard error. */
  readonly log: string;
}

const usage =
  'Usage: --socket PATH [--config FILE …] [--log FILE|-]. The lab starts its control plane by itself: onehop up.';

/** The command line (without node and script) as options. Throws ControlPlaneError. */
export function parseOptions(argv: readonly string[]): Options {
  const { socket = '', config = [], log = '-' } = parseFlags(argv);
  if (!isAbsolute(socket))
    throw new ControlPlaneError('failed', `--socket "${socket}" is not an absolute path.`, usage);
  return { socket, config, log };
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
      },
    }).values;
  } catch (cause) {
    throw new ControlPlaneError('failed', cause instanceof Error ? cause.message : String(cause), usage, {
      cause,
    });
  }
}
