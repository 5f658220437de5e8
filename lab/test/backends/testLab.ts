import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { UpOptions } from '../../src/backends/backend.js';
import type { LabTopology, LabWorkload } from '../../src/backends/topology.js';

/** The lab runs by itself: no control plane, no agents. */
export const noMesh: UpOptions = { mesh: false };

/** Lab names that no other run of the tests uses. */
export function testLabName(suffix: string): string {
  return `t-${process.pid}-${suffix}`;
}

export function workload(app: string, version: string, node: number, host: number, port = 9080): LabWorkload {
  return {
    name: `${app}-${version}`,
    node: `node-${node}`,
    addresses: [`198.18.${node}.${host}`, `fd00:198:18:${node}::${host}`],
    service: { app, version, port },
  };
}

/** Two nodes with an echo service each, and one workload that only asks. */
export function echoTopology(name: string): LabTopology {
  return {
    name,
    nodes: [{ name: 'node-1' }, { name: 'node-2' }],
    services: [{ name: 'echo', addresses: ['198.18.100.1', 'fd00:198:18:100::1'] }],
    workloads: [
      workload('echo', 'near', 1, 12),
      workload('echo', 'far', 2, 11),
      { name: 'client', node: 'node-1', addresses: ['198.18.1.11', 'fd00:198:18:1::11'] },
    ],
  };
}

const SAMPLE = fileURLToPath(new URL('../../../samples/bookinfo/', import.meta.url));

/** Bookinfo with its routes, under another name. */
export function bookinfo(name: string): { topology: LabTopology; options: UpOptions } {
  const topology = parse(readFileSync(`${SAMPLE}bookinfo.lab.yaml`, 'utf8')) as LabTopology;
  return { topology: { ...topology, name }, options: { config: [`${SAMPLE}bookinfo.xds.yaml`] } };
}

/** Labs that tests bring up in processes of their own. */
export const testLabs = {
  'without a mesh': (name: string) => ({ topology: echoTopology(name), options: noMesh }),
  'with a mesh': bookinfo,
} as const;

/**
 * Everything that exists of a lab, found without the code under test: namespaces, cgroups, processes, mounts of any
 * process, unix sockets, files.
 */
export function leftovers(lab: string): string[] {
  const namespaces = execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' });
  const cgroups = execFileSync('find', ['/sys/fs/cgroup', '-maxdepth', '2', '-name', `onehop.${lab}`], {
    encoding: 'utf8',
  });
  const processes = readdirSync('/proc').filter(
    (pid) => isAlive(pid) && new RegExp(`/onehop\\.${lab}(/|$)`, 'm').test(read(`/proc/${pid}/cgroup`)),
  );
  const mounts = readdirSync('/proc').filter(
    (pid) => isAlive(pid) && read(`/proc/${pid}/mountinfo`).includes(`/run/onehop/${lab}/`),
  );
  const files = existsSync('/run/onehop')
    ? readdirSync('/run/onehop').filter((name) => name.split('.')[0] === lab)
    : [];
  return [
    ...namespaces.split('\n').filter((line) => line.startsWith(`onehop.${lab}.`)),
    ...cgroups.split('\n').filter(Boolean),
    ...processes.map((pid) => `process ${pid}: ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`),
    ...mounts.map((pid) => `mount seen by process ${pid}`),
    ...read('/proc/net/unix')
      .split('\n')
      .filter((line) => line.includes(`/run/onehop/${lab}/`)),
    ...files.map((name) => `/run/onehop/${name}`),
  ];
}

/** Links, addresses and routes of the machine's own network namespace. */
export function machineNetwork(): string {
  const show = (...args: string[]): string => execFileSync('ip', ['-o', ...args], { encoding: 'utf8' });
  return (
    show('link').replaceAll(/ (qlen|state) \S+/g, '') + show('route', 'show', 'table', 'all') + show('rule')
  );
}

/** A zombie holds nothing; when it goes is up to its parent. */
function isAlive(pid: string): boolean {
  return /^\d+$/.test(pid) && /^State:\s+[^ZX]/m.test(read(`/proc/${pid}/status`));
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
