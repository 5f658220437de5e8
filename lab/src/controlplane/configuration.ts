import { readFileSync } from 'node:fs';
import { formatDiagnostic } from '@onehop/core/diagnostics/diagnostic.js';
import { validateFiles } from '@onehop/core/diagnostics/validate.js';
import { resourcesIn, type XdsResource } from '@onehop/core/resources/model.js';
import { ControlPlaneError } from './errors.js';
import type { Log } from './log.js';

/** The resources of files. Throws ControlPlaneError with every error at file:line:column; the rest goes to the log. */
export function readConfiguration(files: readonly string[], log: Log): XdsResource[] {
  const { set, problems } = validateFiles(files.map((path) => ({ path, text: read(path) })));
  const errors = problems.filter(({ severity }) => severity === 'error');
  for (const problem of problems.filter((one) => !errors.includes(one))) {
    log.info({ file: problem.file, rule: problem.rule }, formatDiagnostic(problem));
  }
  if (errors.length > 0) {
    const count = errors.length === 1 ? 'an error' : `${errors.length} errors`;
    const lines = errors.map((problem) => `  ${formatDiagnostic(problem)}`).join('\n');
    throw new ControlPlaneError(
      'refused',
      `The configuration has ${count}:\n${lines}`,
      'Correct it and start again.',
    );
  }
  return resourcesIn(set);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ControlPlaneError('failed', `${path} cannot be read: ${reason}`, 'Check the path.', { cause });
  }
}
