import assert from 'node:assert/strict';
import { parseWrk } from '../../src/bench/familiar.js';

/** As wrk 4.1 prints it. */
const printed = `Running 1s test @ http://198.18.100.5:9080/
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   146.72us  236.46us   7.56ms   97.98%
    Req/Sec   121.06k    10.61k  130.48k    81.82%
  Latency Distribution
     50%  109.00us
     75%  146.00us
     90%  199.00us
     99%    1.06ms
  132451 requests in 1.10s, 155.12MB read
Requests/sec: 120423.45
Transfer/sec:    141.03MB
`;

describe('nginx and wrk in the benchmark', () => {
  it('wrk says how many requests it was, in which time', () => {
    const report = parseWrk(printed, 16);
    assert.ok(report);
    const { requests, connections, windowNs, p50Us, p90Us, p99Us } = report;
    assert.deepEqual(
      { requests, connections, p50Us, p90Us, p99Us },
      {
        ...{ requests: 132451, connections: 16, p50Us: 109, p90Us: 199, p99Us: 1060 },
      },
    );
    assert.ok(Math.abs(requests / (windowNs / 1e9) - 120423.45) < 0.01);
  });

  for (const wrong of [
    '  Non-2xx or 3xx responses: 3\n',
    '  Socket errors: connect 0, read 1, write 0, timeout 0\n',
  ])
    it(`a failed request is no result: ${wrong.trim()}`, () => {
      assert.equal(parseWrk(printed.replace('Requests/sec', `${wrong}Requests/sec`), 16), undefined);
    });

  it('nor is silence', () => {
    assert.equal(parseWrk('', 16), undefined);
  });
});
