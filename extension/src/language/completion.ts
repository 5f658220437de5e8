/** Completion of xDS: core's items as the editor wants them. */
import * as vscode from 'vscode';
import type { Completion, CompletionKind } from '@onehop/core/language/completionItem.js';
import { rangeOfSpan } from './convert.js';
import type { Texts } from './texts.js';
import { translatedWords } from '../translation/translated.js';

const kinds: Readonly<Record<CompletionKind, vscode.CompletionItemKind>> = {
  field: vscode.CompletionItemKind.Field,
  value: vscode.CompletionItemKind.Value,
  enum: vscode.CompletionItemKind.EnumMember,
  type: vscode.CompletionItemKind.Class,
  reference: vscode.CompletionItemKind.Reference,
  snippet: vscode.CompletionItemKind.Snippet,
};

/** Letters after which there is something to offer without being asked. */
export const triggers = [' ', '-', '{', '[', ',', ':', '@', "'", '"', '/', '.'];

export class XdsCompletion implements vscode.CompletionItemProvider<CompletionItem> {
  constructor(private readonly texts: Texts) {}

  async provideCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<CompletionItem[]> {
    const [{ complete }, workspace] = await Promise.all([
      import('@onehop/core/language/completion.js'),
      this.texts.workspace(),
    ]);
    if (token.isCancellationRequested) return [];
    const items = complete(
      workspace,
      document.uri.toString(),
      document.getText(),
      document.offsetAt(position),
    );
    return items.map((item) => new CompletionItem(item, document));
  }

  async resolveCompletionItem(item: CompletionItem): Promise<CompletionItem> {
    const { completionDocs } = await import('@onehop/core/language/completion.js');
    const text = completionDocs(item.of);
    if (text !== undefined) item.documentation = new vscode.MarkdownString(text);
    return item;
  }
}

/** Remembers what it was made from, for its documentation. */
export class CompletionItem extends vscode.CompletionItem {
  constructor(
    readonly of: Completion,
    document: vscode.TextDocument,
  ) {
    super(
      of.detail === undefined ? of.label : { label: of.label, description: translatedWords(of.detail) },
      kinds[of.kind],
    );
    this.insertText = new vscode.SnippetString(of.insert);
    this.keepWhitespace = true;
    this.filterText = of.filter;
    this.sortText = of.sort;
    const range = rangeOfSpan(document, of.replace);
    // Only what is on the line of the cursor can be replaced.
    this.range = range.isSingleLine ? range : new vscode.Range(range.start, range.start);
    if (of.isDeprecated === true) this.tags = [vscode.CompletionItemTag.Deprecated];
    if (of.asksOn === true) this.command = { command: 'editor.action.triggerSuggest', title: '' };
  }
}
