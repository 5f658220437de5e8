/** Many connections on a lab, what they cost, and whether all of it comes back. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Program } from '../exact/program.js';
import type { FaultLab, Node } from '../faults/faultLab.js';
import { rss, ss } from '../faults/kernelMemory.js';
import { places } from './configuration.js';
import type { FromClient, FromServer, Report, ToClient } from './protocol.js';

/** What a node holds. */
export interface Held {
  /** Sockets of the node's namespace that are not listening, whatever their state but TIME_WAIT. */
  readonly sockets: number;
  /** Entries of the maps that follow connections. */
  readonly entries: Readonly<Record<string, number>>;
  /** Connections in the pools. */
  readonly pooled: number;
  /** Open files of the agent. */
  readonly files: number;
  /** Resident memory of the agent, and what its maps take in the kernel: bytes. */
  readonly rss: number;
  readonly maps: number;
}

const followed = [
  'oh_conn',
  'oh_up',
  'oh_tuple',
  'oh_anchored',
  'oh_release',
  'oh_retire',
  'oh_replay',
  'oh_trace',
];

export async function held(lab: FaultLab, node: Node): Promise<Held> {
  const agent = lab.agent(node);
  const { pid } = await agent.status();
  const { maps } = await agent.maps();
  const { pools } = await agent.counters();
  const entries = maps
    .filter(({ name }) => followed.includes(name))
    .map(({ name, entries: n }) => [name, Number(n)] as const);
  return {
    sockets: (await ss(lab.name, node, 'state', 'connected', 'exclude', 'time-wait')).split('\n').length - 1,
    entries: Object.fromEntries(entries),
    pooled: pools.reduce((sum, { open }) => sum + open, 0),
    files: readdirSync(`/proc/${pid}/fd`).length,
    rss: rss(pid),
    maps: mapMemory(pid),
  };
}

/** What of `now` is not as at the start, in words; memory aside. */
export function difference(start: Held, now: Held): string {
  const of = ({ sockets, entries, pooled, files }: Held): Record<string, number> => ({
    sockets,
    pooled,
    files,
    ...entries,
  });
  const before = of(start);
  return Object.entries(of(now))
    .filter(([name, n]) => n !== before[name])
    .map(([name, n]) => `${name} ${before[name]} → ${n}`)
    .join(', ');
}

/** What the kernel charges for the maps of a process. */
function mapMemory(pid: number): number {
  const charged = new Map<string, number>();
  for (const fd of readdirSync(`/proc/${pid}/fdinfo`)) {
    try {
      const text = readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8');
      const id = /^map_id:\s+(\d+)$/m.exec(text)?.[1];
      if (id !== undefined) charged.set(id, Number(/^memlock:\s+(\d+)$/m.exec(text)?.[1] ?? 0));
    } catch {
      // closed meanwhile
    }
  }
  return [...charged.values()].reduce((sum, bytes) => sum + bytes, 0);
}

export class ScaleLoad {
  private constructor(
    private readonly clients: readonly Program<FromClient>[],
    private readonly servers: readonly Program<FromServer>[],
  ) {}

  static async start(lab: FaultLab): Promise<ScaleLoad> {
    const server = new URL('server.js', import.meta.url);
    const client = new URL('client.js', import.meta.url);
    return new ScaleLoad(
      await Promise.all(['client', 'client-2'].map((workload) => lab.run<FromClient>(workload, client))),
      await Promise.all(places.map((place) => lab.run<FromServer>(place, server, place))),
    );
  }

  /** `count` connections, shared among the clients, each answered once. */
  open(count: number): Promise<Report> {
    const each = count / this.clients.length;
    return this.#tell((i) => ({ type: 'open', first: i * each, count: each }));
  }

  /** One more request on each connection. */
  round(round: number): Promise<Report> {
    return this.#tell(() => ({ type: 'round', round }));
  }

  close(): Promise<Report> {
    return this.#tell(() => ({ type: 'close' }));
  }

  /** Endpoints that were asked at least once. */
  async asked(): Promise<number> {
    const answers = await Promise.all(
      this.servers.map((server) => answer<FromServer, 'asked'>(server, 'asked', {})),
    );
    return answers.reduce((sum, { endpoints }) => sum + endpoints, 0);
  }

  async #tell(message: (i: number) => ToClient): Promise<Report> {
    const reports = await Promise.all(
      this.clients.map((client, i) => answer<FromClient, 'done'>(client, 'done', message(i))),
    );
    const wrong: Record<string, number> = {};
    for (const report of reports)
      for (const [why, n] of Object.entries(report.wrong)) wrong[why] = (wrong[why] ?? 0) + n;
    const sum = (of: 'open' | 'right'): number => reports.reduce((total, report) => total + report[of], 0);
    return { open: sum('open'), right: sum('right'), wrong };
  }
}

function answer<From extends { readonly type: string }, T extends From['type']>(
  program: Program<From>,
  type: T,
  question: object,
): Promise<Extract<From, { readonly type: T }>> {
  return new Promise((resolve) => {
    program.onMessage = (message) => {
      if (message.type === type) resolve(message as Extract<From, { readonly type: T }>);
    };
    program.send(question);
  });
}
