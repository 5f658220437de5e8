import type { EndpointNode } from './model.js';

export interface UsableEndpoints {
  readonly usable: readonly EndpointNode[];
  readonly unusable: readonly EndpointNode[];
  /** Requests go to all endpoints because too few are healthy. */
  readonly panic: boolean;
}

/** Envoy's default; another one is refused. */
const OVERPROVISIONING_FACTOR = 140;

/**
 * The endpoints that requests go to: the healthy ones; all of them when fewer than `panicThreshold` percent are healthy
 * and overprovisioning does not make up for it. Draining endpoints count in neither number.
 *
 * As Envoy 1.40 does it for one priority: LoadBalancerBase::recalculatePerPriorityPanic.
 */
export function usableEndpoints(endpoints: readonly EndpointNode[], panicThreshold: number): UsableEndpoints {
  const usable = endpoints.filter(isHealthy);
  if (usable.length === endpoints.length) return { usable: endpoints, unusable: [], panic: false };
  const counted = endpoints.filter(({ health }) => health !== 'DRAINING').length;
  const percent = counted === 0 ? 0 : (100 * usable.length) / counted;
  const available = Math.floor((OVERPROVISIONING_FACTOR * usable.length) / Math.max(1, counted));
  if (available < 100 && percent < panicThreshold) return { usable: endpoints, unusable: [], panic: true };
  return { usable, unusable: endpoints.filter((endpoint) => !isHealthy(endpoint)), panic: false };
}

function isHealthy({ health }: EndpointNode): boolean {
  return health === 'UNKNOWN' || health === 'HEALTHY';
}
