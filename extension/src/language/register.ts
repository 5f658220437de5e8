/** Everything about writing configurations. */
import * as vscode from 'vscode';
import { languages } from '../contributions.js';
import type { LabFiles } from '../lab/labFiles.js';
import type { LiveSource } from '../lens/liveValues.js';
import { registerBootstraps } from './bootstraps.js';
import { triggers, XdsCompletion } from './completion.js';
import { XdsFixes, XdsFormatting } from './fixes.js';
import { XdsNavigation } from './navigation.js';
import { registerOtherFiles } from './otherFiles.js';
import { Problems } from './problems.js';
import { schemes, Texts } from './texts.js';

export interface LanguageParts {
  readonly files: LabFiles;
  readonly extension: vscode.Uri;
  /** What is shown of running routes and clusters when the pointer rests on them. */
  readonly live: LiveSource;
}

/** What others use of it. */
export interface Language extends vscode.Disposable {
  readonly texts: Texts;
}

export function registerLanguage({ files, extension, live }: LanguageParts): Language {
  const rules = vscode.Uri.joinPath(extension, 'dist/data/rules');
  const texts = new Texts(files);
  const problems = new Problems(texts, rules);
  const navigation = new XdsNavigation(texts, rules, live);
  const selector = schemes.map((scheme) => ({ language: languages.xds, scheme }));
  const { languages: api } = vscode;
  const all = vscode.Disposable.from(
    texts,
    problems,
    registerBootstraps(),
    registerOtherFiles(texts, rules),
    api.registerCompletionItemProvider(selector, new XdsCompletion(texts), ...triggers),
    api.registerHoverProvider(selector, navigation),
    api.registerDefinitionProvider(selector, navigation),
    api.registerReferenceProvider(selector, navigation),
    api.registerRenameProvider(selector, navigation),
    api.registerDocumentSymbolProvider(selector, navigation, { label: 'xDS' }),
    api.registerFoldingRangeProvider(selector, navigation),
    api.registerDocumentLinkProvider(selector, navigation),
    api.registerCodeActionsProvider(selector, new XdsFixes(texts, problems), XdsFixes.metadata),
    api.registerDocumentFormattingEditProvider(selector, new XdsFormatting('envoy')),
  );
  return { texts, dispose: () => all.dispose() };
}
