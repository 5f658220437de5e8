import { parseTopology } from '@onehop/core/topology/parse.js';
import type { LabTopology } from '../backends/topology.js';
import type { Session } from './command.js';
import { readText } from './configuration.js';
import { Failure } from './failure.js';
import { diagnosticJson, diagnosticText, severityCounts } from './print/diagnostics.js';

/**
 * Reads a `*.lab.yaml`. Throws Failure `not-found`, or `invalid-configuration` after it has shown every problem at its
 * line (with --json they are in the details).
 */
export function readTopology(path: string, session: Session): LabTopology {
  const text = readText(path, session.io.cwd);
  const { topology, problems } = parseTopology(text, path);
  if (topology !== undefined) return topology;
  const sources = new Map([[path, text]]);
  if (!session.json)
    for (const problem of problems) session.line(diagnosticText(problem, sources, session.style));
  throw new Failure(
    'invalid-configuration',
    `The topology ${path} has ${severityCounts(problems)}.`,
    'Correct the lines that are named; nothing was started.',
    { details: problems.map(diagnosticJson) },
  );
}
