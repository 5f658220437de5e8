import assert from 'node:assert/strict';
import { EventJoin, type Joined } from '../../src/cli/request/join.js';
import { answerLine, apiEvent } from './examples.js';

describe('join of answers and events', () => {
  it('pairs by cookie and number, whichever comes first', () => {
    const { join, seen } = joined();
    join.connected(0, '198.18.1.10:4000', '7');
    join.event(apiEvent({ cookie: '7', seq: 0, route: 'a' }));
    join.answer(answerLine({ connectionSeq: 0 }), 0);
    join.answer(answerLine({ connectionSeq: 1 }), 0);
    assert.equal(join.waiting, 1);
    join.event(apiEvent({ cookie: '7', seq: 1, route: 'b' }));
    assert.deepEqual(
      seen.map(({ event, cookie }) => [event?.route, cookie]),
      [
        ['a', '7'],
        ['b', '7'],
      ],
    );
  });

  it('leaves events of other sockets and other numbers alone', () => {
    const { join, seen } = joined();
    join.connected(0, '198.18.1.10:4000', '7');
    join.event(apiEvent({ cookie: '8', seq: 0 }));
    join.event(apiEvent({ cookie: '7', seq: 1 }));
    join.answer(answerLine({ connectionSeq: 0 }), 0);
    assert.deepEqual(seen, []);
  });

  it('gives up after the time given, and says so', () => {
    const { join, seen } = joined();
    join.connected(0, '198.18.1.10:4000', '7');
    join.answer(answerLine({ connectionSeq: 0 }), 100);
    join.answer(answerLine({ connectionSeq: 1 }), 900);
    join.expire(1099, 1000);
    assert.equal(seen.length, 0);
    join.expire(1100, 1000);
    assert.deepEqual(
      seen.map(({ event, missing }) => [event, missing]),
      [[undefined, 'no event of this request came within 1 s']],
    );
    assert.equal(join.waiting, 1);
  });

  it('says why a connection has no cookie', () => {
    const { join, seen } = joined();
    join.connected(0, '198.18.1.10:4000', undefined, 'not a mesh connection');
    join.answer(answerLine(), 0);
    assert.deepEqual(
      seen.map(({ missing }) => missing),
      ['not a mesh connection'],
    );
  });

  it('takes the decision of connect() for a direct connection, also when its event is late', () => {
    const { join, seen } = joined();
    const open = apiEvent({
      type: 'open',
      path: 'direct',
      cookie: '7',
      client: '198.18.1.10:4000',
      cluster: 'db',
    });
    join.connected(0, '198.18.1.10:4000', '7');
    join.answer(answerLine({ connectionSeq: 0 }), 0);
    join.event(open);
    join.answer(answerLine({ connectionSeq: 1 }), 0);
    join.connected(1, '198.18.1.10:4000', undefined, 'not known');
    join.answer(answerLine({ connection: 1 }), 0);
    assert.deepEqual(
      seen.map(({ event, cookie }) => [event?.cluster, cookie]),
      [
        ['db', '7'],
        ['db', '7'],
        ['db', '7'],
      ],
    );
  });

  it('does not take the opening of another path for the decision of a request', () => {
    const { join, seen } = joined();
    join.connected(0, '198.18.1.10:4000', '7');
    join.event(apiEvent({ type: 'open', path: 'kernel', cookie: '7' }));
    join.answer(answerLine(), 0);
    assert.equal(seen.length, 0);
  });

  it('waits for nothing more once the stream of events has ended', () => {
    const { join, seen } = joined();
    join.connected(0, '198.18.1.10:4000', '7');
    join.answer(answerLine({ connectionSeq: 0 }), 0);
    join.closed('the agent went away');
    join.answer(answerLine({ connectionSeq: 1 }), 0);
    assert.deepEqual(
      seen.map(({ missing }) => missing),
      ['the agent went away', 'the agent went away'],
    );
  });
});

function joined(): { join: EventJoin; seen: Joined[] } {
  const seen: Joined[] = [];
  return { join: new EventJoin((one) => seen.push(one)), seen };
}
