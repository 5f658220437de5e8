import assert from 'node:assert/strict';
import type { Event } from '@onehop/core/api/agent.generated.js';
import { EventHub } from '../../src/events/hub.js';
import type { AgentEvent } from '../../src/parts.js';

describe('event hub', () => {
  it('gives every subscriber every event, with the node', () => {
    const hub = new EventHub('node-1');
    const one = reader(hub);
    const two = reader(hub);
    hub.emit(event(0));
    hub.emit(event(1));
    assert.deepEqual(
      one.seen.map(({ seq, node, lost }) => [seq, node, lost]),
      [
        [0, 'node-1', 0],
        [1, 'node-1', 0],
      ],
    );
    assert.deepEqual(two.seen, one.seen);
  });

  it('filters by workload', () => {
    const hub = new EventHub('node-1');
    const some = reader(hub, ['a', 'b']);
    for (const workload of ['a', 'c', 'b', '']) hub.emit(event(0, workload));
    assert.deepEqual(
      some.seen.map(({ workload }) => workload),
      ['a', 'b'],
    );
  });

  it('says when it is watched: from the first subscriber to the last', () => {
    const changes: boolean[] = [];
    const hub = new EventHub('node-1', (watched) => changes.push(watched));
    const one = reader(hub);
    const two = reader(hub);
    one.close();
    one.close();
    assert.equal(hub.watched, true);
    two.close();
    assert.equal(hub.watched, false);
    reader(hub);
    assert.deepEqual(changes, [true, false, true]);
  });

  it('keeps the order, loses the newest of a slow reader and tells it how many', () => {
    const hub = new EventHub('node-1', undefined, 3);
    const slow = reader(hub);
    const quick = reader(hub);
    slow.room = 1;
    for (let seq = 0; seq < 10; seq++) hub.emit(event(seq));
    // 0 was delivered, 1 to 3 wait, 4 to 9 are lost.
    assert.deepEqual(
      slow.seen.map(({ seq }) => seq),
      [0],
    );
    slow.take(100);
    assert.deepEqual(
      slow.seen.map(({ seq }) => seq),
      [0, 1, 2, 3],
    );
    hub.emit(event(10));
    hub.emit(event(11));
    assert.deepEqual(
      slow.seen.slice(4).map(({ seq, lost }) => [seq, lost]),
      [
        [10, 6],
        [11, 0],
      ],
    );
    assert.deepEqual(
      quick.seen.map(({ seq }) => seq),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
    );
    assert.ok(quick.seen.every(({ lost }) => lost === 0));
  });

  it('goes on waiting when a reader takes only some of what waits', () => {
    const hub = new EventHub('node-1', undefined, 10);
    const slow = reader(hub);
    slow.room = 1;
    for (let seq = 0; seq < 6; seq++) hub.emit(event(seq));
    slow.take(2);
    hub.emit(event(6));
    assert.deepEqual(
      slow.seen.map(({ seq }) => seq),
      [0, 1, 2],
    );
    slow.take(100);
    assert.deepEqual(
      slow.seen.map(({ seq }) => seq),
      [0, 1, 2, 3, 4, 5, 6],
    );
  });

  it('counts events that the kernel dropped for everyone', () => {
    const hub = new EventHub('node-1');
    const one = reader(hub);
    hub.addLost(7);
    hub.emit(event(0));
    hub.emit(event(1));
    assert.deepEqual(
      one.seen.map(({ lost }) => lost),
      [7, 0],
    );
  });
});

/** Takes `room` more events, then says it is full (with the last one taken, as a stream does). */
function reader(hub: EventHub, workloads: readonly string[] = []) {
  const state = {
    seen: [] as Event[],
    room: Infinity,
    take(more: number): void {
      state.room = more;
      subscriber.resume();
    },
    close: () => subscriber.close(),
  };
  const subscriber = hub.subscribe(workloads, (seen) => {
    state.seen.push(seen);
    state.room -= 1;
    return state.room > 0;
  });
  return state;
}

function event(seq: number, workload = 'w'): AgentEvent {
  return {
    type: 'request',
    cookie: '1',
    seq,
    workload,
    client: '198.18.1.10:4000',
    destination: '198.18.100.1:80',
    listener: '',
    virtualHost: '',
    route: '',
    cluster: '',
    endpoint: '',
    path: 'kernel',
    reason: '',
    method: 'GET',
    host: '',
    target: '/',
    status: 200,
    requestBytes: 0,
    responseBytes: 0,
    startUs: 0,
    firstByteUs: 0,
    durationUs: 0,
    generation: 1,
    source: 'kernel',
    sameNode: false,
  };
}
