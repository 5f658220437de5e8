import { join } from 'node:path';
import type { Command } from 'commander';
import type { ApplyProgress } from '@onehop/core/api/controlplane.generated.js';
import { formatRejection, type Rejection } from '@onehop/core/api/rejections.js';
import type { Diagnostic } from '@onehop/core/diagnostics/diagnostic.js';
import { resourcesIn } from '@onehop/core/resources/model.js';
import { createLocalBackend } from '../../backends/local/backend.js';
import { applyResources, getState } from '../../controlplane/client.js';
import { ControlPlaneError } from '../../controlplane/errors.js';
import { openSession, subcommand, type Session } from '../command.js';
import { locateRejection, readConfiguration, type Configuration } from '../configuration.js';
import { Failure } from '../failure.js';
import type { Io } from '../io.js';
import { runningLab } from '../labs.js';
import { diagnosticJson, diagnosticText } from '../print/diagnostics.js';
import { count } from '../print/units.js';
import { printProblems } from './validate.js';

interface Options {
  readonly json?: boolean;
  readonly lab?: string;
  readonly timeout: string;
}

export function addApply(program: Command, io: Io): void {
  subcommand(program, {
    name: 'apply',
    usage: 'apply <file...>',
    summary: 'put xDS files in force on every node of a running lab',
    description:
      'Validates the files, then makes them the configuration of the lab, as a whole: what they leave out is removed.\n' +
      'Every node answers for itself. What is refused, here or by a node, is shown at its line, and the configuration\n' +
      'before stays in force. Exit code 1: not every node has it in force.',
    examples: ['onehop apply lab/samples/bookinfo/bookinfo.xds.yaml', 'onehop apply *.xds.yaml --json'],
    lab: true,
  })
    .option('--timeout <seconds>', 'how long to wait for the answers of the nodes', '10')
    .action(async (files: readonly string[], options: Options) => {
      const session = openSession(io, options);
      const timeoutMs = milliseconds(options.timeout);
      const configuration = readConfiguration(files, io.cwd);
      const lab = await runningLab(createLocalBackend(), session.lab);
      const socket = join(lab.state.stateDirectory, 'xds.sock');
      const nodes = lab.topology.nodes.map(({ name }) => name);
      const report = new Report(session, lab.name, nodes, configuration);
      if (configuration.validation.hasErrors) return report.invalid(await versionInForce(socket));
      const resources = resourcesIn(configuration.validation.set);
      session.progress(`Applying ${count(resources.length, 'resource')} …`);
      try {
        for await (const progress of applyResources(socket, resources, { timeoutMs, signal: io.signal }))
          report.progress(progress);
      } catch (error) {
        if (!(error instanceof ControlPlaneError) || error.reason !== 'refused') throw error;
        return report.refused(error.rejections, await versionInForce(socket));
      }
      report.end();
    });
}

function milliseconds(text: string): number {
  const seconds = Number(text);
  if (Number.isFinite(seconds) && seconds > 0 && seconds <= 600) return Math.round(seconds * 1000);
  throw new Failure(
    'usage',
    `--timeout "${text}" is not a number of seconds up to 600.`,
    'For example: --timeout 30.',
  );
}

/** "" when nothing is served, or nobody answers. */
async function versionInForce(socket: string): Promise<string> {
  try {
    return (await getState(socket)).version;
  } catch (error) {
    if (error instanceof ControlPlaneError) return '';
    throw error;
  }
}

/** What became of an apply, told as it happens and, with --json, as one object at the end. */
class Report {
  readonly #nodes: ApplyProgress[] = [];
  readonly #rejected: Diagnostic[] = [];
  #version = '';

  constructor(
    private readonly session: Session,
    private readonly lab: string,
    private readonly nodes: readonly string[],
    private readonly configuration: Configuration,
  ) {}

  progress(progress: ApplyProgress): void {
    this.#version = progress.version;
    if (progress.done) return;
    this.#nodes.push(progress);
    if (this.session.json) {
      this.#locate(progress.rejections);
      return;
    }
    const { style } = this.session;
    const node = this.#nodeName(progress.node);
    if (progress.state === 'acked') this.session.line(`${style('good', '●')} ${node}: in force`);
    else if (progress.state === 'nacked') {
      this.session.line(`${style('bad', '✖')} ${node}: rejected; ${stays(progress.inForce)}`);
      this.#show(progress.rejections);
    } else
      this.session.line(`${style('warning', '◐')} ${node}: no answer in time; ${stays(progress.inForce)}`);
  }

