/** Where the tests take place: two nodes (this namespace and another one), cgroups as a lab makes them. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';

/** By its path: busybox would take its own `ip`. */
export const IP = '/usr/bin/ip';
const CGROUP2 = '/sys/fs/cgroup';
export const NODE_CGROUP = `${CGROUP2}/onehop.kernels/node-1`;
export const CLIENT_CGROUP = `${NODE_CGROUP}/workloads/client`;
export const SERVER_CGROUP = `${NODE_CGROUP}/workloads/server`;
export const AGENT_CGROUP = `${NODE_CGROUP}/agent`;
/** Outside of the node: what runs here is of no interest to its datapath. */
export const OTHER_CGROUP = `${CGROUP2}/onehop.kernels/node-2`;
export const OTHER_NAMESPACE = 'node-2';

/** IPv4 and IPv6 addresses. */
export const CLIENT = ['198.18.1.10', 'fd00:198:18:1::10'] as const;
export const SERVER = ['198.18.1.20', 'fd00:198:18:1::20'] as const;
export const OTHER_SERVER = ['198.18.2.20', 'fd00:198:18:2::20'] as const;
/** Addresses of the listeners: nobody has them. */
export const HTTP_VIP = ['198.18.100.1', 'fd00:198:18:100::1'] as const;
export const TCP_VIP = ['198.18.100.2', 'fd00:198:18:100::2'] as const;
export const HTTP_PORT = 80;
export const TCP_PORT = 7000;
export const SERVER_PORT = 8080;
export const ECHO_PORT = 7777;

/** Makes cgroups, namespaces and addresses. The guest is thrown away, so nothing needs to be undone. */
export function makePlace(): void {
  for (const path of [CLIENT_CGROUP, SERVER_CGROUP, AGENT_CGROUP, OTHER_CGROUP])
    mkdirSync(path, { recursive: true });
  ip(['netns', 'add', OTHER_NAMESPACE]);
  batch(
    [],
    [
      `link add node1 type veth peer name node2 netns ${OTHER_NAMESPACE}`,
      ...[...CLIENT, ...SERVER].map((address) => `address add ${withPrefix(address)} dev node1`),
      'link set node1 up',
    ],
  );
  batch(
    ['-n', OTHER_NAMESPACE],
    [
      'link set lo up',
      ...OTHER_SERVER.map((address) => `address add ${withPrefix(address)} dev node2`),
      'link set node2 up',
    ],
  );
}

/** Moves this process; sockets that it opened before stay where they were. */
export function enterCgroup(path: string): void {
  writeFileSync(`${path}/cgroup.procs`, String(process.pid));
}

/** Delays what the other node sends, in milliseconds; 0: no more. */
export function delayOtherNode(ms: number): void {
  const change =
    ms > 0 ? ['add', 'dev', 'node2', 'root', 'netem', 'delay', `${ms}ms`] : ['del', 'dev', 'node2', 'root'];
  ip(['netns', 'exec', OTHER_NAMESPACE, 'tc', 'qdisc', ...change]);
}

/** One network for all nodes; IPv6 addresses are there at once, without the second of duplicate detection. */
function withPrefix(address: string): string {
  return address.includes(':') ? `${address}/48 nodad` : `${address}/15`;
}

function batch(options: readonly string[], lines: readonly string[]): void {
  ip([...options, '-batch', '-'], `${lines.join('\n')}\n`);
}

function ip(args: readonly string[], input = ''): void {
  const { status, stderr } = spawnSync(IP, args, { input, encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr.trim()}`);
}
