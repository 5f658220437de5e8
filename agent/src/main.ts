import { writeSync } from 'node:fs';
import { startAgent, type Agent } from './agent.js';
import { Log } from './log/logger.js';
import { parseOptions } from './options.js';
import { thisKernel } from './probe/kernel.js';
import { probeKernel } from './probe/probe.js';
import { version } from './status.js';

/** A stop that takes longer is cut short: the kernel frees what this process holds. */
const longestStopMs = 1_500;

/** One line on standard output, which the lab reads. */
function tell(message: object): void {
  writeSync(1, `${JSON.stringify(message)}\n`);
}

function fail(error: unknown): never {
  const { message, hint, log } = error as { message?: string; hint?: string; log?: string };
  openLog?.root.fatal(
    { err: error, ...(log === undefined || log === '' ? {} : { log }) },
    'the agent cannot run',
  );
  tell({ error: message ?? String(error), hint: hint ?? 'See the log of the agent.' });
  process.exit(1);
}

async function stop(signal: string): Promise<void> {
  if (stopping) return;
  stopping = true;
  openLog?.root.info({ signal }, 'stopping');
  setTimeout(() => process.exit(0), longestStopMs).unref();
  await running?.close();
  openLog?.root.info('stopped');
  openLog?.close();
  process.exit(0);
}

let openLog: Log | undefined;
let running: Agent | undefined;
let stopping = false;

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal));
process.on('uncaughtException', (error) => {
  // Once it is ready nobody reads standard output any more.
  if (running === undefined) fail(error);
  openLog?.root.fatal({ err: error }, 'uncaught exception');
  process.exit(1);
});

try {
  const options = parseOptions(process.argv.slice(2));
  openLog = Log.open(options.log, options.logLevel, {
    lab: options.lab,
    node: options.node,
    pid: process.pid,
  });
  const probe = probeKernel(thisKernel());
  const missing = probe.capabilities
    .filter(({ available }) => !available)
    .map(({ name, lost }) => `${name}: ${lost}`);
  openLog.root.info({ version, kernel: probe.kernel, missing }, 'starting');
  running = await startAgent(options, probe, openLog);
  openLog.root.info({ socket: options.socket }, 'ready');
  tell({ ready: true });
} catch (error) {
  fail(error);
}
