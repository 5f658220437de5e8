/** Timeouts and retries of routes. */
import { to, type ParityCase } from './case.js';

const again = (retryOn: string, more: object = {}): object => ({ retryOn, numRetries: 3, ...more });
const retry = (prefix: string, retryOn: string, more: object = {}): ReturnType<typeof to> =>
  to(prefix, { retryPolicy: { ...again(retryOn, more) } });

export const timing: readonly ParityCase[] = [
  {
    name: 'timeouts',
    routes: [
      to('/t', { timeout: '0.3s' }),
      to('/none', { timeout: '0s' }),
      to('/idle', { idleTimeout: '0.3s' }),
      to(
        '/added',
        { timeout: '0.3s' },
        { responseHeadersToAdd: [{ header: { key: 'x-added', value: 'yes' } }] },
      ),
    ],
    requests: [
      { target: '/t/fast', does: '200' },
      { target: '/t/slow', does: 'wait', leastMs: 290 },
      { target: '/t/head', does: 'wait', method: 'HEAD', leastMs: 290 },
      { target: '/t/post', does: 'wait', method: 'POST', body: 'text', leastMs: 290 },
      { target: '/t/grpc', does: 'wait', method: 'POST', headers: [['content-type', 'application/grpc']] },
      { target: '/t/drop', does: 'drop' },
      { target: '/t/last', does: '503' },
      { target: '/none', does: 'wait', leastMs: 1400 },
      { target: '/idle', does: 'wait', leastMs: 290 },
      { target: '/added', does: 'wait', leastMs: 290 },
    ],
  },
  {
    name: 'retries',
    routes: [
      retry('/5xx', '5xx'),
      retry('/gateway', 'gateway-error'),
      retry('/reset', 'reset'),
      retry('/4xx', 'retriable-4xx'),
      retry('/codes', 'retriable-status-codes', { retriableStatusCodes: [418, 503] }),
      retry('/headers', 'retriable-headers', {
        retriableHeaders: [{ name: 'x-again', stringMatch: { exact: 'yes' } }],
      }),
      retry('/only', '5xx', {
        retriableRequestHeaders: [{ name: ':method', stringMatch: { exact: 'GET' } }],
      }),
      retry('/grpc', 'unavailable,cancelled'),
      retry('/backoff', '5xx', {
        numRetries: 1,
        retryBackOff: { baseInterval: '0.01s', maxInterval: '0.02s' },
      }),
      retry('/tries', '5xx', { perTryTimeout: '0.3s', numRetries: 1 }),
      retry('/once', '5xx', { perTryTimeout: '0.3s', numRetries: 0 }),
      to('/whole', {
        timeout: '0.5s',
        retryPolicy: { ...again('5xx', { numRetries: 9, perTryTimeout: '0.2s' }) },
      }),
      {
        match: { prefix: '/dead' },
        route: { cluster: 'dead', retryPolicy: { ...again('connect-failure') } },
      },
      {
        match: { prefix: '/refused' },
        route: { cluster: 'dead', retryPolicy: { ...again('retriable-4xx') } },
      },
      { match: { prefix: '/none' }, route: { cluster: 'none', retryPolicy: { ...again('5xx') } } },
      {
        match: { prefix: '/others' },
        route: {
          cluster: 'two',
          retryPolicy: {
            ...again('5xx'),
            retryHostPredicate: [
              {
                name: 'envoy.retry_host_predicates.previous_hosts',
                typedConfig: {
                  '@type':
                    'type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate',
                },
              },
            ],
            hostSelectionRetryMaxAttempts: '5',
          },
        },
      },
      to('/host'),
    ],
    host: { retryPolicy: { ...again('5xx', { numRetries: 2 }) } },
    requests: [
      { target: '/5xx/a', does: '503,200' },
      { target: '/5xx/b', does: '500,502,504,201' },
      { target: '/5xx/c', does: '500' },
      { target: '/5xx/d', does: 'drop,drop,200' },
      { target: '/5xx/e', does: 'drop' },
      { target: '/5xx/f', does: '503,200', method: 'POST', body: 'a body that is sent twice' },
      { target: '/5xx/g', does: '404' },
      { target: '/5xx/h', does: '503', method: 'HEAD' },
      { target: '/5xx/i', does: 'drop', headers: [['content-type', 'application/grpc']] },
      { target: '/gateway/a', does: '500' },
      { target: '/gateway/b', does: '502,200' },
      { target: '/gateway/c', does: 'drop,200' },
      { target: '/reset/a', does: 'drop,200' },
      { target: '/reset/b', does: '503' },
      { target: '/4xx/a', does: '409,200' },
      { target: '/4xx/b', does: '404,200' },
      { target: '/codes/a', does: '418,503,200' },
      { target: '/codes/b', does: '500,200' },
      { target: '/headers/a', does: '200', headers: [['x-say', 'x-again=yes']] },
      { target: '/headers/b', does: '200', headers: [['x-say', 'x-again=no']] },
      { target: '/only/a', does: '503,200', method: 'POST', body: 'b' },
      { target: '/only/b', does: '503,200' },
      { target: '/grpc/a', does: '200', headers: [['x-say', 'grpc-status=14']] },
      { target: '/grpc/b', does: '200', headers: [['x-say', 'grpc-status=2']] },
      { target: '/backoff', does: '503' },
      { target: '/tries/a', does: 'wait,200', leastMs: 290 },
      { target: '/tries/b', does: 'wait', leastMs: 590 },
      { target: '/once', does: 'wait', leastMs: 290 },
      { target: '/whole', does: 'wait', leastMs: 490 },
      { target: '/dead' },
      { target: '/refused' },
      { target: '/none' },
      { target: '/host/a', does: '503' },
      // Envoy does not trust clients: it takes these away.
      { target: '/5xx/j', does: '503', headers: [['x-envoy-max-retries', '1']] },
      { target: '/reset/c', does: '503,200', headers: [['x-envoy-retry-on', '5xx']] },
      { target: '/codes/c', does: '404,200', headers: [['x-envoy-retriable-status-codes', '404']] },
    ],
  },
];
