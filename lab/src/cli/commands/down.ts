import { Option, type Command } from 'commander';
import type { DownReport, Progress } from '../../backends/backend.js';
import { createLocalBackend } from '../../backends/local/backend.js';
import { stopEditor } from '../../editor/running.js';
import { openSession, subcommand } from '../command.js';
import { Failure } from '../failure.js';
import type { Io } from '../io.js';
import { chooseLab } from '../labs.js';
import { count } from '../print/units.js';
import { progressLines, progressOption } from '../progressFlag.js';

interface Options {
  readonly json?: boolean;
  readonly name?: string;
  readonly lab?: string;
  readonly all?: boolean;
  readonly progress?: boolean;
}

export function addDown(program: Command, io: Io): void {
  subcommand(program, {
    name: 'down',
    summary: 'stop a lab and remove everything that belongs to it',
    description:
      'Stops a lab and removes its processes, network namespaces, cgroups, mounts and files, also what a crash left\n' +
      'behind. A lab that does not exist is no error.',
    examples: ['onehop down', 'onehop down --name demo', 'onehop down --all'],
  })
    .option('--name <lab>', 'the lab (default: the only one that exists)')
    .option('--all', 'every lab of this machine, and the editor that `onehop editor` served')
    .addOption(progressOption())
    // As the other commands have it.
    .addOption(new Option('--lab <lab>', 'as --name').hideHelp().conflicts('name'))
    .action(async (options: Options) => {
      const session = openSession(io, options);
      const name = options.name ?? options.lab;
      if (options.all === true && name !== undefined)
        throw new Failure('usage', '--all and --name exclude each other.', 'Give one of them.');
      const backend = createLocalBackend();
      const labs = options.all === true ? await backend.list() : [await chooseLab(backend, name)];
      const reports: DownReport[] = [];
      const told =
        options.progress === true
          ? progressLines(session)
          : ({ detail }: Progress): void => session.progress(detail);
      for (const lab of labs) {
        const report = await backend.down(lab, told);
        reports.push(report);
        if (!session.json) session.line(downText(report));
      }
      const editor = options.all === true && (await stopEditor());
      if (session.json) session.value({ labs: reports, ...(options.all === true ? { editor } : {}) });
      else if (labs.length === 0) session.line('No lab exists.');
      if (editor && !session.json) session.line('The editor is closed.');
    });
}

/** `Lab demo is down: 9 processes, 3 namespaces removed.` */
export function downText({ lab, removed }: DownReport): string {
  if (removed.length === 0) return `Lab ${lab} was not running: nothing to remove.`;
  const kinds = new Map<string, number>();
  for (const { kind } of removed) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  const parts = [...kinds].map(([kind, n]) =>
    count(n, kind, { process: 'processes', directory: 'directories' }[kind] ?? `${kind}s`),
  );
  return `Lab ${lab} is down: ${parts.join(', ')} removed.`;
}
