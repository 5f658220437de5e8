import * as vscode from 'vscode';
import type { ConfigSource } from '@onehop/core/api/agent.generated.js';
import { commands, contexts, views } from '../contributions.js';
import type { LabFiles } from '../lab/labFiles.js';
import { LiveTree, type TreeNode } from '../liveTree.js';
import type { Interest } from '../store/interest.js';
import type { Store } from '../store/store.js';
import { configItemOf } from './configLabels.js';
import type { ConfigItem } from './configTree.js';
import type { Configuration } from './configuration.js';

export interface ConfigViewParts {
  readonly store: Store;
  readonly files: LabFiles;
  readonly configuration: Configuration;
  readonly traffic: Interest;
}

/** The Configuration view: files → resources → routes, each with how it stands. */
export function registerConfigView(parts: ConfigViewParts): vscode.Disposable {
  const { store, files, configuration, traffic } = parts;
  const provider = new LiveTree(() => nodesOf(parts));
  const view = vscode.window.createTreeView(views.configuration, {
    treeDataProvider: provider,
    showCollapseAll: true,
  });
  let unwatch: (() => void) | undefined;
  const watch = (visible: boolean): void => {
    unwatch?.();
    unwatch = visible ? traffic.add() : undefined;
    if (visible) provider.changed();
  };
  const showContext = (): void =>
    void vscode.commands.executeCommand('setContext', contexts.hasConfiguration, files.set.config.length > 0);
  const stop = store.onChange(() => {
    if (view.visible) provider.changed();
  });
  watch(view.visible);
  showContext();
  return vscode.Disposable.from(
    view,
    provider,
    { dispose: () => (stop(), watch(false)) },
    view.onDidChangeVisibility(({ visible }) => watch(visible)),
    configuration.onDidChange(() => {
      provider.changed();
      if (configuration.validation?.hasErrors === true)
        void vscode.commands.executeCommand('setContext', contexts.problemSeen, true);
    }),
    files.onDidChange(() => {
      showContext();
      provider.changed();
    }),
    vscode.commands.registerCommand(commands.revealField, (source: ConfigSource) =>
      reveal(source, configuration),
    ),
  );
}

/** Opens the file at the line of a field. */
async function reveal(
  { typeUrl, resource, field }: ConfigSource,
  configuration: Configuration,
): Promise<void> {
  const at = await configuration.locateField(typeUrl, resource, field);
  if (at === undefined) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('{0} is in no file of this workspace.', resource),
    );
    return;
  }
  await vscode.window.showTextDocument(at.uri, {
    selection: new vscode.Range(at.range.start, at.range.start),
  });
}

async function nodesOf({ files, configuration, store }: ConfigViewParts): Promise<readonly TreeNode[]> {
  if (files.set.config.length === 0) return [];
  const [validation, { configItems }] = await Promise.all([configuration.read(), import('./configTree.js')]);
  const { state } = store;
  const nodeOf = (item: ConfigItem): TreeNode => ({
    item: configItemOf(item, state),
    children: childrenOf(item).map(nodeOf),
  });
  return configItems(files.set.config.map(String), validation, state).map(nodeOf);
}

function childrenOf(item: ConfigItem): readonly ConfigItem[] {
  switch (item.kind) {
    case 'file':
    case 'onlyServed':
      return item.resources;
    case 'resource':
      return item.routes.map((row) => ({ kind: 'route', row }));
    default:
      return [];
  }
}
