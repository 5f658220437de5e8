import type { Command } from 'commander';
import { createLocalBackend } from '../../backends/local/backend.js';
import type { LoadLine } from '../../traffic/load/lines.js';
import { profileNames, profiles, type ProfileName } from '../../traffic/load/profiles.js';
import { startLoad } from '../../traffic/load/start.js';
import { openSession, subcommand, type Session } from '../command.js';
import { Failure } from '../failure.js';
import type { Io } from '../io.js';
import { nodeOf, runningLab } from '../labs.js';
import { methodAndUrl } from '../request/parse.js';

interface Options {
  readonly json?: boolean;
  readonly lab?: string;
  readonly from: string;
  readonly rate: string;
  readonly for: string;
}

/** What is asked for in the sample when no URL is given. */
const sampleUrl = 'http://reviews:9080/reviews/1';

export function addLoad(program: Command, io: Io): void {
  const list = profileNames.map((name) => `  ${name.padEnd(7)} ${profiles[name].summary}`).join('\n');
  subcommand(program, {
    name: 'load',
    usage: 'load <profile> [url]',
    summary: 'send requests at a rate, in one of four profiles, until it is stopped',
    description: `Sends requests from a workload at a rate, whatever the answers are. Profiles:\n${list}`,
    examples: [
      'onehop load steady',
      'onehop load canary --rate 200 --for 30',
      'onehop load errors http://details:9080/details/1 --from productpage-v1 --json',
    ],
    lab: true,
  })
    .option('--from <workload>', 'the workload that sends them', 'productpage-v1')
    .option('--rate <n>', 'requests a second', '50')
    .option('--for <seconds>', 'how long (default: until Ctrl-C)', '0')
    .action(async (name: string, url: string | undefined, options: Options) => {
      const session = openSession(io, options);
      const spec = {
        profile: profileOf(name),
        rate: number('--rate', options.rate, 0.1, 20_000),
        seconds: number('--for', options.for, 0, 86_400),
        url: url === undefined ? sampleUrl : methodAndUrl([url], false).url,
      };
      const lab = await runningLab(createLocalBackend(), session.lab);
      nodeOf(lab, options.from);
      const run = await startLoad(lab.backend, lab.name, options.from, spec);
      io.signal.addEventListener('abort', run.stop, { once: true });
      if (io.signal.aborted) run.stop();
      session.progress(`${spec.profile}: ${spec.rate} req/s to ${spec.url}; Ctrl-C ends it.`);
      let last: LoadLine | undefined;
      for await (const line of run.lines) {
        last = line;
        print(line, session);
      }
      const { code, stderr } = await run.exited;
      if (code !== 0 || last?.done !== true)
        throw new Failure(
          'request-failed',
          `The load ended early: ${stderr.trim() || 'no reason given'}.`,
          'See onehop status.',
        );
    });
}

function profileOf(name: string): ProfileName {
  const found = profileNames.find((one) => one === name);
  if (found !== undefined) return found;
  throw new Failure('usage', `There is no profile "${name}".`, `Profiles: ${profileNames.join(', ')}.`);
}

function number(option: string, text: string, low: number, high: number): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= low && value <= high) return value;
  throw new Failure(
    'usage',
    `${option} "${text}" is not a number from ${low} to ${high}.`,
    'See onehop load --help.',
  );
}

function print(line: LoadLine, session: Session): void {
  if (session.json) {
    session.io.stdout.write(`${JSON.stringify(line)}\n`);
    return;
  }
  const seconds = `${(line.elapsedMs / 1000).toFixed(0)} s`.padStart(6);
  const status = Object.entries(line.byStatus).map(([code, n]) => `${code}: ${n}`);
  const times =
    line.p50Us === null ? '' : `p50 ${Math.round(line.p50Us)} µs, p99 ${Math.round(line.p99Us ?? 0)} µs`;
  const failed = line.errors > 0 ? [`no answer: ${line.errors}`] : [];
  session.line(
    `${seconds}  ${line.rate.toFixed(0).padStart(6)} req/s  ${[...status, ...failed, times].filter(Boolean).join('  ')}`,
  );
}
