import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { validateFiles } from '@onehop/core/diagnostics/validate.js';
import { buildRouting } from '@onehop/core/routing/build.js';
import { routeRows } from '@onehop/core/routing/rows.js';
import type { Explanation } from '@onehop/core/api/agent.generated.js';
import type { RequestResult } from '@onehop/lab/cli/request/result.js';
import { stepsOf } from '../src/requests/decision.js';
import { draftFor } from '../src/requests/prefill.js';
import { parseHeaders } from '../src/requests/requestModel.js';

describe('requests', () => {
  it('read headers a line each, and name the line that is none', () => {
    assert.deepEqual(parseHeaders('end-user: jason\n\n x-a :  b:c \n'), {
      headers: [
        ['end-user', 'jason'],
        ['x-a', 'b:c'],
      ],
    });
    assert.deepEqual(parseHeaders('a: b\nnothing'), { badLine: 2 });
    assert.deepEqual(parseHeaders('a b: c'), { badLine: 1 });
  });

  it('begin with one that the route would take', () => {
    const file = new URL('../../../lab/samples/bookinfo/bookinfo.xds.yaml', import.meta.url);
    const text = readFileSync(file, 'utf8').replace(
      'prefix: /\n              headers',
      'prefix: /api\n              headers',
    );
    const { model } = buildRouting(validateFiles([{ path: 'x.yaml', text }]).set);
    const drafts = routeRows(model)
      .filter(({ listener }) => listener === 'reviews')
      .map((row) => draftFor(row, model, undefined));
    assert.deepEqual(
      drafts.map(({ url, headers }) => [url, headers]),
      [
        ['http://reviews:9080/api', 'end-user: jason'],
        ['http://reviews:9080/reviews/1', ''],
      ],
    );
  });

  it('show the cluster and endpoint of the very request, not those drawn when it was asked', () => {
    const asked = explanation();
    const steps = stepsOf(result({ cluster: 'reviews-v3', endpoint: '198.18.2.12:9080' }), asked);
    assert.deepEqual(
      steps.map(({ kind, name, detail, source }) => [kind, name, detail, source?.resource]),
      [
        ['route', 'jason', 'lacks header', 'reviews'],
        ['route', 'canary', 'path prefix "/"', 'reviews'],
        ['cluster', 'reviews-v3', '', 'reviews-v3'],
        ['endpoint', '198.18.2.12:9080', 'on another node', undefined],
      ],
    );
    const same = stepsOf(result({}), asked);
    assert.equal(same[2]?.detail, 'weight 90 of 100');
    assert.equal(same[3]?.source?.resource, 'reviews-v1');
  });

  it('do not show the steps of another decision', () => {
    const steps = stepsOf(result({ route: 'other' }), explanation());
    assert.deepEqual(
      steps.map(({ kind, name }) => [kind, name]),
      [
        ['connect', '198.18.100.3:9080'],
        ['virtual-host', 'reviews'],
        ['route', 'other'],
        ['cluster', 'reviews-v1'],
        ['endpoint', '198.18.1.13:9080'],
      ],
    );
  });
});

function explanation(): Explanation {
  const source = (resource: string) => ({ typeUrl: 'type.googleapis.com/x', resource, field: '' });
  const step = (kind: string, name: string, ok: boolean, detail: string, resource: string) => ({
    kind,
    name,
    ok,
    detail,
    source: source(resource),
  });
  return {
    steps: [
      step('route', 'jason', false, 'lacks header', 'reviews'),
      step('route', 'canary', true, 'path prefix "/"', 'reviews'),
      step('cluster', 'reviews-v1', true, 'weight 90 of 100, drawn 17', 'reviews-v1'),
      step('endpoint', '198.18.1.13:9080', true, 'the only one', 'reviews-v1'),
    ],
    path: 'kernel',
    reason: '',
    refused: '',
    status: 0,
    listener: 'reviews',
    virtualHost: 'reviews',
    route: 'canary',
    cluster: 'reviews-v1',
    endpoint: '198.18.1.13:9080',
    draw: null,
    turn: 0,
    endpoints: 1,
    generation: 1,
    source: 'kernel',
    reads: [],
  };
}

function result(change: Partial<RequestResult>): RequestResult {
  return {
    method: 'GET',
    url: 'http://reviews:9080/',
    from: 'productpage-v1',
    status: 200,
    path: 'kernel',
    listener: 'reviews',
    virtualHost: 'reviews',
    route: 'canary',
    cluster: 'reviews-v1',
    endpoint: '198.18.1.13:9080',
    reason: null,
    durationUs: 1,
    firstByteUs: 1,
    clientDurationUs: 1,
    cookie: '1',
    seq: 0,
    client: '',
    destination: '198.18.100.3:9080',
    sameNode: false,
    generation: 1,
    source: 'kernel',
    requestBytes: 0,
    responseBytes: 0,
    headers: {},
    body: '',
    bodyEncoding: 'utf8',
    bodyBytes: 0,
    decisionMissing: null,
    ...change,
  };
}
