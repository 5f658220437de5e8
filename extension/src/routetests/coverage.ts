/** Which routes are reached by which tests. */
import * as vscode from 'vscode';
import type { CaseResult } from '@onehop/core/routetests/run.js';
import { rangeOf } from '../language/convert.js';
import type { Subject } from './subject.js';

/** A route of the configuration, at its line. */
export interface RouteCoverage {
  readonly name: string;
  readonly uri: vscode.Uri;
  readonly range: vscode.Range;
  /** Titles of the tests that come here. */
  readonly tests: readonly string[];
}

/** Every route of the configuration, in the order of the texts. */
export async function coverageOf(
  { validation }: Subject,
  results: readonly CaseResult[],
): Promise<RouteCoverage[]> {
  const [{ coverageKey, routesReached }, { buildRouting }, { routeRows }, { parseFieldPath }] =
    await Promise.all([
      import('@onehop/core/routetests/run.js'),
      import('@onehop/core/routing/build.js'),
      import('@onehop/core/routing/rows.js'),
      import('@onehop/core/resources/model.js'),
    ]);
  const reached = routesReached(results);
  const found = new Map<string, RouteCoverage>();
  for (const { route, source } of routeRows(buildRouting(validation.set).model)) {
    if (route === '' || source === null) continue;
    const at = validation.locate(source.typeUrl, source.resource, parseFieldPath(source.field) ?? []);
    if (at === undefined) continue;
    const key = coverageKey(source);
    found.set(key, {
      name: route,
      uri: vscode.Uri.parse(at.file),
      range: rangeOf(at.range),
      tests: reached.get(key) ?? [],
    });
  }
  return [...found.values()];
}

/** For the editor's own coverage: a route is a declaration that was executed as often as tests came to it. */
export class RouteFileCoverage extends vscode.FileCoverage {
  constructor(
    uri: vscode.Uri,
    readonly routes: readonly RouteCoverage[],
  ) {
    const reached = routes.filter(({ tests }) => tests.length > 0).length;
    super(uri, new vscode.TestCoverageCount(reached, routes.length));
  }

  get details(): vscode.FileCoverageDetail[] {
    return this.routes.map(({ tests, range }) => new vscode.StatementCoverage(tests.length, range));
  }
}

export function fileCoverages(routes: readonly RouteCoverage[]): RouteFileCoverage[] {
  const byFile = new Map<string, RouteCoverage[]>();
  for (const route of routes) {
    const file = route.uri.toString();
    byFile.set(file, [...(byFile.get(file) ?? []), route]);
  }
  return [...byFile].map(([file, own]) => new RouteFileCoverage(vscode.Uri.parse(file), own));
}
