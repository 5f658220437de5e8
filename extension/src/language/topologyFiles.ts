/** What is known of a `*.lab.yaml`. */
import * as vscode from 'vscode';
import type { Diagnostic } from '@onehop/core/diagnostics/diagnostic.js';
import type { NamesAt } from '@onehop/core/language/schemaFiles.js';
import type { NamedAddresses } from '@onehop/core/routetests/destination.js';
import { textOf } from './texts.js';

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

/** Names as they resolve in the lab of the folder that a file is in. */
export async function namesBeside(tests: vscode.Uri): Promise<readonly NamedAddresses[]> {
  const folder = vscode.Uri.joinPath(tests, '..');
  const { parseTopology } = await import('@onehop/core/topology/parse.js');
  let entries: readonly [string, vscode.FileType][] = [];
  try {
    entries = await vscode.workspace.fs.readDirectory(folder);
  } catch {
    // An unsaved file has no folder.
  }
  const topologies = await Promise.all(
    entries
      .filter(([name]) => name.endsWith('.lab.yaml'))
      .map(async ([name]) => parseTopology((await textOf(vscode.Uri.joinPath(folder, name))) ?? '').topology),
  );
  return topologies.flatMap((topology) =>
    topology === undefined ? [] : [...topology.services, ...topology.workloads],
  );
}
