import type { Command } from 'commander';
import type { Event } from '@onehop/core/api/agent.generated.js';
import type { AgentClient, Subscription } from '../../agent/client.js';
import { createLocalBackend } from '../../backends/local/backend.js';
import { collect, openSession, subcommand, type Session } from '../command.js';
import { Failure } from '../failure.js';
import type { Io } from '../io.js';
import { agentsOf, nodeOf, runningLab, type RunningLab } from '../labs.js';
import { eventLine, lostLine } from '../print/event.js';

interface Options {
  readonly json?: boolean;
  readonly lab?: string;
  readonly follow?: boolean;
  readonly from?: readonly string[];
  readonly for: string;
}

export function addEvents(program: Command, io: Io): void {
  subcommand(program, {
    name: 'events',
    summary: 'print connections and requests as they happen, with the decision taken for each',
    description:
      'Prints the events of all nodes from now on, for a while or until Ctrl-C (--follow). With --json, one a line.',
    examples: ['onehop events --follow', 'onehop events --from productpage-v1 --for 10 --json'],
    lab: true,
  })
    .option('-f, --follow', 'go on until Ctrl-C')
    .option('--from <workload>', 'only what this workload does; may be given more than once', collect)
    .option('--for <seconds>', 'without --follow: how long', '3')
    .action(async (options: Options) => {
      const session = openSession(io, options);
      const seconds = length(options.for);
      const lab = await runningLab(createLocalBackend(), session.lab);
      const agents = chooseAgents(lab, options.from ?? []);
      try {
        await show(agents, options.from ?? [], options.follow === true ? undefined : seconds * 1000, session);
      } finally {
        for (const agent of agents) agent.close();
      }
    });
}

function length(text: string): number {
  const number = Number(text);
  if (Number.isFinite(number) && number > 0 && number <= 86_400) return number;
  throw new Failure(
    'usage',
    `--for "${text}" is not a number of seconds.`,
    'For example: --for 10, or --follow.',
  );
}

/** An agent tells what the workloads of its node do. */
function chooseAgents(lab: RunningLab, workloads: readonly string[]): readonly AgentClient[] {
  const nodes = new Set(workloads.map((workload) => nodeOf(lab, workload)));
  const agents = agentsOf(lab);
  if (nodes.size === 0) return agents;
  for (const agent of agents) if (!nodes.has(agent.address.node)) agent.close();
  return agents.filter((agent) => nodes.has(agent.address.node));
}

async function show(
  agents: readonly AgentClient[],
  workloads: readonly string[],
  forMs: number | undefined,
  session: Session,
): Promise<void> {
  const streams = await Promise.all(agents.map((agent) => agent.watchEvents(workloads)));
  const stop = (): void => streams.forEach((stream) => stream.close());
  const timer = forMs === undefined ? undefined : setTimeout(stop, forMs);
  session.io.signal.addEventListener('abort', stop, { once: true });
  if (session.io.signal.aborted) stop();
  session.progress(forMs === undefined ? 'Watching; Ctrl-C ends it.' : `Watching for ${forMs / 1000} s.`);
  let seen = 0;
  const read = async (stream: Subscription<Event>): Promise<void> => {
    for await (const event of stream) {
      seen += 1;
      print(event, session);
    }
  };
  try {
    await Promise.all(streams.map(read));
  } finally {
    clearTimeout(timer);
    stop();
  }
  if (seen === 0 && !session.json)
    session.line(session.style('faint', 'No traffic in that time. Send a request: onehop request --help'));
}

function print(event: Event, session: Session): void {
  if (session.json) {
    session.io.stdout.write(`${JSON.stringify(event)}\n`);
    return;
  }
  if (event.lost > 0) session.line(lostLine(event, session.style));
  session.line(eventLine(event, session.style));
}
