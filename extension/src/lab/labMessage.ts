import * as vscode from 'vscode';
import type { State } from '../store/state.js';

/** What stands above the Lab view: that the lab shown is not the one that a person would expect. `own` is the workspace's. */
export function labMessage({ lab, hidden, operation }: State, own: string | undefined): string | undefined {
  if (hidden)
    return vscode.l10n.t(
      'Lab {0} was started by another user, so this editor may not look at it. Work as that user, or end it and start it with `sudo onehop up` from this account.',
      lab.lab,
    );
  const isShown = lab.phase !== 'absent' || operation !== undefined;
  // With a message the welcome content would not be drawn.
  if (own !== undefined && own !== lab.lab && isShown)
    return vscode.l10n.t('This is lab {0}. The lab of this workspace is {1}.', lab.lab, own);
  return undefined;
}
