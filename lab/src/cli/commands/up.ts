import { relative, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import type { Progress, ProgressStep } from '../../backends/backend.js';
import { createLocalBackend } from '../../backends/local/backend.js';
import type { LabTopology } from '../../backends/topology.js';
import { collect, openSession, subcommand, type Session } from '../command.js';
import { readConfiguration } from '../configuration.js';
import { addControlPlaneFlags, agentOptionsOf, type ControlPlaneFlags } from '../controlPlaneFlags.js';
import { Failure } from '../failure.js';
import type { Io } from '../io.js';
import { checkLabName } from '../labs.js';
import { labStatus } from '../labStatus.js';
import { diagnosticJson } from '../print/diagnostics.js';
import { progressLines, progressOption } from '../progressFlag.js';
import { statusText } from '../print/status.js';
import { count } from '../print/units.js';
import { sample } from '../sample.js';
import { readTopology } from '../topologyFile.js';
import { invalidConfiguration, printProblems } from './validate.js';

export interface UpOptions extends ControlPlaneFlags {
  readonly json?: boolean;
  readonly topology?: string;
  readonly config?: readonly string[];
  readonly name?: string;
  readonly logLevel?: string;
  readonly progress?: boolean;
}

export function addUp(program: Command, io: Io): void {
  const up = subcommand(program, {
    name: 'up',
    summary: 'start a lab: nodes, workloads, control plane and agents',
    description:
      'Starts a lab and returns when every workload listens and the configuration is in force on every node. Without\n' +
      'options that is the sample Bookinfo. What a crashed lab of the same name left is removed first.',
    examples: [
      'onehop up',
      'onehop up --name demo',
      'onehop up --topology shop.lab.yaml --config shop.xds.yaml',
      'onehop up --topology shop.lab.yaml --control-plane 192.0.2.7:15010 --xds delta',
    ],
  })
    .option('--topology <file>', 'nodes, services and workloads (default: the sample Bookinfo)')
    .option(
      '--config <file>',
      'xDS to serve; may be given more than once (default: of the sample, its routes)',
      collect,
    )
    .option('--name <lab>', 'name of the lab (default: the name in the topology)')
    .option('--log-level <level>', 'of the agents: trace, debug, info, warn, error')
    .addOption(progressOption());
  addControlPlaneFlags(up)
    // As the other commands have it.
    .addOption(new Option('--lab <lab>', 'as --name').hideHelp().conflicts('name'))
    .action(async ({ lab, ...given }: UpOptions & { lab?: string }) => {
      const options = lab === undefined ? given : { ...given, name: lab };
      const session = openSession(io, options);
      const topology = await bringUp(session, options);
      const status = await labStatus(createLocalBackend(), topology.name);
      if (session.json) {
        session.value(status);
        return;
      }
      session.line(`\n${statusText(status, session.style)}`);
      session.line(nextSteps(topology, options));
    });
}

/** Starts the lab that the options ask for and shows what is being done. */
export async function bringUp(session: Session, options: UpOptions): Promise<LabTopology> {
  const { cwd } = session.io;
  const topologyFile = options.topology ?? relative(cwd, sample.topology);
  const configFiles =
    options.config ??
    (options.topology === undefined && options.controlPlane === undefined
      ? sample.config.map((path) => relative(cwd, path))
      : []);
  const read = readTopology(topologyFile, session);
  const topology = options.name === undefined ? read : { ...read, name: checkLabName(options.name) };
  const configuration = readConfiguration(configFiles, cwd);
  if (configuration.validation.hasErrors) {
    const failure = invalidConfiguration(configuration);
    if (!session.json) printProblems(configuration, session);
    throw new Failure(
      failure.code,
      failure.message,
      'Correct the lines that are named; nothing was started.',
      {
        details: configuration.validation.problems.map(diagnosticJson),
      },
    );
  }
  const { nodes, workloads, name } = topology;
  if (!session.json)
    session.line(
      `Starting ${session.style('strong', name)}: ${count(nodes.length, 'node')}, ${count(workloads.length, 'workload')}`,
    );
  const { logLevel } = options;
  const agent = { ...agentOptionsOf(options, cwd), ...(logLevel !== undefined && { logLevel }) };
  const progress = new ProgressPrinter(session);
  const told = options.progress === true ? progressLines(session) : undefined;
  const backend = createLocalBackend();
  const config = configFiles.map((path) => resolve(cwd, path));
  await backend.up(topology, { config, agent }, told ?? ((one) => progress.show(one)), session.io.signal);
  return topology;
}

const steps: Readonly<Record<ProgressStep, string>> = {
  clean: 'remains of an earlier run',
  network: 'network',
  'control-plane': 'control plane',
  agents: 'agents',
  workloads: 'workloads',
  configuration: 'configuration',
  processes: 'processes',
  cgroups: 'cgroups',
  mounts: 'mounts',
  state: 'state',
};

/** One line a step when it is done, with its time; nothing with --json. */
class ProgressPrinter {
  #since = performance.now();

  constructor(private readonly session: Session) {}

  show({ step, detail, done }: Progress): void {
    const { session } = this;
    if (session.json || !done) return;
    const ms = performance.now() - this.#since;
    this.#since = performance.now();
    const time = session.style('faint', `${(ms / 1000).toFixed(1)} s`);
    session.line(`  ${session.style('good', '✔')} ${steps[step].padEnd(26)} ${time}  ${detail}`);
  }
}

function nextSteps(topology: LabTopology, options: UpOptions): string {
  const lab = options.name === undefined ? '' : ` --lab ${topology.name}`;
  const down = options.name === undefined ? '' : ` --name ${topology.name}`;
  const requests =
    options.topology === undefined
      ? [`  onehop request http://reviews:9080/reviews/1 --from productpage-v1 -H 'end-user: jason'${lab}`]
      : [];
  return [
    'Try next:',
    ...requests,
    `  onehop routes${lab}`,
    `  onehop events --follow${lab}`,
    `  onehop down${down}`,
  ].join('\n');
}
