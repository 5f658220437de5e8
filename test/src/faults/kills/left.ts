/** What a lab holds when no client is there any more: only the warm connections of its pools, and their entries. */
import { nodes, type FaultLab, type Node } from '../faultLab.js';
import { ss } from '../kernelMemory.js';
import { port } from '../mesh.js';

/** Where clients' connections end. */
const anchorPort = 15001;
/** Entries of these belong to clients, or to requests under way. */
const ofClients = ['oh_conn', 'oh_anchored', 'oh_release', 'oh_retire', 'oh_replay', 'oh_trace'];

/** What is there that should not be; empty: nothing. */
export async function leftBehind(lab: FaultLab): Promise<string> {
  const texts = await Promise.all(nodes.map((node) => leftOn(lab, node)));
  return texts.filter((text) => text !== '').join('; ');
}

async function leftOn(lab: FaultLab, node: Node): Promise<string> {
  const { maps } = await lab.agent(node).maps();
  const { pools } = await lab.counters(node);
  const entries = (name: string): number => Number(maps.find((map) => map.name === name)?.entries ?? -1);
  const sockets = await socketsOn(lab, node);
  const upstreams = sockets.filter(({ to }) => to === port);
  const kernelPath = pools.reduce((sum, pool) => sum + pool.open, 0);
  const wrong: string[] = [];
  for (const name of ofClients) if (entries(name) !== 0) wrong.push(`${name} ${entries(name)}`);
  for (const name of ['oh_up', 'oh_tuple'])
    if (entries(name) !== upstreams.length)
      wrong.push(`${name} ${entries(name)} of ${upstreams.length} connections`);
  for (const { endpoint, open, idle } of pools)
    if (open !== idle) wrong.push(`pool of ${endpoint}: ${open - idle} of ${open} connections not idle`);
  if (kernelPath > upstreams.length) wrong.push(`${kernelPath} in pools of ${upstreams.length} connections`);
  for (const { from, to, state } of sockets)
    if (from === anchorPort || to === anchorPort || state !== 'ESTAB')
      wrong.push(`socket ${from} → ${to} in ${state}`);
  // sk_storage is charged to its socket
  const storages = sockets.filter(({ optmem, from }) => optmem > 0 && from !== port);
  if (storages.length > 0) wrong.push(`sk_storage of ${storages.length} sockets that are no server's`);
  return wrong.length === 0 ? '' : `${node}: ${wrong.join(', ')}`;
}

interface LabSocket {
  readonly state: string;
  readonly from: number;
  readonly to: number;
  /** Bytes of socket options and of sk_storage. */
  readonly optmem: number;
}

/** Connections of clients and pools, also those whose process has closed them. */
async function socketsOn(lab: FaultLab, node: Node): Promise<LabSocket[]> {
  const lines = (await ss(lab.name, node, '-a', '-m')).trim().split('\n');
  return lines.flatMap((line): LabSocket[] => {
    const [state = '', , , local = '', remote = ''] = line.trim().split(/\s+/);
    const [from, to] = [local, remote].map((address) => Number(address.slice(address.lastIndexOf(':') + 1)));
    if (from === undefined || to === undefined || state === 'LISTEN' || state === 'TIME-WAIT') return [];
    if (![from, to].some((one) => one === port || one === anchorPort)) return [];
    return [{ state, from, to, optmem: Number(/,o(\d+),/.exec(line)?.[1] ?? 0) }];
  });
}
