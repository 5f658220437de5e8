import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Command } from 'commander';
import { askKernel } from '@onehop/core/routetests/kernel.js';
import type { AskRoute } from '@onehop/core/routetests/model.js';
import { type CaseResult, outcomeText, runTests } from '@onehop/core/routetests/run.js';
import type { AgentClient } from '../../agent/client.js';
import { createLocalBackend } from '../../backends/local/backend.js';
import { openSession, subcommand, type Session } from '../command.js';
import { Failure } from '../failure.js';
import type { Io } from '../io.js';
import { agentOf, nodeOf, runningLab } from '../labs.js';
import { diagnosticJson, diagnosticText } from '../print/diagnostics.js';
import { junitXml, type SuiteResult } from '../print/junit.js';
import { printable, type Style } from '../print/style.js';
import { count } from '../print/units.js';
import { findRouteTests, loadRouteTests, type LoadedTests } from '../routeTests.js';

interface Options {
  readonly json?: boolean;
  readonly lab?: string;
  readonly junit?: string;
}

export function addTest(program: Command, io: Io): void {
  subcommand(program, {
    name: 'test',
    usage: 'test [file...]',
    summary: 'run route tests: does each request go where it must?',
    description:
      'Runs *.routes.test.yaml files (without arguments: all below the working folder). Without --lab they are answered by the\n' +
      "datapath's own router for the files beside them, and need no lab; with --lab by the program loaded in the kernel of\n" +
      'a running lab. Nothing is sent. Exit code 1: a test failed.',
    examples: [
      'onehop test lab/samples/bookinfo/bookinfo.routes.test.yaml',
      'onehop test --junit build/routes.xml',
      'onehop test --lab bookinfo',
    ],
    lab: true,
  })
    .option('--junit <file>', 'write the results as JUnit XML, for build servers')
    .action(async (files: readonly string[], options: Options) => {
      const session = openSession(io, options);
      const paths = files.length > 0 ? files : findRouteTests(io.cwd);
      if (paths.length === 0)
        throw new Failure(
          'not-found',
          'There is no *.routes.test.yaml here.',
          'Name one: onehop test lab/samples/bookinfo/bookinfo.routes.test.yaml',
        );
      using lab = options.lab === undefined ? undefined : await labAsker(options.lab);
      const suites: Suite[] = [];
      for (const path of paths) {
        const suite = await runSuite(loadRouteTests(path, io.cwd), lab?.ask);
        suites.push(suite);
        if (!session.json) printSuite(suite, session);
      }
      if (options.junit !== undefined) writeReport(resolve(io.cwd, options.junit), junitXml(suites));
      conclude(suites, session);
    });
}

interface Suite extends SuiteResult {
  readonly loaded: LoadedTests;
}

async function runSuite(loaded: LoadedTests, kernel: AskRoute | undefined): Promise<Suite> {
  const { path, file, problems, offline } = loaded;
  const start = performance.now();
  const ask = kernel ?? (await offline?.());
  // What is in force in a lab is tested whatever the files beside the tests say.
  const isReadable =
    file !== undefined && ask !== undefined && (kernel !== undefined || problems.length === 0);
  const results = isReadable ? await runTests(file, ask) : [];
  const [first] = problems;
  const error = isReadable
    ? ''
    : `${first?.file ?? path}:${first?.range.start.line ?? 1}: ${first?.message ?? ''}`;
  return { path, results, error, ms: performance.now() - start, loaded };
}

/** Asks the agents of a lab. */
async function labAsker(name: string): Promise<Disposable & { readonly ask: AskRoute }> {
  const lab = await runningLab(createLocalBackend(), name);
  const agents = new Map<string, AgentClient>();
  const first = lab.topology.nodes[0]?.name ?? '';
  const names = [...lab.topology.services, ...lab.topology.workloads];
  const ask = askKernel((workload) => {
    const node = workload === undefined ? first : nodeOf(lab, workload);
    const agent = agents.get(node) ?? agentOf(lab, node);
    agents.set(node, agent);
    return agent;
  }, names);
  return {
    ask,
    [Symbol.dispose]: () => {
      for (const agent of agents.values()) agent[Symbol.dispose]();
    },
  };
}

function printSuite({ path, results, error, loaded }: Suite, session: Session): void {
  const { style } = session;
  session.line(style('strong', printable(path)));
  if (error !== '')
    for (const problem of loaded.problems) session.line(diagnosticText(problem, loaded.sources, style));
  for (const result of results) for (const line of resultLines(path, result, style)) session.line(line);
}

function resultLines(path: string, { title, failures, outcome }: CaseResult, style: Style): string[] {
  if (failures.length === 0) {
    const went = outcome === undefined ? '' : style('faint', `  ${outcomeText(outcome)}`);
    return [`  ${style('good', '✔')} ${printable(title)}${went}`];
  }
  return [
    `  ${style('bad', '✖')} ${printable(title)}`,
    ...failures.map(
      ({ message, range: { start } }) =>
        `      ${style('strong', `${path}:${start.line}:${start.column}:`)} ${printable(message)}`,
    ),
    ...(outcome?.steps ?? []).map(({ kind, name, ok, detail }) =>
      `        ${ok ? style('good', '✔') : style('bad', '✖')} ${kind.replaceAll('-', ' ')} ${printable(name)}  ${style('faint', printable(detail))}`.trimEnd(),
    ),
  ];
}

function conclude(suites: readonly Suite[], session: Session): void {
  const results = suites.flatMap((suite) => suite.results);
  const failed = results.filter(({ failures }) => failures.length > 0).length;
  const broken = suites.filter(({ error }) => error !== '').length;
  const isGood = failed === 0 && broken === 0;
  const passed = results.length - failed;
  const failure = {
    code: 'tests-failed',
    message:
      [
        ...(failed > 0 ? [`${count(failed, 'test')} failed`] : []),
        ...(broken > 0 ? [`${count(broken, 'file')} could not be run`] : []),
      ].join(', ') + '.',
    hint: 'Correct the routes, or the tests.',
  };
  if (session.json)
    session.value({
      ok: isGood,
      passed,
      failed,
      files: suites.map(suiteJson),
      ...(isGood ? {} : { error: failure }),
    });
  else {
    const mark = isGood ? session.style('good', '✔') : session.style('bad', '✖');
    const parts = [
      `${passed} passed`,
      ...(failed > 0 ? [`${failed} failed`] : []),
      ...(broken > 0 ? [`${count(broken, 'file')} not run`] : []),
    ];
    session.line(`${mark} ${parts.join(', ')}.`);
  }
  if (!isGood) throw new Failure(failure.code, failure.message, failure.hint, { reported: true });
}

function suiteJson({ path, results, loaded, error }: Suite): object {
  return {
    file: path,
    problems: error === '' ? [] : loaded.problems.map(diagnosticJson),
    tests: results.map(({ title, range, failures, outcome }) => ({
      title,
      line: range.start.line,
      ok: failures.length === 0,
      failures: failures.map((one) => ({
        line: one.range.start.line,
        column: one.range.start.column,
        message: one.message,
        expected: one.expected,
        actual: one.actual,
      })),
      outcome: outcome ?? null,
    })),
  };
}

/** Throws Failure `not-found` when the file cannot be written. */
function writeReport(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Failure('not-found', `${path} cannot be written (${code}).`, 'Check that its folder exists.', {
      cause: error,
    });
  }
}
