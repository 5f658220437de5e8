import {
  CLUSTER_TYPE,
  ENDPOINT_TYPE,
  LISTENER_TYPE,
  ROUTE_TYPE,
  type ResourceType,
} from '@onehop/core/resources/model.js';
import { contentWith, type Snapshot, type TypeContent } from './snapshot.js';

/** Types that are sent together, in this order; the next step waits until the client has answered all of them. */
export type Step = ReadonlyMap<ResourceType, TypeContent>;

/** A type whose responses must follow each response of another: Envoy waits for it after that one changed. */
export const followerOf: Readonly<Partial<Record<ResourceType, ResourceType>>> = {
  [CLUSTER_TYPE]: ENDPOINT_TYPE,
  [LISTENER_TYPE]: ROUTE_TYPE,
};

/**
 * The steps from what a client may hold to `to`, make before break: new clusters and their endpoints first, next to those
 * that go; then the listeners and routes that use them; then the clusters without those that nothing uses any more.
 */
export function planRollout(to: Snapshot, held: (typeUrl: ResourceType) => TypeContent | undefined): Step[] {
  const { types } = to;
  const making = new Map([
    [CLUSTER_TYPE, contentWith(types[CLUSTER_TYPE], held(CLUSTER_TYPE))],
    [ENDPOINT_TYPE, contentWith(types[ENDPOINT_TYPE], held(ENDPOINT_TYPE))],
  ] as const);
  return [making, stepOf(types, LISTENER_TYPE, ROUTE_TYPE), stepOf(types, CLUSTER_TYPE, ENDPOINT_TYPE)];
}

function stepOf(types: Snapshot['types'], ...typeUrls: readonly ResourceType[]): Step {
  return new Map(typeUrls.map((typeUrl) => [typeUrl, types[typeUrl]]));
}
