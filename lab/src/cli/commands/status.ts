import type { Command } from 'commander';
import { createLocalBackend } from '../../backends/local/backend.js';
import { openSession, subcommand } from '../command.js';
import { Failure } from '../failure.js';
import type { Io } from '../io.js';
import { chooseLab, sampleLab } from '../labs.js';
import { labStatus, troubles } from '../labStatus.js';
import { statusText } from '../print/status.js';

export function addStatus(program: Command, io: Io): void {
  subcommand(program, {
    name: 'status',
    summary: 'show nodes, workloads, agents, control plane and what this kernel cannot do',
    description:
      'Shows a lab as it is now. Exit code 0: it runs and every part answers; 1: it does not run, or a part is missing.',
    examples: ['onehop status', 'onehop status --lab demo --json'],
    lab: true,
  }).action(async (options: { json?: boolean; lab?: string }) => {
    const session = openSession(io, options);
    const backend = createLocalBackend();
    const status = await labStatus(backend, await chooseLab(backend, session.lab));
    if (session.json) session.value(status);
    else {
      io.stdout.write(statusText(status, session.style));
      if (status.phase === 'absent')
        session.line(`Start it: onehop up${status.lab === sampleLab ? '' : ` --name ${status.lab}`}`);
    }
    const [first] = troubles(status);
    if (first !== undefined) throw new Failure('not-well', first, '', { reported: true });
  });
}
