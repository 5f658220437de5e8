import * as vscode from 'vscode';
import { commands } from './contributions.js';
import { translated } from './translation/translated.js';

/** Says what went wrong and what to do, with the log one click away; the details go to the log. */
export async function showFailure(error: unknown, log: vscode.LogOutputChannel): Promise<void> {
  const { message, hint } = wordsOf(error);
  log.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
  const showLog = vscode.l10n.t('Show log');
  const chosen = await vscode.window.showErrorMessage(hint === '' ? message : `${message} ${hint}`, showLog);
  if (chosen === showLog) await vscode.commands.executeCommand(commands.showLog);
}

/** Our errors carry a hint; of any other only the message is told. In the language of the window. */
export function wordsOf(error: unknown): { readonly message: string; readonly hint: string } {
  if (!(error instanceof Error)) return { message: String(error), hint: '' };
  const { hint } = error as { hint?: unknown };
  return { message: translated(error.message), hint: typeof hint === 'string' ? translated(hint) : '' };
}
