/** Texts in the editor, for the suites. */
import { setTimeout } from 'node:timers/promises';
import * as vscode from 'vscode';

/** An unsaved text in an editor. */
export async function openText(content: string, language = 'onehop-xds'): Promise<vscode.TextDocument> {
  const document = await vscode.workspace.openTextDocument({ language, content });
  await vscode.window.showTextDocument(document);
  return document;
}

export function contentOf(document: vscode.TextDocument): string {
  return document.getText();
}

/** What the extension says of a text. */
export function diagnosticsOf({ uri }: vscode.TextDocument): vscode.Diagnostic[] {
  return vscode.languages.getDiagnostics(uri).filter(({ source }) => source === 'onehop');
}

export function ruleOf({ code }: vscode.Diagnostic): string {
  return typeof code === 'object' ? String(code.value) : String(code);
}

/** `more` letters into the first place of a word. Throws when the text does not have it. */
export function positionOf(document: vscode.TextDocument, word: string, more = 0): vscode.Position {
  const offset = document.getText().indexOf(word);
  if (offset < 0) throw new Error(`the text has no ${word}`);
  return document.positionAt(offset + more);
}

export async function applying(
  document: vscode.TextDocument,
  edits: readonly vscode.TextEdit[],
): Promise<void> {
  const all = new vscode.WorkspaceEdit();
  all.set(document.uri, [...edits]);
  await vscode.workspace.applyEdit(all);
}

/** Tries until it does not throw, for at most 10 s. */
export async function eventually(check: () => void | Promise<void>): Promise<void> {
  const end = Date.now() + 10_000;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    await setTimeout(20);
  }
}
