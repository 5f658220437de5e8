import { fileURLToPath } from 'node:url';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import type { Event } from '@onehop/core/api/agent.generated.js';
import { createLocalBackend } from '../../backends/local/backend.js';
import type { Dialled } from '../../traffic/dial.js';
import { openSession, subcommand, type Session } from '../command.js';
import { Failure } from '../failure.js';
import type { Io } from '../io.js';
import { agentOf, nodeOf, runningLab, type RunningLab } from '../labs.js';
import { dressPath, pathText } from '../print/path.js';
import { printable } from '../print/style.js';
import { formatAddress } from '@onehop/core/wire/ip.js';

interface Options {
  readonly json?: boolean;
  readonly lab?: string;
  readonly from: string;
  readonly send?: string;
}

/** A TCP connection and the decision for it. */
interface Connected {
  readonly to: string;
  readonly from: string;
  readonly client: string;
  readonly peer: string;
  readonly answer: string;
  readonly path: string | null;
  readonly listener: string | null;
  readonly cluster: string | null;
  readonly endpoint: string | null;
  readonly cookie: string | null;
}

export function addConnect(program: Command, io: Io): void {
  subcommand(program, {
    name: 'connect',
    usage: 'connect <host:port>',
    summary: 'open a TCP connection from a workload and show where the kernel sent it',
    examples: ["onehop connect ratings-db:3306 --from ratings-v1 --send 'RATINGS 1'"],
    lab: true,
  })
    .requiredOption('--from <workload>', 'the workload that connects')
    .option('--send <line>', 'a line to send; the first line of the answer is shown')
    .action(async (target: string, options: Options) => {
      const session = openSession(io, options);
      const lab = await runningLab(createLocalBackend(), session.lab);
      const connected = await connectFrom(lab, target, options.from, options.send ?? '');
      if (session.json) session.value(connected);
      else session.io.stdout.write(connectedText(connected, session));
    });
}

async function connectFrom(lab: RunningLab, target: string, from: string, line: string): Promise<Connected> {
  const [host, port] = splitTarget(target);
  if (host === '' || !/^\d+$/.test(port))
    throw new Failure(
      'usage',
      `"${target}" is not host:port.`,
      'For example: onehop connect ratings-db:3306 --from ratings-v1.',
    );
  using agent = agentOf(lab, nodeOf(lab, from));
  using events = await agent.watchEvents([from]);
  const opened = new Map<string, Event>();
  const reading = (async () => {
    for await (const event of events) if (event.type === 'open') opened.set(event.client, event);
  })();
  const dialled = await dial(lab, from, [host, port, line]);
  if (dialled.local === undefined || dialled.remote === undefined)
    throw new Failure(
      'request-failed',
      `${from} cannot connect to ${target}: ${dialled.errno ?? 'no answer'}.`,
      'See what listens: onehop routes.',
    );
  const client = formatAddress(dialled.local.address, dialled.local.port);
  for (let waited = 0; !opened.has(client) && waited < 1_000; waited += 20)
    await new Promise((resolve) => setTimeout(resolve, 20));
  events.close();
  await reading;
  const event = opened.get(client);
  return {
    to: target,
    from,
    client,
    peer: formatAddress(dialled.remote.address, dialled.remote.port),
    answer: dialled.answer,
    path: event?.path ?? null,
    listener: event?.listener ?? null,
    cluster: event?.cluster ?? null,
    endpoint: event?.endpoint ?? null,
    cookie: event?.cookie ?? null,
  };
}

/** `host:port` or `[v6]:port`; the parts are empty when there are none. */
function splitTarget(target: string): readonly [host: string, port: string] {
  const at = target.lastIndexOf(':');
  return at <= 0 ? ['', ''] : [target.slice(0, at).replace(/^\[|\]$/g, ''), target.slice(at + 1)];
}

async function dial(lab: RunningLab, from: string, args: readonly string[]): Promise<Dialled> {
  const program = fileURLToPath(new URL('../../traffic/dial.js', import.meta.url));
  const process_ = await lab.backend.runIn(lab.name, from, [process.execPath, program, ...args], {
    stdin: 'ignore',
  });
  const [out, err] = await Promise.all([readAll(process_.stdout), readAll(process_.stderr)]);
  await process_.exited;
  try {
    return JSON.parse(out) as Dialled;
  } catch {
    throw new Failure(
      'request-failed',
      `The connection could not be tried: ${err.trim() || 'no reason given'}.`,
      'Try again.',
    );
  }
}

function readAll(stream: NodeJS.ReadableStream | undefined): Promise<string> {
  return stream === undefined ? Promise.resolve('') : text(stream as never);
}

function connectedText(result: Connected, { style }: Session): string {
  const head = `${style('strong', `TCP ${printable(result.to)}`)}  ${style('faint', `from ${result.from}`)}\n\n`;
  const answer = result.answer === '' ? '' : `${printable(result.answer)}\n\n`;
  if (result.path === null)
    return `${head}${answer} ${style('warning', '?')} No listener has this address: the mesh left it alone.\n\n`;
  const ok = style('good', '✔');
  return (
    `${head}${answer} ${ok} listener  ${printable(result.listener ?? '')}  ${style('faint', result.peer)}\n` +
    ` ${ok} cluster   ${printable(result.cluster ?? '')}\n ${ok} endpoint  ${printable(result.endpoint ?? '')}\n` +
    ` → ${dressPath(`${pathText(result.path)} path`, result.path, style)}\n\n`
  );
}
