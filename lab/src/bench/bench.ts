/** One run of the benchmark, from nothing to results; leaves nothing behind. */
import { loadavg } from 'node:os';
import { aggregateBulk, aggregateLatency, aggregateRows } from './aggregate.js';
import { ensureEnvoy, envoyVersion } from './envoy.js';
import { Environment } from './environment.js';
import { checkGoals } from './goals.js';
import { familiarVariant, runFamiliar } from './familiar.js';
import { findFamiliar } from './nginx.js';
import { describeMachine } from './machine.js';
import { measureMemory } from './memory.js';
import { describeMethod, describeNotes } from './method.js';
import { buildNative } from './native.js';
import type { BenchOptions } from './options.js';
import { expectedMs, makePlan } from './plan.js';
import { measurePrograms } from './programs.js';
import type { Progress } from './progress.js';
import type { Results } from './results.js';
import { runBulk, runCells, runRates } from './rounds.js';

/** Throws BenchError and LabError. When `signal` aborts, it cleans up and throws. */
export async function runBench(
  options: BenchOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<Results> {
  const startedAt = new Date();
  const loadBefore = loadavg();
  const line = (text: string): void => progress.line(text);
  const programs = await buildNative(undefined, line);
  const envoy = options.envoy ? await ensureEnvoy(line) : undefined;
  const plan = makePlan(options.quick, options.rounds);
  const familiar = plan.familiar.rounds > 0 ? findFamiliar() : undefined;
  const environment = await Environment.up({
    name: options.name,
    programs,
    envoy,
    familiar,
    progress: line,
    signal,
  });
  try {
    const idle = measureMemory(environment, 'idle');
    progress.measuring(expectedMs(plan));
    const cells = await runCells(environment, plan, progress, signal);
    const rates = await runRates(environment, plan, cells, progress, signal);
    const streams = await runBulk(environment, plan, progress, signal);
    if (familiar !== undefined) line('the same between nginx and wrk');
    const known = familiar === undefined ? [] : await runFamiliar(environment, familiar, plan, signal);
    const programRows = await measurePrograms(environment, plan, programs.bpfstats);
    const rows = aggregateRows(cells.filter(({ variantCell }) => !variantCell));
    const variants = [
      ...aggregateRows(cells.filter(({ variantCell }) => variantCell)),
      ...aggregateRows(known).map((row) => ({ ...row, variant: familiarVariant })),
    ];
    const latency = aggregateLatency(rates);
    const bulk = aggregateBulk(streams);
    return {
      version: 1,
      startedAt: startedAt.toISOString(),
      seconds: Math.round((Date.now() - startedAt.getTime()) / 1000),
      quick: plan.quick,
      machine: describeMachine(envoy === undefined ? 'not measured' : envoyVersion, loadBefore),
      rounds: plan.rounds,
      rows,
      variants,
      latency,
      bulk,
      programs: programRows,
      memory: [...idle, ...measureMemory(environment, 'after')],
      goals: checkGoals({ rows, variants, latency, bulk }),
      method: describeMethod(plan),
      notes: describeNotes(rows, loadBefore),
    };
  } finally {
    progress.line('removing the labs');
    await environment.close();
  }
}
