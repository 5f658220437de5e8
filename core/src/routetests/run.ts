/** Runs route tests, and says which routes they reach. */
import type { SourceRange } from '../yaml/parse.js';
import type { AskRoute, ChainSource, Expectation, Outcome, RouteCase, RouteTestFile } from './model.js';

export interface CaseResult {
  readonly title: string;
  readonly range: SourceRange;
  /** Empty: passed. */
  readonly failures: readonly CaseFailure[];
  /** undefined: the question could not be asked; `failures` says why. */
  readonly outcome: Outcome | undefined;
}

export interface CaseFailure {
  /** Of the expectation; of the case when it could not be asked. */
  readonly range: SourceRange;
  readonly message: string;
  readonly expected: string;
  readonly actual: string;
}

/** One case. Never rejects. */
export async function runCase(one: RouteCase, ask: AskRoute): Promise<CaseResult> {
  const { title, range } = one;
  let outcome: Outcome;
  try {
    outcome = await ask(one.request);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { title, range, outcome: undefined, failures: [{ range, message, expected: '', actual: '' }] };
  }
  return { title, range, outcome, failures: failuresOf(one, outcome) };
}

/** All cases, in order. */
export async function runTests(file: RouteTestFile, ask: AskRoute): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const { cases } of file.tests) for (const one of cases) results.push(await runCase(one, ask));
  return results;
}

/** The routes that results came to, with the titles of those that did, by `coverageKey`. */
export function routesReached(results: readonly CaseResult[]): ReadonlyMap<string, readonly string[]> {
  const reached = new Map<string, string[]>();
  for (const { title, outcome } of results) {
    const source = outcome?.steps.findLast(({ kind, ok }) => kind === 'route' && ok)?.source;
    if (source === undefined) continue;
    const key = coverageKey(source);
    const titles = reached.get(key) ?? [];
    titles.push(title);
    reached.set(key, titles);
  }
  return reached;
}

export function coverageKey({ typeUrl, resource, field }: ChainSource): string {
  return `${typeUrl} ${resource} ${field}`;
}

/** "/reviews/1 → route canary → reviews-v1 90 %, reviews-v3 10 %" */
export function outcomeText(outcome: Outcome): string {
  if (outcome.path === '') return 'no listener takes the connection';
  if (outcome.status !== 0)
    return `status ${outcome.status}${outcome.reason === '' ? '' : `: ${outcome.reason}`}`;
  const shares = sharesText(outcome.shares).replace(/ 100 %$/, '');
  return [...(outcome.route === '' ? [] : [`route ${outcome.route}`]), shares].join(' → ');
}

function failuresOf({ expect, places, range }: RouteCase, outcome: Outcome): CaseFailure[] {
  const failures: CaseFailure[] = [];
  const check = (
    field: keyof Expectation,
    what: string,
    expected: string,
    actual: string,
    extra = '',
  ): void => {
    if (expected === actual) return;
    const shown = actual === '' ? `none: ${outcomeText(outcome)}` : actual;
    const message = `Expected ${what} ${expected}, got ${shown}.${extra}`;
    failures.push({ range: places.get(field) ?? range, message, expected, actual: shown });
  };
  if (expect.virtualHost !== undefined)
    check('virtualHost', 'virtual host', expect.virtualHost, outcome.virtualHost);
  if (expect.route !== undefined) check('route', 'route', expect.route, outcome.route);
  if (expect.status !== undefined)
    check(
      'status',
      'status',
      String(expect.status),
      outcome.status === 0 ? 'an answer of an endpoint' : String(outcome.status),
    );
  if (expect.path !== undefined) check('path', 'path', expect.path, outcome.path);
  if (expect.cluster !== undefined) {
    const drawn = outcome.shares.filter(({ weight }) => weight > 0);
    const isSplit = drawn.length > 1;
    const hint = isSplit ? ' The route is split: expect weights.' : '';
    const actual = isSplit ? sharesText(outcome.shares) : outcome.status === 0 ? outcome.cluster : '';
    check('cluster', 'cluster', expect.cluster, actual, hint);
  }
  if (expect.weights !== undefined) {
    const expected = Object.entries(expect.weights).map(([cluster, weight]) => ({ cluster, weight }));
    check('weights', 'shares', sharesText(expected), sharesText(outcome.shares));
  }
  return failures;
}

/** "reviews-v1 90 %, reviews-v3 10 %", by name; of one cluster its name. */
function sharesText(shares: Outcome['shares']): string {
  const total = shares.reduce((sum, { weight }) => sum + weight, 0);
  const drawn = shares.filter(({ weight }) => weight > 0).sort((a, b) => (a.cluster < b.cluster ? -1 : 1));
  if (drawn.length === 1) return `${drawn[0]?.cluster ?? ''} 100 %`;
  return drawn.map(({ cluster, weight }) => `${cluster} ${percent(weight / total)} %`).join(', ');
}

/** Two decimals where they say something. */
function percent(share: number): string {
  return String(Number((share * 100).toFixed(2)));
}
