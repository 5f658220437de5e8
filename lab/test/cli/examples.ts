import type { Event, RouteRow } from '@onehop/core/api/agent.generated.js';
import type { AnswerLine } from '../../src/traffic/lines.js';

/** An event of the Bookinfo sample as an agent sends it, with the fields given. */
export function apiEvent(fields: Partial<Event> = {}): Event {
  return {
    type: 'request',
    node: 'node-1',
    cookie: '4711',
    seq: 0,
    workload: 'productpage-v1',
    client: '198.18.1.10:40000',
    destination: '198.18.100.3:9080',
    listener: 'reviews',
    virtualHost: 'reviews',
    route: 'jason',
    cluster: 'reviews-v2',
    endpoint: '198.18.2.11:9080',
    path: 'kernel',
    reason: '',
    method: 'GET',
    host: 'reviews:9080',
    target: '/reviews/1',
    status: 200,
    requestBytes: 92,
    responseBytes: 512,
    startUs: 1_782_000_000_000_000,
    firstByteUs: 38.5,
    durationUs: 41.25,
    generation: 3,
    source: 'kernel',
    sameNode: false,
    lost: 0,
    ...fields,
  };
}

/** What the request runner prints for an answer, with the fields given. */
export function answerLine(fields: Partial<AnswerLine> = {}): AnswerLine {
  return {
    type: 'answer',
    connection: 0,
    seq: 0,
    connectionSeq: 0,
    local: { address: '198.18.1.10', port: 40000 },
    status: 200,
    headers: { 'content-type': 'application/json', 'x-served-by': 'reviews-v2' },
    body: '{"id":"1"}',
    bodyEncoding: 'utf8',
    bodyBytes: 10,
    durationUs: 180,
    firstByteUs: 150,
    ...fields,
  };
}

/** A route of the Bookinfo sample as an agent tells it, with the fields given. */
export function routeRow(fields: Partial<RouteRow> = {}): RouteRow {
  return {
    listener: 'reviews',
    addresses: ['198.18.100.3:9080', '[fd00:198:18:100::3]:9080'],
    virtualHost: 'reviews',
    domains: ['reviews', 'reviews:9080'],
    route: 'all',
    match: 'path prefix "/"',
    clusters: [{ cluster: 'reviews-v1', weight: 1, endpoints: 1 }],
    path: 'kernel',
    reason: '',
    requests: 0,
    relayed: 0,
    source: null,
    ...fields,
  };
}
