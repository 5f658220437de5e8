import assert from 'node:assert/strict';
import { backOffMs, mayRetry, retriesLoss, retriesResponse } from '../../src/evaluate/retry.js';
import type { RequestView } from '../../src/evaluate/request.js';
import { ROUTE_TYPE, type JsonObject } from '../../src/resources/model.js';
import type { RouteCare } from '../../src/routing/care.js';
import { readCare } from '../../src/routing/readCare.js';
import { Reading } from '../../src/routing/reading.js';

function careOf(action: JsonObject, around?: JsonObject): RouteCare | undefined {
  const reading = new Reading({ typeUrl: ROUTE_TYPE, name: 'rc', value: {} });
  const care = readCare(reading, action, [], around && { value: around, path: [] });
  assert.deepEqual(reading.problems, []);
  return care;
}

function policy(value: JsonObject): NonNullable<RouteCare['retry']> {
  const retry = careOf({ retryPolicy: value })?.retry;
  assert.ok(retry);
  return retry;
}

const request: RequestView = { method: 'GET', target: '/', host: 'a', scheme: 'http', headers: [] };

describe('routing: what a route waits for and sends again', () => {
  it('is nothing without a word about it', () => {
    assert.equal(careOf({}), undefined);
    assert.equal(careOf({ timeout: '0s', idleTimeout: '0s' }), undefined);
  });

  it('has 15 s where it names no timeout, and none where that is 0', () => {
    assert.deepEqual(careOf({ idleTimeout: '2s' }), { timeoutMs: 15_000, idleMs: 2000 });
    assert.deepEqual(careOf({ timeout: '1.5s' }), { timeoutMs: 1500, idleMs: 0 });
    assert.equal(careOf({ timeout: '0s', retryPolicy: { retryOn: 'reset' } })?.timeoutMs, 0);
    // 30 days, longer than timers wait
    assert.equal(careOf({ timeout: '2592000s', idleTimeout: '1s' })?.timeoutMs, 0);
  });

  it('takes the retries of the virtual host where the route has none', () => {
    const around = { retryOn: 'reset', numRetries: 7 };
    assert.equal(careOf({}, around)?.retry?.retries, 7);
    assert.equal(careOf({ retryPolicy: { retryOn: '5xx' } }, around)?.retry?.retries, 1);
  });

  it('sends again what the causes name', () => {
    const gateway = policy({ retryOn: 'gateway-error' });
    assert.deepEqual(
      [500, 502, 504, 505].map((status) => retriesResponse(gateway, status, [])),
      [false, true, true, false],
    );
    assert.equal(retriesLoss(gateway, 'timeout'), true);
    const connect = policy({ retryOn: 'connect-failure' });
    assert.equal(retriesLoss(connect, 'not-connected'), true);
    assert.equal(retriesLoss(connect, 'reset'), false);
    const limited = [['x-envoy-ratelimited', 'true']] as const;
    assert.equal(retriesResponse(policy({ retryOn: '5xx' }), 503, limited), false);
    assert.equal(retriesResponse(policy({ retryOn: 'envoy-ratelimited' }), 429, limited), true);
  });

  it('sends again only requests that the policy names', () => {
    const headers = [{ name: ':method', stringMatch: { exact: 'POST' } }];
    assert.equal(mayRetry(policy({ retryOn: '5xx', retriableRequestHeaders: headers }), request), false);
    assert.equal(mayRetry(policy({ retryOn: '5xx' }), request), true);
  });

  it('waits up to twice as long each time', () => {
    const some = policy({ retryOn: '5xx', retryBackOff: { baseInterval: '0.1s', maxInterval: '0.3s' } });
    assert.deepEqual(
      [1, 2, 3].map((n) => backOffMs(some, n, 0.999)),
      [99, 199, 299],
    );
    assert.equal(backOffMs(policy({ retryOn: '5xx' }), 9, 0.999), 249);
  });
});
