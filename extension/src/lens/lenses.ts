import * as vscode from 'vscode';
import type { RouteRow } from '@onehop/core/api/agent.generated.js';
import type { ClusterNode } from '@onehop/core/routing/model.js';
import type { Configuration } from '../config/configuration.js';
import { commands, contexts, settings } from '../contributions.js';
import type { LabFiles } from '../lab/labFiles.js';
import type { Interest } from '../store/interest.js';
import type { Store } from '../store/store.js';
import type { Previews } from '../config/previews.js';
import { previewDetails, previewLensText } from './previewText.js';
import { endpointHealths } from './endpointHealth.js';
import { clusterLensText, routeLensText } from './lensText.js';
import { translated } from '../translation/translated.js';

export interface LensParts {
  readonly store: Store;
  readonly files: LabFiles;
  readonly configuration: Configuration;
  readonly traffic: Interest;
  readonly previews: Previews;
  readonly log: vscode.LogOutputChannel;
}

/** Figures closer together in time than this are drawn as one. */
const redrawMs = 1_000;

/** CodeLens on routes and clusters of the configuration. While no such editor is visible nothing is computed or asked for. */
export function registerLenses(parts: LensParts): vscode.Disposable {
  const { store, files, configuration, traffic } = parts;
  const provider = new LensProvider(parts);
  let unwatch: (() => void) | undefined;
  const on = (): boolean =>
    vscode.workspace.getConfiguration('onehop').get(settings.codeLens, true) &&
    vscode.window.visibleTextEditors.some(({ document }) => files.has(document.uri));
  const follow = (): void => {
    const isSeen = vscode.window.visibleTextEditors.some(({ document }) => files.has(document.uri));
    if (isSeen) void vscode.commands.executeCommand('setContext', contexts.routesSeen, true);
    if (on() === (unwatch !== undefined)) return;
    unwatch?.();
    unwatch = unwatch === undefined ? traffic.add() : undefined;
    provider.changed();
  };
  const stop = store.onChange(() => {
    if (unwatch !== undefined) provider.changed();
  });
  follow();
  return vscode.Disposable.from(
    provider,
    vscode.languages.registerCodeLensProvider({ pattern: '**/*.yaml', scheme: 'file' }, provider),
    vscode.window.onDidChangeVisibleTextEditors(follow),
    files.onDidChange(follow),
    configuration.onDidChange(() => provider.changed()),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(`onehop.${settings.codeLens}`)) {
        follow();
        provider.changed();
      }
    }),
    { dispose: () => (stop(), unwatch?.()) },
  );
}

class LensProvider implements vscode.CodeLensProvider, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.#changed.event;
  #timer: NodeJS.Timeout | undefined;
  /** The editor was told of a change and has not asked yet. */
  #told = false;
  #changedSince = false;

  constructor(private readonly parts: LensParts) {}

  async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    this.#told = false;
    if (this.#changedSince) this.changed();
    const { files, configuration } = this.parts;
    const wanted = vscode.workspace.getConfiguration('onehop', document.uri).get(settings.codeLens, true);
    if (!wanted || !files.has(document.uri)) return [];
    const model = await configuration.model();
    const [{ routeRows }, { parseFieldPath }] = await Promise.all([
      import('@onehop/core/routing/rows.js'),
      import('@onehop/core/resources/model.js'),
    ]);
    const here = (source: { typeUrl: string; resource: string }, field: string): vscode.Range | undefined => {
      const at = configuration.locate(source.typeUrl, source.resource, parseFieldPath(field) ?? []);
      return at?.uri.toString() === document.uri.toString()
        ? new vscode.Range(at.range.start, at.range.start)
        : undefined;
    };
    const lenses: vscode.CodeLens[] = await this.#previewLenses(document.uri);
    for (const row of routeRows(model)) {
      const range = row.source === null ? undefined : here(row.source, row.source.field);
      if (range !== undefined) lenses.push(...this.#routeLenses(row, range));
    }
    for (const cluster of model.clusters.values()) {
      const range = here(cluster.source, '');
      if (range !== undefined) lenses.push(this.#clusterLens(cluster, range));
    }
    return lenses;
  }

  /** The editor waits longer after each word of a change before it asks: it gets the next only when it has asked. */
  changed(): void {
    this.#changedSince = true;
    if (this.#told) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#told = true;
      this.#changedSince = false;
      this.#changed.fire();
    }, redrawMs);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#changed.dispose();
  }

  /** On the first line, while the files are not what is in force: what an apply would do. */
  async #previewLenses(uri: vscode.Uri): Promise<vscode.CodeLens[]> {
    const { previews, store, log } = this.parts;
    try {
      const preview = await previews.preview();
      if (preview.kind === 'none' || store.state.lab.phase === 'absent') return [];
      const top = new vscode.Range(0, 0, 0, 0);
      const compare = {
        title: vscode.l10n.t('Compare'),
        command: commands.compareWithInForce,
        arguments: [uri],
      };
      return [
        new vscode.CodeLens(top, {
          title: previewLensText(preview),
          tooltip: previewDetails(preview),
          command: '',
        }),
        new vscode.CodeLens(top, { title: vscode.l10n.t('Apply'), command: commands.apply }),
        new vscode.CodeLens(top, compare),
      ];
    } catch (error) {
      log.warn(`preview: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  }

  #routeLenses(row: RouteRow, range: vscode.Range): vscode.CodeLens[] {
    const { state } = this.parts.store;
    const figures = new vscode.CodeLens(range, {
      title: routeLensText(row, state),
      tooltip: vscode.l10n.t('{0}: {1}', row.path, translated(row.reason)),
      command: '',
    });
    if (row.virtualHost === '') return [figures];
    const ask = (title: string, command: string): vscode.CodeLens =>
      new vscode.CodeLens(range, { title, command, arguments: [row] });
    return [
      figures,
      ask(vscode.l10n.t('What if…'), commands.whatIf),
      ask(vscode.l10n.t('Send request'), commands.sendRequest),
    ];
  }

  #clusterLens(cluster: ClusterNode, range: vscode.Range): vscode.CodeLens {
    return new vscode.CodeLens(range, {
      title: clusterLensText(cluster, this.parts.store.state),
      tooltip: endpointHealths(cluster, this.parts.store.state)
        .map(({ text }) => text)
        .join('\n'),
      command: '',
    });
  }
}
