/** Quick fixes, suppressions and fix all; formatting. */
import * as vscode from 'vscode';
import type { CodeAction } from '@onehop/core/language/codeAction.js';
import { editsOf, rangeOf } from './convert.js';
import { ruleOf } from './diagnosticOf.js';
import type { Problems } from './problems.js';
import type { Texts } from './texts.js';
import { translated } from '../translation/translated.js';

export const fixAllKind = vscode.CodeActionKind.SourceFixAll.append('onehop');

export class XdsFixes implements vscode.CodeActionProvider {
  static readonly metadata = { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix, fixAllKind] };

  constructor(
    private readonly texts: Texts,
    private readonly problems: Problems,
  ) {}

  async provideCodeActions(
    document: vscode.TextDocument,
    range: vscode.Range,
    { only, diagnostics }: vscode.CodeActionContext,
    token: vscode.CancellationToken,
  ): Promise<vscode.CodeAction[]> {
    const [{ codeActions, fixAll }, { file }, all] = await Promise.all([
      import('@onehop/core/language/codeActions.js'),
      this.texts.file(document),
      this.problems.of(document),
    ]);
    if (token.isCancellationRequested) return [];
    if (only !== undefined && vscode.CodeActionKind.SourceFixAll.contains(only)) {
      const action = fixAll(file, all);
      if (action === undefined) return [];
      const shown = new vscode.CodeAction(
        vscode.l10n.t('Fix all problems that leave nothing to decide'),
        fixAllKind,
      );
      shown.edit = new vscode.WorkspaceEdit();
      shown.edit.set(document.uri, editsOf(document, action.edits));
      return [shown];
    }
    const here = all.filter((problem) => rangeOf(problem.range).intersection(range) !== undefined);
    return codeActions(file, here).map((action) => actionOf(action, document, diagnostics));
  }
}

export class XdsFormatting implements vscode.DocumentFormattingEditProvider {
  /** How unquoted words are read: as Envoy does, or as YAML 1.2 says. */
  constructor(private readonly style: 'envoy' | 'core') {}

  async provideDocumentFormattingEdits(document: vscode.TextDocument): Promise<vscode.TextEdit[]> {
    const { format } = await import('@onehop/core/language/format.js');
    return editsOf(document, format(document.getText(), this.style));
  }
}

function actionOf(
  { title, edits, isPreferred, diagnostic, fillIn }: CodeAction,
  document: vscode.TextDocument,
  diagnostics: readonly vscode.Diagnostic[],
): vscode.CodeAction {
  const action = new vscode.CodeAction(translated(title), vscode.CodeActionKind.QuickFix);
  action.isPreferred = isPreferred;
  action.diagnostics = diagnostics.filter(
    (shown) =>
      diagnostic !== undefined &&
      ruleOf(shown) === diagnostic.rule &&
      shown.range.isEqual(rangeOf(diagnostic.range)),
  );
  action.edit = new vscode.WorkspaceEdit();
  const texts = editsOf(document, edits);
  if (fillIn === undefined) action.edit.set(document.uri, texts);
  else
    action.edit.set(
      document.uri,
      texts.map(({ range, newText }) => {
        const snippet = newText.replace(/[$}\\]/g, '\\$&').replace(fillIn, () => `\${1:${fillIn}}`);
        const edit = new vscode.SnippetTextEdit(range, new vscode.SnippetString(snippet));
        edit.keepWhitespace = true;
        return edit;
      }),
    );
  return action;
}
