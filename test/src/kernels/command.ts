import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** A command that did not do what it should. */
export class CommandError extends Error {
  override readonly name = 'CommandError';

  constructor(
    readonly command: string,
    readonly reason: 'missing' | 'failed' | 'timeout',
    detail: string,
  ) {
    super(`${command}: ${detail}`);
  }
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds; default: none. */
  readonly timeout?: number;
}

const execute = promisify(execFile);

/**
 * Runs a command to its end, at low priority: other work on this machine goes first.
 *
 * @returns what it wrote to its standard output
 * @throws CommandError with the last lines that it wrote to its standard error
 */
export async function run(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  try {
    const { stdout } = await execute('nice', ['-n', '10', command, ...args], {
      cwd: options.cwd,
      env: { ...process.env, LC_ALL: 'C', ...options.env },
      timeout: options.timeout ?? 0,
      maxBuffer: 64 << 20,
    });
    return stdout;
  } catch (error) {
    throw commandError([command, ...args].join(' '), error);
  }
}

function commandError(command: string, error: unknown): CommandError {
  const {
    code,
    killed,
    stderr = '',
  } = error as { code?: number | string; killed?: boolean; stderr?: string };
  if (killed === true) return new CommandError(command, 'timeout', 'took too long');
  // nice(1) ends with 127 when there is no such command.
  if (code === 127 || code === 'ENOENT')
    return new CommandError(command, 'missing', 'there is no such command');
  const last = stderr.trim().split('\n').slice(-3).join(' | ');
  return new CommandError(command, 'failed', last === '' ? `exit code ${code}` : last);
}
