import { isIP, isIPv6 } from 'node:net';
import { nearestName } from '@onehop/core/envoy/nearest.js';
import type { LabTopology } from '../../backends/topology.js';
import { Failure } from '../failure.js';

/**
 * The address that a workload's connection to `url` goes to: what the name resolves to inside the lab (a service's
 * virtual address, or a workload), IPv4 when there is a choice. Throws Failure `not-found`.
 */
export function destinationOf(
  topology: LabTopology,
  url: URL,
  ipv6: boolean,
): { readonly address: string; readonly port: number } {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = Number(url.port || 80);
  if (isIP(host) !== 0) return { address: host, port };
  const named = [...topology.services, ...topology.workloads];
  const found = named.find(({ name }) => name === host);
  if (found === undefined)
    throw unknownName(
      host,
      named.map(({ name }) => name),
      topology.name,
    );
  const of = (six: boolean): string | undefined =>
    found.addresses.map((one) => one.replace(/\/\d+$/, '')).find((one) => isIPv6(one) === six);
  const address = ipv6 ? of(true) : (of(false) ?? of(true));
  if (address !== undefined) return { address, port };
  throw new Failure('not-found', `${host} has no IPv6 address.`, 'Ask without -6.');
}

function unknownName(name: string, names: readonly string[], lab: string): Failure {
  const close = nearestName(name, names);
  const meant = close === undefined ? '' : ` Did you mean ${close}?`;
  return new Failure(
    'not-found',
    `The name ${name} does not resolve in lab ${lab}.${meant}`,
    `Names there: ${[...new Set(names)].join(', ')}.`,
  );
}
