/** Slow readers and uploaders on a lab, with a fast client beside them, and what that costs. */
import type { Program } from '../../exact/program.js';
import { FaultLab, nodes, sleep } from '../faultLab.js';
import { KernelMemoryMeter, mib, rss, type KernelMemory } from '../kernelMemory.js';
import { clusterOf, port, resourcesOf, servers, serviceListener, services } from '../mesh.js';
import type { FromFast } from './fast.js';
import type { FromClient, Report, ToClient, TransferPlan } from './protocol.js';

export interface SlowLoad {
  /** Slow readers; as many slow uploaders. */
  readonly each: number;
  /** Uploaders that are fast, of bodies that the server reads slowly. */
  readonly toSlowServers: number;
  /** Bytes of a body. */
  readonly bytes: number;
  /** Bytes a second that a slow one reads or sends. */
  readonly rate: number;
  /** ms until the buffers are as full as they get, and then how long memory is watched. */
  readonly rampMs: number;
  readonly watchMs: number;
  /** Transfers of each kind and place that go on to their end. */
  readonly toTheEnd: number;
  readonly fastMs: number;
  /** Between an answer to the fast client and its next request, on each of its connections. */
  readonly fastPauseMs: number;
}

/** Requests a second of a fast client, and of another one beside it that has no mesh. */
export interface FastRate {
  readonly own: number;
  readonly noMesh: number;
}

export interface SlowResult {
  /** The most that was seen. */
  readonly memory: KernelMemory;
  /** What the machine's `other` memory came back to, once the load was gone. */
  readonly memoryAfter: KernelMemory;
  readonly agentRss: number;
  readonly open: number;
  readonly finished: Report;
  readonly fast: {
    readonly before: FastRate;
    readonly during: FastRate;
    readonly after: FastRate;
    readonly wrong: number;
  };
}

/** `through`: the services of the mesh, or the servers themselves. */
export async function slowLoad(
  lab: FaultLab,
  slowServers: readonly Program<{ readonly type: string }>[],
  load: SlowLoad,
  through: 'mesh' | 'no-mesh',
): Promise<SlowResult> {
  const address = through === 'mesh' ? services : servers;
  const client = await lab.run<FromClient>('client', new URL('client.js', import.meta.url));
  const fastTo = (to: typeof services | typeof servers): Promise<Program<FromFast>> =>
    lab.run<FromFast>(
      'other-client',
      new URL('fast.js', import.meta.url),
      `${to.near}:${port}`,
      `${to.far}:${port}`,
    );
  // the second one tells what the machine does to the first
  const fast = [await fastTo(address), await fastTo(servers)] as const;
  let wrong = 0;
  const rate = async (): Promise<FastRate> => {
    const [own, noMesh] = await Promise.all(
      fast.map(async (program) => {
        const answer = ask<FromFast, 'measured'>(program, 'measured');
        program.send({ type: 'measure', ms: load.fastMs, pauseMs: load.fastPauseMs });
        const measured = await answer;
        wrong += measured.wrong;
        return (measured.requests * 1000) / measured.ms;
      }),
    );
    return { own: own ?? 0, noMesh: noMesh ?? 0 };
  };
  const tell = (message: ToClient): void => client.send(message);

  await rate(); // warms up
  const before = await rate();
  const meter = new KernelMemoryMeter(lab.name);
  for (const plan of plansOf(load, address)) tell({ type: 'start', plan });
  await sleep(load.rampMs);
  const most = { sockstat: 0, queued: 0, other: 0 };
  let agentRss = 0;
  const watch = async (): Promise<void> => {
    const now = await meter.read();
    for (const key of ['sockstat', 'queued', 'other'] as const) most[key] = Math.max(most[key], now[key]);
    for (const node of nodes) agentRss = Math.max(agentRss, rss((await lab.agent(node).status()).pid));
  };
  const until = Date.now() + load.watchMs;
  const duringRate = rate();
  while (Date.now() < until) {
    await watch();
    await sleep(500);
  }
  const during = await duringRate;
  const reported = ask<FromClient, 'report'>(client, 'report');
  tell({ type: 'report' });
  const { open } = await reported;

  const finishing = ask<FromClient, 'finished'>(client, 'finished');
  tell({ type: 'finish', count: load.toTheEnd });
  for (const server of slowServers) server.send({ type: 'fast' });
  const finished = await finishing;
  await sleep(2_000);
  const memoryAfter = await meter.read();
  const after = await rate();
  await Promise.all([client, ...fast].map((program) => program.stop()));
  return { memory: most, memoryAfter, agentRss, open, finished, fast: { before, during, after, wrong } };
}

