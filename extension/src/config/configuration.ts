import * as vscode from 'vscode';
import type { Location } from '@onehop/core/diagnostics/diagnostic.js';
import type { Validation } from '@onehop/core/diagnostics/validate.js';
import type { FieldPath } from '@onehop/core/resources/model.js';
import type { RoutingModel } from '@onehop/core/routing/model.js';
import type { Workspace } from '@onehop/core/workspace/workspace.js';
import type { LabFiles } from '../lab/labFiles.js';

/** How long the text must rest before it is read anew. */
const settleMs = 200;

/** What the files of the configuration say now, unsaved text included. Read only while somebody listens or asks. */
export class Configuration implements vscode.Disposable {
  readonly #files: LabFiles;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #disposables: vscode.Disposable[];
  /** After the files have changed and have been read anew. */
  readonly onDidChange = this.#changed.event;
  #workspace: Workspace | undefined;
  #reading: Promise<Workspace> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stale = true;

  constructor(files: LabFiles) {
    this.#files = files;
    const soon = (uri: vscode.Uri): void => {
      if (files.has(uri)) this.#soon();
    };
    const watcher = vscode.workspace.createFileSystemWatcher('**/*.yaml', true, false, true);
    watcher.onDidChange(soon);
    this.#disposables = [
      watcher,
      this.#changed,
      files.onDidChange(() => this.#soon()),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) soon(document.uri);
      }),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => soon(uri)),
    ];
  }

  /** Undefined before the first reading. File names in it are URIs as text. */
  get validation(): Validation | undefined {
    return this.#workspace?.validation();
  }

  get uris(): readonly vscode.Uri[] {
    return this.#files.set.config;
  }

  /** Reads what has changed. */
  async read(): Promise<Validation> {
    while (this.#stale || this.#workspace === undefined) await (this.#reading ??= this.#read());
    return this.#workspace.validation();
  }

  /** What is on the disk, whatever somebody types meanwhile. */
  async readSaved(): Promise<Validation> {
    const [{ validateFiles }, files] = await Promise.all([
      import('@onehop/core/diagnostics/validate.js'),
      Promise.all(this.uris.map(async (uri) => ({ path: uri.toString(), text: await savedTextOf(uri) }))),
    ]);
    return validateFiles(files);
  }

  /** What the files mean: listener → route → cluster → endpoint. */
  async model(): Promise<RoutingModel> {
    const { buildRouting } = await import('@onehop/core/routing/build.js');
    return buildRouting((await this.read()).set).model;
  }

  /** Where a field of a resource stands; undefined when no file has the resource. */
  locate(typeUrl: string, name: string, path: FieldPath = []): vscode.Location | undefined {
    const found = this.#workspace?.locate(typeUrl, name, path);
    return found === undefined ? undefined : locationOf(found);
  }

  /** The same for a field as the agent names it: `virtualHosts[0].routes[1]`. */
  async locateField(typeUrl: string, name: string, field: string): Promise<vscode.Location | undefined> {
    const { parseFieldPath } = await import('@onehop/core/resources/model.js');
    await this.read();
    return this.locate(typeUrl, name, parseFieldPath(field) ?? []);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const disposable of this.#disposables) disposable.dispose();
  }

  #soon(): void {
    this.#stale = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.read().catch(() => undefined), settleMs);
  }

  async #read(): Promise<Workspace> {
    // What changes from here on is read the next time.
    this.#stale = false;
    try {
      const [{ Workspace }, texts] = await Promise.all([
        import('@onehop/core/workspace/workspace.js'),
        Promise.all(this.uris.map(async (uri) => [uri.toString(), await textOf(uri)] as const)),
      ]);
      const workspace = (this.#workspace ??= new Workspace());
      const names = new Set(texts.map(([name]) => name));
      for (const name of workspace.uris) if (!names.has(name)) workspace.close(name);
      for (const [name, text] of texts) workspace.open(name, text);
      return workspace;
    } catch (error) {
      this.#stale = true;
      throw error;
    } finally {
      this.#reading = undefined;
      queueMicrotask(() => this.#changed.fire());
    }
  }
}

/** Of an open editor, else of the file; "" of a file that has just gone. */
export async function textOf(uri: vscode.Uri): Promise<string> {
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  return open === undefined ? savedTextOf(uri) : open.getText();
}

async function savedTextOf(uri: vscode.Uri): Promise<string> {
  try {
    return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
  } catch {
    return '';
  }
}

/** Core counts lines and columns from 1. */
export function locationOf({ file, range }: Location): vscode.Location {
  const { start, end } = range;
  return new vscode.Location(
    vscode.Uri.parse(file),
    new vscode.Range(start.line - 1, start.column - 1, end.line - 1, end.column - 1),
  );
}
