import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BpfError } from '../src/errors.js';
import { BpfObject } from '../src/object.js';
import { RingBuffer, type RingRecord } from '../src/ringBuffer.js';
import { emit } from './emit.js';
import { compile, scratch } from './fixture.js';

const directory = scratch();
let object: BpfObject;
before(() => {
  object = BpfObject.open(compile('programs', directory.path)).load();
});
after(() => {
  object.close();
  directory.remove();
});

const viewOf = ({ data }: RingRecord): DataView =>
  new DataView(data.buffer, data.byteOffset, data.byteLength);
const seqOf = (record: RingRecord): number => viewOf(record).getUint32(8, true);

async function until(done: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !done(); i++) await sleep(10);
  assert.ok(done(), 'within five seconds');
}

describe('a ring buffer', () => {
  it('brings records on the event loop, together and in order', async () => {
    const batches: number[][] = [];
    using _ring = new RingBuffer(object.map('ring'), (records) => batches.push(records.map(seqOf)));
    emit(object, 100);
    assert.deepEqual(batches, [], 'never while the caller runs');
    await until(() => batches.length > 0);
    assert.deepEqual(batches, [Array.from({ length: 100 }, (_, i) => i)]);
  });

  it('brings them soon', async () => {
    const delays: number[] = [];
    using _ring = new RingBuffer(object.map('ring'), (records) => {
      // bpf_ktime_get_ns() and hrtime are both CLOCK_MONOTONIC.
      const now = process.hrtime.bigint();
      for (const record of records) delays.push(Number(now - viewOf(record).getBigUint64(0, true)) / 1e6);
    });
    for (let i = 0; i < 100; i++) {
      emit(object, 1);
      await sleep(1);
    }
    await until(() => delays.length === 100);
    const median = delays.sort((a, b) => a - b)[50] ?? NaN;
    assert.ok(median < 2, `median ${median} ms`);
  });

  it('loses nothing of a burst that fits, in batches of bounded size', async () => {
    const wanted = 40_000;
    let got = 0;
    let largest = 0;
    using _ring = new RingBuffer(object.map('ring'), (records) => {
      for (const record of records) assert.equal(seqOf(record), got++);
      largest = Math.max(largest, records.length);
    });
    assert.equal(emit(object, wanted), 0n);
    await until(() => got === wanted);
    assert.ok(largest < wanted && largest > 1000, `largest batch ${largest}`);
  });

  it('tells programs when it is full', () => {
    using ring = new RingBuffer(object.map('other_ring'), () => undefined);
    const lost = emit(object, 5000, 2);
    assert.ok(lost > 0n);
    assert.equal(ring.consume() + Number(lost), 5000);
  });

  it('reads several maps, each record knowing its own', async () => {
    const seen = new Map<string, number>();
    using _ring = new RingBuffer([object.map('ring'), object.map('other_ring')], (records) => {
      for (const record of records) {
        assert.equal(viewOf(record).getUint32(12, true), record.map.name === 'ring' ? 1 : 2);
        seen.set(record.map.name, (seen.get(record.map.name) ?? 0) + 1);
      }
    });
    emit(object, 5, 1);
    emit(object, 7, 2);
    await until(() => seen.size === 2);
    assert.deepEqual(
      [...seen],
      [
        ['ring', 5],
        ['other_ring', 7],
      ],
    );
  });

  it('is consumed by hand', async () => {
    let got = 0;
    using ring = new RingBuffer(object.map('ring'), (records) => (got += records.length));
    assert.equal(ring.consume(), 0);
    emit(object, 3);
    assert.equal(ring.consume(), 3);
    assert.equal(got, 3);
    await sleep(20);
    assert.equal(got, 3, 'nothing comes twice');
  });

  it('gives records that may be kept', () => {
    const kept: RingRecord[] = [];
    using ring = new RingBuffer(object.map('ring'), (records) => kept.push(...records));
    emit(object, 1000);
    ring.consume();
    emit(object, 1000);
    ring.consume();
    assert.deepEqual(kept.map(seqOf), [...Array(1000).keys(), ...Array(1000).keys()]);
    assert.ok(kept.every(({ data }) => data.length === 16 && data.byteOffset % 8 === 0));
  });

  it('may be closed by its handler, and then stays silent', async () => {
    let calls = 0;
    const ring = new RingBuffer(object.map('ring'), () => {
      calls++;
      ring.close();
    });
    emit(object, 1);
    await until(() => calls === 1);
    emit(object, 1);
    await sleep(30);
    assert.equal(calls, 1);
    assert.throws(
      () => ring.consume(),
      (error) => error instanceof BpfError && error.reason === 'closed',
    );
    assert.throws(() => ring.unref(), /ring buffer of ring: it is closed/);
    ring.close();
    using next = new RingBuffer(object.map('ring'), () => undefined);
    assert.equal(next.consume(), 1, 'what came meanwhile is still in the map');
  });

  it('goes on when its map handle is closed', async () => {
    const copy = object.map('ring').clone();
    let got = 0;
    using _ring = new RingBuffer(copy, (records) => (got += records.length));
    copy.close();
    emit(object, 2);
    await until(() => got === 2);
  });

  it('is made of ring buffer maps only', () => {
    assert.throws(
      () => new RingBuffer(object.map('socks'), () => undefined),
      /map socks has type sockhash, not ringbuf/,
    );
    assert.throws(() => new RingBuffer([], () => undefined), /at least one map/);
  });
});

describe('a process with an open ring', () => {
  const run = (mode: string): string =>
    execFileSync(
      process.execPath,
      [fileURLToPath(new URL('children/ring.js', import.meta.url)), `${directory.path}/programs.bpf.o`, mode],
      { encoding: 'utf8', timeout: 20_000 },
    ).trim();

  it('ends by itself after unref()', () => assert.equal(run('unref'), ''));
  it('ends on process.exit()', () => assert.equal(run('exit'), ''));
  it('has what the handler throws as an uncaught exception', () =>
    assert.equal(run('throw'), 'from the handler'));
  it('can be a worker that is terminated', () => assert.equal(run('worker'), 'ended'));
});

describe('a handle that is dropped', () => {
  it('makes a warning, unless it was closed', () => {
    const child = fileURLToPath(new URL('children/leak.js', import.meta.url));
    const output = execFileSync(process.execPath, ['--expose-gc', child], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    assert.deepEqual(JSON.parse(output), [
      'BpfLeakWarning: map dropped was dropped without close(): its file descriptor stays open',
    ]);
  });
});
