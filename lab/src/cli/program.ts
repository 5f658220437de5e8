import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { addApply } from './commands/apply.js';
import { addConnect } from './commands/connect.js';
import { addDoctor } from './commands/doctor.js';
import { addDown } from './commands/down.js';
import { addEditor } from './commands/editor.js';
import { addEvents } from './commands/events.js';
import { addExplain } from './commands/explain.js';
import { addKnobs } from './commands/knobs.js';
import { addLoad } from './commands/load.js';
import { addLogLevel } from './commands/logLevel.js';
import { addMap } from './commands/map.js';
import { addMaps } from './commands/maps.js';
import { addRequest } from './commands/request.js';
import { addRoutes } from './commands/routes.js';
import { addStatus } from './commands/status.js';
import { addTest } from './commands/test.js';
import { addTour } from './commands/tour.js';
import { addUp } from './commands/up.js';
import { addValidate } from './commands/validate.js';
import { addXds } from './commands/xds.js';
import { exitCode, Failure, toFailure } from './failure.js';
import type { Io } from './io.js';
import { colored, plain } from './print/style.js';

/** Runs one command line (without node and script) and resolves to its exit code. Never rejects. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  try {
    await createProgram(io).parseAsync([...argv], { from: 'user' });
    return exitCode.ok;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitCode.ok;
    const failure = error instanceof CommanderError ? usageFailure(error, argv) : toFailure(error);
    report(failure, argv.includes('--json'), io);
    return failure.exitCode;
  }
}

/** The command line `onehop`. */
export function createProgram(io: Io): Command {
  const program = new Command('onehop')
    .description(
      'Route traffic between services in the kernel, from standard xDS, and see where every request went.',
    )
    .version(version(), '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand(false)
    .exitOverride()
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: false, subcommandTerm: (command) => command.name() })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      // Said by report(), once.
      writeErr: () => undefined,
      getOutHelpWidth: () => Math.min(io.stdout.columns, 120),
      getErrHelpWidth: () => Math.min(io.stderr.columns, 120),
      getOutHasColors: () => io.stdout.color,
    })
    .addHelpText(
      'after',
      [
        '',
        'First steps:',
        '  $ onehop up',
        "  $ onehop request http://reviews:9080/reviews/1 --from productpage-v1 -H 'end-user: jason'",
        '  $ onehop routes',
        '  $ onehop down',
        '',
        'Exit codes: 0 done, 1 what was asked for failed, 2 wrong command line.',
      ].join('\n'),
    );
  for (const add of [
    addUp,
    addDown,
    addStatus,
    addValidate,
    addApply,
    addTest,
    addRequest,
    addLoad,
    addConnect,
    addExplain,
    addRoutes,
    addMaps,
    addMap,
    addEvents,
    addDoctor,
    addEditor,
    addKnobs,
    addLogLevel,
  ])
    add(program, io);
  addXds(program, io);
  addTour(
    program,
    io,
    async (words) => void (await createProgram(io).parseAsync([...words], { from: 'user' })),
  );
  return program;
}

function version(): string {
  const file = new URL('../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** `error: unknown option '--jason'\n(Did you mean --json?)` → a failure of ours. */
function usageFailure(error: CommanderError, argv: readonly string[]): Failure {
  const words = argv.filter((word) => !word.startsWith('-'));
  const command = words[0] === 'xds' && words[1] !== undefined ? words.slice(0, 2).join(' ') : words[0];
  if (error.code === 'commander.help')
    return new Failure('usage', 'No command was given.', 'See all commands: onehop --help.');
  const said = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
  const message = said.charAt(0).toUpperCase() + said.slice(1).replace(/([^.?)])$/, '$1.');
  const known = command !== undefined && error.code !== 'commander.unknownCommand';
  return new Failure('usage', message, `See ${known ? `onehop ${command} --help` : 'onehop --help'}.`);
}

function report(failure: Failure, json: boolean, io: Io): void {
  if (io.env['ONEHOP_DEBUG'] === '1') io.stderr.write(`${debugText(failure)}\n`);
  if (failure.reported) return;
  if (json) {
    const { code, message, hint, details } = failure;
    const error = { code, message, hint, ...(details === undefined ? {} : { details }) };
    io.stdout.write(`${JSON.stringify({ error })}\n`);
    return;
  }
  const style = io.stderr.color ? colored : plain;
  io.stderr.write(`${style('bad', 'error:')} ${failure.message}\n`);
  if (failure.hint !== '') io.stderr.write(`${style('faint', '  next:')} ${failure.hint}\n`);
}

function debugText(failure: Failure): string {
  const cause = failure.cause instanceof Error ? `\ncaused by ${failure.cause.stack}` : '';
  return `${failure.stack}${cause}`;
}
