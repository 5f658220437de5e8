/** That writing costs no memory that stays. */
import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as vscode from 'vscode';
import { diagnosticsOf, eventually, openText, ruleOf } from './documents.js';
import { figures } from './figures.js';
import { openSample } from './labWindow.js';

const EDITS = 1_000;
/** Until caches and compiled code have the size that they keep. */
const WARM_UP = 300;
/** Noise of the host itself: about 1 kB an edit would be 1 MB. */
const GROWTH_MB = 2;

/** What is in use after everything that can go has gone. */
function heapMb(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let i = 0; i < 3; i++) collect();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

describe('memory of the extension host', function () {
  this.timeout(180_000);
  afterEach(() => vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor'));

  it(`is flat over ${EDITS} edits`, async () => {
    const sample = await openSample();
    const document = await openText(sample.getText());
    const editor = await vscode.window.showTextDocument(document);
    const edit = async (i: number): Promise<void> => {
      // A letter into the name of a cluster, then out of it: a problem comes and goes.
      const line = document.lineAt(
        document
          .getText()
          .split('\n')
          .findIndex((text) => text.includes('weight: 90')),
      );
      const at = line.range.start.translate(0, line.text.indexOf('reviews-v1') + 'reviews-v1'.length);
      const wanted = i % 2 === 0;
      await editor.edit((change) => {
        if (wanted) change.insert(at, 'x');
        else change.delete(new vscode.Range(at, at.translate(0, 1)));
      });
      // Every tenth text is waited for, and asked about as the editor does.
      if (i % 10 > 1) return;
      await eventually(() =>
        assert.equal(diagnosticsOf(document).map(ruleOf).includes('dangling-cluster'), wanted),
      );
      for (const command of ['DocumentSymbol', 'FoldingRange', 'CodeLens'])
        await vscode.commands.executeCommand(`vscode.execute${command}Provider`, document.uri);
      await vscode.commands.executeCommand('vscode.executeCompletionItemProvider', document.uri, at);
      await vscode.commands.executeCommand('vscode.executeHoverProvider', document.uri, at);
    };
    for (let i = 0; i < WARM_UP; i++) await edit(i);
    const before = heapMb();
    for (let i = 0; i < EDITS; i++) await edit(i);
    const after = heapMb();
    const said = `heap after ${EDITS} edits: ${after.toFixed(1)} MB, before them ${before.toFixed(1)} MB`;
    figures.push(said);
    assert.ok(after - before <= GROWTH_MB, said);
  });
});
