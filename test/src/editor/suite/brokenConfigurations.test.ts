/** Each of core's broken configurations in the editor: its problem at its place, and the fix that is promised. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { BROKEN_CONFIGURATIONS } from '@onehop/core/test/diagnostics/brokenConfigurations.js';
import { unmark } from '@onehop/core/test/diagnostics/marked.js';
import { diagnosticsOf, eventually, openText, ruleOf } from './documents.js';

/** `line:column-line:column`, from 1, as core counts. */
function show({ start, end }: vscode.Range): string {
  return `${start.line + 1}:${start.character + 1}-${end.line + 1}:${end.character + 1}`;
}

describe('broken configurations in the editor', () => {
  afterEach(() => vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor'));

  for (const { title, marked, rule, fix } of BROKEN_CONFIGURATIONS)
    it(title, async () => {
      const { text, ranges } = unmark(marked);
      const document = await openText(text);
      const find = (): vscode.Diagnostic | undefined =>
        diagnosticsOf(document).find((one) => ruleOf(one) === rule && show(one.range) === ranges[0]);
      await eventually(() => {
        const all = diagnosticsOf(document).map((one) => `${ruleOf(one)} ${show(one.range)} ${one.message}`);
        assert.ok(find() !== undefined, `no ${rule} at ${ranges[0]}: ${all.join('\n')}`);
      });
      if (fix === undefined) return;
      const found = find();
      assert.ok(found !== undefined);
      const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
        'vscode.executeCodeActionProvider',
        document.uri,
        found.range,
        'quickfix',
      );
      const action = actions.find((one) => one.title === fix);
      assert.ok(
        action?.edit !== undefined,
        `no "${fix}" among ${actions.map((one) => one.title).join(', ')}`,
      );
      const count = (): number =>
        diagnosticsOf(document).filter((one) => ruleOf(one) === rule && one.message === found.message).length;
      const before = count();
      assert.ok(await vscode.workspace.applyEdit(action.edit));
      await eventually(() => assert.equal(count(), before - 1, document.getText()));
    });
});
