/** Route tests of the window as items of the Test Explorer: a file, its tests, the rows of their tables. */
import * as vscode from 'vscode';
import type { RouteCase, RouteTest } from '@onehop/core/routetests/model.js';
import { languages } from '../contributions.js';
import { rangeOf } from '../language/convert.js';
import { notIn, testPattern, textOf } from '../language/texts.js';
import { translatedWithHint } from '../translation/translated.js';

const restMs = 200;

export class TestTree implements vscode.Disposable {
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #disposables: vscode.Disposable[];
  /** The case of each item that is one. */
  readonly #cases = new WeakMap<vscode.TestItem, RouteCase>();
  #found: Promise<void> | undefined;

  constructor(readonly controller: vscode.TestController) {
    controller.resolveHandler = async (item) => {
      if (item === undefined) await this.find();
      else if (item.uri !== undefined) await this.read(item.uri);
    };
    controller.refreshHandler = () => {
      this.#found = undefined;
      return this.find();
    };
    const watcher = vscode.workspace.createFileSystemWatcher(testPattern);
    watcher.onDidCreate((uri) => this.#soon(uri));
    watcher.onDidChange((uri) => this.#soon(uri));
    watcher.onDidDelete((uri) => controller.items.delete(uri.toString()));
    const changed = ({ languageId, uri }: vscode.TextDocument): void => {
      if (languageId === languages.routeTests) this.#soon(uri);
    };
    this.#disposables = [
      watcher,
      vscode.workspace.onDidOpenTextDocument(changed),
      vscode.workspace.onDidChangeTextDocument(({ document }) => changed(document)),
      vscode.workspace.onDidCloseTextDocument(changed),
    ];
    for (const document of vscode.workspace.textDocuments) changed(document);
  }

  /** Every file of the workspace. */
  find(): Promise<void> {
    return (this.#found ??= (async () => {
      const uris = await vscode.workspace.findFiles(testPattern, notIn);
      await Promise.all(uris.map((uri) => this.read(uri)));
    })());
  }

  /** The file as it is now, unsaved text included. The tests of one with a mistake in its form stay as they were. */
  async read(uri: vscode.Uri): Promise<vscode.TestItem | undefined> {
    const [{ parseRouteTests }, text] = await Promise.all([
      import('@onehop/core/routetests/parse.js'),
      textOf(uri),
    ]);
    const { controller } = this;
    if (text === undefined) {
      controller.items.delete(uri.toString());
      return undefined;
    }
    const { file, problems } = parseRouteTests(text, uri.toString());
    let item = controller.items.get(uri.toString());
    if (item === undefined) {
      item = controller.createTestItem(uri.toString(), vscode.workspace.asRelativePath(uri), uri);
      item.canResolveChildren = true;
      controller.items.add(item);
    }
    const [problem] = problems;
    item.error = file === undefined && problem !== undefined ? translatedWithHint(problem) : undefined;
    if (file !== undefined) {
      const { children } = item;
      this.#keep(
        children,
        file.tests.map((test) => this.#test(uri, test, children)),
      );
    }
    return item;
  }

  caseOf(item: vscode.TestItem): RouteCase | undefined {
    return this.#cases.get(item);
  }

  dispose(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    for (const disposable of this.#disposables) disposable.dispose();
  }

  /** Items stay who they are as long as their names do: a run knows no others, and would lose what it found. */
  #keep(children: vscode.TestItemCollection, wanted: readonly vscode.TestItem[]): void {
    const same = children.size === wanted.length && wanted.every((item) => children.get(item.id) === item);
    if (!same) children.replace(wanted);
  }

  #test(
    uri: vscode.Uri,
    { name, range, cases }: RouteTest,
    siblings: vscode.TestItemCollection,
  ): vscode.TestItem {
    const item = siblings.get(name) ?? this.controller.createTestItem(name, name, uri);
    item.range = rangeOf(range);
    const [first] = cases;
    const isOne = first !== undefined && first.title === name;
    if (isOne) this.#cases.set(item, first);
    else this.#cases.delete(item);
    const { children } = item;
    this.#keep(children, isOne ? [] : cases.map((one) => this.#case(uri, one, name, children)));
    return item;
  }

  #case(uri: vscode.Uri, one: RouteCase, test: string, siblings: vscode.TestItemCollection): vscode.TestItem {
    const label = one.title.slice(test.length).replace(/^ › /, '');
    const item = siblings.get(one.title) ?? this.controller.createTestItem(one.title, label, uri);
    item.range = rangeOf(one.range);
    this.#cases.set(item, one);
    return item;
  }

  #soon(uri: vscode.Uri): void {
    const key = uri.toString();
    clearTimeout(this.#timers.get(key));
    this.#timers.set(
      key,
      setTimeout(() => void this.read(uri), restMs),
    );
  }
}
