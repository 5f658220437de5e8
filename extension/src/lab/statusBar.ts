import * as vscode from 'vscode';
import { commands, type CommandId } from '../contributions.js';
import type { State } from '../store/state.js';
import type { Store } from '../store/store.js';
import { connectionText, phaseText } from './labLabels.js';

/** The one item in the status bar: how the lab is; a click shows what can be done with it. */
export function registerStatusBar(store: Store): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('onehop', vscode.StatusBarAlignment.Left, 10);
  item.name = 'OneHop';
  item.command = commands.showMenu;
  const show = (): void => {
    const { icon, text } = summary(store.state);
    item.text = `$(${icon}) ${store.state.lab.lab}: ${text}`;
    item.tooltip = vscode.l10n.t('OneHop lab {0}: {1}', store.state.lab.lab, text);
    item.accessibilityInformation = { label: item.tooltip };
    // Not before somebody has looked: what is not known yet would be a guess.
    item.show();
  };
  const stop = store.onChange(show);
  return vscode.Disposable.from(
    item,
    { dispose: stop },
    vscode.commands.registerCommand(commands.showMenu, () => showMenu(store)),
  );
}

function summary({ lab, hidden, operation, nodes, impossible }: State): {
  readonly icon: string;
  readonly text: string;
} {
  if (impossible !== undefined)
    return {
      icon: 'vm-outline',
      text:
        impossible === 'untrusted' ? vscode.l10n.t('workspace not trusted') : vscode.l10n.t('editing only'),
    };
  if (operation !== undefined)
    return {
      icon: 'loading~spin',
      text: operation.kind === 'stopping' ? vscode.l10n.t('stopping') : vscode.l10n.t('starting'),
    };
  if (hidden) return { icon: 'lock', text: vscode.l10n.t('another user’s') };
  if (lab.phase === 'running' || lab.phase === 'degraded') {
    for (const [node, { connection }] of nodes)
      if (connection.kind !== 'connected')
        return {
          icon: connection.kind === 'starting' ? 'loading~spin' : 'warning',
          text: `${node} ${connectionText(connection)}`,
        };
    if (lab.phase === 'running') return { icon: 'vm-running', text: phaseText(lab.phase) };
  }
  const icon = {
    absent: 'vm-outline',
    starting: 'loading~spin',
    running: 'vm-running',
    degraded: 'warning',
    remains: 'warning',
  };
  return { icon: icon[lab.phase], text: phaseText(lab.phase) };
}

async function showMenu({ state }: Store): Promise<void> {
  const up = state.lab.phase === 'running' || state.lab.phase === 'degraded';
  const entry = (label: string, command: CommandId) => ({ label, command });
  const items = [
    ...(up
      ? [
          entry(`$(debug-stop) ${vscode.l10n.t('Stop lab')}`, commands.stopLab),
          entry(`$(debug-restart) ${vscode.l10n.t('Restart lab')}`, commands.restartLab),
          entry(`$(output) ${vscode.l10n.t('Show log of a lab part…')}`, commands.showLabLog),
        ]
      : [entry(`$(debug-start) ${vscode.l10n.t('Start lab')}`, commands.startLab)]),
    entry(`$(vm) ${vscode.l10n.t('Choose lab…')}`, commands.chooseLab),
    entry(`$(book) ${vscode.l10n.t('Open walkthrough')}`, commands.openWalkthrough),
    entry(`$(output) ${vscode.l10n.t('Show log')}`, commands.showLog),
  ];
  const picked = await vscode.window.showQuickPick(items, {
    placeHolder: `${state.lab.lab}: ${summary(state).text}`,
  });
  if (picked !== undefined) await vscode.commands.executeCommand(picked.command);
}
