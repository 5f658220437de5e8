// The request runner, executed inside a workload. Its lines are described in lines.ts, its arguments in options.ts.
import { identity } from '../services/identity.js';
import { Connection } from './connection.js';
import { errorLine } from './hints.js';
import { Input } from './input.js';
import { parseArguments, UsageError, type RunnerOptions } from './options.js';
import { Output } from './output.js';
import { Summary } from './summary.js';

const output = new Output((text) => process.stdout.write(text));

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
} finally {
  output.flush();
}

/** The exit code: 0 all answered, 1 something failed. */
async function run(argv: readonly string[]): Promise<number> {
  const { options: given, bodyLength } = parseArguments(argv);
  const input = given.gate || bodyLength !== undefined ? new Input(process.stdin) : undefined;
  const body = bodyLength === undefined ? undefined : await input?.bytes(bodyLength);
  if (bodyLength !== undefined && body === undefined)
    throw new UsageError('standard input ended inside the body');
  const options: RunnerOptions = { ...given, body };

  const summary = new Summary();
  const connections = await openAll(options, summary);
  const allowed = !options.gate || (await input?.line()) === 'go';
  input?.close();
  const from = performance.now();
  const asked = allowed ? await sendAll(options, connections, summary) : 0;
  output.line(summary.line(asked, connections.length, performance.now() - from));
  for (const connection of connections) connection.close();
  return allowed && !summary.failed ? 0 : 1;
}

/** Those that could be opened; the others are reported. */
async function openAll(options: RunnerOptions, summary: Summary): Promise<Connection[]> {
  const self = identity();
  const count = Math.min(options.connections, options.count);
  const all = Array.from(
    { length: count },
    (_, number) => new Connection(number, options, self, (line) => output.line(line)),
  );
  const opened = await Promise.all(
    all.map((connection) =>
      connection.open().then(
        () => [connection],
        (error: unknown) => {
          summary.error();
          output.line(errorLine(error, connection.number, -1));
          return [];
        },
      ),
    ),
  );
  return opened.flat();
}

/** Deals the requests to the connections as they become free. Returns how many were sent. */
async function sendAll(
  options: RunnerOptions,
  connections: readonly Connection[],
  summary: Summary,
): Promise<number> {
  let next = 0;
  const work = async (connection: Connection): Promise<void> => {
    while (next < options.count) {
      const seq = next++;
      try {
        const answer = await connection.send(seq);
        summary.answer(answer);
        if (!options.quiet) output.line(answer);
      } catch (error) {
        summary.error();
        output.line(errorLine(error, connection.number, seq));
      }
    }
  };
  await Promise.all(connections.map(work));
  return next;
}
