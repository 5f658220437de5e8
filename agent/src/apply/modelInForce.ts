import type { ModelInForce } from '@onehop/core/router/fullRouter.js';
import { formatAddress } from '@onehop/core/wire/ip.js';
import type { Applier } from './applier.js';

/** What is in force, as routers ask for it; undefined before the first configuration. */
export function modelInForce({
  model,
  allocation,
}: Pick<Applier, 'model' | 'allocation'>): ModelInForce | undefined {
  if (allocation === undefined) return undefined;
  const { entities, generation } = allocation;
  return {
    model,
    routeKey: (id) => entities.route.at(id, generation)?.key,
    listenerName: (id) => entities.listener.at(id, generation)?.row.name,
    clusterId: (name) => entities.cluster.get(name)?.id ?? 0,
    clusterName: (id) => entities.cluster.at(id, generation)?.row.name,
    endpointAddress(id) {
      const row = entities.endpoint.at(id, generation)?.row;
      return row && formatAddress(row.ip, row.port);
    },
  };
}
