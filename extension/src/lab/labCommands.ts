import * as vscode from 'vscode';
import { commands, walkthrough } from '../contributions.js';
import type { Store } from '../store/store.js';
import { showFailure } from '../failure.js';
import type { LabDriver, LabFiles } from './labDriver.js';

/** Start, stop and restart the lab; show the log of one of its parts. */
export function registerLabCommands(
  store: Store,
  driver: LabDriver,
  log: vscode.LogOutputChannel,
  filesOf: () => Promise<LabFiles>,
): vscode.Disposable {
  const guarded = (run: () => Promise<void>) => async (): Promise<void> => {
    try {
      await run();
    } catch (error) {
      await showFailure(error, log);
    }
  };
  const start = async (): Promise<void> => {
    const { lab } = store.state.lab;
    const files = await filesOf();
    const title = vscode.l10n.t('Starting lab {0}', lab);
    await vscode.window.withProgress(
      { location: { viewId: 'onehop.lab' }, title, cancellable: false },
      async () => {
        const cancel = new AbortController();
        await driver.start(lab, files, cancel.signal, () => undefined);
      },
    );
  };
  const stop = async (): Promise<void> => {
    const { lab } = store.state.lab;
    await vscode.window.withProgress({ location: { viewId: 'onehop.lab' } }, () =>
      driver.stop(lab, () => undefined),
    );
  };
  return vscode.Disposable.from(
    vscode.commands.registerCommand(commands.startLab, guarded(start)),
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
    vscode.commands.registerCommand(commands.openWalkthrough, () =>
      vscode.commands.executeCommand(
        'workbench.action.openWalkthrough',
        `onehop.onehop#${walkthrough}`,
        false,
      ),
    ),
  );
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
