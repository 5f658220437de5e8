/** Route tests from files: what each tests, and who answers. */
import { readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { Diagnostic } from '@onehop/core/diagnostics/diagnostic.js';
import { validateFiles } from '@onehop/core/diagnostics/validate.js';
import type { NamedAddresses } from '@onehop/core/routetests/destination.js';
import type { AskRoute, RouteTestFile } from '@onehop/core/routetests/model.js';
import { askOffline } from '@onehop/core/routetests/offline.js';
import { checkExpectedNames, parseRouteTests } from '@onehop/core/routetests/parse.js';
import { parseTopology } from '@onehop/core/topology/parse.js';
import { readText } from './configuration.js';
import { readDatapath } from './datapathFiles.js';
import { Failure } from './failure.js';

const ENDING = '.routes.test.yaml';

/** A test file that was read, with everything that is wrong with it or with what it tests. */
export interface LoadedTests {
  readonly path: string;
  readonly file: RouteTestFile | undefined;
  readonly problems: readonly Diagnostic[];
  /** Texts by path, for the lines of problems. */
  readonly sources: ReadonlyMap<string, string>;
  /** Answers for the files of the configuration; undefined when they have errors. */
  readonly offline: (() => Promise<AskRoute>) | undefined;
}

/** All test files below a folder, sorted. */
export function findRouteTests(cwd: string): string[] {
  const found: string[] = [];
  const visit = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory() && !/^(?:node_modules|dist|\..*)$/.test(entry.name))
        visit(join(folder, entry.name));
      else if (entry.name.endsWith(ENDING)) found.push(relative(cwd, join(folder, entry.name)));
    }
  };
  visit(cwd);
  return found.sort();
}

/** Throws Failure `not-found` for a file that cannot be read. */
export function loadRouteTests(path: string, cwd: string): LoadedTests {
  const text = readText(path, cwd);
  const { file, problems } = parseRouteTests(text, path);
  const sources = new Map([[path, text]]);
  if (file === undefined) return { path, file, problems, sources, offline: undefined };
  const folder = dirname(path);
  const paths =
    file.configuration.length > 0
      ? file.configuration.map((one) => join(folder, one))
      : beside(folder, cwd, '.xds.yaml');
  if (paths.length === 0)
    throw new Failure(
      'not-found',
      `There is no *.xds.yaml beside ${path}.`,
      'Say what it tests: "configuration: [file.xds.yaml]".',
    );
  for (const one of paths) sources.set(one, readText(one, cwd));
  const {
    set,
    problems: found,
    hasErrors,
  } = validateFiles(paths.map((one) => ({ path: one, text: sources.get(one) ?? '' })));
  const errors = found.filter(({ severity }) => severity === 'error');
  const all = [...problems, ...errors, ...checkExpectedNames(file, set, path)];
  const names = namesBeside(folder, cwd);
  const offline = (): Promise<AskRoute> => {
    const { btf, router } = readDatapath();
    return askOffline({ set, module: router, btf, names });
  };
  return { path, file, problems: all, sources, offline: hasErrors ? undefined : offline };
}

/** What names resolve to in the lab that a folder describes. */
function namesBeside(folder: string, cwd: string): readonly NamedAddresses[] {
  return beside(folder, cwd, '.lab.yaml').flatMap((path) => {
    const { topology } = parseTopology(readText(path, cwd), path);
    return topology === undefined ? [] : [...topology.services, ...topology.workloads];
  });
}

function beside(folder: string, cwd: string, ending: string): string[] {
  return readdirSync(resolve(cwd, folder))
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => join(folder, name));
}