  /** Nothing was sent. */
  invalid(inForce: string): never {
    const errors = this.configuration.validation.problems.filter(
      ({ severity }) => severity === 'error',
    ).length;
    if (!this.session.json) printProblems(this.configuration, this.session);
    this.#fail(
      'invalid-configuration',
      `Nothing was applied: the configuration has ${count(errors, 'error')}; ${stays(inForce)}.`,
      inForce,
    );
  }

  /** The control plane did not take it. */
  refused(rejections: readonly Rejection[], inForce: string): never {
    if (this.session.json) this.#locate(rejections);
    else this.#show(rejections);
    this.#fail(
      'rejected',
      `Nothing was applied: the control plane refused ${count(rejections.length, 'field')}; ${stays(inForce)}.`,
      inForce,
    );
  }

  end(): void {
    const failed = this.#nodes.filter(({ state }) => state !== 'acked');
    const [first] = failed;
    if (first !== undefined) {
      const code = failed.some(({ state }) => state === 'nacked') ? 'rejected' : 'timeout';
      const what = code === 'rejected' ? 'was rejected by' : 'was not answered in time by';
      const who = failed.map(({ node }) => this.#nodeName(node)).join(', ');
      this.#fail(code, `Version ${this.#version} ${what} ${who}; ${stays(first.inForce)}.`, first.inForce);
    }
    const answered = this.#nodes.map(({ node }) => this.#nodeName(node));
    const absent = this.nodes.filter((node) => !answered.includes(node));
    if (absent.length > 0) {
      const who = absent.join(', ');
      this.#fail('gone', `Version ${this.#version} is served, but ${who} is not connected.`, this.#version);
    }
    if (this.session.json) this.session.value({ ok: true, ...this.#common(this.#version) });
    else this.session.line(`Version ${this.#version} is in force on ${count(answered.length, 'node')}.`);
  }

  #fail(code: string, message: string, inForce: string): never {
    const hint = hints[code] ?? '';
    if (this.session.json)
      this.session.value({ ok: false, ...this.#common(inForce), error: { code, message, hint } });
    throw new Failure(code, message, hint, { reported: this.session.json });
  }

  #common(inForce: string): object {
    return {
      lab: this.lab,
      version: this.#version === '' ? null : this.#version,
      inForce: inForce === '' ? null : inForce,
      nodes: this.#nodes.map(({ node, state, inForce: kept, rejections }) => ({
        node: this.#nodeName(node),
        state,
        inForce: kept === '' ? null : kept,
        rejections,
      })),
      problems: [...this.configuration.validation.problems, ...this.#rejected].map(diagnosticJson),
    };
  }

  #show(rejections: readonly Rejection[]): void {
    const { sources } = this.configuration;
    for (const rejection of rejections) {
      const located = locateRejection(rejection, this.configuration);
      if (located === undefined) this.session.line(`  ${formatRejection(rejection)}`);
      else this.session.line(diagnosticText(located, sources, this.session.style));
    }
  }

  /** All nodes mostly refuse the same. */
  #locate(rejections: readonly Rejection[]): void {
    for (const rejection of rejections) {
      const located = locateRejection(rejection, this.configuration);
      const same = (one: Diagnostic): boolean =>
        one.message === located?.message && one.range.start.line === located.range.start.line;
      if (located !== undefined && !this.#rejected.some(same)) this.#rejected.push(located);
    }
  }

  /** `bookinfo.node-1` → node-1 */
  #nodeName(id: string): string {
    return id.startsWith(`${this.lab}.`) ? id.slice(this.lab.length + 1) : id;
  }
}

const hints: Readonly<Record<string, string>> = {
  'invalid-configuration': 'Correct the lines that are named and apply again.',
  rejected: 'Correct the lines that are named and apply again.',
  timeout: 'See onehop status.',
  gone: 'See onehop status; a node that comes back takes the configuration by itself.',
};

function stays(version: string): string {
  return version === '' ? 'nothing was in force before' : `version ${version} stays in force`;
}
