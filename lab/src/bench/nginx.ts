/** nginx as an endpoint, and wrk that asks it, where both are installed. */
import { existsSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { LabWorkload } from '../backends/topology.js';
import { nginxAddress, ports } from './labs.js';
import { KIB } from './plan.js';
import type { Placement } from './results.js';

export interface FamiliarPrograms {
  readonly nginx: string;
  readonly wrk: string;
}

/** Undefined when one of them is not installed. */
export function findFamiliar(path = process.env.PATH ?? ''): FamiliarPrograms | undefined {
  const find = (name: string): string | undefined =>
    [...path.split(delimiter), '/usr/sbin']
      .map((directory) => join(directory, name))
      .find((file) => existsSync(file));
  const nginx = find('nginx');
  const wrk = find('wrk');
  return nginx === undefined || wrk === undefined ? undefined : { nginx, wrk };
}

/** An nginx on each node; writes its configuration into `directory`. */
export function nginxWorkloads(nginx: string, directory: string): LabWorkload[] {
  return (['same-node', 'cross-node'] as const).map((placement) => {
    const name = placement === 'same-node' ? 'nginx-near' : 'nginx-far';
    const path = `${directory}${name}.conf`;
    writeFileSync(path, nginxConfiguration(placement, `${directory}${name}`));
    return {
      name,
      node: placement === 'same-node' ? 'node-1' : 'node-2',
      addresses: [nginxAddress(placement)],
      service: { app: 'nginx', port: ports.v1 },
      command: [nginx, '-e', 'stderr', '-c', path],
    };
  });
}

function nginxConfiguration(placement: Placement, temporary: string): string {
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `daemon off; master_process off; pid ${temporary}.pid; error_log stderr;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 600s;
  ${paths.map((name) => `${name}_temp_path ${temporary}.${name};`).join(' ')}
  server {
    ${[ports.v1, ports.v2].map((port) => `listen ${nginxAddress(placement)}:${port};`).join(' ')}
    location / { return 200 "${'x'.repeat(KIB)}"; }
  }
}
`;
}
