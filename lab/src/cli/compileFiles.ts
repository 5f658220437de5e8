import type { MapLimits } from '@onehop/core/compile/limits.js';
import { compileOffline, type OfflineGeneration } from '@onehop/core/offline/compiled.js';
import { formatFieldPath } from '@onehop/core/resources/model.js';
import type { Session } from './command.js';
import { type Configuration, locateRejection, readConfiguration } from './configuration.js';
import { Failure } from './failure.js';
import { diagnosticText } from './print/diagnostics.js';

/**
 * Files as the generation after `previous`. Throws Failure `invalid-configuration`, with every error on standard error, at its line.
 */
export function compileFiles(
  files: readonly string[],
  session: Session,
  limits: MapLimits,
  previous?: OfflineGeneration,
): OfflineGeneration {
  const configuration = readConfiguration(files, session.io.cwd);
  const errors = configuration.validation.problems.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw invalid(configuration, errors, session);
  const compiled = compileOffline(configuration.validation.set, limits, previous);
  if (!('problems' in compiled)) return compiled;
  const located = compiled.problems.flatMap((problem) => {
    const rejection = { ...problem, field: formatFieldPath(problem.path) };
    return locateRejection(rejection, configuration) ?? [];
  });
  throw invalid(configuration, located, session);
}

function invalid(
  { sources }: Configuration,
  errors: Configuration['validation']['problems'],
  session: Session,
): Failure {
  if (!session.json)
    for (const error of errors)
      session.io.stderr.write(`${diagnosticText(error, sources, session.errorStyle)}\n`);
  const [first] = errors;
  const at =
    first === undefined
      ? ''
      : ` ${first.file}:${first.range.start.line}:${first.range.start.column}: ${first.message}`;
  const count = errors.length === 1 ? 'an error' : `${errors.length} errors`;
  return new Failure(
    'invalid-configuration',
    `The configuration has ${count}.${session.json ? at : ''}`,
    'Correct what is named above; onehop xds validate shows it with its line.',
  );
}
