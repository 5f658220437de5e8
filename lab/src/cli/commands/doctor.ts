import type { Command } from 'commander';
import type { LabState } from '../../backends/backend.js';
import { createLocalBackend } from '../../backends/local/backend.js';
import { openSession, subcommand } from '../command.js';
import { Failure } from '../failure.js';
import type { Io } from '../io.js';
import { phaseText } from '../labStatus.js';
import {
  examinationFailure,
  examine,
  type Examination,
  type ProbedCapability,
  type Tool,
} from '../machine.js';
import type { Style, Tone } from '../print/style.js';
import { table } from '../print/table.js';
import { count } from '../print/units.js';

export function addDoctor(program: Command, io: Io): void {
  subcommand(program, {
    name: 'doctor',
    summary: 'check what this machine can do: kernel features, tools, leftovers of crashed labs',
    description:
      'Checks the kernel (by trying), the programs that a lab needs, and whether a crashed lab left something behind.\n' +
      'Needs no lab. Exit code 1: this machine cannot run a lab.',
    examples: ['onehop doctor', 'onehop doctor --json'],
  }).action(async (options: { json?: boolean }) => {
    const session = openSession(io, options);
    const found = await examine(createLocalBackend(), io.env);
    if (session.json) session.value(found);
    else io.stdout.write(examinationText(found, session.style));
    const failure = examinationFailure(found);
    if (failure === undefined) return;
    if (session.json) throw new Failure(failure.code, failure.message, failure.hint, { reported: true });
    throw failure;
  });
}

export function examinationText(found: Examination, style: Style): string {
  const parts = [
    `${style('strong', 'Kernel')}  ${found.kernel ?? 'unknown'}, libbpf ${found.libbpf ?? 'unknown'}, Node ${found.node}\n`,
  ];
  if (found.capabilities.length > 0) parts.push(capabilityTable(found.capabilities, style));
  parts.push(`${style('strong', 'Programs')}\n${toolTable(found.tools, style)}`);
  if (found.labs.length > 0) parts.push(`${style('strong', 'Labs')}\n${labTable(found.labs, style)}`);
  const remains = found.labs
    .filter(({ phase }) => phase === 'remains')
    .map(({ lab }) => `onehop down --name ${lab}`);
  if (remains.length > 0) parts.push(`Remove what a crash left: ${remains.join('; ')}\n`);
  if (found.ok) parts.push(`${style('good', '✔')} This machine can run a lab.${limits(found)}\n`);
  return parts.join('\n');
}

function limits({ capabilities }: Examination): string {
  const missing = capabilities.filter(({ available }) => !available).length;
  return missing === 0 ? '' : ` ${count(missing, 'limit')}: see "no" above.`;
}

function capabilityTable(capabilities: readonly ProbedCapability[], style: Style): string {
  return table<ProbedCapability>(
    [
      mark(({ available, required }) => [available, required], style),
      { title: 'FEATURE', text: ({ name }) => name },
      { title: 'WITHOUT IT', text: ({ available, lost }) => (available ? '' : lost) },
      { title: 'HOW TO GET IT', text: ({ available, remedy }) => (available ? '' : remedy) },
    ],
    capabilities,
    style,
  );
}

function toolTable(tools: readonly Tool[], style: Style): string {
  return table<Tool>(
    [
      mark(({ path, required }) => [path !== null, required], style),
      { title: 'PROGRAM', text: ({ name }) => name },
      { title: 'WHERE', text: ({ path, package: from }) => path ?? `not installed: apt-get install ${from}` },
      { title: 'FOR', text: ({ use }) => use },
    ],
    tools,
    style,
  );
}

function labTable(labs: readonly LabState[], style: Style): string {
  const left = ({ phase, processes, namespaces, cgroups }: LabState): string =>
    phase === 'running'
      ? ''
      : [
          count(processes.filter(({ alive }) => alive).length, 'process', 'processes'),
          count(namespaces.length, 'namespace'),
          count(cgroups.length, 'cgroup'),
        ].join(', ');
  return table<LabState>(
    [
      { title: 'LAB', text: ({ lab }) => lab },
      { title: 'STATE', text: ({ phase }) => phaseText[phase] },
      { title: 'LEFT', text: left },
    ],
    labs,
    style,
  );
}

/** yes; no (and what a lab needs is missing, in red). */
function mark<Row>(of: (row: Row) => readonly [available: boolean, required: boolean], style: Style) {
  const tone = (row: Row): Tone => (of(row)[0] ? 'good' : of(row)[1] ? 'bad' : 'warning');
  return {
    title: 'THERE',
    text: (row: Row) => (of(row)[0] ? 'yes' : of(row)[1] ? 'NO' : 'no'),
    dress: (text: string, row: Row) => style(tone(row), text),
  };
}
