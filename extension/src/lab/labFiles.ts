import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { settings } from '../contributions.js';

const topologies = '**/*.lab.yaml';
const notIn = '**/{node_modules,dist,.git}/**';
const remembered = 'topology';

/** The files of this window that a lab is made of: one topology, and the configuration that belongs to it. */
export interface LabFileSet {
  /** Undefined: the workspace has none, and the lab is the sample. */
  readonly topology: vscode.Uri | undefined;
  /** The name in the topology. */
  readonly lab: string | undefined;
  /** xDS files beside or below the topology; without one, all of the workspace. Sorted. */
  readonly config: readonly vscode.Uri[];
}

/** Finds the files at once and follows what is added, removed or renamed. */
export class LabFiles implements vscode.Disposable {
  readonly #memory: vscode.Memento;
  readonly #changed = new vscode.EventEmitter<LabFileSet>();
  readonly #disposables: vscode.Disposable[];
  /** Of the set after the last change. */
  readonly onDidChange = this.#changed.event;
  #set: LabFileSet = { topology: undefined, lab: undefined, config: [] };
  #all: readonly vscode.Uri[] = [];
  #finding: Promise<void> | undefined;
  #again = false;
  /** Resolves when the files have been looked for once. */
  readonly found: Promise<void>;

  constructor(memory: vscode.Memento) {
    this.#memory = memory;
    const find = (): void => void this.find();
    const watchers = [topologies, configPattern()].map((pattern) => {
      const watcher = vscode.workspace.createFileSystemWatcher(pattern);
      watcher.onDidCreate(find);
      watcher.onDidDelete(find);
      return watcher;
    });
    watchers[0]?.onDidChange(find);
    this.#disposables = [
      ...watchers,
      this.#changed,
      vscode.workspace.onDidChangeWorkspaceFolders(find),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration(`onehop.${settings.configurationFiles}`)) find();
      }),
    ];
    this.found = this.find().catch(() => undefined);
  }

  get set(): LabFileSet {
    return this.#set;
  }

  /** All topologies of the workspace, sorted. */
  get topologies(): readonly vscode.Uri[] {
    return this.#all;
  }

  /** Is this file part of the configuration of the window's lab? */
  has(uri: vscode.Uri): boolean {
    return this.#set.config.some((one) => one.toString() === uri.toString());
  }

  /** Takes another topology, also after the window is opened again. */
  async choose(topology: vscode.Uri): Promise<void> {
    await this.#memory.update(remembered, topology.toString());
    await this.find();
  }

  /** Resolves when the set is that of the files that exist now. */
  find(): Promise<void> {
    if (this.#finding !== undefined) {
      this.#again = true;
      return this.#finding;
    }
    this.#finding = this.#find().finally(() => {
      this.#finding = undefined;
      if (this.#again) {
        this.#again = false;
        void this.find();
      }
    });
    return this.#finding;
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  async #find(): Promise<void> {
    const [labs, configs] = await Promise.all([
      vscode.workspace.findFiles(topologies, notIn),
      vscode.workspace.findFiles(configPattern(), notIn),
    ]);
    this.#all = sorted(labs);
    const chosen = this.#memory.get<string>(remembered);
    const topology = this.#all.find((uri) => uri.toString() === chosen) ?? this.#all[0];
    const folder = topology === undefined ? undefined : `${dirname(topology.path)}/`;
    this.#set = {
      topology,
      lab: topology === undefined ? undefined : await nameIn(topology),
      config: sorted(configs.filter(({ path }) => folder === undefined || path.startsWith(folder))),
    };
    this.#changed.fire(this.#set);
  }
}

export function configPattern(): string {
  return vscode.workspace.getConfiguration('onehop').get(settings.configurationFiles, '**/*.xds.yaml');
}

function sorted(uris: readonly vscode.Uri[]): readonly vscode.Uri[] {
  return [...uris].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The `name:` of a topology, which may be wrong in other places. */
async function nameIn(topology: vscode.Uri): Promise<string | undefined> {
  const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(topology));
  return /^name:[ \t]*["']?([a-z0-9-]+)/m.exec(text)?.[1];
}
