import { platform } from 'node:process';
import * as vscode from 'vscode';
import { commands, settings } from './contributions.js';
import { chooseLab, sampleLab } from './lab/chooseLab.js';
import { registerLabCommands } from './lab/labCommands.js';
import { LabDriver } from './lab/labDriver.js';
import { registerLabView } from './lab/labView.js';
import { LabWatcher } from './lab/labWatcher.js';
import { emptyState } from './store/state.js';
import { Store } from './store/store.js';

/** Wiring only: makes the parts and hands them to each other. */
export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel('OneHop', { log: true });
  const store = new Store(emptyState(sampleLab));
  const driver = new LabDriver(store, log, context.extensionUri);
  context.subscriptions.push(
    log,
    vscode.commands.registerCommand(commands.showLog, () => log.show()),
    registerLabView(store),
    registerLabCommands(store, driver, log, () => Promise.resolve({ topology: undefined, config: [] })),
  );
  if (platform !== 'linux') store.update({ impossible: 'notLinux' });
  else if (!vscode.workspace.isTrusted) {
    store.update({ impossible: 'untrusted' });
    context.subscriptions.push(vscode.workspace.onDidGrantWorkspaceTrust(() => watchLabs(context, store)));
  } else watchLabs(context, store);
}

function watchLabs(context: vscode.ExtensionContext, store: Store): void {
  const setting = (): string => vscode.workspace.getConfiguration('onehop').get(settings.labName, '');
  const watcher = new LabWatcher(
    (states) => chooseLab({ setting: setting(), picked: undefined, workspace: undefined }, states),
    (seen) => store.update({ impossible: undefined, ...seen }),
  );
  context.subscriptions.push(
    watcher,
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('onehop')) watcher.look();
    }),
  );
}
