import { Command } from 'commander';
import type { Io } from './io.js';
import { colored, plain, printable, type Style } from './print/style.js';

/** What every command gets: where to print, and how. */
export interface Session {
  readonly io: Io;
  readonly json: boolean;
  /** The lab named by --lab. */
  readonly lab: string | undefined;
  /** For standard output. */
  readonly style: Style;
  /** For standard error. */
  readonly errorStyle: Style;
  /** A line on standard output. */
  line(text: string): void;
  /** A value as JSON on standard output: one line, or indented on a terminal. */
  value(value: unknown): void;
  /** What is being done, on standard error; nothing with --json or when standard error is no terminal. */
  progress(text: string): void;
}

export interface CommandSpec {
  readonly name: string;
  /** With arguments: `map <name>`. */
  readonly usage?: string;
  /** One line, in the list of commands. */
  readonly summary: string;
  /** More, in the command's own help. */
  readonly description?: string;
  readonly examples: readonly string[];
  /** Takes --lab. */
  readonly lab?: boolean;
}

/** Adds a command with what all have: --json, --lab, examples. */
export function subcommand(program: Command, spec: CommandSpec): Command {
  const command = program
    .command(spec.usage ?? spec.name)
    .summary(spec.summary)
    .description(`${spec.description ?? spec.summary}`)
    .option('--json', 'print JSON, for programs');
  if (spec.lab === true)
    command.option('--lab <name>', 'the lab to talk to (default: the only one that runs)');
  const title = spec.examples.length === 1 ? 'Example:' : 'Examples:';
  return command.addHelpText('after', ['', title, ...spec.examples.map((line) => `  $ ${line}`)].join('\n'));
}

/** The session of a command that was parsed with these options. */
export function openSession(io: Io, options: { readonly json?: boolean; readonly lab?: string }): Session {
  const json = options.json === true;
  return {
    io,
    json,
    lab: options.lab,
    style: io.stdout.color && !json ? colored : plain,
    errorStyle: io.stderr.color ? colored : plain,
    line: (text) => io.stdout.write(`${text}\n`),
    value: (value) => io.stdout.write(`${JSON.stringify(value, null, io.stdout.isTTY ? 2 : undefined)}\n`),
    progress: (text) => {
      if (!json && io.stderr.isTTY) io.stderr.write(`${printable(text)}\n`);
    },
  };
}

/** Collects an option that may be given more than once. */
export function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}
