import * as vscode from 'vscode';
import { settings } from '../contributions.js';
import type { Store } from '../store/store.js';
import { CliError, findCli, runCli, type Cli } from './cli.js';
import type { LabFileSet } from './labFiles.js';

/** Starts and stops the lab by the command line, which does what needs privileges. */
export class LabDriver {
  readonly #store: Store;
  readonly #log: vscode.LogOutputChannel;
  readonly #extension: vscode.Uri;

  constructor(store: Store, log: vscode.LogOutputChannel, extension: vscode.Uri) {
    this.#store = store;
    this.#log = log;
    this.#extension = extension;
  }

  /** Throws CliError (no-cli). */
  cli(): Cli {
    const cli = findCli({
      setting: vscode.workspace.getConfiguration('onehop').get(settings.cliPath, ''),
      workspaceFolders: (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath),
      extensionFolder: this.#extension.fsPath,
      path: process.env['PATH'] ?? '',
    });
    if (cli !== undefined) return cli;
    throw new CliError(
      'no-cli',
      vscode.l10n.t('The command line `onehop` was not found.'),
      vscode.l10n.t('Set onehop.cli.path, or open a folder of the OneHop repository.'),
    );
  }

  /** Brings the lab `name` up. Throws CliError; aborting leaves nothing behind. */
  async start(
    name: string,
    files: LabFileSet,
    signal: AbortSignal,
    tell: (detail: string) => void,
  ): Promise<void> {
    const topology = files.topology === undefined ? [] : ['--topology', files.topology.fsPath];
    const config =
      files.topology === undefined ? [] : files.config.flatMap(({ fsPath }) => ['--config', fsPath]);
    await this.#run('starting', ['up', '--progress', '--name', name, ...topology, ...config], signal, tell);
  }

  /** Removes everything of the lab. Throws CliError. */
  async stop(name: string): Promise<void> {
    await this.#run('stopping', ['down', '--progress', '--name', name], undefined, () => undefined);
  }

  async #run(
    kind: 'starting' | 'stopping',
    args: readonly string[],
    signal: AbortSignal | undefined,
    tell: (detail: string) => void,
  ): Promise<void> {
    const cli = this.cli();
    this.#log.info(`${cli.path} ${args.join(' ')}`);
    const told = (detail: string): void => {
      this.#store.update({ operation: { kind, detail } });
      tell(detail);
    };
    told('');
    const run = runCli(cli, args, undefined);
    const kill = (): void => run.kill();
    signal?.addEventListener('abort', kill, { once: true });
    run.onErrorLine((line) => {
      this.#log.debug(line);
      const detail = progressIn(line);
      if (detail !== undefined) told(detail);
    });
    try {
      for await (const value of run.values) this.#log.debug(JSON.stringify(value).slice(0, 500));
      await run.done;
    } finally {
      signal?.removeEventListener('abort', kill);
      this.#store.update({ operation: undefined });
    }
  }
}

/** What a line `{"progress":{"step":…,"detail":…,"done":…}}` says; undefined for any other. */
function progressIn(line: string): string | undefined {
  if (!line.startsWith('{"progress"')) return undefined;
  const { progress } = JSON.parse(line) as { progress: { step: string; detail: string } };
  return progress.detail === '' ? progress.step : progress.detail;
}
