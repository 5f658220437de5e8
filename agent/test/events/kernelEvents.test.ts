import assert from 'node:assert/strict';
import { codecOf, type ValueCodec } from '@onehop/core/btf/codec.js';
import type { BtfValue } from '@onehop/core/btf/value.js';
import { decodeBtf } from '@onehop/core/btf/decode.js';
import type { Event } from '@onehop/core/api/agent.generated.js';
import { parseIp } from '@onehop/core/wire/ip.js';
import { reasonId, reasonText } from '@onehop/core/wire/reasons.js';
import { limits, oh_event_type, oh_path, wireBtf } from '@onehop/core/wire/wire.generated.js';
import { describeRelayEvent, type Words } from '../../src/events/describe.js';
import { EventHub } from '../../src/events/hub.js';
import { KernelEvents } from '../../src/events/kernelEvents.js';

const startNs = 1n << 62n;

describe('events of the kernel', () => {
  it('are told with names, addresses and times', () => {
    const { events, seen } = watched();
    events.take([record(request())]);
    assert.deepEqual(seen, [
      {
        type: 'request',
        node: 'node-1',
        cookie: '18446744073709551615',
        seq: 7,
        workload: 'productpage-v1',
        client: '198.18.1.10:40000',
        destination: '[fd00:198:18:100::3]:9080',
        listener: 'listener 1@5',
        virtualHost: 'virtualHost 2@5',
        route: 'route 3@5',
        cluster: 'cluster 4@5',
        endpoint: 'endpoint 5@5',
        path: 'kernel',
        reason: '',
        method: 'GET',
        host: 'reviews:9080',
        target: '/reviews/1',
        status: 200,
        requestBytes: 92,
        responseBytes: 512,
        startUs: Number(startNs / 1000n) + 1,
        firstByteUs: 38.5,
        durationUs: 41.25,
        generation: 5,
        source: 'kernel',
        sameNode: true,
        lost: 0,
      },
    ]);
  });

  const cases: [what: string, change: Record<string, BtfValue>, expected: Partial<Event>][] = [
    [
      'an opened connection',
      { type: oh_event_type.EV_OPEN, first: 0n, end: 0n },
      { type: 'open', firstByteUs: 0, durationUs: 0 },
    ],
    ['a closed connection', { type: oh_event_type.EV_CLOSE }, { type: 'close' }],
    [
      'a request without an answer',
      { status: 0, first: 0n },
      { status: 0, firstByteUs: 0, durationUs: 41.25 },
    ],
    [
      'a request that went to the relay',
      { d: { path: oh_path.PATH_RELAY, reason: reasonId('pool-dry') } },
      { path: 'relay', reason: reasonText(reasonId('pool-dry')), listener: '', route: '', endpoint: '' },
    ],
    ['a type of a later version', { type: 99 }, { type: 'type 99' }],
    ['a workload that is gone', { workload: 12 }, { workload: '' }],
  ];
  for (const [what, change, expected] of cases)
    it(`tell ${what}`, () => {
      const { events, seen } = watched();
      events.take([record({ ...request(), ...change })]);
      const [event] = seen;
      assert.ok(event);
      assert.deepEqual({ ...event, ...expected }, event);
    });

  it('are not even decoded while nobody watches', () => {
    let decoded = 0;
    const counting: ValueCodec = { ...codec(), decode: (bytes) => ((decoded += 1), codec().decode(bytes)) };
    const hub = new EventHub('node-1');
    const events = new KernelEvents({ hub, codec: counting, words, lost: () => 0 });
    events.take([record(request())]);
    assert.equal(decoded, 0);
    hub.subscribe([], () => true);
    events.take([record(request())]);
    assert.equal(decoded, 1);
  });

  it('from before the first watcher came are not told', () => {
    const { events, seen } = watched();
    events.start();
    const now = process.hrtime.bigint();
    events.take([record({ ...request(), start: now - 2_000_000_000n, end: now - 1_000_000_000n })]);
    events.take([record({ ...request(), start: now - 1_000_000_000n, end: now + 1_000_000_000n, seq: 1 })]);
    events.close();
    assert.deepEqual(
      seen.map(({ seq }) => seq),
      [1],
    );
  });
});

