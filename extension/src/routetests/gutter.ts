/** Beside each route of an open configuration: whether the last tests came to it. Gone when the text changes. */
import * as vscode from 'vscode';
import type { RouteCoverage } from './coverage.js';

export class CoverageGutter implements vscode.Disposable {
  readonly #reached: vscode.TextEditorDecorationType;
  readonly #missed: vscode.TextEditorDecorationType;
  readonly #disposables: vscode.Disposable[];
  /** By file. */
  #routes = new Map<string, readonly RouteCoverage[]>();

  constructor(extension: vscode.Uri) {
    const type = (icon: string, color: string): vscode.TextEditorDecorationType =>
      vscode.window.createTextEditorDecorationType({
        gutterIconPath: vscode.Uri.joinPath(extension, 'media', icon),
        gutterIconSize: '60%',
        overviewRulerColor: new vscode.ThemeColor(color),
        overviewRulerLane: vscode.OverviewRulerLane.Left,
      });
    this.#reached = type('route-reached.svg', 'testing.coveredGutterBackground');
    this.#missed = type('route-missed.svg', 'testing.uncoveredGutterBackground');
    this.#disposables = [
      this.#reached,
      this.#missed,
      vscode.window.onDidChangeVisibleTextEditors(() => this.#show()),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0 && this.#routes.delete(document.uri.toString())) this.#show();
      }),
    ];
  }

  /** What is known of the files of these routes is replaced. */
  set(routes: readonly RouteCoverage[]): void {
    const byFile = new Map<string, RouteCoverage[]>();
    for (const route of routes) {
      const file = route.uri.toString();
      byFile.set(file, [...(byFile.get(file) ?? []), route]);
    }
    this.#routes = new Map([...this.#routes, ...byFile]);
    this.#show();
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  #show(): void {
    for (const editor of vscode.window.visibleTextEditors) {
      const routes = this.#routes.get(editor.document.uri.toString()) ?? [];
      const shown = (isReached: boolean): vscode.DecorationOptions[] =>
        routes
          .filter(({ tests }) => tests.length > 0 === isReached)
          .map((route) => ({ range: route.range, hoverMessage: wordsOf(route) }));
      editor.setDecorations(this.#reached, shown(true));
      editor.setDecorations(this.#missed, shown(false));
    }
  }
}

function wordsOf({ name, tests }: RouteCoverage): string {
  if (tests.length === 0) return vscode.l10n.t('No route test comes to route {0}.', name);
  return vscode.l10n.t('Route tests that come to route {0}: {1}', name, tests.join(', '));
}
