/** What is known of a `*.lab.yaml`. */
import type * as vscode from 'vscode';
import type { Diagnostic } from '@onehop/core/diagnostics/diagnostic.js';
import type { NamesAt } from '@onehop/core/language/schemaFiles.js';

export async function problemsOfTopology(document: vscode.TextDocument): Promise<readonly Diagnostic[]> {
  const { parseTopology } = await import('@onehop/core/topology/parse.js');
  return parseTopology(document.getText(), document.uri.toString()).problems;
}

/** A workload is on one of the nodes that the text names, also while the rest of it is wrong. */
export function namesForTopology(text: string): NamesAt {
  return (path) => {
    if (path.at(-1) !== 'node') return [];
    const nodes = /^nodes:\s*$([^]*?)^\S/m.exec(`${text}\nend`)?.[1] ?? '';
    return [...nodes.matchAll(/\bname:[ \t]*["']?([a-z0-9-]+)/g)].map(([, name]) => name ?? '');
  };
}
