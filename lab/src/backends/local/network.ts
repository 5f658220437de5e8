import { readdirSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import type { LabNode, LabTopology } from '../topology.js';
import { ipBatch } from './helpers.js';
import { NETNS_DIRECTORY, type LabNames } from './names.js';

/** Prefix lengths of the lab's networks, 198.18.0.0/15 and fd00:198:18::/48. */
const PREFIX_LENGTH = { ipv4: 15, ipv6: 48 } as const;

/**
 * Makes the nodes: network namespaces, each with an `eth0` on a bridge in a namespace of the lab's own, so that
 * nothing appears in the machine's network. `cgroup` is where `ip` runs.
 */
export async function createNetwork(topology: LabTopology, names: LabNames, cgroup: string): Promise<void> {
  const spaces = topology.nodes.map((node) => names.nodeNamespace(node.name));
  await ipBatch(
    [names.switchNamespace, ...spaces].map((space) => `netns add ${space}`),
    { cgroup },
  );
  await ipBatch(
    [
      'link set lo up',
      // Without snooping multicast is flooded: neighbour discovery works from the first packet.
      'link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0',
      'link set br0 up',
      ...spaces.flatMap((space, index) => [
        `link add port${index + 1} type veth peer name eth0 netns ${space}`,
        `link set port${index + 1} master br0 up`,
      ]),
    ],
    { cgroup, namespace: names.switchNamespace },
  );
  await Promise.all(
    topology.nodes.map((node, index) =>
      ipBatch(
        [
          'link set lo up',
          'link set eth0 up',
          ...nodeAddresses(node, index + 1),
          ...workloadAddresses(topology, node.name),
        ],
        { cgroup, namespace: names.nodeNamespace(node.name) },
      ),
    ),
  );
}

/** Names of the lab's namespaces that exist, sorted. */
export function existingNamespaces(names: LabNames): string[] {
  return allNamespaces().filter((space) => names.ownsNamespace(space));
}

export function allNamespaces(): string[] {
  try {
    return readdirSync(NETNS_DIRECTORY).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** A node's own addresses, without prefix lengths: its agent speaks from them. `index`: from 1. */
export function ownAddresses(node: LabNode, index: number): string[] {
  return givenAddresses(node, index).map(bare);
}

function givenAddresses(node: LabNode, index: number): readonly string[] {
  const given = node.addresses ?? [];
  return given.length > 0 ? given : [`198.18.${index}.1`, `fd00:198:18:${index}::1`];
}

/** The node's own addresses come first and bring the routes: every address of the lab is on this link. */
function nodeAddresses(node: LabNode, index: number): string[] {
  return givenAddresses(node, index).map((address) => {
    const length = isIPv6(bare(address)) ? PREFIX_LENGTH.ipv6 : PREFIX_LENGTH.ipv4;
    return addAddress(address.includes('/') ? address : `${address}/${length}`);
  });
}

function workloadAddresses(topology: LabTopology, node: string): string[] {
  return topology.workloads
    .filter((workload) => workload.node === node)
    .flatMap((workload) => workload.addresses.map((address) => addAddress(bare(address))));
}

/** Duplicate address detection would make an IPv6 address unusable for a second. */
function addAddress(address: string): string {
  return `addr add ${address} dev eth0${isIPv6(bare(address)) ? ' nodad' : ''}`;
}

/** Without the prefix length. */
function bare(address: string): string {
  return address.split('/')[0] ?? address;
}
