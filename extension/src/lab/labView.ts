import * as vscode from 'vscode';
import { contexts, views } from '../contributions.js';
import type { Interest } from '../store/interest.js';
import type { State } from '../store/state.js';
import type { Store } from '../store/store.js';
import { treeItemOf } from './labLabels.js';
import { childrenOf, type LabItem } from './labTree.js';

/** The Lab view: backend, nodes, workloads, control plane, what this kernel lacks. */
export function registerLabView(store: Store, traffic: Interest): vscode.Disposable {
  const provider = new LabTree(store);
  const view = vscode.window.createTreeView(views.lab, { treeDataProvider: provider });
  const show = (): void => {
    view.description = store.state.lab.phase === 'absent' ? '' : store.state.lab.lab;
    void vscode.commands.executeCommand('setContext', contexts.labPhase, phaseContext(store.state));
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
  return vscode.Disposable.from(view, provider, { dispose: () => (stop(), watch(false)) });
}

function phaseContext({ operation, lab }: State): string {
  return operation?.kind ?? lab.phase;
}

/** Items closer together in time than this are redrawn as one. */
const redrawMs = 250;

class LabTree implements vscode.TreeDataProvider<LabItem>, vscode.Disposable {
  readonly #store: Store;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  #timer: NodeJS.Timeout | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  getChildren(item?: LabItem): LabItem[] {
    return [...childrenOf(item, this.#store.state)];
  }

  getTreeItem(item: LabItem): vscode.TreeItem {
    return treeItemOf(item, this.#store.state);
  }

  changed(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#changed.fire(undefined);
    }, redrawMs);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#changed.dispose();
  }
}
