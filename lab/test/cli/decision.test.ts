import type { Event } from '@onehop/core/api/agent.generated.js';
import { reasonId, reasonText } from '@onehop/core/wire/reasons.js';
import assert from 'node:assert/strict';
import { decisionText } from '../../src/cli/print/decision.js';
import { plain } from '../../src/cli/print/style.js';
import { summaryText } from '../../src/cli/print/summary.js';
import { resultOf, type Asked } from '../../src/cli/request/result.js';
import { percentiles, Summing } from '../../src/cli/request/summary.js';
import type { AnswerLine } from '../../src/traffic/lines.js';
import { answerLine, apiEvent } from './examples.js';
import { assertGolden } from './golden.js';

const asked: Asked = {
  method: 'GET',
  url: 'http://reviews:9080/reviews/1',
  from: 'productpage-v1',
  headers: [['end-user', 'jason']],
};

const reason = (name: string): string => reasonText(reasonId(name));

describe('a decision', () => {
  const cases: [name: string, event: Event | undefined, answer?: Partial<AnswerLine>, missing?: string][] = [
    ['kernel', apiEvent({ sameNode: true })],
    ['relay', apiEvent({ path: 'relay', reason: reason('pool-dry'), source: 'relay', durationUs: 2345 })],
    [
      'no-route',
      apiEvent({
        path: 'relay',
        reason: reason('no-route'),
        route: '',
        cluster: '',
        endpoint: '',
        source: 'relay',
      }),
      { status: 404, body: '', bodyBytes: 0, headers: {} },
    ],
    [
      'no-endpoint',
      apiEvent({ path: 'relay', reason: reason('no-endpoint'), endpoint: '', source: 'relay' }),
      { status: 503, body: 'no healthy upstream', bodyBytes: 19, headers: { 'content-type': 'text/plain' } },
    ],
    [
      'direct-response',
      apiEvent({
        path: 'relay',
        reason: reason('direct-response'),
        route: 'teapot',
        cluster: '',
        endpoint: '',
        source: 'relay',
      }),
      { status: 418, body: '', bodyBytes: 0, headers: {} },
    ],
    [
      'direct',
      apiEvent({
        type: 'open',
        path: 'direct',
        listener: 'db',
        virtualHost: '',
        route: '',
        cluster: 'db',
        endpoint: '198.18.2.14:3306',
        durationUs: 0,
      }),
    ],
    ['unknown', undefined, {}, 'no event of this request came within 1 s'],
    ['binary', apiEvent(), { body: 'AAEC', bodyEncoding: 'base64', bodyBytes: 3, headers: {} }],
    ['long', apiEvent(), { body: 'x\u001b[2J\n'.repeat(500), bodyBytes: 3000 }],
  ];
  for (const [name, event, answer = {}, missing] of cases)
    it(`is printed: ${name}`, () => {
      const result = resultOf(asked, { answer: answerLine(answer), cookie: '4711', event, missing });
      assertGolden(`decision-${name}`, decisionText(asked, result, plain));
    });

  it('is one object for programs', () => {
    const joined = { answer: answerLine(), cookie: '4711', event: apiEvent(), missing: undefined };
    assertGolden('decision-json', `${JSON.stringify(resultOf(asked, joined), null, 2)}\n`);
  });

  it('is null in every part, not empty, when no event came', () => {
    const result = resultOf(asked, {
      answer: answerLine(),
      cookie: undefined,
      event: undefined,
      missing: 'why',
    });
    const {
      path,
      listener,
      virtualHost,
      route,
      cluster,
      endpoint,
      reason: because,
      durationUs,
      generation,
      source,
    } = result;
    assert.deepEqual(
      [path, listener, virtualHost, route, cluster, endpoint, because, durationUs, generation, source],
      Array(10).fill(null),
    );
    assert.equal(result.decisionMissing, 'why');
    assert.equal(result.clientDurationUs, 180);
  });
});

describe('a summary of requests', () => {
  it('has shares by status, path, cluster and endpoint', () => {
    const summing = new Summing();
    for (let i = 0; i < 1000; i++) {
      const canary = i % 10 === 9;
      const event = apiEvent({
        cluster: canary ? 'reviews-v3' : 'reviews-v1',
        endpoint: canary ? '198.18.2.12:9080' : '198.18.1.13:9080',
        path: i % 100 === 0 ? 'relay' : 'kernel',
        durationUs: i + 1,
      });
      const missing = i === 500 ? 'no event of this request came within 1 s' : undefined;
      const joined = { answer: answerLine(), cookie: '1', event: missing ? undefined : event, missing };
      summing.add(resultOf(asked, joined));
    }
    assertGolden('summary', summaryText(summing.summary(), 250, 16, plain));
  });

  it('takes percentiles by nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, i) => 100 - i);
    assert.deepEqual(percentiles(values), { p50: 50, p90: 90, p99: 99, max: 100 });
    assert.deepEqual(percentiles([7]), { p50: 7, p90: 7, p99: 7, max: 7 });
  });
});
