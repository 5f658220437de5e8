/** What is known of a `*.routes.test.yaml`: its problems, and the names of the configuration that it can use. */
import * as vscode from 'vscode';
import type { Diagnostic } from '@onehop/core/diagnostics/diagnostic.js';
import type { NamesAt } from '@onehop/core/language/schemaFiles.js';
import type { LanguageFile, LanguageWorkspace } from '@onehop/core/language/workspace.js';
import type { TextEdit } from '@onehop/core/yaml/edits.js';
import { notIn, testPattern, textOf, type Texts } from './texts.js';
import { namesBeside } from './topologyFiles.js';

export async function problemsOfTests(
  document: vscode.TextDocument,
  texts: Texts,
): Promise<readonly Diagnostic[]> {
  const { parseRouteTests, checkExpectedNames } = await import('@onehop/core/routetests/parse.js');
  const { validateFiles } = await import('@onehop/core/diagnostics/validate.js');
  const path = document.uri.toString();
  const { file, problems } = parseRouteTests(document.getText(), path);
  if (file === undefined) return problems;
  const files = configurationOfTests(await texts.workspace(), document.uri, file.configuration);
  const { set } = validateFiles(files);
  return [...problems, ...(files.length === 0 ? [] : checkExpectedNames(file, set, path))];
}

/** The files that tests name, else those beside them. */
export function configurationOfTests(
  workspace: LanguageWorkspace,
  tests: vscode.Uri,
  named: readonly string[],
): LanguageFile[] {
  if (named.length > 0)
    return named.flatMap((name) => workspace.file(vscode.Uri.joinPath(tests, '..', name).toString()) ?? []);
  return workspace.beside(tests.toString());
}

export async function namesForTests(document: vscode.TextDocument, texts: Texts): Promise<NamesAt> {
  const { CLUSTER_TYPE, LISTENER_TYPE } = await import('@onehop/core/resources/model.js');
  const { outline } = await import('@onehop/core/language/symbols.js');
  const files = configurationOfTests(await texts.workspace(), document.uri, []);
  const named = (typeUrl: string): string[] =>
    files.flatMap(({ names }) =>
      names.resources.filter((one) => one.typeUrl === typeUrl).map(({ name }) => name),
    );
  const parts = (detail: string): string[] => {
    const walk = (symbols: ReturnType<typeof outline>): string[] =>
      symbols.flatMap((one) => [...(one.detail === detail ? [one.name] : []), ...walk([...one.children])]);
    return [...new Set(files.flatMap(({ roots }) => walk(outline(roots))))];
  };
  return (path) => {
    const last = path.slice(-2).join(' ');
    if (last === 'expect cluster' || last === 'weights *') return named(CLUSTER_TYPE);
    if (last === 'expect route') return parts('route');
    if (last === 'expect virtual_host') return parts('virtual host');
    if (last === 'request listener') return named(LISTENER_TYPE);
    return last === 'request url' ? named(LISTENER_TYPE).map((name) => `http://${name}/`) : [];
  };
}

/** Edits of a text on the disk or in an editor. */
export interface TextEdits {
  readonly path: string;
  readonly text: string;
  readonly edits: readonly TextEdit[];
}

/** The new name in all route tests of the configuration that the name at `offset` belongs to. */
export async function renamesInTests(
  workspace: LanguageWorkspace,
  file: string,
  offset: number,
  newName: string,
): Promise<readonly TextEdits[]> {
  const [{ nameAt }, { nameListenerInTests, renameInTests }, { parseRouteTests }, { LISTENER_TYPE }] =
    await Promise.all([
      import('@onehop/core/language/references.js'),
      import('@onehop/core/routetests/rename.js'),
      import('@onehop/core/routetests/parse.js'),
      import('@onehop/core/resources/model.js'),
    ]);
  const use = nameAt(workspace, file, offset);
  if (use === undefined) return [];
  const uris = await vscode.workspace.findFiles(testPattern, notIn);
  const all = await Promise.all(
    uris.map(async (uri): Promise<TextEdits> => {
      const text = (await textOf(uri)) ?? '';
      const named = parseRouteTests(text).file?.configuration ?? [];
      const isTheirs = configurationOfTests(workspace, uri, named).some(({ path }) => path === file);
      if (!isTheirs) return { path: uri.toString(), text, edits: [] };
      const edits = renameInTests(text, use.typeUrl, use.name, newName);
      if (use.typeUrl !== LISTENER_TYPE) return { path: uri.toString(), text, edits };
      const known = (await namesBeside(uri)).map(({ name }) => name);
      const byHost = nameListenerInTests(text, use.name, newName, known);
      return { path: uri.toString(), text, edits: [...edits, ...byHost] };
    }),
  );
  return all.filter(({ edits }) => edits.length > 0);
}
