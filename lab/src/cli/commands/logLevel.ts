import { Argument, type Command } from 'commander';
import { createLocalBackend } from '../../backends/local/backend.js';
import { openSession, subcommand } from '../command.js';
import { fromAgents } from '../fromAgents.js';
import type { Io } from '../io.js';
import { runningLab } from '../labs.js';
import { count } from '../print/units.js';

export function addLogLevel(program: Command, io: Io): void {
  subcommand(program, {
    name: 'log-level',
    summary: 'set how much the agents of all nodes write to their logs',
    examples: ['onehop log-level debug'],
    lab: true,
  })
    .addArgument(
      new Argument('<level>', 'how much to write').choices(['trace', 'debug', 'info', 'warn', 'error']),
    )
    .action(async (level: string, options: { json?: boolean; lab?: string }) => {
      const session = openSession(io, options);
      const lab = await runningLab(createLocalBackend(), session.lab);
      const nodes = await fromAgents(lab, (agent) => agent.setLogLevel(level));
      if (session.json)
        session.value({ lab: lab.name, nodes: nodes.map(({ node, value }) => ({ node, level: value })) });
      else session.line(`Log level ${level} on ${count(nodes.length, 'node')}.`);
    });
}
