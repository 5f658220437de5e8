/** The xDS texts of the window: those in editors, and those of the workspace that names may refer to. */
import * as vscode from 'vscode';
import type { LanguageFile, LanguageWorkspace } from '@onehop/core/language/workspace.js';
import { configPattern, type LabFiles } from '../lab/labFiles.js';
import { languages } from '../contributions.js';

/** Route tests of the window. */
export const testPattern = '**/*.routes.test.{yaml,yml}';
export const notIn = '**/{node_modules,dist,.git}/**';

/** Files are called by their URIs as text. Everything is read when it is first asked for. */
export class Texts implements vscode.Disposable {
  readonly #files: LabFiles;
  readonly #changed = new vscode.EventEmitter<string>();
  readonly #disposables: vscode.Disposable[];
  /** The URI of a text that is new, has changed or is gone. */
  readonly onDidChange = this.#changed.event;
  /** Texts on the disk, as far as they have been read. */
  readonly #saved = new Map<string, string>();
  #workspace: LanguageWorkspace | undefined;
  #found: Promise<void> | undefined;

  constructor(files: LabFiles) {
    this.#files = files;
    const watcher = vscode.workspace.createFileSystemWatcher(configPattern());
    watcher.onDidCreate((uri) => void this.#read(uri.toString()));
    watcher.onDidChange((uri) => void this.#read(uri.toString()));
    watcher.onDidDelete((uri) => {
      this.#saved.delete(uri.toString());
      this.#workspace?.delete(uri.toString());
      this.#changed.fire(uri.toString());
    });
    const changed = (document: vscode.TextDocument): void => {
      if (isXds(document)) this.#changed.fire(document.uri.toString());
    };
    this.#disposables = [
      watcher,
      this.#changed,
      vscode.workspace.onDidOpenTextDocument(changed),
      vscode.workspace.onDidCloseTextDocument(changed),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) changed(document);
      }),
    ];
  }

  /** Everything that is xDS, as it is now. */
  async workspace(): Promise<LanguageWorkspace> {
    await (this.#found ??= this.#find());
    const workspace = await this.#empty();
    const open = new Set<string>();
    for (const document of vscode.workspace.textDocuments) {
      if (!isXds(document)) continue;
      open.add(document.uri.toString());
      workspace.set(document.uri.toString(), document.getText());
    }
    for (const [uri, text] of this.#saved) if (!open.has(uri)) workspace.set(uri, text);
    for (const uri of workspace.paths) if (!open.has(uri) && !this.#saved.has(uri)) workspace.delete(uri);
    return workspace;
  }

  /** A file of the workspace, as it is now. */
  async file(document: vscode.TextDocument): Promise<{ workspace: LanguageWorkspace; file: LanguageFile }> {
    const workspace = await this.workspace();
    return { workspace, file: workspace.set(document.uri.toString(), document.getText()) };
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  async #empty(): Promise<LanguageWorkspace> {
    if (this.#workspace !== undefined) return this.#workspace;
    const { LanguageWorkspace, configurationOf } = await import('@onehop/core/language/workspace.js');
    // The lab's files are one configuration, wherever they are; others go by folders.
    return (this.#workspace ??= new LanguageWorkspace((path, paths) => {
      const lab = this.#files.set.config.map(String);
      return lab.includes(path) ? lab : configurationOf(path, paths);
    }));
  }

  async #find(): Promise<void> {
    const uris = await vscode.workspace.findFiles(configPattern(), notIn);
    await Promise.all(uris.map((uri) => this.#read(uri.toString())));
  }

  async #read(uri: string): Promise<void> {
    try {
      const bytes = await vscode.workspace.fs.readFile(vscode.Uri.parse(uri));
      this.#saved.set(uri, new TextDecoder().decode(bytes));
    } catch {
      this.#saved.delete(uri);
    }
    this.#changed.fire(uri);
  }
}

export function isXds(document: vscode.TextDocument): boolean {
  return document.languageId === languages.xds && isAuthored(document);
}

/** Somebody writes it: not a version that is only shown beside another. */
export function isAuthored({ uri }: vscode.TextDocument): boolean {
  return schemes.includes(uri.scheme);
}

export const schemes = ['file', 'untitled', 'vscode-vfs'];

/** Of an open editor, else of the file; undefined for one that is gone. */
export async function textOf(uri: vscode.Uri): Promise<string | undefined> {
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  if (open !== undefined) return open.getText();
  try {
    return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
  } catch {
    return undefined;
  }
}
