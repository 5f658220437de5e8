import * as vscode from 'vscode';

const files = ['bookinfo.lab.yaml', 'bookinfo.xds.yaml', 'bookinfo.routes.test.yaml'] as const;

/**
 * Opens the Bookinfo configuration: the workspace's own, else a copy that is made in a folder that the user chooses,
 * because what comes with the extension must stay as it is.
 */
export async function openSample(extension: vscode.Uri): Promise<void> {
  const [own] = await vscode.workspace.findFiles('**/bookinfo.xds.yaml', '**/node_modules/**', 1);
  if (own !== undefined) {
    await vscode.window.showTextDocument(own);
    return;
  }
  const [parent] =
    (await vscode.window.showOpenDialog({
      canSelectFiles: false,
      canSelectFolders: true,
      openLabel: vscode.l10n.t('Create the folder `bookinfo` here'),
    })) ?? [];
  if (parent === undefined) return;
  const target = vscode.Uri.joinPath(parent, 'bookinfo');
  await copySample(extension, target);
  await vscode.commands.executeCommand('vscode.openFolder', target);
}

/** Files that are there already stay as they are. */
async function copySample(extension: vscode.Uri, target: vscode.Uri): Promise<void> {
  const source = vscode.Uri.joinPath(extension, 'dist/data/bookinfo');
  await vscode.workspace.fs.createDirectory(target);
  const present = new Set((await vscode.workspace.fs.readDirectory(source)).map(([name]) => name));
  for (const name of files) {
    if (!present.has(name)) continue;
    const to = vscode.Uri.joinPath(target, name);
    if (await exists(to)) continue;
    await vscode.workspace.fs.copy(vscode.Uri.joinPath(source, name), to);
  }
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}
