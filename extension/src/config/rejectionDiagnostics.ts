import * as vscode from 'vscode';
import { parseFieldPath } from '@onehop/core/resources/model.js';
import { rejectionsIn, type State } from '../store/state.js';
import type { Store } from '../store/store.js';
import type { Configuration } from './configuration.js';
import { refusalText } from './refusalText.js';

/** What the last apply was refused for, at its line, until something newer is applied. It moves with the text. */
export function registerRejectionDiagnostics(store: Store, configuration: Configuration): vscode.Disposable {
  const collection = vscode.languages.createDiagnosticCollection('onehop-rejected');
  const show = (): void => {
    const rejections = rejectionsIn(store.state);
    const inForce = store.state.controlPlane.state?.version ?? '';
    const byFile = new Map<string, vscode.Diagnostic[]>();
    for (const { typeUrl, resource, field, message } of rejections) {
      const at = configuration.locate(typeUrl, resource, parseFieldPath(field) ?? []);
      if (at === undefined) continue;
      const stays =
        inForce === ''
          ? vscode.l10n.t('Nothing was in force before.')
          : vscode.l10n.t('Version {0} stays in force.', inForce);
      const what = refusalText({ field, message });
      const diagnostic = new vscode.Diagnostic(at.range, vscode.l10n.t('Rejected: {0} {1}', what, stays));
      diagnostic.source = 'onehop';
      diagnostic.code = 'rejected';
      const file = at.uri.toString();
      byFile.set(file, [...(byFile.get(file) ?? []), diagnostic]);
    }
    collection.clear();
    for (const [file, diagnostics] of byFile) collection.set(vscode.Uri.parse(file), diagnostics);
  };
  const stop = store.onChange((state, before) => {
    const same = rejectionsIn(state) === rejectionsIn(before) || (count(state) === 0 && count(before) === 0);
    if (!same) void configuration.read().then(show);
  });
  return vscode.Disposable.from(
    collection,
    configuration.onDidChange(() => {
      if (count(store.state) > 0) show();
    }),
    { dispose: stop },
  );
}

function count(state: State): number {
  return rejectionsIn(state).length;
}
