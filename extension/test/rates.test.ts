import assert from 'node:assert/strict';
import type { RouteRow, Routes, Traffic, TrafficRow } from '@onehop/core/api/agent.generated.js';
import {
  countedSince,
  endpointRates,
  routeKey,
  routeRates,
  splitOf,
  threeDigits,
  workloadRates,
} from '../src/store/rates.js';
import { absentLab, emptyState, type NodeState, type State } from '../src/store/state.js';

describe('figures of the pushed traffic', () => {
  it('are rates of the last seconds, whatever the intervals are', () => {
    const state = stateOf([
      second(0, [row({ requests: 1_000 })]),
      ...[10, 11, 12].map((at) => second(at, [row({ requests: 30 })])),
    ]);
    assert.equal(routeRates(state).get(routeKey(row({}))), 30);
  });

  it('tell what a workload gets from what it sends', () => {
    const rates = workloadRates(
      stateOf([
        second(0, [
          row({ requests: 20 }),
          row({ workload: 'reviews-v1', cluster: 'ratings', endpoint: '[fd00::1]:9080', requests: 5 }),
        ]),
      ]),
    );
    assert.deepEqual(rates.get('productpage-v1'), { received: 0, sent: 20 });
    assert.deepEqual(rates.get('reviews-v1'), { received: 20, sent: 5 });
    assert.deepEqual(rates.get('ratings-v1'), { received: 5, sent: 0 });
  });

  it('share a route out by cluster since the present configuration only', () => {
    const state = stateOf([
      second(0, [row({ generation: 6, requests: 100 })]),
      second(1, [row({ requests: 9 }), row({ cluster: 'reviews-v3', requests: 1 })]),
    ]);
    assert.deepEqual(
      [...splitOf(state, routeKey(row({})))],
      [
        ['reviews-v1', 9],
        ['reviews-v3', 1],
      ],
    );
  });

  it('tell what comes to an endpoint and what fails there', () => {
    const rates = endpointRates(
      stateOf([second(0, [row({ requests: 20, errors: 5 }), row({ route: 'jason' })])]),
    );
    assert.deepEqual([...rates], [['198.18.1.13:9080', { requests: 21, errors: 5 }]]);
  });

  it('have three significant digits', () => {
    const cases: readonly [number, string][] = [
      [0, '0'],
      [0.4224, '0.422'],
      [3.14159, '3.14'],
      [12.345, '12.3'],
      [99.96, '100'],
      [312.4, '312'],
      [12_345, '12,300'],
    ];
    for (const [value, text] of cases) assert.equal(threeDigits(value), text);
  });
});

describe('since when a route is counted', () => {
  const key = routeKey(row({}));
  const routes = (...requests: readonly number[]): Routes => ({
    generation: 1,
    rows: requests.map((count) => ({ ...row({}), requests: count }) as unknown as RouteRow),
  });

  it('from when it was first seen, also while it is hit', () => {
    const first = countedSince(undefined, routes(0), 1_000);
    assert.equal(first.get(key), 1_000);
    const before = { routes: routes(0), countedSince: first };
    assert.equal(countedSince(before, routes(5), 2_000).get(key), 1_000);
  });

  it('anew when the count begins anew, and for a route that comes back', () => {
    const before = { routes: routes(5), countedSince: new Map([[key, 1_000]]) };
    assert.equal(countedSince(before, routes(2), 2_000).get(key), 2_000);
    assert.equal(countedSince(before, routes(), 2_000).size, 0);
    assert.equal(
      countedSince({ routes: routes(), countedSince: new Map() }, routes(0), 3_000).get(key),
      3_000,
    );
  });
});

function second(at: number, rows: readonly TrafficRow[]): Traffic {
  return { startUs: at * 1e6, endUs: (at + 1) * 1e6, rows, flows: [], otherRequests: 0, lost: 0 };
}

function row(change: Partial<TrafficRow>): TrafficRow {
  return {
    workload: 'productpage-v1',
    listener: 'reviews',
    virtualHost: 'reviews',
    route: 'canary',
    cluster: 'reviews-v1',
    endpoint: '198.18.1.13:9080',
    path: 'kernel',
    generation: 7,
    requests: 1,
    errors: 0,
    p50Us: 1,
    p99Us: 1,
    ...change,
  };
}

function stateOf(traffic: readonly Traffic[]): State {
  const node: NodeState = {
    connection: { kind: 'connected' },
    status: undefined,
    routes: { generation: 7, rows: [] },
    countedSince: new Map(),
    traffic,
  };
  const workload = (name: string, addresses: readonly string[]) => ({ name, node: 'node-1', addresses });
  const workloads = [
    workload('productpage-v1', ['198.18.1.11']),
    workload('reviews-v1', ['198.18.1.13']),
    workload('ratings-v1', ['198.18.2.13', 'fd00::1']),
  ];
  const topology = { name: 'x', nodes: [{ name: 'node-1' }], services: [], workloads };
  return { ...emptyState('x'), lab: { ...absentLab('x'), topology }, nodes: new Map([['node-1', node]]) };
}
