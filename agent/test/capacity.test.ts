import assert from 'node:assert/strict';
import { capacity, mapSizes, openFilesLimit } from '../src/capacity.js';

describe('capacity', () => {
  it('is shared out so that everything fits into the limit', () => {
    for (const [asked, limit] of [
      [undefined, 20_000],
      [undefined, 13_100],
      [undefined, 4096],
      [undefined, 1024],
      [10_000, 13_012],
      [undefined, 1 << 20],
      [100_000, 1 << 20],
    ] as const) {
      const { clients, warm, idle } = capacity(asked, limit);
      // a pool has its connections and a stack
      assert.ok(512 + clients + 2 * warm + idle <= limit, `${asked} of ${limit}`);
      assert.ok(warm > 0 && idle > 0);
    }
  });

  it('is 10,000 clients where the limit allows them, less with a warning elsewhere', () => {
    const { clients, warm, warning } = capacity(undefined, 1 << 20);
    assert.deepEqual([clients, warm, warning], [10_000, 8192, '']);
    const small = capacity(undefined, 4096);
    assert.equal(small.clients, 2867);
    assert.match(
      small.warning,
      /may open 4096 files: it serves 2867 connections .* not 10000, which take 13012/,
    );
  });

  it('that was asked for and does not fit is an error that says what to do', () => {
    assert.throws(
      () => capacity(10_000, 4096),
      /may open 4096 files, too few for 10000 connections of clients: it needs 13012/,
    );
    assert.throws(() => capacity(undefined, 256), /may open 256 files, too few for 100 .* it needs 637/);
  });

  it('takes the limit of the process', () => {
    const text = (soft: string): string =>
      `Limit                     Soft Limit           Hard Limit           Units\nMax open files            ${soft}              524288               files\n`;
    assert.equal(openFilesLimit(text('4096')), 4096);
    assert.equal(openFilesLimit(text('unlimited')), 1 << 30);
    assert.ok(openFilesLimit() >= 1024);
  });

  it('makes maps larger that follow connections', () => {
    assert.deepEqual(mapSizes(10_000), {});
    const { oh_conn, oh_tuple } = mapSizes(25_000);
    assert.deepEqual([oh_conn, oh_tuple], [98_304, 196_608]);
  });
});
