/** One measurement of one arm, with what it cost. */
import { cgroupCpuUs, kernelThreadsUs, machineCpuUs } from './accounting.js';
import type { Environment } from './environment.js';
import type { Report } from './generator.js';
import { host } from './labs.js';
import type { Arm, Cell } from './plan.js';

export interface Cost {
  /** Microseconds of CPU, by participant. */
  readonly participantsUs: Readonly<Record<string, number>>;
  readonly kernelThreadsUs: number;
  /** Share of the machine's CPU time that went to nobody of the two. */
  readonly othersShare: number;
  /** Requests that a relay answered; null without OneHop. */
  readonly relayed: number | null;
}

export interface Sample {
  readonly report: Report;
  readonly cost: Cost;
}

export async function measureCell(environment: Environment, arm: Arm, cell: Cell): Promise<Sample> {
  const { generator } = environment.labOf(arm);
  return measured(environment, arm, () =>
    generator.http({
      to: environment.addressOf(arm),
      host,
      connections: cell.connections,
      mode: cell.mode,
      bytes: cell.responseBytes,
      warmMs: cell.warmMs,
      ms: cell.ms,
      // With few answers, when they come decides more than how many do.
      minRequests: 2 * cell.connections,
      maxMs: 4 * cell.ms,
    }),
  );
}

export async function measureRate(
  environment: Environment,
  arm: Arm,
  job: {
    readonly connections: number;
    readonly bytes: number;
    readonly rate: number;
    readonly warmMs: number;
    readonly ms: number;
  },
): Promise<Sample> {
  const { generator } = environment.labOf(arm);
  return measured(environment, arm, () =>
    generator.http({ to: environment.addressOf(arm), host, mode: 'keep', ...job }),
  );
}

export async function measureBulk(
  environment: Environment,
  arm: Arm,
  job: { readonly direction: 'down' | 'up'; readonly connections: number; readonly ms: number },
): Promise<Sample> {
  const { generator } = environment.labOf(arm);
  return measured(environment, arm, () =>
    generator.bulk({ to: environment.bulkAddressOf(arm), warmMs: 80, ...job }),
  );
}

/** What `run` does, with what it costs. */
export async function measured(
  environment: Environment,
  arm: Arm,
  run: () => Promise<Report>,
): Promise<Sample> {
  const mesh = environment.labOf(arm) === environment.mesh;
  if (mesh) await environment.clientAgent.setKnobs({ forceRelay: arm.name === 'relay' });
  const relayedBefore = mesh ? await relayed(environment) : 0;
  const before = books(environment, arm);
  const report = await run();
  const after = books(environment, arm);
  const relayedAfter = mesh ? await relayed(environment) : 0;

  const participantsUs: Record<string, number> = {};
  let own = 0;
  after.participants.forEach(({ participant, us }, i) => {
    const used = us - (before.participants[i]?.us ?? us);
    own += used;
    participantsUs[participant] = (participantsUs[participant] ?? 0) + used;
  });
  const threads = Math.max(0, after.threads - before.threads);
  const all = after.machine.all - before.machine.all;
  const others = after.machine.busy - before.machine.busy - own - threads;
  return {
    report,
    cost: {
      participantsUs,
      kernelThreadsUs: threads,
      othersShare: all > 0 ? Math.min(1, Math.max(0, others / all)) : 0,
      relayed: mesh ? relayedAfter - relayedBefore : null,
    },
  };
}

async function relayed(environment: Environment): Promise<number> {
  return (await environment.clientAgent.counters()).relay?.requests ?? 0;
}

interface Books {
  readonly participants: readonly { readonly participant: string; readonly us: number }[];
  readonly threads: number;
  readonly machine: { readonly busy: number; readonly all: number };
}

function books(environment: Environment, arm: Arm): Books {
  return {
    participants: environment
      .participants(arm)
      .map(({ participant, cgroup }) => ({ participant, us: cgroupCpuUs(cgroup) })),
    threads: kernelThreadsUs(),
    machine: machineCpuUs(),
  };
}
