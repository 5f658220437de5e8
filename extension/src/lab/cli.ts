import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

/** How to run the command line `onehop`. */
export interface Cli {
  readonly command: string;
  readonly args: readonly string[];
  /** Where it was found, for people. */
  readonly path: string;
}

/** What a command line ended with, when it did not do what it was asked for. */
export class CliError extends Error {
  override readonly name = 'CliError';

  constructor(
    readonly code: string,
    message: string,
    readonly hint: string,
    readonly details?: unknown,
  ) {
    super(message);
  }
}

export interface CliPlaces {
  /** The setting; "" when it is not set. */
  readonly setting: string;
  readonly workspaceFolders: readonly string[];
  readonly extensionFolder: string;
  readonly path: string;
}

/** The command line: the one set, that of the workspace or a folder above it, beside the extension, on the PATH. */
export function findCli(places: CliPlaces): Cli | undefined {
  if (places.setting !== '') return existsSync(places.setting) ? cliAt(places.setting) : undefined;
  for (const folder of [...places.workspaceFolders.flatMap(withParents), dirname(places.extensionFolder)]) {
    const script = join(folder, 'lab/bin/onehop.js');
    if (existsSync(script)) return cliAt(script);
  }
  for (const folder of places.path.split(delimiter)) {
    const file = join(folder, 'onehop');
    if (folder !== '' && existsSync(file)) return cliAt(file);
  }
  return undefined;
}

function cliAt(path: string): Cli {
  return path.endsWith('.js') ? { command: 'node', args: [path], path } : { command: path, args: [], path };
}

function withParents(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...withParents(parent)];
}

/** A run of the command line with `--json`. */
export interface CliRun {
  /** Standard output, a value a line. */
  readonly values: AsyncIterable<unknown>;
  /** Lines of standard error. */
  onErrorLine(listener: (line: string) => void): void;
  /** Resolves when it has ended well; else rejects with CliError. Read `values` to the end first. */
  readonly done: Promise<void>;
  kill(): void;
}

export function runCli(cli: Cli, args: readonly string[], cwd: string | undefined): CliRun {
  const child = spawn(cli.command, [...cli.args, ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // An editor that is an Electron program must not make Electron programs of what it starts.
    env: { ...process.env, ELECTRON_RUN_AS_NODE: undefined, NODE_OPTIONS: undefined },
    ...(cwd !== undefined && { cwd }),
  });
  const listeners = new Set<(line: string) => void>();
  let stderr = '';
  createInterface({ input: child.stderr }).on('line', (line) => {
    stderr = `${stderr}${line}\n`.slice(-4_000);
    for (const listener of listeners) listener(line);
  });
  let failure: CliError | undefined;
  const done = ended(child, cli).then(({ code }) => {
    if (failure !== undefined) throw failure;
    if (code !== 0)
      throw new CliError('failed', stderr.trim() || `onehop ${args[0]} ended with ${code}.`, 'See the log.');
  });
  done.catch(() => undefined);
  return {
    values: valuesOf(child, (error) => (failure = error)),
    onErrorLine: (listener) => void listeners.add(listener),
    done,
    kill: () => void child.kill('SIGINT'),
  };
}

/** Runs to the end and resolves to the last value. Rejects with CliError, also when `signal` aborts. */
export async function askCli(
  cli: Cli,
  args: readonly string[],
  cwd: string | undefined,
  signal?: AbortSignal,
): Promise<unknown> {
  const run = runCli(cli, args, cwd);
  const kill = (): void => run.kill();
  signal?.addEventListener('abort', kill, { once: true });
  if (signal?.aborted) kill();
  try {
    let last: unknown;
    for await (const value of run.values) last = value;
    await run.done;
    return last;
  } finally {
    signal?.removeEventListener('abort', kill);
  }
}

async function* valuesOf(child: ChildProcess, onFailure: (error: CliError) => void): AsyncGenerator<unknown> {
  if (child.stdout === null) return;
  for await (const line of createInterface({ input: child.stdout, crlfDelay: Infinity })) {
    if (line === '') continue;
    const value = parse(line);
    const error = (value as { error?: Partial<CliError> } | null | undefined)?.error;
    if (typeof error === 'object' && typeof error?.message === 'string')
      onFailure(new CliError(error.code ?? 'failed', error.message, error.hint ?? '', value));
    yield value;
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new CliError(
      'failed',
      `onehop printed something unexpected: ${line.slice(0, 200)}`,
      'See the log.',
    );
  }
}

function ended(child: ChildProcess, cli: Cli): Promise<{ code: number | null }> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) =>
      reject(
        new CliError(
          'cannot-run',
          `${cli.path} cannot be run: ${error.message}.`,
          'Install Node.js 20.19 or newer, or set onehop.cli.path.',
        ),
      ),
    );
    child.once('close', (code) => resolve({ code }));
  });
}