/** The result in words, and what of it breaks a promise. */
export function describeSlow(load: SlowLoad, result: SlowResult): { text: string; faults: string[] } {
  const { memory, memoryAfter, agentRss, open, finished, fast } = result;
  const kept = (of: keyof FastRate): number => (2 * fast.during[of]) / (fast.before[of] + fast.after[of]);
  const ratio = kept('own');
  // what others do to the machine takes from both
  const fair = ratio / Math.min(1, kept('noMesh'));
  const kinds = [load.each / 2, load.each / 2, load.toSlowServers / 2].map(Math.floor);
  const started = 2 * kinds.reduce((sum, count) => sum + count);
  const ended = 2 * kinds.reduce((sum, count) => sum + Math.min(load.toTheEnd, count), 0);
  const faults: string[] = [];
  const held = (right: boolean, text: string): void => void (right || faults.push(text));
  held(
    memory.queued <= memoryMost,
    `the sockets of the lab hold ${mib(memory.queued)}, more than ${mib(memoryMost)}`,
  );
  held(agentRss <= agentMost, `an agent has ${mib(agentRss)}, more than ${mib(agentMost)}`);
  held(open === started, `${started - open} transfers ended while they were slow`);
  held(finished.complete === ended, `${finished.complete} bodies are right of ${ended}`);
  held(Object.keys(finished.wrong).length === 0, JSON.stringify(finished.wrong));
  held(memoryAfter.queued < 4 << 20, `the sockets still hold ${mib(memoryAfter.queued)} when all is over`);
  held(
    fair >= 0.8,
    `the fast client keeps ${ratio.toFixed(2)} of its rate, ${fair.toFixed(2)} of what no mesh keeps`,
  );
  held(fast.wrong === 0, `${fast.wrong} answers to the fast client are wrong`);
  const rates = [fast.before, fast.during, fast.after].map(({ own }) => own.toFixed(0)).join(' → ');
  const text =
    `${open} slow transfers: sockets of the lab hold at most ${mib(memory.queued)}, all TCP of the machine ` +
    `${mib(memory.sockstat)} more, agent ${mib(agentRss)}; ${finished.complete} bodies of ` +
    `${(load.bytes / 1e6).toFixed(0)} MB right; fast client ${rates} requests/s (${ratio.toFixed(2)}; without a mesh ${kept('noMesh').toFixed(2)})`;
  return { text, faults };
}

const memoryMost = 128 << 20;
const agentMost = 256 << 20;

/** A server near and one far. */
export function slowServers(lab: FaultLab): Promise<Program<{ readonly type: string }>[]> {
  const module = new URL('server.js', import.meta.url);
  return Promise.all((['near', 'far'] as const).map((place) => lab.run(place, module, String(port))));
}

/** One listener and one cluster a server. */
export function slowConfiguration(): ReturnType<typeof resourcesOf> {
  return resourcesOf([
    clusterOf('near', ['near']),
    clusterOf('far', ['far']),
    serviceListener('near', [], 'near'),
    serviceListener('far', [], 'far'),
  ]);
}

function plansOf(load: SlowLoad, address: { readonly near: string; readonly far: string }): TransferPlan[] {
  const { bytes, rate } = load;
  const half = load.each / 2;
  const others = load.toSlowServers / 2;
  return (['near', 'far'] as const).flatMap((place, i) => {
    const common = { host: address[place], port, bytes };
    const seed = i * 10_000;
    return [
      { ...common, kind: 'download', count: half, rate, serverRate: 0, seed },
      { ...common, kind: 'upload', count: half, rate, serverRate: 0, seed: seed + 1000 },
      { ...common, kind: 'upload', count: others, rate: 0, serverRate: rate, seed: seed + 2000 },
    ] as const;
  });
}

function ask<From extends { readonly type: string }, T extends From['type']>(
  program: Program<From>,
  type: T,
): Promise<Extract<From, { readonly type: T }>> {
  return new Promise((resolve) => {
    program.onMessage = (message) => {
      if (message.type === type) resolve(message as Extract<From, { readonly type: T }>);
    };
  });
}
