/** Clients that read and send slowly: bounded memory, whole bodies, and no harm to others. npm run test:faults is the whole of it. */
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
  bytes: 50_000_000,
  rate: 4000,
  rampMs: 10_000,
  watchMs: 6_000,
  toTheEnd: 4,
  fastMs: 4_000,
  // paced, so that it is not the machine that is measured
  fastPauseMs: 5,
};

describe('slow clients', function () {
  let lab: FaultLab;

  before(async () => {
    lab = await FaultLab.up('slow');
  });
  after(() => lab?.down());

  it('500 readers and 500 uploaders of 50 MB, and a fast client beside them', async () => {
    await lab.apply(slowConfiguration());
    const servers = await slowServers(lab);
    await lab.warm(1);
    const { text, faults } = describeSlow(load, await slowLoad(lab, servers, load, 'mesh'));
    console.log(`      ${text}`);
    assert.deepEqual(faults, []);
  });
});
