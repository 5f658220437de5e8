/** A thousand clusters of ten endpoints each, on four servers: which endpoint is where, and the configuration that says so. */
import type { XdsResource } from '@onehop/core/resources/model.js';
import { cluster, listener, resourcesOf, type EndpointAddress } from '../faults/mesh.js';

export const clusters = 1000;
export const endpointsEach = 10;
export const endpoints = clusters * endpointsEach;

/** As in test/fixtures/scale.lab.yaml. */
export const service = '198.18.100.30';
export const places = ['near', 'near-2', 'far', 'far-2'] as const;
const addresses: Readonly<Record<string, string>> = {
  near: '198.18.1.21',
  'near-2': '198.18.1.22',
  far: '198.18.2.21',
  'far-2': '198.18.2.22',
};

/** Below the ports that connections leave from. */
export const firstPort = 20_000;
export const portsEach = endpoints / places.length;

/** The number of the endpoint on `port` of the server `place`. */
export function endpointAt(place: string, port: number): number {
  return (port - firstPort) * places.length + places.indexOf(place as (typeof places)[number]);
}

export function clusterOfEndpoint(endpoint: number): number {
  return Math.floor(endpoint / endpointsEach);
}

/** A virtual host for each cluster: `c17.mesh` goes to cluster c17. */
export function scaleConfiguration(): XdsResource[] {
  const numbers = Array.from({ length: clusters }, (_, i) => i);
  return resourcesOf([
    ...numbers.map((i) =>
      cluster(
        `c${i}`,
        Array.from({ length: endpointsEach }, (_, k) => addressOf(i, k)),
      ),
    ),
    listener(
      'all',
      service,
      numbers.map((i) => ({
        name: `c${i}`,
        domains: [`c${i}.mesh`],
        routes: [{ name: `c${i}`, match: { prefix: '/' }, route: { cluster: `c${i}` } }],
      })),
    ),
  ]);
}

export function addressOfPlace(place: string): string {
  const address = addresses[place];
  if (address === undefined) throw new Error(`There is no server ${place}.`);
  return address;
}

function addressOf(i: number, k: number): EndpointAddress {
  const endpoint = i * endpointsEach + k;
  return {
    address: addressOfPlace(places[endpoint % places.length]!),
    port: firstPort + Math.floor(endpoint / places.length),
  };
}
