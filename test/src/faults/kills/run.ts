/** Many mixed requests while connections of clients and pooled ones end at random: what is lost, and what is left. */
import { readdirSync, readlinkSync } from 'node:fs';
import type { Program } from '../../exact/program.js';
import type { FaultLab } from '../faultLab.js';
import { mib, rss } from '../kernelMemory.js';
import { port, services } from '../mesh.js';
import { slowConfiguration } from '../slow/load.js';
import { leftBehind } from './left.js';
import type { FromClient, FromServer, LostRequest, ToServer } from './protocol.js';

type Done = Extract<FromClient, { readonly type: 'done' }>;

export interface KillsResult {
  readonly answered: number;
  /** Ended by the client, on purpose. */
  readonly killed: number;
  /** Answers that the server took back: it ended the connection before the client had them, as with no mesh. */
  readonly takenBack: number;
  /** All other requests without an answer, or with another's, by words. */
  readonly lost: Readonly<Record<string, number>>;
  /** Of the agent of the clients' node, in bytes: after a tenth of the requests, and at the end. */
  readonly rss: readonly [number, number];
  /** What is not as it was; empty: nothing. */
  readonly left: string;
}

/** FIN-WAIT-2 lasts a minute. */
const settleMs = 90_000;

export async function kills(lab: FaultLab, requests: number): Promise<KillsResult> {
  await lab.apply(slowConfiguration());
  const module = new URL('server.js', import.meta.url);
  const servers = await Promise.all(
    (['near', 'far'] as const).map((place) => lab.run<FromServer>(place, module, String(port))),
  );
  await lab.warm(1);
  const { pid } = await lab.agent('node-1').status();
  const tenth = Math.ceil(requests / 10);
  const first = await load(lab, 'first', tenth);
  const before = { rss: rss(pid), fds: fdsOfFiles(pid) };
  const second = await load(lab, 'second', requests - tenth);
  const all = [...first.lost, ...second.lost];
  const takenBack = await endedAfter(servers, all);
  const lost: Record<string, number> = {};
  for (const { id, why } of all) if (!takenBack.has(id)) lost[why] = (lost[why] ?? 0) + 1;
  for (const server of servers) server.send({ type: 'stop' } satisfies ToServer);
  let left = '';
  await lab
    .eventually(() => leftBehind(lab), settleMs)
    .catch((error: unknown) => (left = error instanceof Error ? error.message : String(error)));
  const fds = fdsOfFiles(pid);
  if (fds > before.fds + 2)
    left += `; the agent has ${fds} descriptors of files, maps and programs, not ${before.fds}`;
  return {
    answered: first.answered + second.answered,
    killed: first.killed + second.killed,
    takenBack: takenBack.size,
    lost,
    rss: [before.rss, rss(pid)],
    left,
  };
}

/** A line about the result, and what is wrong with it. */
export function describeKills(result: KillsResult): {
  readonly text: string;
  readonly faults: readonly string[];
} {
  const { answered, killed, takenBack, lost, left } = result;
  const [from, to] = result.rss;
  return {
    text:
      `${answered} answered, ${killed} ended by the client, ${takenBack} taken back by the server, ` +
      `lost: ${JSON.stringify(lost)}; agent ${mib(from)} → ${mib(to)}; left: ${left === '' ? 'nothing' : left}`,
    faults: [
      ...Object.entries(lost).map(([why, n]) => `lost, ${n} times: ${why}`),
      ...(left === '' ? [] : [`left behind: ${left}`]),
    ],
  };
}

/** The load of one client program, from its start to its end. */
async function load(lab: FaultLab, name: string, count: number): Promise<Done> {
  const module = new URL('client.js', import.meta.url);
  const addresses = [`${services.near}:${port}`, `${services.far}:${port}`];
  const client = await lab.run<FromClient>('client', module, name, String(count), ...addresses);
  const done = new Promise<Done>((resolve) => {
    client.onMessage = (message) => {
      if (message.type === 'done') resolve(message);
    };
  });
  client.send({});
  const result = await done;
  await client.stop();
  return result;
}

/** Requests that were answered, after which the server ended the connection: what the client had not yet, it lost. */
async function endedAfter(
  servers: readonly Program<FromServer>[],
  lost: readonly LostRequest[],
): Promise<Set<string>> {
  const ids = lost.filter(({ why }) => !why.startsWith('the answer to')).map(({ id }) => id);
  const told = await Promise.all(
    servers.map(
      (server) =>
        new Promise<readonly string[]>((resolve) => {
          server.onMessage = (message) => {
            if (message.type === 'ended') resolve(message.ids);
          };
          server.send({ type: 'which', ids } satisfies ToServer);
        }),
    ),
  );
  return new Set(told.flat());
}

/** Files, maps, programs; sockets are counted where they are connected, and some pipes are kept for the next bodies. */
function fdsOfFiles(pid: number): number {
  const directory = `/proc/${pid}/fd`;
  return readdirSync(directory).filter((fd) => {
    try {
      return !/^(?:socket|pipe):/.test(readlinkSync(`${directory}/${fd}`));
    } catch {
      return false; // closed meanwhile
    }
  }).length;
}
