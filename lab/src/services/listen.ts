import type { Server } from 'node:net';
import type { Identity } from './identity.js';

/** One server an address of the workload; on every address of the machine when there is no lab. */
export async function listenOnAll(self: Identity, port: number, create: () => Server): Promise<void> {
  const hosts = self.addresses.length > 0 ? self.addresses : ['::'];
  await Promise.all(hosts.map((host) => listen(create(), host, port)));
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
