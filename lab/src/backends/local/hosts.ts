import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabTopology, LabWorkload } from '../topology.js';
import type { LabNames } from './names.js';

/** What the name of a service resolves to: its own addresses, or those of the first workload that runs it. */
export type ServiceNames = 'vip' | 'workload';

/**
 * Writes what workloads see as /etc/hosts, /etc/nsswitch.conf and /etc/resolv.conf. Only the hosts file is asked, so a
 * name that the lab does not have is refused at once and no question leaves the lab.
 */
export function writeNameFiles(topology: LabTopology, names: LabNames, services: ServiceNames): void {
  writeFileSync(names.hostsFile, hostsText(topology, services));
  writeFileSync(join(names.stateDirectory, 'nsswitch.conf'), 'passwd: files\ngroup: files\nhosts: files\n');
  writeFileSync(
    join(names.stateDirectory, 'resolv.conf'),
    '# Names of the lab are in /etc/hosts; there is no server to ask.\n',
  );
}

export function hostsText(topology: LabTopology, services: ServiceNames): string {
  const lines = ['127.0.0.1 localhost', '::1 localhost ip6-localhost ip6-loopback'];
  const taken = new Set<string>();
  const add = (name: string, addresses: readonly string[]): void => {
    if (taken.has(name)) return;
    taken.add(name);
    lines.push(...addresses.map((address) => `${address} ${name}`));
  };
  for (const service of topology.services) {
    const runs = services === 'workload' ? workloadOf(service.name, topology) : undefined;
    add(service.name, runs?.addresses ?? service.addresses);
  }
  for (const workload of topology.workloads) add(workload.name, workload.addresses);
  return `${lines.join('\n')}\n`;
}

function workloadOf(service: string, topology: LabTopology): LabWorkload | undefined {
  return topology.workloads.find((workload) => workload.service?.app === service);
}
