import * as vscode from 'vscode';
import { parseFieldPath } from '@onehop/core/resources/model.js';
import type { Store } from '../store/store.js';
import type { Configuration } from './configuration.js';

/** What the last apply was refused for, at its line, until something newer is applied. It moves with the text. */
export function registerRejectionDiagnostics(store: Store, configuration: Configuration): vscode.Disposable {
  const collection = vscode.languages.createDiagnosticCollection('onehop-rejected');
  const show = (): void => {
    const { rejections, inForce } = store.state.apply;
    const byFile = new Map<string, vscode.Diagnostic[]>();
    for (const { typeUrl, resource, field, message } of rejections) {
      const at = configuration.locate(typeUrl, resource, parseFieldPath(field) ?? []);
      if (at === undefined) continue;
      const stays =
        inForce === '' || inForce === undefined
          ? vscode.l10n.t('Nothing was in force before.')
          : vscode.l10n.t('Version {0} stays in force.', inForce);
      const what = field === '' ? message : `${field}: ${message}`;
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
    if (state.apply !== before.apply) show();
  });
  return vscode.Disposable.from(
    collection,
    configuration.onDidChange(() => {
      if (store.state.apply.rejections.length > 0) show();
    }),
    { dispose: stop },
  );
}
