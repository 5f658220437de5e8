/** Route tests in the Test Explorer: on the text, in the kernel, with coverage. */
import * as vscode from 'vscode';
import type { Links } from '../agent/links.js';
import type { Texts } from '../language/texts.js';
import type { Store } from '../store/store.js';
import { RouteFileCoverage } from './coverage.js';
import { CoverageGutter } from './gutter.js';
import { runRouteTests, type RunnerParts } from './runner.js';
import { askLab, askTexts } from './subject.js';
import { TestTree } from './testTree.js';

const restMs = 300;

export interface RouteTestParts {
  readonly texts: Texts;
  readonly store: Store;
  readonly links: Links;
  readonly extension: vscode.Uri;
}

export function registerRouteTests({ texts, store, links, extension }: RouteTestParts): vscode.Disposable {
  const controller = vscode.tests.createTestController('onehop.routeTests', vscode.l10n.t('Route tests'));
  const tree = new TestTree(controller);
  const gutter = new CoverageGutter(extension);
  const onText: RunnerParts = {
    ...{ tree, texts, gutter, needsTexts: true },
    ask: (subject) => askTexts(subject, extension),
  };
  const inKernel: RunnerParts = {
    ...{ tree, texts, gutter, needsTexts: false },
    ask: (subject) => askLab(subject, store, links),
  };
  const { Run, Coverage } = vscode.TestRunProfileKind;
  const add = (
    label: string,
    kind: vscode.TestRunProfileKind,
    parts: RunnerParts,
    isDefault: boolean,
  ): void => {
    const handler = continuous(parts);
    const profile = controller.createRunProfile(label, kind, handler, isDefault, undefined, parts === onText);
    if (kind === Coverage)
      profile.loadDetailedCoverage = (_run, coverage) =>
        Promise.resolve(coverage instanceof RouteFileCoverage ? coverage.details : []);
  };
  add(vscode.l10n.t('On the text'), Run, onText, true);
  add(vscode.l10n.t('In the kernel of the lab'), Run, inKernel, false);
  add(vscode.l10n.t('On the text, with coverage of routes'), Coverage, onText, true);
  return vscode.Disposable.from(controller, tree, gutter);
}

/** Once, or anew after each change of a configuration until it is given up. */
function continuous(parts: RunnerParts): vscode.TestRunProfile['runHandler'] {
  return async (request, token) => {
    await runRouteTests(parts, request, token);
    if (request.continuous !== true) return;
    let timer: NodeJS.Timeout | undefined;
    const stop = parts.texts.onDidChange(() => {
      clearTimeout(timer);
      timer = setTimeout(() => void runRouteTests(parts, request, token), restMs);
    });
    token.onCancellationRequested(() => {
      clearTimeout(timer);
      stop.dispose();
    });
  };
}
