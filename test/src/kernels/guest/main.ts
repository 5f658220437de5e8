// Runs in the guest: loads every program, then works with the datapath as a client does. Arguments: the checkout.
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { release } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { thisKernel } from '@onehop/agent/probe/kernel.js';
import { KernelError, mustRun, probeKernel } from '@onehop/agent/probe/probe.js';
import type { CheckLine, ProbeLine } from '../results.js';
import { CHECKS, ENDING_CHECK, STARTING_CHECK } from './checks.js';
import { heldByKernel, KernelState } from './kernelState.js';
import * as place from './place.js';
import { endChild, startChild } from './processes.js';
import { loadPrograms } from './programs.js';
import { tell } from './report.js';

const CHECK_MS = 20_000;
/** Three processes of node, and warm connections. */
const START_MS = 60_000;

const [checkout = ''] = process.argv.slice(2);

async function main(): Promise<void> {
  tell({
    type: 'kernel',
    release: release(),
    upMs: Math.round(Number(process.hrtime.bigint() / 1_000_000n)),
  });
  const probe = probed();
  tell(probe);
  if (!probe.runs) return;
  const programs = loadPrograms(join(checkout, 'bpf/build/onehop.bpf.o'));
  for (const program of programs) tell(program);
  if (programs.some(({ error }) => error !== undefined)) return;
  await checkDatapath();
}

function probed(): ProbeLine {
  const probe = probeKernel(thisKernel());
  const missing = probe.capabilities.filter(({ available, required }) => required && !available);
  const line = { type: 'probe', missing: missing.map(({ name }) => name) } as const;
  try {
    mustRun(probe);
    return { ...line, runs: true, refusal: '' };
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    return { ...line, runs: false, refusal: `${error.message} ${error.hint}` };
  }
}

async function checkDatapath(): Promise<void> {
  place.makePlace();
  let agent: ChildProcess | undefined;
  const started = await check(
    STARTING_CHECK,
    async () => {
      await Promise.all([
        startChild({
          module: 'serverMain.js',
          args: ['server', ...place.SERVER],
          cgroup: place.SERVER_CGROUP,
        }),
        startChild({
          module: 'serverMain.js',
          args: ['other-server', ...place.OTHER_SERVER],
          cgroup: place.OTHER_CGROUP,
          namespace: place.OTHER_NAMESPACE,
        }),
      ]);
      agent = await startChild({ module: 'agentMain.js', args: [checkout], cgroup: place.AGENT_CGROUP });
    },
    START_MS,
  );
  if (!started || agent === undefined) return;
  place.enterCgroup(place.CLIENT_CGROUP);
  const kernel = new KernelState();
  for (const { name, pending, run } of CHECKS)
    if (pending === undefined) await check(name, () => run(kernel));
  kernel.close();
  const running = agent;
  await check(ENDING_CHECK, () => nothingStays(running));
}

/** Links and maps live by the agent's file descriptors: a crash must leave no more than a stop. */
async function nothingStays(agent: ChildProcess): Promise<void> {
  assert.notDeepEqual(heldByKernel(), []);
  await endChild(agent, 'SIGKILL');
  // The kernel frees maps and programs after a grace period.
  for (let tries = 0; tries < 50 && heldByKernel().length > 0; tries++) await delay(100);
  assert.deepEqual(heldByKernel(), []);
}

async function check(name: string, run: () => Promise<void>, limit = CHECK_MS): Promise<boolean> {
  const started = performance.now();
  const result = (more: Pick<CheckLine, 'ok'> & Partial<CheckLine>): void =>
    tell({ type: 'check', name, ms: Math.round(performance.now() - started), ...more });
  const timeout = new AbortController();
  try {
    const late = delay(limit, undefined, { signal: timeout.signal }).then(() => {
      throw new Error(`no end after ${limit / 1000} s`);
    });
    await Promise.race([run(), late]);
    result({ ok: true });
    return true;
  } catch (error) {
    result({ ok: false, message: error instanceof Error ? error.message : String(error) });
    return false;
  } finally {
    timeout.abort();
  }
}

// What a check that took too long leaves behind must not end the others.
process.on('unhandledRejection', (error) => console.error('left behind:', error));
try {
  await main();
  tell({ type: 'end' });
} catch (error) {
  console.error(error);
}
process.exit(0);
