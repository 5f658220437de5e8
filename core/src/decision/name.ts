import type { Allocation } from '../compile/allocate.js';
import type { Decision } from '../router/decision.js';
import { formatAddress } from '../wire/ip.js';
import { reasonText } from '../wire/reasons.js';
import { oh_path } from '../wire/wire.generated.js';

/** What was decided, as ids of a generation; 0 where the decision did not get that far. */
export interface DecisionIds {
  readonly generation: number;
  readonly listener: number;
  readonly virtualHost: number;
  readonly route: number;
  readonly cluster: number;
  readonly endpoint: number;
}

/** Names; "" for id 0, `#77` for an id whose owner is no longer known. */
export interface DecisionNames {
  readonly listener: string;
  readonly virtualHost: string;
  readonly route: string;
  readonly cluster: string;
  /** `198.18.1.20:9080` */
  readonly endpoint: string;
}

/** What of a decision has a name. */
export type NamedDecision = Pick<
  Decision,
  'gen' | 'listener' | 'vhost' | 'route' | 'cluster' | 'endpoint' | 'path' | 'reason'
>;

/** The names that ids had in their generation. `allocation` is of that generation or a later one. */
export function nameIds(allocation: Allocation, ids: DecisionIds): DecisionNames {
  const { entities } = allocation;
  const at = ids.generation;
  const endpoint = entities.endpoint.at(ids.endpoint, at)?.row;
  return {
    listener: orId(entities.listener.at(ids.listener, at)?.row.name, ids.listener),
    virtualHost: orId(entities.virtualHost.at(ids.virtualHost, at)?.row.name, ids.virtualHost),
    route: orId(entities.route.at(ids.route, at)?.row.name, ids.route),
    cluster: orId(entities.cluster.at(ids.cluster, at)?.row.name, ids.cluster),
    endpoint: orId(endpoint && formatAddress(endpoint.ip, endpoint.port), ids.endpoint),
  };
}

/** A decision of the kernel or the router, in words. */
export function nameDecision(
  allocation: Allocation,
  decision: NamedDecision,
): DecisionNames & { readonly path: string; readonly reason: string } {
  const { gen, listener, vhost, route, cluster, endpoint, path, reason } = decision;
  return {
    ...nameIds(allocation, { generation: gen, listener, virtualHost: vhost, route, cluster, endpoint }),
    path: PATHS[path] ?? `path ${path}`,
    reason: reasonText(reason),
  };
}

const PATHS: Readonly<Record<number, string>> = {
  [oh_path.PATH_NONE]: '',
  [oh_path.PATH_DIRECT]: 'direct',
  [oh_path.PATH_KERNEL]: 'kernel',
  [oh_path.PATH_RELAY]: 'relay',
};

function orId(name: string | undefined, id: number): string {
  return id === 0 ? '' : (name ?? `#${id}`);
}