describe('events of the relay', () => {
  it('are told like those of the kernel', () => {
    const told = describeRelayEvent(
      {
        cookie: 77n,
        seq: 2,
        workload: 'productpage-v1',
        client: '198.18.1.10:40000',
        destination: '198.18.100.3:9080',
        decision: {
          generation: 5,
          listener: 1,
          routeConfig: 9,
          virtualHost: 2,
          route: 0,
          cluster: 0,
          endpoint: 0,
          draw: 0,
          turn: 0,
          reason: 0,
        },
        reason: reasonId('head-bad'),
        detail: 'two Content-Length headers',
        method: 'GET',
        host: 'reviews',
        target: '/',
        status: 400,
        requestBytes: 10,
        responseBytes: 20,
        startUs: 1000,
        firstByteUs: 5,
        durationUs: 6,
      },
      words,
    );
    assert.deepEqual(
      [
        told.cookie,
        told.seq,
        told.path,
        told.source,
        told.virtualHost,
        told.route,
        told.generation,
        told.reason,
      ],
      [
        '77',
        2,
        'relay',
        'relay',
        'virtualHost 2@5',
        '',
        5,
        'the request head is not plain HTTP/1.1: two Content-Length headers',
      ],
    );
    assert.ok(!('decision' in told) && !('detail' in told));
  });
});

const words: Words = {
  namer: {
    names: ({ generation, listener, virtualHost, route, cluster, endpoint }) => {
      const name = (what: string, id: number): string => (id === 0 ? '' : `${what} ${id}@${generation}`);
      return {
        listener: name('listener', listener),
        virtualHost: name('virtualHost', virtualHost),
        route: name('route', route),
        cluster: name('cluster', cluster),
        endpoint: name('endpoint', endpoint),
      };
    },
  },
  clock: { unixUs: (ns) => Number(ns / 1000n) + 1 },
  workload: (id) => (id === 3 ? 'productpage-v1' : ''),
};

function watched(): { events: KernelEvents; seen: Event[] } {
  const seen: Event[] = [];
  const hub = new EventHub('node-1');
  hub.subscribe([], (event) => {
    seen.push(event);
    return true;
  });
  return { events: new KernelEvents({ hub, codec: codec(), words, lost: () => 0 }), seen };
}

function request(): Record<string, BtfValue> {
  return {
    type: oh_event_type.EV_REQUEST,
    flags: limits.EVF_SAME_NODE,
    status: 200,
    seq: 7,
    cookie: (1n << 64n) - 1n,
    workload: 3,
    client_ip: ip('198.18.1.10'),
    client_port: 40000,
    vip: ip('fd00:198:18:100::3'),
    vip_port: 9080,
    d: {
      gen: 5,
      listener: 1,
      rconf: 9,
      vhost: 2,
      route: 3,
      cluster: 4,
      endpoint: 5,
      path: oh_path.PATH_KERNEL,
    },
    start: startNs,
    first: startNs + 38_500n,
    end: startNs + 41_250n,
    req_bytes: 92n,
    resp_bytes: 512n,
    method: 'GET',
    host: 'reviews:9080',
    target: '/reviews/1',
  };
}

function record(event: Record<string, BtfValue>): { data: Uint8Array } {
  return { data: codec().encode(event) };
}

/** Of the datapath's own BTF. */
function codec(): ValueCodec {
  const btf = decodeBtf(Buffer.from(wireBtf, 'base64'));
  const type = btf.find('oh_event', 'struct');
  assert.ok(type);
  return codecOf(btf, type.id);
}

function ip(text: string): BtfValue {
  return { b: parseIp(text) ?? new Uint8Array(16) };
}
