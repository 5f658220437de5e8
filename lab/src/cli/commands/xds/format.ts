import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { format } from '@onehop/core/language/format.js';
import { applyEdits } from '@onehop/core/yaml/edits.js';
import { parseYaml } from '@onehop/core/yaml/parse.js';
import { openSession, subcommand } from '../../command.js';
import { readText } from '../../configuration.js';
import { Failure } from '../../failure.js';
import { replaceFile } from '../../fixFiles.js';
import type { Io } from '../../io.js';
import { count } from '../../print/units.js';

export function addXdsFormat(group: Command, io: Io): void {
  subcommand(group, {
    name: 'format',
    usage: 'format <file...>',
    summary: 'indent xDS files as the samples are; comments, quotes and order stay',
    description:
      'Writes the files with two columns a level and the dashes of a list below their field. Nothing else changes: comments,\n' +
      'quotes, empty lines and the order of everything stay. A file with a syntax error is left alone. With "-" the text of\n' +
      'standard input is written to standard output.',
    examples: [
      'onehop xds format shop.xds.yaml',
      'onehop xds format --check *.xds.yaml',
      'onehop xds format - < shop.xds.yaml',
    ],
  })
    .option('--check', 'write nothing; exit code 1 when a file is not formatted')
    .action((files: readonly string[], options: { json?: boolean; check?: boolean }) => {
      const session = openSession(io, options);
      const changed = [...new Set(files)].filter((path) => {
        const before = readText(path, io.cwd);
        checkSyntax(path, before);
        const text = applyEdits(before, format(before));
        if (path === '-' && options.check !== true && !session.json) io.stdout.write(text);
        if (text === before) return false;
        if (options.check !== true && path !== '-') replaceFile(realpathSync(resolve(io.cwd, path)), text);
        return true;
      });
      const check = options.check === true;
      if (session.json) session.value({ ok: !check || changed.length === 0, files, changed });
      else
        for (const path of changed)
          if (path !== '-' || check) session.line(`${path}: ${check ? 'not formatted' : 'formatted'}`);
      if (!check || changed.length === 0) return;
      const hint = `Format ${changed.length === 1 ? 'it' : 'them'}: onehop xds format ${changed.join(' ')}`;
      const message = `${count(changed.length, 'file')} ${changed.length === 1 ? 'is' : 'are'} not formatted.`;
      throw new Failure('not-formatted', message, hint, { reported: session.json });
    });
}

/** Throws Failure `invalid-configuration` at the place of the first error. */
function checkSyntax(path: string, text: string): void {
  const file = parseYaml(text);
  const [problem] = file.problems.filter(({ rule }) => rule !== 'duplicate-key');
  if (problem === undefined) return;
  const { start } = file.rangeOf(problem.span);
  throw new Failure(
    'invalid-configuration',
    `${path}:${start.line}:${start.column}: ${problem.message}`,
    `${problem.hint ?? 'Correct it.'} A file with a syntax error is not formatted.`,
  );
}
