/** Many mixed requests while connections of clients and pooled ones end at random: what is lost, and what is left. */
import { readdirSync, readlinkSync } from 'node:fs';
import { FaultLab, nodes, type Node } from '../faultLab.js';
import { rss, ss } from '../kernelMemory.js';
import { port, services } from '../mesh.js';
import { slowConfiguration } from '../slow/load.js';
import type { FromKills } from './client.js';

type Done = Extract<FromKills, { readonly type: 'done' }>;

export interface KillsResult {
  readonly done: Done;
  /** Of the agent of the clients' node, in bytes: after a tenth of the requests, and at the end. */
  readonly rss: readonly [number, number];
  /** What is not as it was; empty: nothing. */
  readonly left: string;
}

export async function kills(lab: FaultLab, requests: number): Promise<KillsResult> {
  await lab.apply(slowConfiguration());
  const server = new URL('server.js', import.meta.url);
  const servers = await Promise.all(
    (['near', 'far'] as const).map((place) => lab.run(place, server, String(port))),
  );
  await lab.warm(1);
  const { pid } = await lab.agent('node-1').status();
  const addresses = [`${services.near}:${port}`, `${services.far}:${port}`];
  const load = async (count: number): Promise<Done> => {
    const module = new URL('client.js', import.meta.url);
    const client = await lab.run<FromKills>('client', module, String(count), ...addresses);
    const done = new Promise<Done>((resolve) => {
      client.onMessage = (message) => {
        if (message.type === 'done') resolve(message);
      };
    });
    client.send({});
    const result = await done;
    await client.stop();
    return result;
  };
  const first = await load(Math.ceil(requests / 10));
  const before = { rss: rss(pid), fds: fdsOfFiles(pid) };
  const second = await load(requests - Math.ceil(requests / 10));
  const wrong = { ...first.wrong };
  for (const [why, n] of Object.entries(second.wrong)) wrong[why] = (wrong[why] ?? 0) + n;
  const done: Done = {
    type: 'done',
    answered: first.answered + second.answered,
    killed: first.killed + second.killed,
    wrong,
  };
  for (const one of servers) one.send({});
  let left = '';
  await lab
    .eventually(async () => {
      const texts = await Promise.all(nodes.map((node) => leftOn(lab, node)));
      return texts.join('');
    }, 30_000)
    .catch((error: unknown) => (left = String(error)));
  const fds = fdsOfFiles(pid);
  if (fds > before.fds + 2)
    left += `; the agent has ${fds} descriptors of files, maps and programs, not ${before.fds}`;
  return { done, rss: [before.rss, rss(pid)], left };
}

/** Every entry belongs to a connection that stands, and no client's connection does. */
async function leftOn(lab: FaultLab, node: Node): Promise<string> {
  const { maps } = await lab.agent(node).maps();
  const entries = (name: string): number => Number(maps.find((map) => map.name === name)?.entries ?? -1);
  const lines = (await ss(lab.name, node, 'state', 'established', 'dport', '=', `:${port}`)).trim();
  const upstreams = lines === '' ? 0 : lines.split('\n').length;
  const anchored = (await ss(lab.name, node, 'state', 'established', 'sport', '=', ':15001')).trim();
  const wrong: string[] = [];
  for (const name of ['oh_conn', 'oh_anchored', 'oh_release', 'oh_retire', 'oh_replay', 'oh_trace'])
    if (entries(name) !== 0) wrong.push(`${name} ${entries(name)}`);
  for (const name of ['oh_up', 'oh_tuple'])
    if (entries(name) !== upstreams) wrong.push(`${name} ${entries(name)} of ${upstreams} connections`);
  if (anchored !== '') wrong.push(`${anchored.split('\n').length} connections of clients`);
  return wrong.length === 0 ? '' : `${node}: ${wrong.join(', ')} `;
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
