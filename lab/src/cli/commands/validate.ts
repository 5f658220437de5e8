import { Option, type Command } from 'commander';
import { resourcesIn } from '@onehop/core/resources/model.js';
import { writeFixes } from '../fixFiles.js';
import { openSession, subcommand, type Session } from '../command.js';
import { readConfiguration, type Configuration } from '../configuration.js';
import { Failure } from '../failure.js';
import type { Io } from '../io.js';
import { diagnosticJson, diagnosticText, severityCounts } from '../print/diagnostics.js';
import { githubAnnotation, sarifLog } from '../print/reports.js';
import { printable } from '../print/style.js';
import { count } from '../print/units.js';

interface Options {
  readonly json?: boolean;
  readonly fix?: boolean;
  readonly sarif?: boolean;
  readonly github?: boolean;
}

/** Also `onehop xds validate`. */
export function addValidate(program: Command, io: Io, called = 'validate'): void {
  subcommand(program, {
    name: 'validate',
    usage: 'validate <file...>',
    summary: 'check xDS files without applying them',
    description:
      'Checks xDS files together, as one configuration: form, fields, references, what runs in the kernel and what needs\n' +
      'the relay. Needs no lab. Exit code 1: there are errors.',
    examples: [
      `onehop ${called} lab/samples/bookinfo/bookinfo.xds.yaml`,
      `onehop ${called} *.xds.yaml --json`,
      `onehop ${called} reviews.xds.yaml --fix`,
      `onehop ${called} *.xds.yaml --sarif > problems.sarif`,
    ],
  })
    .option(
      '--fix',
      'write into the files what leaves nothing to decide, such as a misspelt name; comments stay',
    )
    .addOption(new Option('--sarif', 'print SARIF 2.1.0, for code scanning').conflicts(['json', 'github']))
    .addOption(new Option('--github', 'print annotations of a GitHub workflow').conflicts(['json', 'sarif']))
    .action((files: readonly string[], options: Options) => {
      const session = openSession(io, options);
      const read = readConfiguration(files, io.cwd);
      const fixed = options.fix === true ? writeFixes(read, io.cwd) : [];
      const configuration = fixed.length === 0 ? read : readConfiguration(files, io.cwd);
      const { problems, hasErrors, set } = configuration.validation;
      const resources = resourcesIn(set).length;
      if (options.sarif === true) io.stdout.write(`${JSON.stringify(sarifLog(problems), null, 2)}\n`);
      else if (options.github === true)
        for (const problem of problems) session.line(githubAnnotation(problem));
      else if (session.json) {
        const error = hasErrors ? { error: errorOf(configuration) } : {};
        const changes =
          options.fix === true ? { fixed: fixed.map(({ path, fixes }) => ({ file: path, fixes })) } : {};
        const told = { ok: !hasErrors, files, resources, problems: problems.map(diagnosticJson), ...changes };
        session.value({ ...told, ...error });
      } else {
        for (const { path, fixes } of fixed)
          for (const title of fixes) session.line(`${path}: fixed: ${printable(title)}`);
        printProblems(configuration, session);
        const mark = hasErrors ? session.style('bad', '✖') : session.style('good', '✔');
        const where = `${count(resources, 'resource')} in ${count(configuration.sources.size, 'file')}`;
        session.line(`${mark} ${where}: ${severityCounts(problems)}.`);
      }
      if (hasErrors) throw invalidConfiguration(configuration);
    });
}

/** The problems of a configuration on standard output, each with its line. */
export function printProblems({ validation, sources }: Configuration, session: Session): void {
  for (const problem of validation.problems) session.line(diagnosticText(problem, sources, session.style));
}

/** What a command ends with after it has shown the problems. */
export function invalidConfiguration(configuration: Configuration): Failure {
  const { code, message, hint } = errorOf(configuration);
  return new Failure(code, message, hint, { reported: true });
}

function errorOf({ validation }: Configuration): { code: string; message: string; hint: string } {
  const errors = validation.problems.filter(({ severity }) => severity === 'error').length;
  return {
    code: 'invalid-configuration',
    message: `The configuration has ${count(errors, 'error')}.`,
    hint: 'Correct the lines named in problems.',
  };
}
