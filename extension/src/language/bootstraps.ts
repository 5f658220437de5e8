/** Envoy bootstraps: YAML files that the setting names and that hold xDS get our language. */
import * as vscode from 'vscode';
import { languages, settings } from '../contributions.js';

/** The first lines say what a file is. */
const headLines = 200;

export function registerBootstraps(): vscode.Disposable {
  const look = (document: vscode.TextDocument): void => {
    if (document.languageId !== 'yaml' && document.languageId !== 'plaintext') return;
    if (!/\.ya?ml$/.test(document.uri.path) || !isNamed(document) || !isEnvoy(document)) return;
    void vscode.languages.setTextDocumentLanguage(document, languages.xds);
  };
  for (const document of vscode.workspace.textDocuments) look(document);
  return vscode.Disposable.from(
    vscode.workspace.onDidOpenTextDocument(look),
    vscode.workspace.onDidSaveTextDocument(look),
  );
}

function isNamed(document: vscode.TextDocument): boolean {
  const patterns = vscode.workspace
    .getConfiguration('onehop', document)
    .get<readonly string[]>(settings.bootstrapFiles, []);
  return patterns.some((pattern) => vscode.languages.match({ pattern }, document) > 0);
}

function isEnvoy(document: vscode.TextDocument): boolean {
  const end = Math.min(headLines, document.lineCount);
  const text = document.getText(new vscode.Range(0, 0, end, 0));
  return /^(?:static_resources|dynamic_resources|staticResources)\s*:|['"]?@type['"]?\s*:\s*['"]?type\.googleapis\.com\/envoy\./m.test(
    text,
  );
}
