import assert from 'node:assert/strict';
import * as vscode from 'vscode';

describe('activation', () => {
  it('a folder with a lab activates the extension', async () => {
    const extension = vscode.extensions.getExtension('onehop.onehop');
    assert.ok(extension !== undefined, 'VS Code did not load the extension');
    await extension.activate();
    assert.equal(extension.isActive, true);
  });

  it('every contributed command is there', async () => {
    const extension = vscode.extensions.getExtension('onehop.onehop');
    const contributed = (
      extension?.packageJSON as { contributes: { commands: { command: string }[] } }
    ).contributes.commands.map(({ command }) => command);
    const known = new Set(await vscode.commands.getCommands(true));
    assert.ok(contributed.length > 0);
    assert.deepEqual(
      contributed.filter((command) => !known.has(command)),
      [],
    );
  });
});
