import * as vscode from 'vscode';

/** A row of a tree view with the rows below it. `item.id` is set, and is its own in the whole tree. */
export interface TreeNode {
  readonly item: vscode.TreeItem;
  readonly children: readonly TreeNode[];
}

/** Changes closer together in time than this are drawn as one. */
const redrawMs = 250;

/**
 * A tree that is pushed: it is built anew after each change, and only the rows that look otherwise than before are drawn again,
 * so that selection, scrolling and what is folded stay as they are.
 */
export class LiveTree implements vscode.TreeDataProvider<string>, vscode.Disposable {
  readonly #build: () => readonly TreeNode[] | Promise<readonly TreeNode[]>;
  readonly #changed = new vscode.EventEmitter<string[] | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  #roots: readonly string[] | undefined;
  #nodes = new Map<string, TreeNode>();
  #timer: NodeJS.Timeout | undefined;

  constructor(build: () => readonly TreeNode[] | Promise<readonly TreeNode[]>) {
    this.#build = build;
  }

  async getChildren(id?: string): Promise<string[]> {
    if (this.#roots === undefined) this.#take(await this.#build());
    if (id === undefined) return [...(this.#roots ?? [])];
    return (this.#nodes.get(id)?.children ?? []).map(idOf);
  }

  getTreeItem(id: string): vscode.TreeItem {
    return this.#nodes.get(id)?.item ?? new vscode.TreeItem(id);
  }

  /** Something that the tree is built from has changed. */
  changed(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#redraw();
    }, redrawMs);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#changed.dispose();
  }

  async #redraw(): Promise<void> {
    if (this.#roots === undefined) return;
    const roots = this.#roots;
    const nodes = this.#nodes;
    this.#take(await this.#build());
    if (!sameIds(roots, this.#roots)) return this.#changed.fire(undefined);
    const redrawn = [...this.#nodes].filter(([id, node]) => {
      const before = nodes.get(id);
      return (
        before !== undefined &&
        !(looksSame(before.item, node.item) && sameIds(before.children.map(idOf), node.children.map(idOf)))
      );
    });
    if (redrawn.length > 0) this.#changed.fire(redrawn.map(([id]) => id));
  }

  #take(roots: readonly TreeNode[]): void {
    this.#nodes = new Map();
    const add = (node: TreeNode): void => {
      this.#nodes.set(idOf(node), node);
      node.children.forEach(add);
    };
    roots.forEach(add);
    this.#roots = roots.map(idOf);
  }
}

function idOf({ item }: TreeNode): string {
  return item.id ?? '';
}

function sameIds(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id, i) => id === b[i]);
}

function looksSame(a: vscode.TreeItem, b: vscode.TreeItem): boolean {
  return JSON.stringify(looks(a)) === JSON.stringify(looks(b));
}

function looks({
  label,
  description,
  tooltip,
  iconPath,
  contextValue,
  collapsibleState,
  command,
}: vscode.TreeItem): unknown {
  const icon = iconPath instanceof vscode.ThemeIcon ? [iconPath.id, iconPath.color?.id] : undefined;
  return [label, description, tooltip, icon, contextValue, collapsibleState, command?.arguments];
}
