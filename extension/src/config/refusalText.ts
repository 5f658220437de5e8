import * as vscode from 'vscode';
import { translated } from '../translation/translated.js';

/** What a node or the control plane said of a resource, with the field that it is about. */
export function refusalText({
  field,
  message,
}: {
  readonly field: string;
  readonly message: string;
}): string {
  return field === '' ? translated(message) : vscode.l10n.t('{0}: {1}', field, translated(message));
}
