/** Run time of the BPF programs under load. Counting it costs time itself, so it has runs of its own. */
import type { Status } from '@onehop/core/api/agent.generated.js';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Environment } from './environment.js';
import { measureCell } from './measure.js';
import { KIB, type Arm, type Plan } from './plan.js';
import type { ProgramRow } from './results.js';
import { significant } from './statistics.js';

const arms: readonly Arm[] = [
  { name: 'kernel-same-node', placement: 'same-node' },
  { name: 'kernel-cross-node', placement: 'cross-node' },
  { name: 'direct', placement: 'same-node' },
];

/** @param bpfstats program that holds BPF_ENABLE_STATS while its input is open */
export async function measurePrograms(
  environment: Environment,
  plan: Plan,
  bpfstats: string,
): Promise<ProgramRow[]> {
  const counting = spawn(bpfstats, { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const [first] = (await Promise.race([
      once(counting.stdout, 'data'),
      once(counting, 'exit').then(() => [undefined]),
    ])) as [unknown];
    if (first === undefined) return [];
    const rows: ProgramRow[] = [];
    for (const arm of arms) rows.push(...(await measureArm(environment, plan, arm)));
    return rows;
  } finally {
    counting.stdin.end();
  }
}

async function measureArm(environment: Environment, plan: Plan, arm: Arm): Promise<ProgramRow[]> {
  const before = await statuses(environment);
  const cell = {
    connections: 16,
    mode: 'keep',
    responseBytes: KIB,
    warmMs: 50,
    ms: plan.programsMs,
  } as const;
  const { report } = await measureCell(environment, arm, cell);
  const after = await statuses(environment);
  return [...after].flatMap(([node, status]) =>
    status.programs.flatMap((program) => {
      const old = before.get(node)?.programs.find(({ id }) => id === program.id);
      const runs = program.runCount - (old?.runCount ?? 0);
      const ns = program.runTimeNs - (old?.runTimeNs ?? 0);
      return runs <= 0
        ? []
        : [
            {
              arm: arm.name,
              node,
              program: program.name,
              runs,
              nsPerRun: significant(ns / runs, 4),
              nsPerRequest: significant(ns / Math.max(1, report.allRequests), 4),
            },
          ];
    }),
  );
}

async function statuses(environment: Environment): Promise<Map<string, Status>> {
  const entries = [...environment.agents].map(async ([node, agent]) => [node, await agent.status()] as const);
  return new Map(await Promise.all(entries));
}
