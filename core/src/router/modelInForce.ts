import type { Allocation } from '../compile/allocate.js';
import type { RoutingModel } from '../routing/model.js';
import { formatAddress } from '../wire/ip.js';
import type { ModelInForce } from './fullRouter.js';

/** What ids of the generation of `allocation` stand for, which was made of `model`. */
export function modelInForce(model: RoutingModel, { entities, generation }: Allocation): ModelInForce {
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
