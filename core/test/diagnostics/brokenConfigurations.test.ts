import assert from 'node:assert/strict';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.js';
import { validateFiles } from '../../src/diagnostics/validate.js';
import { applyAction, codeActions } from '../../src/language/codeActions.js';
import { LanguageFile } from '../../src/language/workspace.js';
import { BROKEN_CONFIGURATIONS } from './brokenConfigurations.js';
import { show, unmark } from './marked.js';

const PATH = 'x.xds.yaml';

function problemsOf(text: string): readonly Diagnostic[] {
  return validateFiles([{ path: PATH, text }]).problems;
}

describe('broken configurations', () => {
  it('are at least 60, each with a name of its own', () => {
    assert.ok(BROKEN_CONFIGURATIONS.length >= 60, String(BROKEN_CONFIGURATIONS.length));
    assert.equal(new Set(BROKEN_CONFIGURATIONS.map(({ title }) => title)).size, BROKEN_CONFIGURATIONS.length);
  });

  for (const { title, marked, rule, fix } of BROKEN_CONFIGURATIONS)
    it(title, () => {
      const { text, ranges } = unmark(marked);
      const problems = problemsOf(text);
      const found = problems.find((one) => one.rule === rule && show(one.range) === ranges[0]);
      const all = problems
        .map((one) => `${one.rule} ${show(one.range)} ${one.message} ${one.hint ?? ''}`)
        .join('\n');
      assert.ok(found !== undefined, `no ${rule} at ${ranges[0]}:\n${all}`);
      const actions = codeActions(new LanguageFile(PATH, text), [found]);
      const titles = actions.map((action) => action.title);
      if (fix === undefined) {
        assert.deepEqual(
          actions.filter(({ kind }) => kind === 'fix').map((action) => action.title),
          [],
        );
        return;
      }
      const action = actions.find((one) => one.title === fix);
      assert.ok(action !== undefined, `no fix "${fix}" among ${titles.join(', ')}\n${all}`);
      const after = applyAction(text, action);
      const count = (of: readonly Diagnostic[]): number =>
        of.filter((one) => one.rule === rule && one.message === found.message).length;
      const left = problemsOf(after);
      assert.equal(
        count(left),
        count(problems) - 1,
        `${after}\n${left.map(({ rule: of, message }) => `${of} ${message}`).join('\n')}`,
      );
      if (rule !== 'syntax') assert.ok(!left.some((one) => one.rule === 'syntax'), after);
    });
});
