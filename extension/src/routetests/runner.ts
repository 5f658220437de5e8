/** Runs route tests for the Test Explorer. */
import * as vscode from 'vscode';
import type { Diagnostic } from '@onehop/core/diagnostics/diagnostic.js';
import { parseFieldPath } from '@onehop/core/resources/model.js';
import type { AskRoute, ChainStep } from '@onehop/core/routetests/model.js';
import type { CaseFailure, CaseResult } from '@onehop/core/routetests/run.js';
import { rangeOf } from '../language/convert.js';
import type { Texts } from '../language/texts.js';
import { coverageOf, fileCoverages, type RouteCoverage } from './coverage.js';
import type { CoverageGutter } from './gutter.js';
import { type Subject, subjectOf } from './subject.js';
import type { TestTree } from './testTree.js';
import { translated, translatedWithHint, translatedWords } from '../translation/translated.js';
import { wordsOf } from '../failure.js';

export interface RunnerParts {
  readonly tree: TestTree;
  readonly texts: Texts;
  readonly gutter: CoverageGutter;
  /** Who answers for the tests of a file. */
  readonly ask: (subject: Subject) => Promise<AskRoute>;
  /** What is in force is tested whatever the texts say. */
  readonly needsTexts: boolean;
}

/** One run of the tests asked for, or of all. */
export async function runRouteTests(
  parts: RunnerParts,
  request: vscode.TestRunRequest,
  token: vscode.CancellationToken,
): Promise<void> {
  const { tree } = parts;
  const run = tree.controller.createTestRun(request);
  try {
    await tree.find();
    for (const [uri, items] of await itemsByFile(tree, request)) {
      if (token.isCancellationRequested) break;
      const routes = await runFile(parts, run, vscode.Uri.parse(uri), items, token);
      parts.gutter.set(routes);
      if (request.profile?.kind !== vscode.TestRunProfileKind.Coverage) continue;
      for (const coverage of fileCoverages(routes)) run.addCoverage(coverage);
    }
  } finally {
    run.end();
  }
}

/** Resolves to the routes of the configuration, with the tests that came to each; none when nothing could be asked. */
async function runFile(
  parts: RunnerParts,
  run: vscode.TestRun,
  uri: vscode.Uri,
  items: readonly vscode.TestItem[],
  token: vscode.CancellationToken,
): Promise<RouteCoverage[]> {
  const { runCase } = await import('@onehop/core/routetests/run.js');
  for (const item of items) run.enqueued(item);
  const subject = await subjectOf(uri, parts.texts);
  const { problem } = subject;
  if (parts.needsTexts && problem !== undefined) {
    for (const item of items) run.errored(item, messageOfProblem(problem));
    return [];
  }
  let ask: AskRoute;
  try {
    ask = await parts.ask(subject);
  } catch (error) {
    for (const item of items) run.errored(item, new vscode.TestMessage(wordsOf(error).message));
    return [];
  }
  const results: CaseResult[] = [];
  for (const item of items) {
    const one = parts.tree.caseOf(item);
    if (one === undefined || token.isCancellationRequested) continue;
    run.started(item);
    const start = performance.now();
    const result = await runCase(one, ask);
    const took = performance.now() - start;
    results.push(result);
    run.appendOutput(chainText(result), undefined, item);
    if (result.failures.length === 0) run.passed(item, took);
    else
      run.failed(
        item,
        result.failures.map((failure) => messageOf(failure, result, uri, subject)),
        took,
      );
  }
  return coverageOf(subject, results);
}

/** The cases below what was asked for, by file, in order. */
async function itemsByFile(
  tree: TestTree,
  { include, exclude }: vscode.TestRunRequest,
): Promise<Map<string, vscode.TestItem[]>> {
  const found = new Map<string, vscode.TestItem[]>();
  const left = new Set(exclude);
  const visit = (item: vscode.TestItem): void => {
    if (left.has(item)) return;
    if (tree.caseOf(item) !== undefined && item.uri !== undefined) {
      const file = item.uri.toString();
      found.set(file, [...(found.get(file) ?? []), item]);
    }
    item.children.forEach(visit);
  };
  const asked = include ?? [...tree.controller.items].map(([, item]) => item);
  // As the texts are at this moment.
  const files = new Map(asked.flatMap(({ uri }) => (uri === undefined ? [] : [[uri.toString(), uri]])));
  await Promise.all([...files.values()].map((uri) => tree.read(uri)));
  asked.forEach(visit);
  return found;
}

function messageOf(
  { message, expected, actual, range }: CaseFailure,
  { outcome }: CaseResult,
  uri: vscode.Uri,
  subject: Subject,
): vscode.TestMessage {
  const shown =
    expected === ''
      ? new vscode.TestMessage(translated(message))
      : vscode.TestMessage.diff(translated(message), expected, translatedWords(actual));
  shown.location = new vscode.Location(uri, rangeOf(range));
  if (outcome !== undefined) shown.stackTrace = outcome.steps.map((step) => frameOf(step, subject));
  return shown;
}

/** A step of the decision, at its line. */
function frameOf(step: ChainStep, { validation }: Subject): vscode.TestMessageStackFrame {
  const { source } = step;
  const at =
    source === undefined
      ? undefined
      : validation.locate(source.typeUrl, source.resource, parseFieldPath(source.field) ?? []);
  return new vscode.TestMessageStackFrame(
    stepText(step),
    at === undefined ? undefined : vscode.Uri.parse(at.file),
    at === undefined ? undefined : rangeOf(at.range).start,
  );
}

function messageOfProblem(problem: Diagnostic): vscode.TestMessage {
  const shown = new vscode.TestMessage(translatedWithHint(problem));
  shown.location = new vscode.Location(vscode.Uri.parse(problem.file), rangeOf(problem.range));
  return shown;
}

function chainText({ title, outcome, failures }: CaseResult): string {
  const lines = [
    title,
    ...(outcome?.steps ?? []).map((step) => `  ${stepText(step)}`),
    ...failures.map(({ message }) => `  ${translated(message)}`),
  ];
  return `${lines.join('\r\n')}\r\n`;
}

function stepText({ kind, name, ok, detail }: ChainStep): string {
  const what = translatedWords(kind.replaceAll('-', ' '));
  return `${ok ? '✔' : '✖'} ${what} ${name}  ${translatedWords(detail)}`.trimEnd();
}
