import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { BpfObject } from 'libbpf-ts/object.js';
import type { AnyMap } from 'libbpf-ts/map.js';
import { Busy } from '../src/busy.js';

const object = fileURLToPath(new URL('../../../bpf/build/onehop.bpf.o', import.meta.url));

describe('ids that connections still carry', () => {
  let bpf: BpfObject;

  before(() => (bpf = BpfObject.open(object, { autoload: [], name: 'onehop' }).load()));
  after(() => bpf.close());

  it('are those of open connections, upstreams and pools', () => {
    const conn = (listener: number, endpoint: number, closed = 0n) => ({
      closed,
      ev: { d: { listener, endpoint } },
    });
    bpf.map('oh_conn').set(1n, conn(3, 0));
    bpf.map('oh_conn').set(2n, conn(3, 8));
    bpf.map('oh_conn').set(3n, conn(4, 9, 77n));
    bpf.map('oh_up').set(1n, { endpoint: 11, closed: 0n });
    bpf.map('oh_up').set(2n, { endpoint: 12, closed: 77n });
    const busy = new Busy({
      conn: bpf.map('oh_conn') as unknown as AnyMap,
      up: bpf.map('oh_up') as unknown as AnyMap,
      pools: () => [{ endpoint: 13, open: 1, idle: 0 }],
    });
    const { listener, endpoint } = busy.ids();
    assert.deepEqual([...(listener ?? [])], [3]);
    assert.deepEqual(
      [...(endpoint ?? [])].sort((a, b) => a - b),
      [0, 8, 11, 13],
    );
  });
});
