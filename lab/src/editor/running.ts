/** The editor that `onehop editor` opened: one a machine, remembered in /run so that another command can end it. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { identify, isAlive, type ProcessId } from '../backends/local/processes.js';
import { EditorError, signalGroup, startEditorServer } from './server.js';

export interface RunningEditor {
  /** With the token, and the folder that it opens. */
  readonly url: string;
  readonly process: ProcessId;
}

export interface EditorFiles {
  /** The folder that scripts/vscode-host.sh filled. */
  readonly installed: string;
  readonly vsix: string;
  /** Where the `onehop` command is that the extension runs. */
  readonly cli: string;
}

const PLACE = '/run/onehop.editor';
const STATE = join(PLACE, 'state.json');

interface State {
  readonly process: ProcessId;
  readonly port: number;
  readonly token: string;
}

/** The editor that runs, opening `folder`. */
export function runningEditor(folder: string): RunningEditor | undefined {
  const state = readState();
  if (state === undefined || !isAlive(state.process)) return undefined;
  return { url: address(state, folder), process: state.process };
}

/** @throws EditorError */
export async function startEditor(
  files: EditorFiles,
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<RunningEditor> {
  await stopEditor();
  if (!existsSync(files.vsix))
    throw new EditorError(
      'editor-missing',
      `The extension is not built: ${files.vsix} is missing.`,
      'Build it: npm run -w extension package',
    );
  mkdirSync(PLACE, { recursive: true, mode: 0o700 });
  const token = randomBytes(16).toString('hex');
  const { child, port } = await startEditorServer({
    installed: files.installed,
    home: PLACE,
    token,
    vsix: files.vsix,
    settings: {
      'workbench.startupEditor': 'none',
      'telemetry.telemetryLevel': 'off',
      'remote.autoForwardPorts': false,
      'chat.disableAIFeatures': true,
      'extensions.ignoreRecommendations': true,
      'files.autoSave': 'off',
      'workbench.secondarySideBar.defaultVisibility': 'hidden',
      'onehop.cli.path': files.cli,
    },
    env,
    // The token is what keeps others out; the folder is the person's own.
    flags: ['--disable-workspace-trust'],
  });
  const process = identify(child.pid ?? 0);
  if (process === undefined)
    throw new EditorError('editor-failed', 'VS Code ended at once.', `Its output is in ${PLACE}/server.log.`);
  const state: State = { process, port, token };
  writeFileSync(STATE, JSON.stringify(state), { mode: 0o600 });
  child.unref();
  return { url: address(state, folder), process };
}

const STOP_MS = 5_000;

/** Ends the editor and removes its files. @returns whether there was one */
export async function stopEditor(): Promise<boolean> {
  const state = readState();
  const was = state !== undefined && isAlive(state.process);
  if (state !== undefined && was) {
    signalGroup(state.process.pid, 'SIGTERM');
    for (const limit = Date.now() + STOP_MS; isAlive(state.process) && Date.now() < limit;) await delay(20);
    if (isAlive(state.process)) signalGroup(state.process.pid, 'SIGKILL');
  }
  if (existsSync(PLACE)) rmSync(PLACE, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  return was;
}

function address({ port, token }: { port: number; token: string }, folder: string): string {
  return `http://127.0.0.1:${port}/?${new URLSearchParams({ tkn: token, folder })}`;
}

function readState(): State | undefined {
  try {
    return JSON.parse(readFileSync(STATE, 'utf8')) as State;
  } catch {
    return undefined;
  }
}

/** Where a checkout has everything: found from this file. */
export function checkoutFiles(env: Readonly<Record<string, string | undefined>>): EditorFiles {
  const root = join(dirname(import.meta.dirname), '../../..');
  return {
    installed: env['VSCODE_HOST_DIR'] ?? join(root, 'build/vscode-host'),
    vsix: join(root, 'extension/onehop.vsix'),
    cli: join(root, 'lab/bin/onehop.js'),
  };
}
