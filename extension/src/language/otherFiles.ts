/** Topologies (`*.lab.yaml`) and route tests (`*.routes.test.yaml`): problems, completion and hover by their schemas. */
import * as vscode from 'vscode';
import type { Diagnostic } from '@onehop/core/diagnostics/diagnostic.js';
import type { NamesAt } from '@onehop/core/language/schemaFiles.js';
import { languages } from '../contributions.js';
import { CompletionItem, triggers } from './completion.js';
import { rangeOfSpan } from './convert.js';
import { diagnosticOf } from './diagnosticOf.js';
import { XdsFormatting } from './fixes.js';
import { isAuthored, schemes } from './texts.js';
import { namesForTests, problemsOfTests } from './testFiles.js';
import { namesForTopology, problemsOfTopology } from './topologyFiles.js';
import type { Texts } from './texts.js';
import { translated, translatedMarkdown } from '../translation/translated.js';

const restMs = 30;

export function registerOtherFiles(texts: Texts, rules: vscode.Uri): vscode.Disposable {
  const ids = [languages.lab, languages.routeTests];
  const selector = ids.flatMap((language) => schemes.map((scheme) => ({ language, scheme })));
  const forms = new Forms(texts);
  return vscode.Disposable.from(
    new FormProblems(texts, rules),
    vscode.languages.registerCompletionItemProvider(selector, forms, ...triggers),
    vscode.languages.registerHoverProvider(selector, forms),
    vscode.languages.registerDocumentFormattingEditProvider(selector, new XdsFormatting('core')),
  );
}

class Forms implements vscode.CompletionItemProvider<CompletionItem>, vscode.HoverProvider {
  constructor(private readonly texts: Texts) {}

  async provideCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
  ): Promise<CompletionItem[]> {
    const [{ completeBySchema }, schema, names] = await Promise.all([
      import('@onehop/core/language/schemaFiles.js'),
      schemaOf(document),
      this.#names(document),
    ]);
    const items = completeBySchema(schema, document.getText(), document.offsetAt(position), names);
    return items.map((item) => {
      const shown = new CompletionItem(item, document);
      if (item.text !== undefined) shown.documentation = new vscode.MarkdownString(translated(item.text));
      return shown;
    });
  }

  async provideHover(
    document: vscode.TextDocument,
    position: vscode.Position,
  ): Promise<vscode.Hover | undefined> {
    const [{ hoverBySchema }, schema] = await Promise.all([
      import('@onehop/core/language/schemaFiles.js'),
      schemaOf(document),
    ]);
    const found = hoverBySchema(schema, document.getText(), document.offsetAt(position));
    return (
      found &&
      new vscode.Hover(
        new vscode.MarkdownString(translatedMarkdown(found.markdown)),
        rangeOfSpan(document, found.span),
      )
    );
  }

  #names(document: vscode.TextDocument): Promise<NamesAt> {
    return document.languageId === languages.lab
      ? Promise.resolve(namesForTopology(document.getText()))
      : namesForTests(document, this.texts);
  }
}

class FormProblems implements vscode.Disposable {
  readonly #collection = vscode.languages.createDiagnosticCollection('onehop-forms');
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #disposables: vscode.Disposable[];

  constructor(
    private readonly texts: Texts,
    private readonly rules: vscode.Uri,
  ) {
    const isForm = (document: vscode.TextDocument): boolean =>
      (document.languageId === languages.lab || document.languageId === languages.routeTests) &&
      isAuthored(document);
    const soon = (document: vscode.TextDocument): void => {
      if (isForm(document)) this.#soon(document);
    };
    this.#disposables = [
      this.#collection,
      vscode.workspace.onDidOpenTextDocument(soon),
      vscode.workspace.onDidChangeTextDocument(({ document }) => soon(document)),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#collection.delete(uri)),
      // What tests expect depends on the configuration.
      texts.onDidChange(() => {
        for (const document of vscode.workspace.textDocuments)
          if (document.languageId === languages.routeTests) soon(document);
      }),
    ];
    for (const document of vscode.workspace.textDocuments) soon(document);
  }

  dispose(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    for (const disposable of this.#disposables) disposable.dispose();
  }

  #soon(document: vscode.TextDocument): void {
    const uri = document.uri.toString();
    clearTimeout(this.#timers.get(uri));
    this.#timers.set(
      uri,
      setTimeout(() => void this.#check(document), restMs),
    );
  }

  async #check(document: vscode.TextDocument): Promise<void> {
    const { version } = document;
    const problems = await this.#problems(document);
    if (document.version !== version || document.isClosed) return;
    this.#collection.set(
      document.uri,
      problems.map((problem) => diagnosticOf(problem, this.rules)),
    );
  }

  #problems(document: vscode.TextDocument): Promise<readonly Diagnostic[]> {
    return document.languageId === languages.lab
      ? problemsOfTopology(document)
      : problemsOfTests(document, this.texts);
  }
}

async function schemaOf({ languageId }: vscode.TextDocument) {
  if (languageId === languages.lab) return (await import('@onehop/core/topology/schema.js')).TOPOLOGY_SCHEMA;
  return (await import('@onehop/core/routetests/schema.js')).ROUTE_TESTS_SCHEMA;
}
