import type { Command } from 'commander';
import type { Event } from '@onehop/core/api/agent.generated.js';
import { formatAddress } from '@onehop/core/wire/ip.js';
import type { AgentClient, Subscription } from '../../agent/client.js';
import { AgentError } from '../../agent/errors.js';
import { createLocalBackend } from '../../backends/local/backend.js';
import type { ConnectedLine, ErrorLine, SummaryLine, TrafficLine } from '../../traffic/lines.js';
import { sendRequests, type RequestRun } from '../../traffic/requests.js';
import { collect, openSession, subcommand, type Session } from '../command.js';
import { Failure } from '../failure.js';
import type { Io } from '../io.js';
import { agentOf, nodeOf, runningLab, type RunningLab } from '../labs.js';
import { decisionText } from '../print/decision.js';
import { summaryText } from '../print/summary.js';
import { EventJoin } from '../request/join.js';
import { parseRequest, type RequestOptions, type ParsedRequest } from '../request/parse.js';
import { resultOf, type RequestResult } from '../request/result.js';
import { Summing } from '../request/summary.js';

export function addRequest(program: Command, io: Io): void {
  subcommand(program, {
    name: 'request',
    usage: 'request [words...]',
    summary: 'send a request from a workload and show where the kernel sent it and why',
    description:
      'Sends a request from a workload of the lab and shows the decision that was taken for that very request:\n' +
      'listener, virtual host, route, cluster, endpoint, path and reason, as the kernel (or the relay) reported it.',
    examples: [
      'onehop request http://reviews:9080/reviews/1 --from productpage-v1',
      "onehop request GET http://reviews:9080/reviews/1 --from productpage-v1 -H 'end-user: jason' --json",
      'onehop request http://reviews:9080/reviews/1 --from productpage-v1 -n 1000 -c 4',
    ],
    lab: true,
  })
    .usage('[METHOD] URL --from WORKLOAD [options]')
    .requiredOption('--from <workload>', 'the workload that sends it')
    .option('-H, --header <name: value>', 'a request header; may be given more than once', collect)
    .option('-d, --data <body>', 'the body of the request')
    .option('-n, --requests <n>', 'how many requests to send', '1')
    .option('-c, --connections <n>', 'keep-alive connections to send them on', '1')
    .option('-6, --ipv6', 'connect to the IPv6 address of the name')
    .option('--timeout <seconds>', 'for one connection or answer', '10')
    .action(async (words: readonly string[], options: RequestOptions & { json?: boolean; lab?: string }) => {
      const session = openSession(io, options);
      const request = parseRequest(words, options);
      const lab = await runningLab(createLocalBackend(), session.lab);
      using agent = agentOf(lab, nodeOf(lab, request.asked.from));
      await new Sending(session, request, lab, agent).run();
    });
}

/** How long an answer waits for its event. */
const eventWaitMs = 1_000;

/** One run of the request runner, joined with the agent's events. */
class Sending {
  readonly #join: EventJoin;
  readonly #summing = new Summing();
  readonly #errors: ErrorLine[] = [];
  #connections = 0;
  #summary: SummaryLine | undefined;

  constructor(
    private readonly session: Session,
    private readonly request: ParsedRequest,
    private readonly lab: RunningLab,
    private readonly agent: AgentClient,
  ) {
    this.#join = new EventJoin((joined) => this.#show(resultOf(request.asked, joined)));
  }

  async run(): Promise<void> {
    const { asked, spec } = this.request;
    // First the events, then the connection: its opening must be seen too.
    using events = await this.agent.watchEvents([asked.from]);
    const joining = this.#follow(events);
    const run = await sendRequests(
      this.lab.backend,
      this.lab.name,
      asked.from,
      { ...spec, gate: true },
      this.session.io.signal,
    );
    const timer = setInterval(() => this.#join.expire(performance.now(), eventWaitMs), 50);
    try {
      await this.#read(run);
      while (this.#join.waiting > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    } finally {
      clearInterval(timer);
      run.kill();
      events.close();
      await joining;
    }
    await this.#finish(run);
  }

  async #follow(events: Subscription<Event>): Promise<void> {
    try {
      for await (const event of events) this.#join.event(event);
      this.#join.closed('the stream of events ended');
    } catch (error) {
      this.#join.closed(error instanceof Error ? error.message.replace(/\.$/, '') : String(error));
    }
  }

  /** The runner waits at its gate until every connection is traced. */
  async #read(run: RequestRun): Promise<void> {
    const expected = this.request.spec.connections ?? 1;
    const traced: Promise<void>[] = [];
    for await (const line of run.lines) {
      if (line.type === 'connected') {
        traced.push(this.#trace(line));
        // An answer on a connection made anew must find its cookie; the first ones wait at the gate.
        if (line.again) await traced.at(-1);
        else if (++this.#connections === expected) void Promise.all(traced).then(() => run.go());
      } else this.#take(line, run, expected);
    }
    await Promise.all(traced);
  }

  #take(line: Exclude<TrafficLine, ConnectedLine>, run: RequestRun, expected: number): void {
    if (line.type === 'answer') this.#join.answer(line, performance.now());
    else if (line.type === 'summary') this.#summary = line;
    else {
      this.#errors.push(line);
      // A connection that failed will never report `connected`: go on with the others.
      if (line.seq < 0 && ++this.#connections === expected) run.go();
    }
  }

  async #trace({ connection, local }: ConnectedLine): Promise<void> {
    const client = formatAddress(local.address, local.port);
    try {
      this.#join.connected(connection, client, await this.agent.traceSocket(local.address, local.port));
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      const why = error.reason === 'not-found' ? noMesh : error.message.replace(/\.$/, '');
      this.#join.connected(connection, client, undefined, why);
    }
  }

  #show(result: RequestResult): void {
    const { session, request } = this;
    this.#summing.add(result);
    if (session.json) session.io.stdout.write(jsonLine(result, request, session));
    else if (request.spec.count === 1)
      session.io.stdout.write(decisionText(request.asked, result, session.style));
  }

  async #finish(run: RequestRun): Promise<void> {
    const { session, request } = this;
    const { stderr } = await run.exited;
    const summary = this.#summing.summary();
    if (!session.json && request.spec.count !== 1 && summary.requests > 0)
      session.io.stdout.write(
        summaryText(summary, this.#summary?.elapsedMs ?? 0, this.#connections, session.style),
      );
    if (session.io.signal.aborted) throw new Failure('request-failed', 'Stopped before the end.', '');
    const [first] = this.#errors;
    if (first !== undefined) throw transportFailure(first, this.#errors.length, request);
    if (summary.requests < (request.spec.count ?? 1))
      throw new Failure(
        'request-failed',
        `The request runner ended early: ${stderr.trim() || 'no reason given'}.`,
        'Try again.',
      );
  }
}

const noMesh = 'this connection does not go through the mesh: no listener has its address and port';

function jsonLine(result: RequestResult, request: ParsedRequest, session: Session): string {
  const indent = request.spec.count === 1 && session.io.stdout.isTTY ? 2 : undefined;
  return `${JSON.stringify(result, null, indent)}\n`;
}

function transportFailure(error: ErrorLine, count: number, { asked, spec }: ParsedRequest): Failure {
  const which =
    (spec.count ?? 1) === 1 ? `${asked.method} ${asked.url}` : `${count} of ${spec.count} requests`;
  return new Failure(
    'request-failed',
    `${which} from ${asked.from} failed: ${error.message.replace(/\.?$/, '.')}`,
    error.hint,
    {
      details: { errno: error.errno, failed: count },
    },
  );
}
