/** Clients that read and send slowly, and servers that read slowly: bounded memory, whole bodies, and no harm to others. npm run test:faults is the whole of it. */
import assert from 'node:assert/strict';
import { FaultLab } from '../../src/faults/faultLab.js';
import {
  describeSlow,
  slowConfiguration,
  slowLoad,
  slowServers,
  type SlowLoad,
} from '../../src/faults/slow/load.js';

const load: SlowLoad = {
  each: 500,
  toSlowServers: 0,
  bytes: 50_000_000,
  rate: 4000,
  rampMs: 10_000,
  watchMs: 6_000,
  toTheEnd: 12,
  fastMs: 4_000,
  // paced, so that it is not the machine that is measured
  fastPauseMs: 5,
};

describe('slow clients and servers', function () {
  this.timeout(180_000);
  let lab: FaultLab;
  let servers: Awaited<ReturnType<typeof slowServers>>;

  before(async () => {
    lab = await FaultLab.up('slow');
    await lab.apply(slowConfiguration());
    servers = await slowServers(lab);
    await lab.warm(1);
  });
  after(() => lab?.down());

  it('500 readers and 500 uploaders of 50 MB, and a fast client beside them', async () => {
    await show(load);
  });

  it('500 uploads of 50 MB that servers read slowly', async () => {
    await show({ ...load, each: 0, toSlowServers: 500 });
  });

  async function show(one: SlowLoad): Promise<void> {
    const { text, faults } = describeSlow(one, await slowLoad(lab, servers, one, 'mesh'));
    console.log(`      ${text}`);
    assert.deepEqual(faults, []);
  }
});
