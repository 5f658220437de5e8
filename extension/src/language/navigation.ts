/** Hover, names and structure of xDS: core's answers as the editor wants them. */
import * as vscode from 'vscode';
import type { OutlineSymbol } from '@onehop/core/language/symbols.js';
import type { FoundName } from '@onehop/core/language/workspace.js';
import { rangeOfSpan, TextPositions } from './convert.js';
import type { LiveSource } from '../lens/liveValues.js';
import { renamesInTests } from './testFiles.js';
import type { Texts } from './texts.js';
import { translated, translatedMarkdown, translatedWords } from '../translation/translated.js';

export class XdsNavigation
  implements
    vscode.HoverProvider,
    vscode.DefinitionProvider,
    vscode.ReferenceProvider,
    vscode.RenameProvider,
    vscode.DocumentSymbolProvider,
    vscode.FoldingRangeProvider,
    vscode.DocumentLinkProvider
{
  /** `rules`: the folder with a page for each rule. */
  constructor(
    private readonly texts: Texts,
    private readonly rules: vscode.Uri,
    private readonly live: LiveSource,
  ) {}

  async provideHover(
    document: vscode.TextDocument,
    position: vscode.Position,
  ): Promise<vscode.Hover | undefined> {
    const [{ hover }, live, { workspace, file }] = await Promise.all([
      import('@onehop/core/language/hover.js'),
      this.live(document),
      this.texts.file(document),
    ]);
    const found = hover(workspace, file.path, document.offsetAt(position), live);
    return (
      found &&
      new vscode.Hover(
        new vscode.MarkdownString(translatedMarkdown(found.markdown)),
        rangeOfSpan(document, found.span),
      )
    );
  }

  async provideDefinition(
    document: vscode.TextDocument,
    position: vscode.Position,
  ): Promise<vscode.LocationLink[]> {
    const [{ definitionsAt, nameAt }, { workspace, file }] = await Promise.all([
      import('@onehop/core/language/references.js'),
      this.texts.file(document),
    ]);
    const offset = document.offsetAt(position);
    const from = nameAt(workspace, file.path, offset);
    return definitionsAt(workspace, file.path, offset).map((found) => {
      const positions = new TextPositions(found.file.text);
      return {
        ...(from === undefined ? {} : { originSelectionRange: rangeOfSpan(document, from.span) }),
        targetUri: vscode.Uri.parse(found.file.path),
        targetRange: positions.rangeOf(found.whole ?? found.span),
        targetSelectionRange: positions.rangeOf(found.span),
      };
    });
  }

  async provideReferences(
    document: vscode.TextDocument,
    position: vscode.Position,
    { includeDeclaration }: vscode.ReferenceContext,
  ): Promise<vscode.Location[]> {
    const [{ referencesAt }, { workspace, file }] = await Promise.all([
      import('@onehop/core/language/references.js'),
      this.texts.file(document),
    ]);
    return referencesAt(workspace, file.path, document.offsetAt(position))
      .filter(({ role }) => includeDeclaration || role === 'reference')
      .map(locationOf);
  }

  async prepareRename(
    document: vscode.TextDocument,
    position: vscode.Position,
  ): Promise<{ range: vscode.Range; placeholder: string }> {
    const [{ renameTarget }, { workspace, file }] = await Promise.all([
      import('@onehop/core/language/references.js'),
      this.texts.file(document),
    ]);
    const target = renameTarget(workspace, file.path, document.offsetAt(position));
    if (target === undefined) throw new Error(vscode.l10n.t('Only names of resources can be renamed.'));
    return { range: rangeOfSpan(document, target.span), placeholder: target.name };
  }

  async provideRenameEdits(
    document: vscode.TextDocument,
    position: vscode.Position,
    newName: string,
  ): Promise<vscode.WorkspaceEdit> {
    const [{ rename, renameProblem }, { workspace, file }] = await Promise.all([
      import('@onehop/core/language/references.js'),
      this.texts.file(document),
    ]);
    const offset = document.offsetAt(position);
    const problem = renameProblem(workspace, file.path, offset, newName);
    if (problem !== undefined) throw new Error(translated(problem));
    const all = new vscode.WorkspaceEdit();
    const inTests = await renamesInTests(workspace, file.path, offset, newName);
    for (const { path, edits, text } of inTests) {
      const positions = new TextPositions(text);
      all.set(
        vscode.Uri.parse(path),
        edits.map(({ span, newText }) => vscode.TextEdit.replace(positions.rangeOf(span), newText)),
      );
    }
    for (const { path, edits } of rename(workspace, file.path, offset, newName).edits) {
      const positions = new TextPositions(workspace.file(path)?.text ?? '');
      const changes = edits.map(({ span, newText }) =>
        vscode.TextEdit.replace(positions.rangeOf(span), newText),
      );
      all.set(vscode.Uri.parse(path), changes);
    }
    return all;
  }

  async provideDocumentSymbols(document: vscode.TextDocument): Promise<vscode.DocumentSymbol[]> {
    const [{ outline }, { file }] = await Promise.all([
      import('@onehop/core/language/symbols.js'),
      this.texts.file(document),
    ]);
    const positions = new TextPositions(file.text);
    const shown = ({ name, detail, span, selection, children }: OutlineSymbol): vscode.DocumentSymbol => {
      const symbol = new vscode.DocumentSymbol(
        name,
        translatedWords(detail),
        symbolKinds[detail] ?? vscode.SymbolKind.Object,
        positions.rangeOf(span),
        positions.rangeOf(selection),
      );
      symbol.children = children.map(shown);
      return symbol;
    };
    return outline(file.roots).map(shown);
  }

  async provideFoldingRanges(document: vscode.TextDocument): Promise<vscode.FoldingRange[]> {
    const [{ folds }, { file }] = await Promise.all([
      import('@onehop/core/language/folding.js'),
      this.texts.file(document),
    ]);
    return folds(file.text, file.roots).map(
      ({ start, end, kind }) =>
        new vscode.FoldingRange(start, end, kind === 'comment' ? vscode.FoldingRangeKind.Comment : undefined),
    );
  }

  async provideDocumentLinks(document: vscode.TextDocument): Promise<vscode.DocumentLink[]> {
    const [{ links }, { file }] = await Promise.all([
      import('@onehop/core/language/links.js'),
      this.texts.file(document),
    ]);
    return links(file.text, file.roots).map(({ span, to }) => {
      const target =
        to.kind === 'rule'
          ? vscode.Uri.joinPath(this.rules, `${to.rule}.md`)
          : to.path.startsWith('/')
            ? document.uri.with({ path: to.path })
            : vscode.Uri.joinPath(document.uri, '..', to.path);
      return new vscode.DocumentLink(rangeOfSpan(document, span), target);
    });
  }
}

const symbolKinds: Readonly<Record<string, vscode.SymbolKind>> = {
  listener: vscode.SymbolKind.Interface,
  'route configuration': vscode.SymbolKind.Namespace,
  'virtual host': vscode.SymbolKind.Module,
  route: vscode.SymbolKind.Function,
  cluster: vscode.SymbolKind.Class,
  endpoints: vscode.SymbolKind.Array,
  'lb endpoint': vscode.SymbolKind.Constant,
  secret: vscode.SymbolKind.Key,
  filter: vscode.SymbolKind.Method,
  'http filter': vscode.SymbolKind.Method,
};

function locationOf({ file, span }: FoundName): vscode.Location {
  return new vscode.Location(vscode.Uri.parse(file.path), new TextPositions(file.text).rangeOf(span));
}
