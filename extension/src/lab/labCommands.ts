import * as vscode from 'vscode';
import { commands, views, walkthrough } from '../contributions.js';
import { showFailure } from '../failure.js';
import type { Store } from '../store/store.js';
import type { LabDriver } from './labDriver.js';
import type { LabFiles } from './labFiles.js';
import { openSample } from './sample.js';
import { translatedWords } from '../translation/translated.js';

export interface LabCommandParts {
  readonly store: Store;
  readonly driver: LabDriver;
  readonly files: LabFiles;
  readonly log: vscode.LogOutputChannel;
  readonly extension: vscode.Uri;
  /** The user picked a lab that exists. */
  readonly onPick: (lab: string) => void;
}

/** Start, stop, restart and choose the lab; show the log of one of its parts; open the sample. */
export function registerLabCommands(parts: LabCommandParts): vscode.Disposable {
  const { store, driver, files, log } = parts;
  const guarded = (run: () => Promise<void>) => async (): Promise<void> => {
    try {
      await run();
    } catch (error) {
      await showFailure(error, log);
    }
  };
  const start = async (): Promise<void> => {
    await files.find();
    const { lab } = store.state.lab;
    const place = { viewId: views.lab };
    const cancel = new AbortController();
    await vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: vscode.l10n.t('Starting lab {0}', lab),
        cancellable: true,
      },
      (progress, token) => {
        token.onCancellationRequested(() => cancel.abort());
        return vscode.window.withProgress({ location: place }, () =>
          driver.start(lab, files.set, cancel.signal, (detail) =>
            progress.report({ message: translatedWords(detail) }),
          ),
        );
      },
    );
  };
  const stop = async (): Promise<void> => {
    const { lab } = store.state.lab;
    await vscode.window.withProgress({ location: { viewId: views.lab } }, () => driver.stop(lab));
  };
  return vscode.Disposable.from(
    vscode.commands.registerCommand(commands.startLab, guarded(start)),
    vscode.commands.registerCommand(
      commands.startSample,
      guarded(async () => {
        const { phase } = store.state.lab;
        if (phase === 'absent' || phase === 'remains') await start();
        if (files.topologies.length > 0) await openSample(parts.extension);
        // Something to see from the first moment on.
        await vscode.commands.executeCommand(commands.startLoad, 'steady', 20);
      }),
    ),
    vscode.commands.registerCommand(commands.stopLab, guarded(stop)),
    vscode.commands.registerCommand(
      commands.restartLab,
      guarded(async () => {
        await stop();
        await start();
      }),
    ),
    vscode.commands.registerCommand(
      commands.showLabLog,
      guarded(() => showPartLog(store)),
    ),
    vscode.commands.registerCommand(
      commands.chooseLab,
      guarded(() => chooseLab(parts)),
    ),
    vscode.commands.registerCommand(
      commands.openSample,
      guarded(() => openSample(parts.extension)),
    ),
    vscode.commands.registerCommand(commands.openWalkthrough, () =>
      vscode.commands.executeCommand(
        'workbench.action.openWalkthrough',
        `onehop.onehop#${walkthrough}`,
        false,
      ),
    ),
  );
}

/** One that exists here, or another topology of the workspace. */
async function chooseLab({ store, files, onPick }: LabCommandParts): Promise<void> {
  const running = store.state.labs.map((label) => ({
    label,
    description: vscode.l10n.t('exists'),
    uri: undefined,
  }));
  const others = files.topologies.map((uri) => ({
    label: vscode.workspace.asRelativePath(uri),
    description: vscode.l10n.t('topology'),
    uri,
  }));
  const picked = await vscode.window.showQuickPick([...running, ...others], {
    placeHolder: vscode.l10n.t('Which lab should this window work with?'),
  });
  if (picked === undefined) return;
  if (picked.uri === undefined) onPick(picked.label);
  else await files.choose(picked.uri);
}

async function showPartLog({ state }: Store): Promise<void> {
  const items = state.lab.processes.map(({ kind, name, log }) => ({ label: name, description: kind, log }));
  const picked = await vscode.window.showQuickPick(items, {
    placeHolder: vscode.l10n.t('Whose log?'),
    matchOnDescription: true,
  });
  if (picked !== undefined)
    await vscode.window.showTextDocument(vscode.Uri.file(picked.log), { preview: true });
}
