import * as vscode from 'vscode';
import { contexts, views } from '../contributions.js';
import { LiveTree, type TreeNode } from '../liveTree.js';
import type { Interest } from '../store/interest.js';
import type { State } from '../store/state.js';
import type { Store } from '../store/store.js';
import type { LabFiles } from './labFiles.js';
import { treeItemOf } from './labLabels.js';
import { labMessage } from './labMessage.js';
import { childrenOf, type LabItem } from './labTree.js';

/** The Lab view: backend, nodes, workloads, control plane, what this kernel lacks. */
export function registerLabView(store: Store, files: LabFiles, traffic: Interest): vscode.Disposable {
  const provider = new LiveTree(() => nodesOf(undefined, store.state));
  const view = vscode.window.createTreeView(views.lab, { treeDataProvider: provider });
  const show = (): void => {
    view.description = store.state.lab.phase === 'absent' ? '' : store.state.lab.lab;
    view.message = labMessage(store.state, files.set.lab) ?? '';
    void vscode.commands.executeCommand('setContext', contexts.labPhase, phaseContext(store.state));
    void vscode.commands.executeCommand(
      'setContext',
      contexts.otherLabs,
      store.state.labs.some((name) => name !== store.state.lab.lab),
    );
    void vscode.commands.executeCommand(
      'setContext',
      contexts.labRunning,
      store.state.lab.phase === 'running',
    );
    void vscode.commands.executeCommand(
      'setContext',
      contexts.labPossible,
      store.state.impossible !== 'notLinux',
    );
  };
  show();
  let unwatch: (() => void) | undefined;
  const watch = (visible: boolean): void => {
    unwatch?.();
    unwatch = visible ? traffic.add() : undefined;
  };
  watch(view.visible);
  view.onDidChangeVisibility(({ visible }) => watch(visible));
  const stop = store.onChange(() => {
    show();
    provider.changed();
  });
  return vscode.Disposable.from(view, provider, files.onDidChange(show), {
    dispose: () => (stop(), watch(false)),
  });
}

function phaseContext({ operation, hidden, lab }: State): string {
  return operation?.kind ?? (hidden ? 'hidden' : lab.phase);
}

function nodesOf(parent: LabItem | undefined, state: State): readonly TreeNode[] {
  return childrenOf(parent, state).map((item) => ({
    item: treeItemOf(item, state),
    children: nodesOf(item, state),
  }));
}
