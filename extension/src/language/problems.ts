/** What is wrong with the xDS of the window, anew as somebody types. */
import { setImmediate } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { Diagnostic } from '@onehop/core/diagnostics/diagnostic.js';
import type { Workspace } from '@onehop/core/workspace/workspace.js';
import { diagnosticOf } from './diagnosticOf.js';
import { isXds, type Texts } from './texts.js';

/** How long a text must rest before it is looked at: less than it takes to type the next letter would be wasted. */
const restMs = 30;

/** Files that are validated together. */
interface Group {
  readonly workspace: Workspace;
  /** Counts changes: what was begun before the last one is given up. */
  change: number;
}

export class Problems implements vscode.Disposable {
  readonly #texts: Texts;
  readonly #rules: vscode.Uri;
  readonly #collection = vscode.languages.createDiagnosticCollection('onehop');
  readonly #groups = new Map<string, Group>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #disposables: vscode.Disposable[];
  /** Files that have been told of, with the group that did. */
  readonly #shown = new Map<string, string>();

  constructor(texts: Texts, rules: vscode.Uri) {
    this.#texts = texts;
    this.#rules = rules;
    this.#disposables = [this.#collection, texts.onDidChange((uri) => this.#soon(uri))];
    for (const document of vscode.workspace.textDocuments)
      if (isXds(document)) this.#soon(document.uri.toString());
  }

  /** Of a document as it is now. */
  async of(document: vscode.TextDocument): Promise<readonly Diagnostic[]> {
    const uri = document.uri.toString();
    const { workspace } = await this.#upToDate(uri);
    return workspace.problems(uri);
  }

  dispose(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    for (const disposable of this.#disposables) disposable.dispose();
  }

  #soon(uri: string): void {
    clearTimeout(this.#timers.get(uri));
    this.#timers.set(
      uri,
      setTimeout(() => {
        this.#timers.delete(uri);
        void this.#check(uri);
      }, restMs),
    );
  }

  async #check(uri: string): Promise<void> {
    const { id, group, workspace } = await this.#upToDate(uri);
    const { change } = group;
    if (!(await workspace.prepare(async () => setImmediate(group.change === change)))) return;
    const gone = new Set([...this.#shown].flatMap(([file, of]) => (of === id ? [file] : [])));
    for (const file of workspace.uris) {
      gone.delete(file);
      this.#shown.set(file, id);
      const shown = workspace.problems(file).map((problem) => diagnosticOf(problem, this.#rules));
      this.#collection.set(vscode.Uri.parse(file), shown);
    }
    for (const file of gone) {
      this.#shown.delete(file);
      this.#collection.delete(vscode.Uri.parse(file));
    }
  }

  /** The group of a file with all its texts as they are now. */
  async #upToDate(uri: string): Promise<{ id: string; group: Group; workspace: Workspace }> {
    const texts = await this.#texts.workspace();
    const files = texts.configuration(uri);
    const id = files[0]?.path ?? this.#shown.get(uri) ?? uri;
    let group = this.#groups.get(id);
    if (group === undefined) {
      const { Workspace } = await import('@onehop/core/workspace/workspace.js');
      group = this.#groups.get(id) ?? { workspace: new Workspace(), change: 0 };
      this.#groups.set(id, group);
    }
    group.change++;
    const { workspace } = group;
    const names = new Set(files.map(({ path }) => path));
    for (const name of workspace.uris) if (!names.has(name)) workspace.close(name);
    for (const { path, text } of files) workspace.open(path, text);
    return { id, group, workspace };
  }
}
