import assert from 'node:assert/strict';
import { type GenerationPlan } from '../../src/compile/plan.js';
import type { XdsResource } from '../../src/resources/model.js';
import { buildRouting } from '../../src/routing/build.js';
import { type RoutingModel } from '../../src/routing/model.js';
import {
  action,
  assignment,
  edsCluster,
  httpListener,
  route,
  routeConfiguration,
  setOf,
  staticCluster,
  tcpListener,
  virtualHost,
} from '../routing/configuration.js';

export function modelOf(...resources: XdsResource[]): RoutingModel {
  const { model, problems } = buildRouting(setOf(...resources));
  assert.deepEqual(
    problems.filter(({ severity }) => severity === 'error'),
    [],
  );
  return model;
}

export interface Choices {
  readonly user?: string;
  readonly canary?: number;
  readonly domains?: readonly string[];
  readonly extraRoute?: boolean;
  readonly details?: readonly string[];
  readonly address?: string;
}

/** Two listeners, three routes, four clusters. */
export function bookinfo({
  user = 'jason',
  canary = 10,
  domains = ['reviews', 'reviews:9080', '*.reviews', 'reviews.*', '*'],
  ...more
}: Choices = {}): XdsResource[] {
  const jason = route(
    { prefix: '/', headers: [{ name: 'end-user', stringMatch: { exact: user } }] },
    'reviews-v2',
    { name: 'jason' },
  );
  const rest = route({ prefix: '/' }, { 'reviews-v1': 100 - canary, 'reviews-v3': canary }, { name: 'rest' });
  const extra = route({ path: '/extra' }, 'reviews-v2', { name: 'extra' });
  return [
    httpListener('reviews', [more.address ?? '198.18.100.3:9080', '[fd00:198:18:100::3]:9080'], 'reviews'),
    tcpListener('ratings-db', ['198.18.100.5:27017'], action({ mongodb: 1 })),
    routeConfiguration('reviews', [
      virtualHost('reviews', [...domains], more.extraRoute ? [jason, extra, rest] : [jason, rest]),
    ]),
    staticCluster('reviews-v1', ['198.18.1.11:9080']),
    edsCluster('reviews-v2'),
    assignment('reviews-v2', more.details ?? ['198.18.2.12:9080', '[fd00:198:18:2::12]:9080']),
    staticCluster('reviews-v3', ['198.18.2.13:9080'], { lbPolicy: 'RANDOM' }),
    staticCluster('mongodb', ['198.18.2.14:27017']),
  ];
}

/** How many entries of each map are written, and deleted. */
export function sizes(plan: GenerationPlan): Record<string, number> {
  const count: Record<string, number> = {};
  for (const { map } of plan.writes) count[map] = (count[map] ?? 0) + 1;
  for (const { map } of plan.deletes) count[`-${map}`] = (count[`-${map}`] ?? 0) + 1;
  return count;
}
