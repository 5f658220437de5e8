/** Texts of core, the agent and the command line as this window shows them: in its language, where there is a table for it. */
import { existsSync, readFileSync } from 'node:fs';
import * as vscode from 'vscode';
import { type Table, Translator } from './translator.js';

let folder: vscode.Uri | undefined;
/** null: the window is in English, or in a language without a table. */
let translator: Translator | null | undefined;

/** Before anything is shown: where the tables are. A table is read when the first text is. */
export function findTables(extension: vscode.Uri): void {
  folder = vscode.Uri.joinPath(extension, 'l10n');
  translator = undefined;
}

/** A sentence, or some of them. */
export function translated(text: string): string {
  return tableOfWindow()?.translated(text) ?? text;
}

/** Words side by side, such as a step of a decision: each of those that are known. */
export function translatedWords(text: string): string {
  return tableOfWindow()?.partly(text) ?? text;
}

/** Our own paragraphs: the documentation of Envoy's fields stays as Envoy has it. */
export function translatedMarkdown(markdown: string): string {
  return markdown
    .split('\n\n')
    .map((paragraph) => (paragraph.startsWith('**') ? translatedWords(paragraph) : translated(paragraph)))
    .join('\n\n');
}

/** A message and what to do about it, as one text. */
export function translatedWithHint({
  message,
  hint = '',
}: {
  readonly message: string;
  readonly hint?: string;
}): string {
  const shown = translated(message);
  // Chinese sentences stand without a space between them.
  return hint === '' ? shown : `${shown}${shown.endsWith('。') ? '' : ' '}${translated(hint)}`;
}

function tableOfWindow(): Translator | null {
  if (translator !== undefined) return translator;
  const file =
    folder && vscode.Uri.joinPath(folder, `texts.${vscode.env.language.toLowerCase()}.json`).fsPath;
  translator =
    file === undefined || !existsSync(file)
      ? null
      : new Translator(JSON.parse(readFileSync(file, 'utf8')) as Table);
  return translator;
}
