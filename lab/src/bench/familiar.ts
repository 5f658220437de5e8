/**
 * The kernel path between programs that everybody knows: wrk asks nginx. Our own server and load generator do next to
 * nothing beside their system calls, which shows every nanosecond of a mesh; these two stand for real endpoints. Where
 * both are installed, they are measured beside the matrix.
 */
import type { LabBackend } from '../backends/backend.js';
import type { Environment } from './environment.js';
import { BenchError } from './errors.js';
import type { Report } from './generator.js';
import { host } from './labs.js';
import { measured } from './measure.js';
import type { FamiliarPrograms } from './nginx.js';
import { KIB, matrixArms, type Arm, type Cell, type Plan } from './plan.js';
import type { Measurement } from './rounds.js';
import { rotated } from './statistics.js';

/** How its rows are named. */
export const familiarVariant = 'nginx and wrk';

export const familiarArms: readonly Arm[] = matrixArms.filter(
  ({ name }) => name === 'no-mesh' || name.startsWith('kernel'),
);

/** Every arm between nginx and wrk, one right after the other in each round. */
export async function runFamiliar(
  environment: Environment,
  { wrk }: FamiliarPrograms,
  plan: Plan,
  signal: AbortSignal,
): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (let round = 0; round < plan.familiar.rounds; round++)
    for (const connections of plan.familiar.connections)
      for (const arm of rotated(familiarArms, round)) {
        signal.throwIfAborted();
        const cell: Cell = { connections, mode: 'keep', responseBytes: KIB, warmMs: 0, ms: 1000 };
        const sample = await measured(environment, arm, () => runWrk(environment, wrk, arm, cell));
        measurements.push({ arm, cell, variantCell: true, round, sample });
      }
  return measurements;
}

async function runWrk(
  environment: Environment,
  wrk: string,
  arm: Arm,
  { connections, ms }: Cell,
): Promise<Report> {
  const seconds = String(ms / 1000);
  const target = `http://${environment.nginxAddressOf(arm)}/`;
  const command = [
    wrk,
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--latency',
    '-H',
    `Host: ${host}`,
    target,
  ];
  const text = await outputOf(environment.backend, environment.labOf(arm).name, command);
  const report = parseWrk(text, connections);
  if (report !== undefined) return report;
  throw new BenchError(
    'wrong-response',
    `wrk got errors from ${target}: ${text.trim().split('\n').slice(-4).join(' / ')}`,
    'A benchmark of wrong answers says nothing: this is a defect to look into first.',
  );
}

async function outputOf(backend: LabBackend, lab: string, command: string[]): Promise<string> {
  const process = await backend.runIn(lab, 'client', command, { stderr: 'inherit' });
  let text = '';
  for await (const part of process.stdout ?? []) text += String(part);
  await process.exited;
  return text;
}

/** What wrk prints at its end; undefined when a request failed, or nothing was measured. */
export function parseWrk(text: string, connections: number): Report | undefined {
  const requests = Number(/^\s*(\d+) requests in/m.exec(text)?.[1] ?? 0);
  const rate = Number(/^Requests\/sec:\s+([\d.]+)/m.exec(text)?.[1] ?? 0);
  if (requests === 0 || rate === 0 || /Non-2xx|Socket errors/.test(text)) return undefined;
  const percentile = (percent: number): number => {
    const [, value = 'NaN', unit = 'us'] =
      new RegExp(`^\\s*${percent}%\\s+([\\d.]+)(us|ms|s)`, 'm').exec(text) ?? [];
    return Number(value) * { us: 1, ms: 1e3, s: 1e6 }[unit as 'us' | 'ms' | 's'];
  };
  return {
    requests,
    allRequests: requests,
    connections,
    bytes: requests * KIB,
    windowNs: (requests / rate) * 1e9,
    unserved: 0,
    lateUs: 0,
    p50Us: percentile(50),
    p90Us: percentile(90),
    p99Us: percentile(99),
    // wrk does not tell these
    p999Us: percentile(99),
    maxUs: percentile(99),
    meanUs: percentile(50),
    failed: 0,
    failure: '',
  };
}
