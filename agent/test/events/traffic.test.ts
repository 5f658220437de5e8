import assert from 'node:assert/strict';
import type { Event } from '@onehop/core/api/agent.generated.js';
import { TrafficSums } from '../../src/events/traffic.js';

describe('traffic sums', () => {
  it('counts requests by where they went, with their errors and durations', () => {
    const sums = new TrafficSums(1_000);
    for (let i = 1; i <= 100; i++) sums.add(event({ durationUs: i, status: i <= 2 ? 503 : 200 }));
    sums.add(event({ cluster: 'reviews-v3', status: 0 }));
    const { startUs, endUs, rows } = sums.take(3_000);
    assert.deepEqual([startUs, endUs], [1_000, 3_000]);
    assert.deepEqual(
      rows.map(({ cluster, requests, errors, p50Us, p99Us }) => [cluster, requests, errors, p50Us, p99Us]),
      [
        ['reviews-v1', 100, 2, 50, 99],
        ['reviews-v3', 1, 1, 7, 7],
      ],
    );
  });

  it('keeps generations apart', () => {
    const sums = new TrafficSums(0);
    for (const generation of [1, 2, 2]) sums.add(event({ generation }));
    assert.deepEqual(
      sums.take(1).rows.map(({ generation, requests }) => [generation, requests]),
      [
        [1, 1],
        [2, 2],
      ],
    );
  });

  it('counts direct connections when they open, and nothing when others do', () => {
    const sums = new TrafficSums(0);
    sums.add(event({ type: 'open', path: 'direct', listener: 'ratings-db' }));
    sums.add(event({ type: 'open', path: 'kernel' }));
    sums.add(event({ type: 'close', path: 'direct' }));
    const { rows, flows } = sums.take(1);
    assert.deepEqual(
      rows.map(({ listener, requests, p99Us }) => [listener, requests, p99Us]),
      [['ratings-db', 1, 0]],
    );
    assert.deepEqual(flows, []);
  });

  it('tells the most frequent flows, and how many requests are in none', () => {
    const sums = new TrafficSums(0);
    for (let i = 0; i < 5_000; i++) sums.add(event({ target: `/once/${i}` }));
    for (let i = 0; i < 3; i++) sums.add(event({ target: '/once/0' }));
    const { flows, otherRequests } = sums.take(1);
    assert.equal(flows.length, 200);
    assert.deepEqual([flows[0]?.target, flows[0]?.requests], ['/once/0', 4]);
    assert.equal(flows.reduce((sum, { requests }) => sum + requests, 0) + otherRequests, 5_003);
  });

  it('starts anew after each interval and adds up what was lost', () => {
    const sums = new TrafficSums(0);
    sums.add(event({ lost: 2 }));
    sums.add(event({ lost: 3 }));
    assert.equal(sums.take(10).lost, 5);
    assert.deepEqual(sums.take(20), {
      startUs: 10,
      endUs: 20,
      rows: [],
      flows: [],
      otherRequests: 0,
      lost: 0,
    });
  });
});

function event(change: Partial<Event>): Event {
  return {
    type: 'request',
    node: 'node-1',
    cookie: '1',
    seq: 0,
    workload: 'productpage-v1',
    client: '198.18.1.11:40000',
    destination: '198.18.100.3:9080',
    listener: 'reviews',
    virtualHost: 'reviews',
    route: 'canary',
    cluster: 'reviews-v1',
    endpoint: '198.18.1.13:9080',
    path: 'kernel',
    reason: '',
    method: 'GET',
    host: 'reviews:9080',
    target: '/reviews/1',
    status: 200,
    requestBytes: 0,
    responseBytes: 0,
    startUs: 0,
    firstByteUs: 0,
    durationUs: 7,
    generation: 1,
    source: 'kernel',
    sameNode: true,
    lost: 0,
    ...change,
  };
}
