import * as vscode from 'vscode';

/** Counts in words; each form is a text of its own to translate. */
export function errorsText(count: number): string {
  return count === 1 ? vscode.l10n.t('1 error') : vscode.l10n.t('{0} errors', count);
}

export function resourcesText(count: number): string {
  return count === 1 ? vscode.l10n.t('1 resource') : vscode.l10n.t('{0} resources', count);
}

export function limitsText(count: number): string {
  return count === 1 ? vscode.l10n.t('1 limit') : vscode.l10n.t('{0} limits', count);
}

export function nodesText(count: number): string {
  return count === 1 ? vscode.l10n.t('1 node') : vscode.l10n.t('{0} nodes', count);
}
